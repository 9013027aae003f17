"""Looks at a cluster: each of its nodes, all at once, and whether together they serve all slots.

Nodes that show the same are told in one line. Rights and settings are each node's own, and so are
the version, the memory and the clock: one that differs is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from redis.cluster import ClusterNode
from redis.crc import REDIS_CLUSTER_HASH_SLOTS
from redis.exceptions import SlotNotCoveredError

from api_performance import units
from api_performance.errors import StoreUnavailable
from api_performance.findings import Finding, Level, found_wrong
from api_performance.stores.base import Retention
from api_performance.stores.redis.clients import Client
from api_performance.stores.redis.examination import (
    CHECK,
    check_clock,
    check_memory,
    check_persistence,
    check_version,
    clock_ahead,
    try_rights,
)
from api_performance.stores.redis.keys import registry_keys, shard_keys
from api_performance.stores.redis.server import Server
from api_performance.stores.redis.store import CLUSTER_SHARDS

_MEND_SLOTS: Final = "Start the nodes that are gone, or run redis-cli --cluster fix"

_AWAY: Final = frozenset({"fail", "handshake", "noaddr"})
"""What a node is called that cannot be asked, or does not belong to the cluster yet."""

Roster = Mapping[str, Mapping[str, Any]]  # Any: as the driver parses CLUSTER NODES, by address


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one node shows; `trouble` instead, if it does not answer."""

    name: str
    findings: Sequence[Finding] = ()
    ahead_seconds: float = 0.0
    trouble: Finding | None = None


def look_at_cluster(
    server: Server, retention: Retention, now: Callable[[], float]
) -> tuple[list[Finding], float]:
    """Return what is found, and the seconds that the registry's clock is ahead of ours.

    It takes as long as the slowest node. What the driver raises if no node answers.
    """
    look = partial(_look, server, retention, now)
    seen = _at_once(look, server.client.get_nodes())
    talker = next((each.name for each in seen if not each.trouble), None)
    together: list[Finding] = []
    if talker is not None:
        asked: Client = server.client.get_redis_connection(server.client.get_node(node_name=talker))
        roster: Roster = asked.cluster("nodes")
        listed = {each.name for each in seen}
        seen += _at_once(look, list(_unlisted(roster, listed)))
        together = [*_failed(roster, listed), _slots(asked.cluster("info")), *_alone(roster)]
        together += _rights(server, seen, together)
    findings = [*(each.trouble for each in seen if each.trouble), *together, *_merged(seen)]
    registry = _masters(server).get(registry_keys(server.namespace)("doctor"))
    return findings, sum(each.ahead_seconds for each in seen if each.name == registry)


def _at_once(look: Callable[[ClusterNode], _Seen], nodes: Sequence[ClusterNode]) -> list[_Seen]:
    if not nodes:
        return []
    with ThreadPoolExecutor(len(nodes)) as threads:
        return list(threads.map(look, nodes))


def _unlisted(roster: Roster, listed: set[str]) -> Iterator[ClusterNode]:
    """Yield the nodes that clients are not led to, as a replica that has no data yet."""
    for name, node in roster.items():
        host, _, port = name.rpartition(":")
        names = {name, f"{node['hostname']}:{port}"}
        if names.isdisjoint(listed) and not _AWAY & set(node["flags"].split(",")):
            role = "replica" if "slave" in node["flags"] else None
            yield ClusterNode(host, int(port), role)


def _look(
    server: Server, retention: Retention, now: Callable[[], float], node: ClusterNode
) -> _Seen:
    who = f"{node.name}, a replica," if node.server_type == "replica" else node.name
    client = server.client.get_redis_connection(node)
    try:
        with server.answering(who):
            info, ahead = client.info(), clock_ahead(client, now)
    except StoreUnavailable as error:
        trouble = found_wrong(CHECK, error)
        is_needed = node.server_type == "primary"
        return _Seen(
            node.name, trouble=trouble if is_needed else replace(trouble, level=Level.WARNING)
        )
    memory, persistence = check_memory(info, retention.max_store_bytes), check_persistence(info)
    findings = [check_version(info), *memory, *persistence, check_clock(ahead)]
    return _Seen(node.name, findings, ahead)


