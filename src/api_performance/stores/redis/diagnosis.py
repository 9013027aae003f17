"""Looks at a Redis server without changing anything: its version, memory, rights, layout, clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from redis.exceptions import ResponseError

from api_performance import units
from api_performance.errors import StoreUnavailable
from api_performance.findings import Finding, Level, found_wrong
from api_performance.stores.base import Retention
from api_performance.stores.diagnosis import Diagnosis
from api_performance.stores.redis.clients import close_client
from api_performance.stores.redis.keys import registry_keys
from api_performance.stores.redis.registry import VERSION
from api_performance.stores.redis.server import Server

OLDEST: Final = (6, 0)
"""Before it there is no HELLO, with which the newest redis-py begins, and there are no users."""

TESTED: Final = (7, 0)
"""The oldest that our tests run on, Debian's."""

SKEW_SECONDS: Final = 2.0
"""As long as folding waits for late batches: a clock further off makes all of a host's late."""

NEARLY_FULL_RATIO: Final = 0.9

_CHECK: Final = "Redis"
_KEEP: Final = "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf"

Info = Mapping[str, Any]  # Any: what the library makes of each line of INFO


def diagnose(address: str, retention: Retention, now: Callable[[], float]) -> Diagnosis:
    """Look at the server at a `redis://` or `rediss://` address; nothing is written there.

    `now` is this host's clock in Unix seconds UTC. Waits for an answer as every call does, then
    says that there is none.
    """
    try:
        server = Server(address)
    except StoreUnavailable as error:
        return Diagnosis([found_wrong(_CHECK, error)], is_readable=False)
    try:
        with server.answering():
            return _look(server, retention, now)
    except StoreUnavailable as error:
        return Diagnosis([found_wrong(_CHECK, error)], is_readable=False)
    finally:
        server.close()


def _look(server: Server, retention: Retention, now: Callable[[], float]) -> Diagnosis:
    try:
        info: Info = server.client.info()
    except ResponseError as error:
        if "HELLO" not in str(error):
            raise
        info = _info_of_old(server)
    version = _version(info)
    if version.level is Level.ERROR:
        return Diagnosis([version], is_readable=False)
    memory = list(_memory(info, retention.max_store_bytes))
    ahead = _clock_ahead(server, now)
    findings = [version, *memory, *_keeping(info), *_rights(server, info), _clock(ahead)]
    layout, is_readable = _layout(server)
    is_full = any(each.check == "Memory" and each.level is Level.ERROR for each in memory)
    return Diagnosis([*findings, layout], is_readable and not is_full, ahead)


def _info_of_old(server: Server) -> Info:
    """Ask a server that knows no HELLO in the older protocol."""
    client = server.another_client(is_old=True)
    try:
        info: Info = client.info()
    finally:
        close_client(client)
    return info


def _version(info: Info) -> Finding:
    text = str(info.get("redis_version", "?"))
    numbers = tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
    named = f"{info.get('server_name', 'redis')} {text}"
    if numbers < OLDEST:
        return Finding(
            _CHECK,
            Level.ERROR,
            f"The server is {named}, older than {_dotted(OLDEST)}: our scripts cannot run on it.",
            f"Upgrade it to {_dotted(TESTED)} or newer, or name another server.",
        )
    if numbers < TESTED:
        return Finding(
            _CHECK,
            Level.WARNING,
            f"The server is {named}; we test from {_dotted(TESTED)} on.",
            f"Upgrade it to {_dotted(TESTED)} or newer when you can.",
        )
    return Finding(_CHECK, Level.OK, f"{named} answers.")


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _memory(info: Info, max_store_bytes: int) -> Iterator[Finding]:
    limit, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    policy = str(info.get("maxmemory_policy", "noeviction"))
    yield _eviction(policy, limit)
    told = f"{units.size(used)} of {units.size_limit(limit) if limit else 'no limit'} in use"
    bounds = "Raise maxmemory (CONFIG SET maxmemory, and redis.conf), or lower max_store_bytes"
    if limit and used >= limit:
        full = f"The server is full: {told}, so it refuses writes."
        yield Finding("Memory", Level.ERROR, full, f"{bounds}, or delete what else lies there.")
    elif limit and used > limit * NEARLY_FULL_RATIO:
        yield Finding("Memory", Level.WARNING, f"The server is nearly full: {told}.", f"{bounds}.")
    elif limit and limit < max_store_bytes:
        bound = f"max_store_bytes is {units.size_limit(max_store_bytes)}"
        less = f"maxmemory is {units.size_limit(limit)}, but {bound}: it fills up before we drop."
        yield Finding("Memory", Level.WARNING, less, f"{bounds}.")
    else:
        yield Finding("Memory", Level.OK, f"{told[0].upper()}{told[1:]}.")


