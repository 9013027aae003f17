"""The book of recommendations: kept by whoever judges, an event for each that changes.

All that is decided is written under the lease's number and decided from what the store holds, so
whoever judges next goes on where the last one ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from api_performance.advice.adviser import advise
from api_performance.advice.found import Rule
from api_performance.advice.life import (
    ADVICE_COMMAND,
    Said,
    as_text,
    folded,
    is_moved,
    laid_over,
    measured,
    recommendation_of,
)
from api_performance.advice.recommendation import RECOMMENDATION, OptimizationRecommendation
from api_performance.advising.reading import FactReader, applied_ones, effect_of_applied
from api_performance.stores.base import Event, Lease, Pace, Store, no_pace

ADVISE_SECONDS: Final = 60.0
"""Time between two rounds: windows with operations are of minutes."""

MEASURE_SECONDS: Final = 300.0
"""Time between two looks at what applied changes did."""

MOST_KEPT: Final = 500
"""Found at once; the list is ranked, and the rest is of no use to anybody."""


class AdviceBook:
    """Keeps the recommendations of one store. For one thread."""

    def __init__(self, store: Store, rules: Sequence[Rule], pace: Pace = no_pace) -> None:
        """Keep those that `rules` find."""
        self._store = store
        self._rules = rules
        self._pace = pace
        self._reader = FactReader(store, pace)
        self._due_at = self._measure_at = 0.0

    def hold(self, now: float, lease: Lease) -> None:
        """Do a round under `lease` when one is due. LeaseLost, StoreUnavailable."""
        if 0 < self._due_at - now <= ADVISE_SECONDS:
            return
        facts = self._reader.facts(now)
        found = advise(facts, self._rules, now)[:MOST_KEPT]
        known = standing(self._store)
        after = laid_over(found, known, now) if self._reader.is_current else dict(known)
        if self._measure_at - now < 0 or self._measure_at - now > MEASURE_SECONDS:
            self._measure_at = now + MEASURE_SECONDS
            for each in applied_ones(after.values()):
                effect = effect_of_applied(self._store, each, now, self._pace)
                after[each.id] = measured(each, effect, now)
        self._store_moved(after, now, lease)
        self._due_at = now + ADVISE_SECONDS if self._reader.is_current else now

    def _store_moved(
        self, after: dict[str, OptimizationRecommendation], now: float, lease: Lease
    ) -> None:
        stored = stored_ones(self._store)
        for each in after.values():
            if is_moved(stored.get(each.id), each, now):
                self._store.record_event(as_event(each), lease)


def as_event(recommendation: OptimizationRecommendation) -> Event:
    """Return the event of a recommendation that stands like this from now on."""
    told = recommendation.author, recommendation.reason
    return Event(
        recommendation.at, RECOMMENDATION, recommendation.id, *told, details=as_text(recommendation)
    )


def stored_ones(store: Store) -> dict[str, OptimizationRecommendation]:
    """Return by id what the judge stored last of each recommendation. StoreUnavailable."""
    found = map(recommendation_of, (e.details for e in store.latest_events(RECOMMENDATION)))
    return {each.id: each for each in found if each is not None}


def standing(store: Store) -> dict[str, OptimizationRecommendation]:
    """Return by id how it stands with every one: as judged, then what people did since."""
    found = stored_ones(store)
    for event in store.latest_events(ADVICE_COMMAND):
        by = Said(event.at, event.author, event.reason, event.id)
        after = folded(found.get(event.subject), event.details, by)
        if after is not None:
            found[event.subject] = after
    return found
