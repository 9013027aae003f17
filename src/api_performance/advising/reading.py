"""Reads the minutes that are over, each once, and what processes say: the facts that rules ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from api_performance.advice.facts import Gathering, ServiceFacts
from api_performance.advice.recommendation import OptimizationRecommendation, RecommendationState
from api_performance.advising.processes import Processes
from api_performance.analysis.effect import Effect, Minute, effect_of
from api_performance.model import Operation
from api_performance.stores.base import Pace, Query, Store, no_pace

MINUTE: Final = 60

LATE_SECONDS: Final = 10.0
"""A minute is read so long after its end: batches come within seconds."""

FIRST_SECONDS: Final = 900.0
"""So much of the past is read at first."""

MOST_MINUTES: Final = 5
"""Read at once: behind, the rest follows in the next rounds."""

NAME_SECONDS: Final = 300.0
SINCE_SECONDS: Final = 60.0

LONGEST_COMPARED: Final = 6 * 3600.0
"""Before and after an applied change so much is compared at most."""

_DAY: Final = 86_400.0


class FactReader:
    """Reads one store's facts as time goes on. For one thread."""

    def __init__(self, store: Store, pace: Pace = no_pace) -> None:
        """Read `store`, calling `pace` between small pieces of work."""
        self._store = store
        self._pace = pace
        self._gathering = Gathering()
        self._processes = Processes()
        self._until = 0.0
        self._named: Mapping[str, Operation] = {}
        self._named_at = 0.0
        self.is_current = False
        """Whether everything up to now was read."""

    def facts(self, now: float) -> ServiceFacts:
        """Read what is new, and return all that is known. StoreUnavailable."""
        self._read(now)
        if now - self._named_at >= NAME_SECONDS or now < self._named_at:
            self._name(now)
        states = self._store.instances(now - SINCE_SECONDS)
        return self._gathering.facts(self._named, self._processes.facts(now, states))

    def _name(self, now: float) -> None:
        self._named = self._store.operations()
        self._named_at = now

    def _read(self, now: float) -> None:
        end = (now - LATE_SECONDS) // MINUTE * MINUTE
        if not end - FIRST_SECONDS <= self._until <= end:  # at first, or the clock was set
            self._until = end - FIRST_SECONDS
            self._gathering = Gathering()
        until = min(end, self._until + MOST_MINUTES * MINUTE)
        if until > self._until:
            self._name(now)
        while self._until < until:  # a minute at a time, for a window with operations takes 100 kB
            self._read_minute(self._until)
            self._until += MINUTE
        self.is_current = until == end

    def _read_minute(self, start: float) -> None:
        query = Query(start, start + MINUTE, MINUTE, with_latency=False, with_operations=True)
        for endpoint, window in self._store.windows(query, pace=self._pace):
            self._gathering.put(endpoint, window, MINUTE)
            self._pace()


def effect_of_applied(
    store: Store, applied: OptimizationRecommendation, now: float, pace: Pace = no_pace
) -> Effect | None:
    """Compare an endpoint's response times before and after a change; None: too few to tell."""
    if applied.applied_at is None or not applied.endpoint_id:
        return None
    first = (applied.applied_at // MINUTE + 2) * MINUTE  # the rest of its minute, and one to settle
    end = (now - LATE_SECONDS) // MINUTE * MINUTE
    length = min(end - first, LONGEST_COMPARED)
    if length < MINUTE:
        return None
    begin = applied.applied_at // MINUTE * MINUTE
    spans = ((begin - length, begin), (first, first + length))

    def read(span: tuple[float, float], earlier: float = 0.0) -> list[Minute]:
        return _minutes(store, applied.endpoint_id, span[0] - earlier, span[1] - earlier, pace)

    usual = read(spans[0], _DAY), read(spans[1], _DAY)
    return effect_of(read(spans[0]), read(spans[1]), usual)


def _minutes(store: Store, endpoint_id: str, start: float, end: float, pace: Pace) -> list[Minute]:
    query = Query(
        max(start, 0.0), max(end, 0.0), MINUTE, frozenset({endpoint_id}), with_latency=False
    )
    sums: dict[float, Minute] = {}
    for _, window in store.windows(query, pace=pace):
        count, seconds = sums.get(window.start, (0, 0.0))
        sums[window.start] = count + window.count, seconds + window.response_seconds
    return [sums[start] for start in sorted(sums)]


def applied_ones(
    known: Iterable[OptimizationRecommendation],
) -> list[OptimizationRecommendation]:
    """Return those whose effect is yet to be measured."""
    return [each for each in known if each.state is RecommendationState.APPLIED]
