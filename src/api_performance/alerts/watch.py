"""Watches what processes and the store say of themselves, round by round, and tells the facts.

A process says what holds now; what is usual of it, and whether its memory grows, is known only to
who has listened for a while. Whoever begins to judge begins to listen: for half an hour there is no
usual peak, for an hour and a quarter no growth. A process takes 15 kB, at most MAX_PROCESSES are
watched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from api_performance.alerts.lives import LifeBook, Span
from api_performance.alerts.rule import Facts, ProcessFacts
from api_performance.alerts.rules.alone import MOST_PROCESSES, PROCESS_SECONDS
from api_performance.alerts.rules.evidence import RESOLUTION, Evidence, Found, spans
from api_performance.measure.window import Window
from api_performance.model import ALIVE_SECONDS
from api_performance.stores.base import InstanceState, Pace, Query, Store, StoreStatus, no_pace

FORGET_SECONDS: Final = 3600.0
"""What has been silent for longer is looked for no more; its alert stays as it is."""

WARM_UP_SECONDS: Final = 900.0
"""What a process does in its first quarter of an hour (imports, caches, pools) is not its usual."""

LEAST_USUAL_SECONDS: Final = 1800.0
USUAL_SECONDS: Final = 6 * 3600.0
LATELY_SECONDS: Final = 900.0
"""The newest quarter of an hour is what is compared, not what it is compared with."""

MAX_PROCESSES: Final = 1000
BLOCK_SECONDS: Final = 600.0
_MINUTE: Final = 60.0
_FIVE_MINUTES: Final = 300.0


@dataclass(frozen=True, slots=True)
class _Said:
    """What a process said at one round: sums grow as long as it lives."""

    at: float
    in_flight: int
    blocked_seconds: float
    cpu_seconds: float
    dropped: int
    dropped_windows: int


@dataclass(frozen=True, slots=True)
class _Minute:
    at: float
    in_flight: float
    resident_bytes: int


def _said(state: InstanceState) -> _Said:
    return _Said(
        state.seen_at,
        state.in_flight,
        state.pauses.blocked_seconds if state.pauses else 0.0,
        state.process_cpu_seconds,
        state.dropped_requests + state.dropped_windows,
        state.dropped_windows,
    )


def _life(state: InstanceState) -> tuple[str, Span]:
    return state.instance.service, (state.instance.started_at, state.seen_at)


@dataclass(slots=True)
class _Process:
    """What is remembered of one process: five minutes of rounds, six hours of minutes."""

    state: InstanceState
    said: deque[_Said] = field(default_factory=deque)
    minutes: deque[_Minute] = field(default_factory=deque)
    usual_in_flight: float | None = None
    memory_bytes: Sequence[float] = ()
    lost: Span | None = None
    """The newest time of which it lost windows."""

    def hear(self, state: InstanceState) -> None:
        """Note what it says now, unless that was heard."""
        if self.said and state.seen_at <= self.said[-1].at:
            return
        self.state = state
        said = _said(state)
        if self.said and said.dropped_windows > self.said[-1].dropped_windows:
            self.lost = self.said[-1].at, said.at
        self.said.append(said)
        while self.said[0].at < state.seen_at - _FIVE_MINUTES - _MINUTE:
            self.said.popleft()
        if not self.minutes or state.seen_at >= self.minutes[-1].at + _MINUTE:
            self._note_minute(state)

    def _note_minute(self, state: InstanceState) -> None:
        now = state.seen_at
        self.minutes.append(_Minute(now, self._in_flight(now), state.resident_bytes))
        while self.minutes[0].at < now - USUAL_SECONDS:
            self.minutes.popleft()
        self.usual_in_flight = self._usual_in_flight(now)
        self.memory_bytes = self._memory(now)

    def facts(self, now: float) -> ProcessFacts:
        """Return what is known of it at `now`."""
        state, instance = self.state, self.state.instance
        is_alive = now - state.seen_at <= ALIVE_SECONDS and not state.has_ended
        return ProcessFacts(
            id=instance.id,
            name=f"{instance.host}:{instance.pid}",
            service=instance.service,
            version=instance.version,
            started_at=instance.started_at,
            seen_at=state.seen_at,
            is_alive=is_alive,
            has_ended=state.has_ended,
            in_flight=self._in_flight(now),
            usual_in_flight=self.usual_in_flight,
            pauses=state.pauses,
            blocked_ratio=self._growth("blocked_seconds", _MINUTE),
            cpu_ratio=self._growth("cpu_seconds", _FIVE_MINUTES),
            memory_bytes=self.memory_bytes,
            dropped=round(self._grown("dropped", _FIVE_MINUTES)[0]),
            last_error=state.last_error,
        )

    def _in_flight(self, now: float) -> float:
        lately = [said.in_flight for said in self.said if said.at > now - _MINUTE]
        return sum(lately) / len(lately) if lately else float(self.state.in_flight)

    def _usual_in_flight(self, now: float) -> float | None:
        until = now - LATELY_SECONDS
        since = self.state.instance.started_at + WARM_UP_SECONDS
        usual = [each for each in self.minutes if since <= each.at < until]
        if not usual or usual[-1].at - usual[0].at < LEAST_USUAL_SECONDS:
            return None
        return max(minute.in_flight for minute in usual)

    def _grown(self, name: str, seconds: float) -> tuple[float, float]:
        """Return how much a sum grew lately, and in how many seconds; (0, 0) if not known."""
        newest = self.said[-1]
        before = next((each for each in self.said if each.at >= newest.at - seconds - 1), newest)
        grown: float = getattr(newest, name) - getattr(before, name)
        return grown, newest.at - before.at

    def _growth(self, name: str, seconds: float) -> float | None:
        """Return by how much a sum grew for each second; None before half of `seconds` is known."""
        grown, passed = self._grown(name, seconds)
        return grown / passed if passed >= seconds / 2 else None

    def _memory(self, now: float) -> Sequence[float]:
        """Return the medians of ten minutes each, up to the newest, of the last hour."""
        since = self.state.instance.started_at + WARM_UP_SECONDS
        blocks: dict[int, list[int]] = {}
        for minute in self.minutes:
            number = int((now - minute.at) // BLOCK_SECONDS)
            if number < FORGET_SECONDS / BLOCK_SECONDS and minute.at >= since:
                blocks.setdefault(number, []).append(minute.resident_bytes)
        whole = [number for number in blocks if len(blocks[number]) >= 5]
        return [float(median(blocks[number])) for number in sorted(whole, reverse=True)]


def look_for(store: Store, now: float, endpoint_ids: frozenset[str], pace: Pace = no_pace) -> Found:
    """Read the operations of some endpoints, of the newest minutes and the hour before."""
    newest, before = (
        Query(start, end, RESOLUTION, endpoint_ids, with_latency=False, with_operations=True)
        for start, end in spans(now)
    )
    evidence = {endpoint_id: Evidence() for endpoint_id in endpoint_ids}
    for endpoint, window in store.windows(newest, pace=pace):
        evidence[endpoint.id].newest.merge(window)
    for endpoint, window in store.windows(before, pace=pace):
        evidence[endpoint.id].before.merge(window)
    _look_by_process(store, now, evidence, pace)
    return Found(evidence, store.operations())


def _look_by_process(
    store: Store, now: float, evidence: Mapping[str, Evidence], pace: Pace
) -> None:
    """Read each process by itself, where there are several and not very many."""
    processes = [state.instance.id for state in store.instances(now - ALIVE_SECONDS)]
    if not 1 < len(processes) <= MOST_PROCESSES:
        return
    for process in processes:
        start, its = now - PROCESS_SECONDS, frozenset({process})
        query = Query(start, now, 10, frozenset(evidence), instances=its, with_latency=False)
        for endpoint, window in store.windows(query, pace=pace):
            known = evidence[endpoint.id].by_process
            known.setdefault(process, Window(0.0)).merge(window)


class Watch:
    """Remembers processes, and tells what is known of them."""

    def __init__(self) -> None:
        self._processes: dict[str, _Process] = {}
        self._versions: dict[str, dict[str, float]] = {}
        self._lives = LifeBook()

    def look(self, now: float, states: Sequence[InstanceState], status: StoreStatus) -> Facts:
        """Hear what processes that reported within the last hour say; return the facts at `now`."""
        for state in states:
            self._hear(state)
        self._lives.hear(now, map(_life, states), FORGET_SECONDS, self._lost())
        self._forget(now)
        problem = f"{status.problem} {status.remedy}".strip()
        return Facts(
            processes=[process.facts(now) for process in self._processes.values()],
            versions=self._told_versions(),
            lives=self._lives.lives(now),
            store=f"the store ({status.kind})",
            store_problem=problem,
            unfolded_batches=status.unfolded_batches,
        )

    def _hear(self, state: InstanceState) -> None:
        instance = state.instance
        known = self._processes.get(instance.id)
        if known is None:
            if len(self._processes) >= MAX_PROCESSES:
                return
            known = self._processes[instance.id] = _Process(state)
        known.hear(state)
        versions = self._versions.setdefault(instance.service, {})
        first = versions.get(instance.version, instance.started_at)
        versions[instance.version] = min(first, instance.started_at)

    def _lost(self) -> Iterator[tuple[str, Span]]:
        for process in self._processes.values():
            if process.lost is not None:
                yield process.state.instance.service, process.lost

    def _forget(self, now: float) -> None:
        silent = [
            instance_id
            for instance_id, process in self._processes.items()
            if now - process.state.seen_at > FORGET_SECONDS
        ]
        for instance_id in silent:
            del self._processes[instance_id]
        services = {process.state.instance.service for process in self._processes.values()}
        self._versions = {name: self._versions[name] for name in services}

    def _told_versions(self) -> Mapping[str, Sequence[tuple[str, float]]]:
        return {
            service: sorted(versions.items(), key=lambda pair: pair[1])
            for service, versions in self._versions.items()
        }
