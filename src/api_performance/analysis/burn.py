"""Burn rates: how many times faster than allowed an error budget is used up, and when that pages.

The method and its numbers are the SRE workbook's ("Alerting on SLOs", 6: multiwindow, multi-burn-
rate alerts): a rule is breached while both its windows burn faster than its factor, so it is found
soon and over soon. With a share `e` of bad events a rule of a long window `w` and a factor `f` is
breached after `f * (1 - target) / e * w`, and is over, once nothing is bad any more, after the
short window less its own such part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from api_performance import units
from api_performance.analysis.history import Counts, History
from api_performance.analysis.reading import Reading
from api_performance.analysis.slo import Objectives, counted
from api_performance.model import Endpoint, PerformanceThreshold
from api_performance.objective import Objective, ObjectiveKind

HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class BurnRule:
    """Breached while both windows burn faster than `factor`; CRITICAL pages, WARNING is a ticket.

    At the factor, `budget_ratio` of a month's budget is gone within the long window.
    """

    long_seconds: float
    short_seconds: float
    factor: float
    severity: PerformanceThreshold

    @property
    def budget_ratio(self) -> float:
        """The part of thirty days' budget that burning at the factor uses up in the window."""
        return self.factor * self.long_seconds / (30 * 24 * HOUR)

    def bound(self, target: float) -> float:
        """Return the ratio of bad events, 0..1, above which it is breached."""
        return self.factor * (1 - target)

    def can_fire(self, target: float) -> bool:
        """Tell whether it can be breached at all, if everything is bad."""
        return round(self.bound(target), 9) < 1


BURN_RULES: Final = (
    BurnRule(1 * HOUR, 300.0, 14.4, PerformanceThreshold.CRITICAL),
    BurnRule(6 * HOUR, 1800.0, 6.0, PerformanceThreshold.CRITICAL),
    BurnRule(72 * HOUR, 6 * HOUR, 1.0, PerformanceThreshold.WARNING),
)
"""The SRE workbook's recommended parameters (table 5-8): 2 % of the budget in an hour and 5 % in
six page, 10 % in three days are a ticket; the short windows are a twelfth of the long ones."""

PAGE: Final = "page"
TICKET: Final = "ticket"
URGENCIES: Final = (
    (PAGE, PerformanceThreshold.CRITICAL),
    (TICKET, PerformanceThreshold.WARNING),
)
"""What an objective tells, and the severity of the rules that tell it. Each is over by the windows
of its own rules: a ticket stands for hours after what paged somebody has ended."""

SOURCE: Final = "Google, The Site Reliability Workbook, chapter 5, table 5-8"


@dataclass(frozen=True, slots=True)
class Burn:
    """One rule's view of one objective of one endpoint; a rate is None where nothing happened.

    `is_known` is False while the history of its windows has not been read; then it says nothing.
    """

    rule: BurnRule
    long: Counts
    short: Counts
    long_rate: float | None
    short_rate: float | None
    is_known: bool
    is_breached: bool
    is_clear: bool


def burn(
    objective: Objective, rule: BurnRule, long: Counts, short: Counts, *, is_known: bool = True
) -> Burn:
    """Judge the counts of a rule's two windows.

    Below the objective's minimum of bad events it is never breached. It is clear when either window
    burns slowly enough; a short window without any event says nothing. An endpoint younger than the
    long window has used up the less of its budget: nothing was bad before its first call.
    """
    bound = rule.bound(objective.target)
    long_ratio, short_ratio = long.bad_ratio, short.bad_ratio
    lived = min(long.covered_seconds / rule.long_seconds, 1.0)
    is_long = long_ratio is not None and long_ratio * lived > bound
    is_short = short_ratio is not None and short_ratio > bound
    is_enough = long.bad >= objective.minimum_events
    return Burn(
        rule,
        long,
        short,
        _rate(long_ratio, objective.target),
        _rate(short_ratio, objective.target),
        is_known,
        is_breached=is_known and is_long and is_short and is_enough,
        is_clear=is_known and (not is_long or (short_ratio is not None and not is_short)),
    )


def _rate(ratio: float | None, target: float) -> float | None:
    return None if ratio is None else ratio / (1 - target)


def burns(objective: Objective, history: History, endpoint_id: str, now: float) -> list[Burn]:
    """Judge every rule for one endpoint at `now` (Unix seconds UTC)."""

    @cache  # six hours are the long window of one rule and the short one of another
    def count(seconds: float) -> Counts:
        return counted(objective, history, endpoint_id, seconds, now)

    return [
        burn(
            objective,
            rule,
            count(rule.long_seconds),
            count(rule.short_seconds),
            is_known=history.knows(rule.long_seconds, now),
        )
        for rule in BURN_RULES
    ]


