"""Where people and code ask for recommendations and act upon them, in any process of a store.

Where somebody judges, his are told. Where nobody does, the asking process looks for itself, at most
once in a while: then nothing is stored but what people do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from api_performance.advice.adviser import advise
from api_performance.advice.found import Rule
from api_performance.advice.impact import in_order
from api_performance.advice.life import (
    ADVICE_COMMAND,
    Act,
    Command,
    Said,
    acted,
    as_text,
    laid_over,
    measured,
)
from api_performance.advice.recommendation import RECOMMENDATION, OptimizationRecommendation
from api_performance.advising.book import standing
from api_performance.advising.reading import FactReader, applied_ones, effect_of_applied
from api_performance.analysis.effect import Effect
from api_performance.clock import Clock
from api_performance.errors import RecommendationUnknown
from api_performance.stores.base import Event, Pace, Store, no_pace

OWN_SECONDS: Final = 15.0
"""Where nobody judges, facts are read anew this often while somebody asks."""

JUDGED_SECONDS: Final = 120.0
"""Who judged lately judges still."""

HISTORY_SECONDS: Final = 90 * 86_400.0
END_OF_TIME: Final = 1e11
LONGEST_AUTHOR: Final = 100


Known = dict[str, OptimizationRecommendation]
Effects = dict[str, Effect | None]


class AdviceDesk:
    """Recommendations of one store as they stand, and what may be done to them. Safe to share."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rules_of: Callable[[], Sequence[Rule]],
        pace: Pace = no_pace,
    ) -> None:
        """Read and write `store`; `rules_of` returns the rules in force."""
        self._store = store
        self._clock = clock
        self._rules_of = rules_of
        self._pace = pace
        self._reader: FactReader | None = None
        self._found: list[OptimizationRecommendation] = []
        self._effects: Effects = {}
        self._read_at = 0.0
        self._lock = threading.Lock()

    def standing(self) -> Known:
        """Return by id how it stands with every recommendation. StoreUnavailable."""
        known, now = standing(self._store), self._clock.now()
        if self.is_judged():
            return known
        found, effects = self._own(now, known)
        after = laid_over(found, known, now)
        for of, effect in effects.items():
            if of in after:
                after[of] = measured(after[of], effect, now)
        return after

    def is_judged(self) -> bool:
        """Tell whether somebody judges, and so keeps the book. StoreUnavailable."""
        now = self._clock.now()
        states = self._store.instances(now - JUDGED_SECONDS)
        return any(each.judged and now - each.judged.at < JUDGED_SECONDS for each in states)

    def _own(self, now: float, known: Known) -> tuple[list[OptimizationRecommendation], Effects]:
        """Return what rules find and applied ones did, read here. StoreUnavailable."""
        with self._lock:
            if self._reader is None or not 0 <= now - self._read_at < OWN_SECONDS:
                reader = self._reader = self._reader or FactReader(self._store, self._pace)
                facts = reader.facts(now)
                while not reader.is_current:
                    facts = reader.facts(now)
                self._found = advise(facts, self._rules_of(), now)
                self._effects = {
                    each.id: effect_of_applied(self._store, each, now, self._pace)
                    for each in applied_ones(known.values())
                }
                self._read_at = now
            return self._found, self._effects

    def all(self) -> list[OptimizationRecommendation]:
        """Return every one in the order to do them. StoreUnavailable."""
        return in_order(self.standing().values())

    def act(
        self, act: Act, ids: Iterable[str], *, author: str, reason: str = ""
    ) -> list[OptimizationRecommendation]:
        """Accept, apply, dismiss or reopen some; return them as they are then.

        RecommendationUnknown, before anything is done, for an id that is none. StoreUnavailable.
        """
        known = self.standing()
        chosen = [_known(known, each) for each in dict.fromkeys(ids)]
        by = Said(self._clock.now(), _kept(author)[:LONGEST_AUTHOR], _kept(reason))
        return [self._record(act, each, by) for each in chosen]

    def _record(
        self, act: Act, each: OptimizationRecommendation, by: Said
    ) -> OptimizationRecommendation:
        after = acted(each, act, by)
        details = as_text(Command(act, each))
        event = Event(by.at, ADVICE_COMMAND, each.id, by.author, after.reason, details=details)
        self._store.record_event(event)
        return after

    def history(self, recommendation_id: str) -> list[Event]:
        """Return what became of one in 90 days, oldest first. StoreUnavailable."""
        start = max(0.0, self._clock.now() - HISTORY_SECONDS)
        events = self._store.events(start, END_OF_TIME, (RECOMMENDATION, ADVICE_COMMAND))
        return [event for event in events if event.subject == recommendation_id]


def _known(known: Known, recommendation_id: str) -> OptimizationRecommendation:
    found = known.get(recommendation_id)
    if found is None:
        raise RecommendationUnknown(
            f"no recommendation has the id {recommendation_id!r}: get_recommendations() and the"
            " page list those there are"
        )
    return found


def _kept(text: str) -> str:
    """Return a text that can be written: no half of a character that UTF-16 splits."""
    return text.encode(errors="replace").decode()