def _eviction(policy: str, limit: int) -> Finding:
    if policy == "noeviction":
        return Finding("Eviction", Level.OK, "maxmemory-policy is noeviction.")
    what = f"maxmemory-policy is {policy}"
    if limit:  # volatile-* too: all that we keep carries an expiry
        lost = f"{what}: when memory is short, measured data is deleted without a word."
        return Finding("Eviction", Level.ERROR, lost, f"{_KEEP}.")
    return Finding("Eviction", Level.NOTE, f"{what}, harmless without maxmemory.", f"{_KEEP}.")


def _keeping(info: Info) -> Iterator[Finding]:
    """Tell what outlives a restart, as far as INFO knows: not when snapshots are due."""
    if "err" in (info.get("rdb_last_bgsave_status"), info.get("aof_last_write_status")):
        yield Finding(
            "Persistence",
            Level.ERROR,
            "The server could not write its data to disk, and may refuse writes until it can.",
            "Free its disk or mend its rights: its log says why.",
        )
    elif info.get("aof_enabled"):
        yield Finding("Persistence", Level.OK, "Kept on disk by an append-only file.")
    elif info.get("rdb_saves"):  # since Redis 7
        yield Finding("Persistence", Level.OK, "Kept on disk by snapshots.")
    else:
        lost = "No append-only file, and no snapshot since its start: a restart may begin empty."
        hint = "To keep it: CONFIG SET appendonly yes, and the same in redis.conf."
        yield Finding("Persistence", Level.NOTE, lost, hint)


def _rights(server: Server, info: Info) -> Iterator[Finding]:
    """Try what needs every right: to delete a key that is not there, and to run a script."""
    if info.get("role") == "slave":
        master = f"{info.get('master_host')}:{info.get('master_port')}"
        read_only = f"The server is a replica of {master}, and cannot be written."
        yield Finding("Rights", Level.ERROR, read_only, f"Name the master: {master}.")
        return
    try:
        with server.answering():
            server.client.delete(registry_keys(server.namespace)("doctor"))
            server.client.eval(
                "return redis.call('EXISTS', KEYS[1])", 1, registry_keys(server.namespace)("doctor")
            )
    except StoreUnavailable as error:
        yield found_wrong("Rights", error)
    else:
        yield Finding("Rights", Level.OK, "We may read, write and run scripts.")


def _clock_ahead(server: Server, now: Callable[[], float]) -> float:
    """Return the server's clock minus ours, in seconds; what the way takes is halved."""
    before = now()
    seconds, microseconds = server.client.time()
    return float(seconds + microseconds / 1e6 - (before + now()) / 2)


def _clock(ahead: float) -> Finding:
    if abs(ahead) <= SKEW_SECONDS:
        return Finding("Clock", Level.OK, f"The server's clock is ours, to {abs(ahead):.1f} s.")
    way = "ahead of" if ahead > 0 else "behind"
    differs = f"The server's clock is {abs(ahead):.1f} s {way} this host's."
    return Finding("Clock", Level.ERROR, differs, "Have both set their clocks by NTP.")


def _layout(server: Server) -> tuple[Finding, bool]:
    """Return the layout's finding, and whether there is something that we can read."""
    found = server.client.hget(registry_keys(server.namespace)("layout"), "version")
    if found is None:
        nothing = "Nothing was measured into this database yet."
        hint = "Start an application with this store, or name another database."
        return Finding("Layout", Level.NOTE, nothing, hint), False
    version = int(found)
    if version > VERSION:
        newer = f"The database has layout version {version}, this api-performance knows {VERSION}."
        hint = "Upgrade api-performance here, or name another database."
        return Finding("Layout", Level.ERROR, newer, hint), False
    return Finding("Layout", Level.OK, f"Layout version {version}, as this release writes."), True
