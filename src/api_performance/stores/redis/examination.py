"""What one server shows, judged: its version, memory, persistence, clock, and our rights there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from api_performance import units
from api_performance.errors import StoreUnavailable
from api_performance.findings import Finding, Level, found_wrong
from api_performance.stores.redis.clients import Client
from api_performance.stores.redis.server import Server

OLDEST: Final = (6, 0)
"""Before it there is no HELLO, with which the newest redis-py begins, and there are no users."""

TESTED: Final = (7, 0)
"""The oldest that our tests run on, Debian's."""

SKEW_SECONDS: Final = 2.0
"""As long as folding waits for late batches: a clock further off makes all of a host's late."""

NEARLY_FULL_RATIO: Final = 0.9

CHECK: Final = "Redis"
_KEEP: Final = "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf"

Info = Mapping[str, Any]  # Any: what the library makes of each line of INFO


def check_version(info: Info) -> Finding:
    """Tell whether our scripts can run on it."""
    text = str(info.get("redis_version", "?"))
    numbers = tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
    named = f"{info.get('server_name', 'redis')} {text}"
    if numbers < OLDEST:
        return Finding(
            CHECK,
            Level.ERROR,
            f"The server is {named}, older than {_dotted(OLDEST)}: our scripts cannot run on it.",
            f"Upgrade it to {_dotted(TESTED)} or newer, or name another server.",
        )
    if numbers < TESTED:
        return Finding(
            CHECK,
            Level.WARNING,
            f"The server is {named}; we test from {_dotted(TESTED)} on.",
            f"Upgrade it to {_dotted(TESTED)} or newer when you can.",
        )
    return Finding(CHECK, Level.OK, f"{named} answers.")


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def check_memory(info: Info, max_store_bytes: int) -> Iterator[Finding]:
    """Tell what happens when memory is short, and whether it is."""
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


def check_persistence(info: Info) -> Iterator[Finding]:
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


def check_clock(ahead: float) -> Finding:
    """Tell whether a clock that is so many seconds ahead of ours is too far off."""
    if abs(ahead) <= SKEW_SECONDS:
        return Finding("Clock", Level.OK, f"The server's clock is ours, to {abs(ahead):.1f} s.")
    way = "ahead of" if ahead > 0 else "behind"
    differs = f"The server's clock is {abs(ahead):.1f} s {way} this host's."
    return Finding("Clock", Level.ERROR, differs, "Have both set their clocks by NTP.")


def clock_ahead(client: Client, now: Callable[[], float]) -> float:
    """Return a server's clock minus ours, in seconds; what the way takes is halved."""
    before = now()
    seconds, microseconds = client.time()
    return float(seconds + microseconds / 1e6 - (before + now()) / 2)


def try_rights(server: Server, key: str, node: str = "") -> Finding:
    """Try what needs every right: to delete a key that is not there, and to run a script.

    `node`: which of a cluster's has that key.
    """
    try:
        with server.answering(node):
            server.client.delete(key)
            server.client.eval("return redis.call('EXISTS', KEYS[1])", 1, key)
    except StoreUnavailable as error:
        return found_wrong("Rights", error)
    return Finding("Rights", Level.OK, "We may read, write and run scripts.")
