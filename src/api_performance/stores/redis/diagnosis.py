"""Looks at a Redis without changing anything: versions, memory, rights, layout, clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from redis.exceptions import ResponseError

from api_performance.errors import StoreUnavailable
from api_performance.findings import Finding, Level, found_wrong
from api_performance.stores.base import Retention
from api_performance.stores.diagnosis import Diagnosis
from api_performance.stores.redis.clients import close_client
from api_performance.stores.redis.cluster_diagnosis import look_at_cluster
from api_performance.stores.redis.examination import (
    CHECK,
    Info,
    check_clock,
    check_memory,
    check_persistence,
    check_version,
    clock_ahead,
    try_rights,
)
from api_performance.stores.redis.keys import registry_keys
from api_performance.stores.redis.registry import VERSION
from api_performance.stores.redis.server import Server

_UNUSABLE: Final = ("Memory", "Slots")
"""An error in these leaves the layout to be told, but nothing is to be opened."""


def diagnose(address: str, retention: Retention, now: Callable[[], float]) -> Diagnosis:
    """Look at the server or the cluster at an address; nothing is written there.

    `now` is this host's clock in Unix seconds UTC. Waits for an answer as every call does, then
    says that there is none.
    """
    try:
        server = Server(address)
    except StoreUnavailable as error:
        return Diagnosis([found_wrong(CHECK, error)], is_readable=False)
    try:
        with server.answering():
            return _look(server, retention, now)
    except StoreUnavailable as error:
        return Diagnosis([found_wrong(CHECK, error)], is_readable=False)
    finally:
        server.close()


def _look(server: Server, retention: Retention, now: Callable[[], float]) -> Diagnosis:
    look = look_at_cluster if server.is_cluster else _look_at_server
    findings, ahead = look(server, retention, now)
    wrong = {each.check for each in findings if each.level is Level.ERROR}
    if CHECK in wrong:
        return Diagnosis(findings, is_readable=False)
    layout, is_readable = _found_layout(server)
    return Diagnosis([*findings, layout], is_readable and wrong.isdisjoint(_UNUSABLE), ahead)


def _look_at_server(
    server: Server, retention: Retention, now: Callable[[], float]
) -> tuple[list[Finding], float]:
    """Return what is found, and the seconds that the server's clock is ahead of ours."""
    info = _info(server)
    version = check_version(info)
    if version.level is Level.ERROR:
        return [version], 0.0
    memory, persistence = check_memory(info, retention.max_store_bytes), check_persistence(info)
    ahead = clock_ahead(server.client, now)
    return [version, *memory, *persistence, _rights(server, info), check_clock(ahead)], ahead


def _info(server: Server) -> Info:
    try:
        info: Info = server.client.info()
    except ResponseError as error:
        if "HELLO" not in str(error):
            raise
        return _info_of_old(server)
    return info


def _info_of_old(server: Server) -> Info:
    """Ask a server that knows no HELLO in the older protocol."""
    client = server.another_client(is_old=True)
    try:
        info: Info = client.info()
    finally:
        close_client(client)
    return info


def _rights(server: Server, info: Info) -> Finding:
    if info.get("role") == "slave":
        master = f"{info.get('master_host')}:{info.get('master_port')}"
        read_only = f"The server is a replica of {master}, and cannot be written."
        return Finding("Rights", Level.ERROR, read_only, f"Name the master: {master}.")
    return try_rights(server, registry_keys(server.namespace)("doctor"))


def _found_layout(server: Server) -> tuple[Finding, bool]:
    try:
        with server.answering():
            return _layout(server)
    except StoreUnavailable as error:
        return found_wrong("Layout", error), False


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
