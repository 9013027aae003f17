"""Looks at what the processes of a store say of themselves: who reports, clocks, lease, losses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from api_performance import units
from api_performance.engine import HEARTBEAT_SECONDS, LEASE_SECONDS
from api_performance.findings import Finding, Level
from api_performance.model import ALIVE_SECONDS, MOST_UNFOLDED
from api_performance.stores.base import FOLD_LEASE, InstanceState, Lease, Store, StoreStatus

LOOK_BACK_SECONDS: Final = 3600.0
"""Who said nothing for an hour is of the past, and its losses too."""

SKEW_SECONDS: Final = 2.0
"""As long as folding waits for late batches."""

WAIT_SECONDS: Final = HEARTBEAT_SECONDS + 1.5
"""In this time every process that lives says something again, whatever its clock shows."""

_SILENT_SECONDS: Final = HEARTBEAT_SECONDS + SKEW_SECONDS
_NEARLY_FULL_RATIO: Final = 0.9
_NTP: Final = "Have every host set its clock by NTP."
_HEALTH: Final = "The Health page names the process and what it runs into."


@dataclass(frozen=True, slots=True)
class Reading:
    """What the store said at `now`, by its own clock in Unix seconds UTC.

    `behind`: by instance, how many seconds its clock shows less than the store's, where it was
    seen to write something that it dates back.
    """

    now: float
    states: Sequence[InstanceState]
    lease: Lease | None
    status: StoreStatus
    behind: Mapping[str, float] = field(default_factory=dict)

    @property
    def alive(self) -> list[InstanceState]:
        """Who reports: lately, or by a clock that is off."""
        return [
            state
            for state in self.states
            if self.now - state.seen_at <= ALIVE_SECONDS or state.instance.id in self.behind
        ]


def read(store: Store, now: Callable[[], float], wait: Callable[[float], None]) -> Reading:
    """Read a store. `now` is its clock; `wait` is called, seldom, with seconds until a second look.

    A process that was silent for a while is either gone, or its clock is behind and it goes on
    reporting; only a second look tells. StoreUnavailable.
    """
    states = store.instances(now() - LOOK_BACK_SECONDS)
    behind = _seen_behind(store, states, now, wait)
    status, lease = store.status(), store.lease(FOLD_LEASE)
    return Reading(now(), store.instances(now() - LOOK_BACK_SECONDS), lease, status, behind)


def _seen_behind(
    store: Store,
    states: Sequence[InstanceState],
    now: Callable[[], float],
    wait: Callable[[float], None],
) -> dict[str, float]:
    since = now() - _SILENT_SECONDS
    silent = {each.instance.id: each.sequence for each in states if each.seen_at < since}
    deadline, behind = now() + WAIT_SECONDS, dict[str, float]()
    while len(behind) < len(silent) and now() < deadline:
        wait(0.5)
        for state in store.instances(now() - LOOK_BACK_SECONDS):
            of = state.instance.id
            has_moved = of not in behind and state.sequence > silent.get(of, state.sequence)
            if has_moved and state.buffered_batches < 2:  # else it writes what had to wait
                behind[of] = now() - state.seen_at
    return {of: seconds for of, seconds in behind.items() if seconds > _SILENT_SECONDS}


def check_fleet(reading: Reading) -> Iterator[Finding]:
    """Yield what there is to say of the processes, the lease and the store's size."""
    yield _processes(reading)
    yield _clocks(reading)
    yield check_lease(reading)
    yield from _losses(reading)
    yield from _versions(reading.alive)
    yield from _hosts(reading)
    yield from _size(reading.status)


def _processes(reading: Reading) -> Finding:
    alive, states = reading.alive, reading.states
    if alive:
        services = ", ".join(sorted({state.instance.service for state in alive}))
        return Finding("Processes", Level.OK, f"{_counted(len(alive))} of {services}.")
    start = "Start an application with this store, or name the one that it writes: --store."
    if not states:
        told = f"No process has reported within {units.span(LOOK_BACK_SECONDS)}."
        return Finding("Processes", Level.WARNING, told, start)
    newest = max(state.seen_at for state in states)
    told = f"No process reports; the last one did {units.age(reading.now - newest)} ago."
    return Finding("Processes", Level.WARNING, told, start)


def _counted(number: int) -> str:
    return "1 process reports," if number == 1 else f"{number} processes report,"


def _clocks(reading: Reading) -> Finding:
    """Compare each process' clock with the store's: what it writes is dated by its own."""
    off = {
        state.instance.id: reading.now - state.seen_at
        for state in reading.states
        if state.seen_at - reading.now > SKEW_SECONDS
    } | dict(reading.behind)
    if not off:
        return Finding("Clocks", Level.OK, "The processes' clocks agree with the store's.")
    worst = max(off, key=lambda of: abs(off[of]))
    way = "behind" if off[worst] > 0 else "ahead of"
    others = f", and {len(off) - 1} more are off" if len(off) > 1 else ""
    told = f"The clock of {worst} is {abs(off[worst]):.1f} s {way} the store's{others}."
    return Finding("Clocks", Level.ERROR, told, _NTP)


