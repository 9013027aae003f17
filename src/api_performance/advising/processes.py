"""What processes do with their time, of what they say of themselves round by round."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from api_performance.advice.facts import ProcessFacts
from api_performance.model import ALIVE_SECONDS, PoolUse
from api_performance.stores.base import InstanceState

REMEMBERED_SECONDS: Final = 900.0
WARM_UP_SECONDS: Final = 60.0
"""What a process does in its first minute (imports, caches) is not its usual."""

MOST_PROCESSES: Final = 1000


@dataclass(frozen=True, slots=True)
class _Said:
    at: float
    cpu_seconds: float
    collection_seconds: float
    pool: PoolUse | None
    lag_seconds: float


def _said(state: InstanceState) -> _Said:
    pauses = state.pauses
    collections = sum(each.seconds for each in pauses.collections) if pauses else 0.0
    pools = pauses.pools if pauses else ()
    lag = pauses.lag_p99_seconds if pauses else None
    fullest = max(pools, key=lambda pool: pool.waiting, default=None)
    return _Said(state.seen_at, state.process_cpu_seconds, collections, fullest, lag or 0.0)


class Processes:
    """Remembers what each process said over a quarter of an hour. For one thread."""

    def __init__(self) -> None:
        """Know none yet."""
        self._said: dict[str, deque[_Said]] = {}

    def facts(self, now: float, states: Iterable[InstanceState]) -> list[ProcessFacts]:
        """Hear what they say now, and return what is known of those that live."""
        alive = [
            state
            for state in states
            if now - state.seen_at <= ALIVE_SECONDS and not state.has_ended
        ][:MOST_PROCESSES]
        living = {state.instance.id for state in alive}
        self._said = {of: said for of, said in self._said.items() if of in living}
        return [self._hear(state) for state in alive]

    def _hear(self, state: InstanceState) -> ProcessFacts:
        said = self._said.setdefault(state.instance.id, deque())
        if not said or state.seen_at > said[-1].at:
            said.append(_said(state))
        while said[0].at < state.seen_at - REMEMBERED_SECONDS:
            said.popleft()
        cpu, collections = self._ratios(state, said)
        waiting = [each.pool.waiting if each.pool else 0 for each in said]
        pool = max((each.pool for each in said if each.pool), key=_fullness, default=None)
        pauses, instance = state.pauses, state.instance
        return ProcessFacts(
            name=f"{instance.host}:{instance.pid}",
            service=instance.service,
            cpu_ratio=cpu,
            lag_p99_seconds=_high([each.lag_seconds for each in said]) if pauses else None,
            collection_ratio=collections if pauses else None,
            waiting_for_thread=sorted(waiting)[len(waiting) // 2],
            pool_name=pool.name if pool else "",
            pool_size=pool.size if pool else 0,
            in_flight=state.in_flight,
        )

    @staticmethod
    def _ratios(state: InstanceState, said: deque[_Said]) -> tuple[float | None, float | None]:
        """Return processor time and collections over wall time, since it was heard first."""
        begin = state.instance.started_at
        first, last = said[0], said[-1]
        if last.at - first.at >= WARM_UP_SECONDS:
            wall = last.at - first.at
            cpu = last.cpu_seconds - first.cpu_seconds
            return cpu / wall, (last.collection_seconds - first.collection_seconds) / wall
        wall = last.at - begin
        if wall < 5 * WARM_UP_SECONDS:
            return None, None
        return last.cpu_seconds / wall, None  # most collections are of the imports


def _high(values: list[float]) -> float:
    """Return what a quarter of them exceed: one late minute is not usual, and no excuse."""
    return sorted(values)[len(values) * 3 // 4]


def _fullness(pool: PoolUse) -> tuple[int, int]:
    return pool.waiting, pool.busy