def never_fires(objective: Objective) -> str:
    """Say which rules can never be breached with the objective's target; empty if all can."""
    mute = [rule for rule in BURN_RULES if not rule.can_fire(objective.target)]
    if not mute:
        return ""
    factors = " and ".join(f"{rule.factor:g}" for rule in mute)
    fastest = 1 / (1 - objective.target)
    return (
        f"A burn rate of {factors} can never be passed with a target of"
        f" {objective.target * 100:g}{units.GAP}%: if everything is bad it is {fastest:.3g}."
        " Raise the target, or have other rules watch for outages."
    )


def burn_readings(objectives: Objectives, history: History, now: float) -> Iterator[Reading]:
    """Yield what the objectives that alert say of every endpoint at `now` (Unix seconds UTC).

    Two readings of an objective and endpoint, `<id>/page` and `<id>/ticket`, each of the first of
    its rules that is breached, and clear when all of them are. Value and bound are the ratios of
    bad events in the rule's long window.
    """
    for endpoint in history.endpoints():
        for objective in objectives.of(endpoint):
            if objective.alerts:
                found = burns(objective, history, endpoint.id, now)
                for urgency, severity in URGENCIES:
                    told = [each for each in found if each.rule.severity is severity]
                    yield _reading(f"{objective.id}/{urgency}", objective, endpoint, told)


def objective_of(rule: str) -> str:
    """Return the id of the objective whose page or ticket a rule is; "" for any other rule."""
    objective_id, _, urgency = rule.rpartition("/")
    return objective_id if urgency in (PAGE, TICKET) else ""


def page_of(rule: str) -> str:
    """Return the rule that pages where `rule` is the ticket of the same objective; else ""."""
    objective_id = objective_of(rule)
    return f"{objective_id}/{PAGE}" if rule == f"{objective_id}/{TICKET}" else ""


def _reading(rule: str, objective: Objective, endpoint: Endpoint, found: list[Burn]) -> Reading:
    worst = next((each for each in found if each.is_breached), None)
    told = worst or found[0]
    return Reading(
        rule=rule,
        subject=endpoint.id,
        name=endpoint.name,
        metric=objective.kind.value,
        value=told.long.bad_ratio,
        bound=told.rule.bound(objective.target),
        unit="ratio",
        is_breached=worst is not None,
        is_clear=all(each.is_clear for each in found),
        severity=told.rule.severity,
        priority=endpoint.priority,
        window_seconds=told.rule.long_seconds,
        sample_count=told.long.total,
        text=text_of(objective, endpoint, worst) if worst else "",
    )


def text_of(objective: Objective, endpoint: Endpoint, found: Burn) -> str:
    """Say in plain words what is seen and what it means for users."""
    seconds, known = found.rule.long_seconds, found.long.covered_seconds
    window = units.age(known) if 0 < known < seconds else units.span(seconds)
    counts = f"{units.count(found.long.bad)} of {units.count(found.long.total)}"
    days = objective.period_days
    return (
        f"{_SEEN[objective.kind].format(counts=counts, name=endpoint.name, window=window)}"
        f"{_bound(objective)}. The error budget of {days}{units.GAP}days allows"
        f" {units.error_share(1 - objective.target)} and is used up"
        f" {units.significant(found.long_rate or 0)} times too fast: a whole one lasts"
        f" {_lasts(days, found.long_rate or 1)}. {_MEANS[objective.kind]}"
    )


_SEEN: Final = {
    ObjectiveKind.AVAILABILITY: "{counts} requests to {name} failed in {window}",
    ObjectiveKind.LATENCY: "{counts} requests to {name} in {window} took longer than ",
    ObjectiveKind.THROUGHPUT: "In {counts} minutes of {window} {name} was asked less than ",
}

_MEANS: Final = {
    ObjectiveKind.AVAILABILITY: "Users get errors.",
    ObjectiveKind.LATENCY: "Users wait.",
    ObjectiveKind.THROUGHPUT: "Users do not get through, or stay away.",
}


def _bound(objective: Objective) -> str:
    if objective.kind is ObjectiveKind.LATENCY:
        return units.duration(objective.bound)
    return units.rate(objective.bound) if objective.kind is ObjectiveKind.THROUGHPUT else ""


def _lasts(days: int, rate: float) -> str:
    return units.age(days * 24 * HOUR / rate)