def check_lease(reading: Reading) -> Finding:
    """Tell whether somebody folds: the lease's holder, if it is one that lives."""
    lease, alive = reading.lease, reading.alive
    if lease is None or not lease.expires_at:
        told = "Nobody holds it; the next process that reports takes it."
        return Finding("Lease", Level.NOTE, told)
    left = lease.expires_at - reading.now
    if left > LEASE_SECONDS + SKEW_SECONDS:
        return _lease_of_the_future(lease, left)
    if left < -2 * LEASE_SECONDS and alive:
        return _stale(lease, -left, len(alive))
    if left < 0:
        told = f"{lease.holder} held it until {units.age(-left)} ago; the next process takes it."
        return Finding("Lease", Level.NOTE, told)
    if lease.holder not in {state.instance.id for state in alive}:
        told = f"{lease.holder} holds it, but has not reported for {units.span(ALIVE_SECONDS)}."
        hint = f"If that process is gone, wait {LEASE_SECONDS:.0f} s; if it hangs, end it."
        return Finding("Lease", Level.WARNING, told, hint)
    return Finding("Lease", Level.OK, f"{lease.holder} holds it, and folds.")


def _lease_of_the_future(lease: Lease, left: float) -> Finding:
    told = (
        f"{lease.holder} holds it for another {units.age(left)}, where {LEASE_SECONDS:.0f} s are"
        " the most: the clock that gave it was ahead. If that process ends, nobody folds till then."
    )
    return Finding("Lease", Level.ERROR, told, f"{_NTP} Then restart that process.")


def _stale(lease: Lease, ago: float, alive: int) -> Finding:
    told = (
        f"The lease is stale: {lease.holder} held it until {units.age(ago)} ago, and none of those"
        f" that report ({alive}) has taken it, so nothing is folded."
    )
    return Finding("Lease", Level.ERROR, told, f"{_HEALTH} Restart one application to take it.")


def _losses(reading: Reading) -> Iterator[Finding]:
    requests = sum(state.dropped_requests for state in reading.states)
    windows = sum(state.dropped_windows for state in reading.states)
    in_windows = sum(state.requests_in_dropped_windows for state in reading.states)
    if requests or windows:
        told = (
            f"Dropped by those of the last hour: {requests} requests, and {windows} windows with"
            f" {in_windows} requests."
        )
        hint = "Raise max_buffered_requests; windows are dropped while the store is away."
        yield Finding("Losses", Level.WARNING, told, hint)
    else:
        yield Finding("Losses", Level.OK, "No process has dropped anything.")
    for state in reading.alive:
        if state.last_error:
            told = f"{state.instance.id} reports: {state.last_error}"
            yield Finding("Processes", Level.WARNING, told, _HEALTH)
    waiting = reading.status.unfolded_batches
    if waiting > MOST_UNFOLDED:
        told = f"{units.count(waiting)} batches wait to be folded: nobody does."
        yield Finding("Folding", Level.ERROR, told, f"{_HEALTH} Restart one application.")


def _versions(alive: Sequence[InstanceState]) -> Iterator[Finding]:
    releases = sorted({state.release for state in alive if state.release})
    if len(releases) > 1:
        told = f"The processes run different releases of api-performance: {', '.join(releases)}."
        yield Finding("Releases", Level.WARNING, told, "Bring all of them to the newest.")


def _hosts(reading: Reading) -> Iterator[Finding]:
    hosts = sorted({state.instance.host for state in reading.alive})
    if reading.status.kind == "sqlite" and len(hosts) > 1:
        told = f"Several hosts write to one SQLite file: {', '.join(hosts)}."
        hint = "Take Redis for several hosts, where no network file system loses data."
        yield Finding("Hosts", Level.WARNING, told, hint)


def _size(status: StoreStatus) -> Iterator[Finding]:
    if status.problem:
        yield Finding("Store", Level.ERROR, status.problem, status.remedy)
        return
    bound = f"{units.size(status.size_bytes)} of {units.size_limit(status.max_bytes)}"
    hint = "Raise max_store_bytes, or shorten retention, to choose yourself what goes."
    if status.dropped_for_size:
        told = f"{bound}: the oldest detail was dropped {status.dropped_for_size} times for room."
        yield Finding("Size", Level.WARNING, told, hint)
    elif status.size_bytes > status.max_bytes * _NEARLY_FULL_RATIO:
        told = f"{bound}: the oldest detail is about to be dropped."
        yield Finding("Size", Level.WARNING, told, hint)
    else:
        yield Finding("Size", Level.OK, f"{bound}.")