def _merged(seen: Sequence[_Seen]) -> list[Finding]:
    """Return each finding once, check by check, with the names of the nodes that show it."""
    names: dict[Finding, list[str]] = {}
    for each in seen:
        for finding in each.findings:
            names.setdefault(finding, []).append(each.name)
    order = list(dict.fromkeys(finding.check for finding in names))
    everyone = f"All {len(seen)} nodes"
    return [
        replace(each, text=f"{_listed(names[each], everyone, len(seen))}: {each.text}")
        for each in sorted(names, key=lambda each: order.index(each.check))
    ]


def _listed(names: Sequence[str], everyone: str, count: int) -> str:
    return everyone if len(names) == count else ", ".join(names)


def _failed(roster: Roster, listed: set[str]) -> Iterator[Finding]:
    """Tell the nodes of which the others say that they have failed, but what was asked itself."""
    for name, node in roster.items():
        if "fail" in node["flags"].split(",") and name not in listed:
            told = f"{name} has failed, say the other nodes."
            hint = f"Start it, or have every node forget it: CLUSTER FORGET {node['node_id']}"
            yield Finding(CHECK, Level.WARNING, told, hint)


def _slots(info: dict[str, str]) -> Finding:
    served = int(info["cluster_slots_ok"])
    of_all = f"{units.count(served)} of {units.count(REDIS_CLUSTER_HASH_SLOTS)} slots"
    if info["cluster_state"] != "ok":
        told = f"The cluster refuses everything: it serves {of_all}."
        return Finding("Slots", Level.ERROR, told, f"{_MEND_SLOTS}.")
    if served < REDIS_CLUSTER_HASH_SLOTS:
        told = f"The cluster serves {of_all}, and refuses what falls to the others."
        return Finding("Slots", Level.ERROR, told, f"{_MEND_SLOTS}.")
    return Finding("Slots", Level.OK, f"All {units.count(served)} slots are served.")


def _alone(roster: Roster) -> Iterator[Finding]:
    """Yield the masters that nobody would take the place of."""
    alive = [node for node in roster.values() if "fail" not in node["flags"].split(",")]
    followed = {node["master_id"] for node in alive}
    alone = [
        name
        for name, node in roster.items()
        if node in alive and node["slots"] and node["node_id"] not in followed
    ]
    if alone:
        told = f"No replica follows {', '.join(alone)}: what is there goes when it fails."
        yield Finding("Replicas", Level.NOTE, told, "redis-cli --cluster add-node adds one.")


def _masters(server: Server) -> dict[str, str]:
    """Return for one key of the registry and of each shard which node has it, if any has."""
    shards = (shard_keys(server.namespace, number) for number in range(CLUSTER_SHARDS))
    masters: dict[str, str] = {}
    for keys in (registry_keys(server.namespace), *shards):
        key = keys("doctor")
        with suppress(SlotNotCoveredError):
            masters[key] = server.client.get_node_from_key(key).name
    return masters


def _rights(server: Server, seen: Sequence[_Seen], together: Sequence[Finding]) -> list[Finding]:
    """Try our rights once on each master that has keys of ours: users are a node's own.

    Not where slots are missing, for then the cluster may refuse everything.
    """
    if any(each.check == "Slots" and each.level is Level.ERROR for each in together):
        return []
    answering = {each.name for each in seen if not each.trouble}
    keys = {name: key for key, name in _masters(server).items() if name in answering}
    tried = [try_rights(server, key, name) for name, key in keys.items()]
    return [each for each in tried if each.level is not Level.OK] or tried[:1]
