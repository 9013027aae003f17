"""What an objective would have done: its budget over stored minutes, and when it had alerted.

Minutes are laid in one row with running sums, so that a burn rate at a minute is a difference: two
weeks take at most a third of a second. Before the first minute nothing is taken to have happened.
Alerts are told to the minute, where judging itself looks every ten seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from api_performance.analysis.burn import BURN_RULES, URGENCIES, BurnRule, burn
from api_performance.analysis.history import Counts
from api_performance.analysis.slo import MINUTE, Standing, standing
from api_performance.model import PerformanceThreshold
from api_performance.objective import Objective

_MOST_POINTS: Final = 500
"""Of a budget line: more than a chart shows apart."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that would have been: [start, end) in Unix seconds UTC, and its severity.

    `burn_rate` is the fastest of the long window that raised it.
    """

    start: float
    end: float
    severity: PerformanceThreshold
    burn_rate: float


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """What was left of the budget at the end of each step: `times` in Unix seconds UTC.

    The budget is that of all the events of the line, so it ends at what is left now.
    """

    times: list[float]
    left_ratio: list[float]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What an objective would have said of [start, end), in Unix seconds UTC."""

    start: float
    end: float
    standing: Standing
    budget: BudgetLine
    alerts: list[Raised]


def backtest(
    objective: Objective, start: float, total: Sequence[int], bad: Sequence[int]
) -> Backtest:
    """Replay minutes of events, all and bad ones, the first of which begins at `start`."""
    totals, bads = (list(accumulate(each, initial=0)) for each in (total, bad))
    end = start + MINUTE * len(total)
    counts = Counts(totals[-1], bads[-1], end - start)
    return Backtest(
        start,
        end,
        standing(objective, counts),
        budget_line(objective, start, MINUTE, total, bad),
        _alerts(objective, start, totals, bads) if objective.alerts else [],
    )


def budget_line(
    objective: Objective, start: float, step: int, total: Sequence[int], bad: Sequence[int]
) -> BudgetLine:
    """Return the line of slices of `step` seconds, in at most 500 points."""
    allowed = sum(total) * (1 - objective.target)
    if not allowed:
        return BudgetLine([], [])
    spent = list(accumulate(bad))
    stride = -(-len(spent) // _MOST_POINTS)
    places = range(len(spent) - 1, -1, -stride)[::-1]
    return BudgetLine(
        [start + step * (place + 1) for place in places],
        [round(1 - spent[place] / allowed, 9) for place in places],
    )


def _alerts(objective: Objective, start: float, totals: list[int], bads: list[int]) -> list[Raised]:
    """Return pages and tickets in the order in which they began."""
    able = [rule for rule in BURN_RULES if rule.can_fire(objective.target)]
    raised: list[Raised] = []
    for _, severity in URGENCIES:
        rules = [rule for rule in able if rule.severity is severity]
        if rules:
            raised += _spells(objective, rules, start, totals, bads)
    return sorted(raised, key=lambda each: each.start)


def _spells(
    objective: Objective,
    rules: Sequence[BurnRule],
    start: float,
    totals: list[int],
    bads: list[int],
) -> Iterator[Raised]:
    """Yield spells of breached minutes, each from its first to where every rule is clear."""
    raised: Raised | None = None
    for minute in range(1, len(totals)):
        if raised is None and bads[minute] == bads[minute - 1]:
            continue  # nothing bad came, so nothing new is breached
        at = start + MINUTE * minute
        found = [burn(objective, rule, *_windows(rule, minute, totals, bads)) for rule in rules]
        breached = [each for each in found if each.is_breached]
        if breached:
            rate = max(breached[0].long_rate or 0.0, raised.burn_rate if raised else 0.0)
            since = raised.start if raised else at
            raised = Raised(since, at, rules[0].severity, rate)
        elif raised is not None and all(each.is_clear for each in found):
            yield Raised(raised.start, at, raised.severity, raised.burn_rate)
            raised = None
    if raised is not None:
        yield raised


def _windows(
    rule: BurnRule, minute: int, totals: list[int], bads: list[int]
) -> tuple[Counts, Counts]:
    return _counts(rule.long_seconds, minute, totals, bads), _counts(
        rule.short_seconds, minute, totals, bads
    )


def _counts(seconds: float, minute: int, totals: list[int], bads: list[int]) -> Counts:
    first = max(minute - int(seconds) // MINUTE, 0)
    covered = float(MINUTE * (minute - first))
    return Counts(totals[minute] - totals[first], bads[minute] - bads[first], covered)
