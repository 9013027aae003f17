"""A quiet month under the default rules: what they tell although nothing is the matter."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from api_performance.alerts.rule import RuleSet
from api_performance.alerts.rules import RuleReader, indicators
from api_performance.alerts.rules.defaults import default_rules
from api_performance.alerts.watch import Watch
from api_performance.analysis.history import History
from api_performance.analysis.reading import Reading
from api_performance.judging import JUDGE_SECONDS
from api_performance.stores.base import StoreStatus
from benchmarks.alerting.traffic import BEGIN, DAY, LOADS, Past, Simulation, workers

PAST_DAYS = 28
"""Four weeks of hours are known before the month begins."""

_STATUS = StoreStatus("memory", "memory://", 0, 0, 0, None, None)


@dataclass(slots=True)
class Alerts:
    """Which alerts fire: breached without a break for as long as the rule says."""

    since: dict[tuple[str, str], float] = field(default_factory=dict)
    firing: dict[tuple[str, str], float] = field(default_factory=dict)
    fired: list[tuple[float, Reading]] = field(default_factory=list)

    def take(self, readings: Iterable[Reading], now: float) -> None:
        """Note the readings of a round."""
        for reading in readings:
            key = reading.rule, reading.subject
            if reading.is_breached:
                since = self.since.setdefault(key, now)
                if key not in self.firing and now - since >= reading.keep_seconds:
                    self.fired.append((now, reading))
                if now - since >= reading.keep_seconds:
                    self.firing[key] = now
            else:
                self.since.pop(key, None)
                if reading.is_clear and now - self.firing.get(key, now) >= reading.clear_seconds:
                    del self.firing[key]


def fired_in(
    days: float, seed: int = 1, round_seconds: float = JUDGE_SECONDS
) -> list[tuple[float, Reading]]:
    """Live through some days after four weeks, and return which alerts fired, and when."""
    past, rules = Past(Simulation(seed)), RuleSet(default_rules())
    history = History(lambda endpoint: indicators(rules.of(endpoint)))
    reader, watch, alerts = RuleReader(rules, history), Watch(), Alerts()
    chance = random.Random(seed)
    start = past.now = BEGIN + PAST_DAYS * DAY
    for _ in range(60):  # of all the past a piece in each round
        history.follow(past.now, past.read)
        past.now += round_seconds
    while past.now < start + days * DAY:
        history.follow(past.now, past.read)
        facts = watch.look(past.now, workers(chance, past.now), _STATUS)
        alerts.take(reader.readings(facts, past.now), past.now)
        past.now += round_seconds
    return alerts.fired


def worst(fired: Iterable[tuple[float, Reading]]) -> int:
    """Return the false alerts of the endpoint (or process, or service) that has the most."""
    subjects = Counter(reading.subject for _, reading in fired)
    return max((subjects[load.endpoint.id] for load in LOADS), default=0)
