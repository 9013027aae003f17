"""How an endpoint stands with its objectives: which hold for it, what they count, what is left.

An objective's events are requests, good or bad; those of a throughput objective are minutes. All is
ratios of counts, so nothing is estimated but the response times within a bound that no threshold
has, which are read from the sketch: those of one bucket may count on either side (1.1 % of bound).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from api_performance.analysis.history import SPANS, Counts, History, Indicator
from api_performance.measure.priority import Pattern
from api_performance.measure.window import Window
from api_performance.model import OTHER, UNMATCHED, Endpoint, TrafficKind
from api_performance.objective import Objective, ObjectiveKind, Verdict

MINUTE: Final = 60
DAY_SECONDS: Final = 86_400.0

_DIFFERENT: Final = 1024
"""Bounds and sets of error classes that are remembered: more than a service has objectives."""

REQUESTS: Final = Indicator("requests", lambda window: (window.count, 0))
"""All requests: what a throughput is told of."""


class Objectives:
    """The objectives in force, and which of them hold for an endpoint."""

    def __init__(self, objectives: Iterable[Objective], defaults: Iterable[Objective] = ()) -> None:
        """Take `objectives`; a default holds where none of its kind does, or none has its id."""
        chosen = {each.id: each for each in objectives}
        self._chosen = [_Applied(each) for each in chosen.values() if each.enabled]
        self._defaults = [_Applied(each) for each in defaults if each.id not in chosen]

    def all(self) -> list[Objective]:
        """Return all in force, the chosen ones first."""
        return [each.objective for each in (*self._chosen, *self._defaults)]

    def of(self, endpoint: Endpoint) -> list[Objective]:
        """Return what holds for an endpoint: HTTP only, and nothing for what no route took."""
        if endpoint.kind is not TrafficKind.HTTP or endpoint.template in (UNMATCHED, OTHER):
            return []
        found = [each.objective for each in self._chosen if each.holds_for(endpoint)]
        kinds = {each.kind for each in found}
        defaults = (each.objective for each in self._defaults if each.holds_for(endpoint))
        return found + [each for each in defaults if each.kind not in kinds]

    def indicators_of(self, endpoint: Endpoint) -> Sequence[Indicator]:
        """Return what a History has to count for them, each once."""
        indicators = [indicator_of(each) for each in self.of(endpoint)]
        return list({each.name: each for each in indicators}.values())


class _Applied:
    """An objective with its pattern compiled."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self._pattern = Pattern(objective.pattern) if objective.pattern else None

    def holds_for(self, endpoint: Endpoint) -> bool:
        if self.objective.priority not in (None, endpoint.priority):
            return False
        return self._pattern is None or self._pattern.matches(endpoint.method, endpoint.template)


def indicator_of(objective: Objective) -> Indicator:
    """Return what counts an objective's events in a window; equal promises share it."""
    if objective.kind is ObjectiveKind.LATENCY:
        return _latency(objective.bound or 0.0)
    if objective.kind is ObjectiveKind.AVAILABILITY:
        return _availability(tuple(sorted(objective.errors.items())))
    return REQUESTS


@lru_cache(_DIFFERENT)
def _latency(bound: float) -> Indicator:
    def count(window: Window) -> tuple[int, int]:
        within = window.under.get(bound)
        if within is not None:
            return window.count, max(window.count - within, 0)
        times = window.response_time()
        return times.count, times.count - times.count_up_to(bound)

    return Indicator(f"over {bound!r} s", count)


@lru_cache(_DIFFERENT)
def _availability(said: tuple[tuple[str, Verdict], ...]) -> Indicator:
    errors, verdicts = dict(said), dict[int, Verdict]()

    def verdict(status: int) -> Verdict:
        named = errors.get(str(status), errors.get(f"{status // 100}xx", Verdict.GOOD))
        return verdicts.setdefault(status, named)

    def count(window: Window) -> tuple[int, int]:
        total = bad = 0
        for status, number in window.statuses.items():
            found = verdicts.get(status) or verdict(status)
            if found is not Verdict.IGNORED:
                total += number
                bad += number if found is Verdict.BAD else 0
        return total, bad

    named = ",".join(f"{status} {what}" for status, what in said)
    return Indicator(f"availability {named}", count)


def counted(
    objective: Objective, history: History, endpoint_id: str, seconds: float, now: float
) -> Counts:
    """Count an objective's events of the last `seconds` before `now`."""
    name = indicator_of(objective).name
    if objective.kind is not ObjectiveKind.THROUGHPUT:
        return history.counts(endpoint_id, name, seconds, now)
    step = MINUTE if seconds <= SPANS[MINUTE] else 3600
    slices = history.slices(endpoint_id, name, step, seconds, now)
    total, bad = minutes_below(objective, slices.total, step)
    return Counts(total, bad, len(slices.total) * float(step))


def minutes_below(objective: Objective, requests: Sequence[int], step: int) -> tuple[int, int]:
    """Count minutes, and those in slices with fewer requests per second than the bound."""
    fewest = (objective.bound or 0.0) * step
    below = sum(1 for count in requests if count < fewest)
    return len(requests) * step // MINUTE, below * step // MINUTE


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an endpoint stands with an objective over its period.

    Ratios are None without events. `budget_left_ratio` is 1.0 when nothing was bad, 0.0 when the
    budget is used up, and below when more than that was. Of the period, `covered_seconds` lie after
    the endpoint's first call.
    """

    total: int
    bad: int
    covered_seconds: float
    good_ratio: float | None
    budget_left_ratio: float | None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None without events."""
        return None if self.budget_left_ratio is None else self.budget_left_ratio >= 0


def standing(objective: Objective, counts: Counts) -> Standing:
    """Judge the counts of an objective's period."""
    ratio = counts.bad_ratio
    return Standing(
        counts.total,
        counts.bad,
        counts.covered_seconds,
        None if ratio is None else 1 - ratio,
        None if ratio is None else budget_left(ratio, objective.target),
    )


def budget_left(bad_ratio: float, target: float) -> float:
    """Return the part of the error budget that is left when such a ratio of all events was bad."""
    return round(1 - bad_ratio / (1 - target), 9)  # so that a budget spent to the last is 0


def period_seconds(objective: Objective) -> float:
    """Return the seconds over which the budget counts."""
    return objective.period_days * DAY_SECONDS
