"""All that judges: objectives and rules, the past that they look at, and what processes say.

What people change on the page holds from the next round on. Then the past is read anew, piece by
piece, for other counts are asked of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from api_performance.alerts.chosen import rules_of
from api_performance.alerts.objectives import ObjectiveBook
from api_performance.alerts.rule import Rule, RuleSet
from api_performance.alerts.rule_book import RuleBook
from api_performance.alerts.rules import RuleReader, indicators
from api_performance.alerts.rules.evidence import Found
from api_performance.alerts.rules.requests import ERRORS
from api_performance.alerts.watch import FORGET_SECONDS, Watch, look_for
from api_performance.analysis.burn import URGENCIES, burn_readings
from api_performance.analysis.history import History, Indicator
from api_performance.analysis.reading import Round
from api_performance.analysis.slo import Objectives
from api_performance.clock import Clock
from api_performance.config import Config
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.objective import Objective
from api_performance.stores.base import Pace, Query, Store, no_pace

MINUTE: Final = 60.0


class Judges:
    """Reads all rules and objectives of one store off its past. For one thread."""

    def __init__(self, config: Config, store: Store, clock: Clock, *, pace: Pace = no_pace) -> None:
        """Judge `store` as `config` says, calling `pace` between small pieces of work."""
        self._store = store
        self._pace = pace
        self._watch = Watch()
        self._objectives = ObjectiveBook(
            store, clock, config.objectives, config.performance_thresholds
        )
        self._rules = RuleBook(store, clock, rules_of(config))
        self._in_force: tuple[list[Objective], list[Rule]] | None = None
        self._reading = _Reading(Objectives([]), [])

    def read(self, now: float) -> Round:
        """Return what each rule and objective sees at `now`. StoreUnavailable."""
        self._renew()
        reading = self._reading
        reading.history.follow(now, self._read)
        states = self._store.instances(now - FORGET_SECONDS)
        facts = self._watch.look(now, states, self._store.status())
        read = reading.rules.readings(facts, now, lambda ids: self._look(now, ids))
        burning = burn_readings(reading.objectives, reading.history, now)
        counted = [count for count in reading.newest(now) if count]
        return Round(chain(burning, read), reading.ids, sum(counted), len(counted))

    def _renew(self) -> None:
        """Take what is in force now; the past is read anew where that changed."""
        objectives = self._objectives.in_force()
        in_force = objectives.all(), self._rules.in_force()
        if in_force != self._in_force:
            self._in_force = in_force
            self._reading = _Reading(objectives, in_force[1])

    def _read(self, start: float, end: float, step: int) -> Iterator[tuple[Endpoint, Window]]:
        query = Query(start, end, step, with_latency=False)
        return self._store.windows(query, pace=self._pace)

    def _look(self, now: float, endpoint_ids: frozenset[str]) -> Found:
        return look_for(self._store, now, endpoint_ids, self._pace)


class _Reading:
    """The objectives and rules in force, and the past that is counted for them."""

    def __init__(self, objectives: Objectives, rules: Sequence[Rule]) -> None:
        self.objectives = objectives
        self.ids = frozenset((*_ids_of(objectives), *(rule.id for rule in rules if rule.enabled)))
        rule_set = RuleSet(rules)

        def counted(endpoint: Endpoint) -> Sequence[Indicator]:
            both = *objectives.indicators_of(endpoint), *indicators(rule_set.of(endpoint))
            return list({each.name: each for each in both}.values())

        self.history = History(counted)
        self.rules = RuleReader(rule_set, self.history)

    def newest(self, now: float) -> Iterator[int]:
        """Yield how many requests each endpoint had in the last minute."""
        for endpoint in self.history.endpoints():
            yield self.history.counts(endpoint.id, ERRORS, MINUTE, now).total


def _ids_of(objectives: Objectives) -> Iterator[str]:
    """Yield the rules that tell of objectives."""
    for objective in objectives.all():
        if objective.alerts:
            yield from (f"{objective.id}/{urgency}" for urgency, _ in URGENCIES)
