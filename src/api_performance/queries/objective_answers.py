"""The shapes of answers about objectives.

Instants are Unix seconds UTC, ratios 0..1. A burn rate is 1.0 where the budget lasts exactly its
period.
"""

from __future__ import annotations

from dataclasses import dataclass

from api_performance.alerts.objectives import Source
from api_performance.analysis.backtest import Raised
from api_performance.analysis.exhaustion import Exhaustion
from api_performance.model import MetricPriority, PerformanceThreshold
from api_performance.objective import ObjectiveKind, Verdict


@dataclass(frozen=True, slots=True)
class ObjectiveShown:
    """An objective, where it comes from, and what it cannot do.

    `source` is `page`, `settings` or `default`; of several with one id only one is `is_in_force`,
    and `overrides` the others. `never_fires` says which alerts its target makes impossible, empty
    where none. `errors` are status codes or classes: `good`, `bad` or `ignored`.
    """

    id: str
    name: str
    kind: ObjectiveKind
    target: float
    bound: float | None
    pattern: str
    priority: MetricPriority | None
    period_days: int
    errors: dict[str, Verdict]
    minimum_events: int
    alerts: bool
    enabled: bool
    source: Source
    overrides: bool
    is_in_force: bool
    never_fires: str


@dataclass(frozen=True, slots=True)
class BurnShown:
    """How fast the budget burns in a rule's two windows; null where nothing happened in one.

    The rule is breached while both are above `factor`, with enough bad events. `can_fire` is false
    where the target is too low for that. `is_known`: the history of both has been read.
    """

    long_seconds: float
    short_seconds: float
    factor: float
    severity: PerformanceThreshold
    long_rate: float | None
    short_rate: float | None
    is_breached: bool
    can_fire: bool
    is_known: bool


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """One endpoint's standing with one objective over its period.

    `event_count` are requests, or minutes of a throughput objective, `bad_count` those that were
    not well. `budget_left_ratio` is negative where more than the budget is used up. `is_met` is
    null without events. `exhaustion` is null where nothing can be said.
    """

    objective_id: str
    endpoint_id: str
    endpoint: str
    service: str
    priority: MetricPriority
    event_count: int
    bad_count: int
    covered_seconds: float
    good_ratio: float | None
    budget_left_ratio: float | None
    is_met: bool | None
    burns: list[BurnShown]
    exhaustion: Exhaustion | None


@dataclass(frozen=True, slots=True)
class ObjectivePage:
    """Objectives, and where each endpoint stands, the least budget left first.

    `is_whole` is false while the history is still being read: ask again. `total` counts the rows
    before paging; `method` says how the end of a budget is told, `source` where the rules are from.
    """

    as_of: float
    is_whole: bool
    objectives: list[ObjectiveShown]
    total: int
    offset: int
    limit: int
    rows: list[ObjectiveRow]
    method: str
    source: str


@dataclass(frozen=True, slots=True)
class BudgetSeries:
    """What was left of an endpoint's budget at the end of each hour of the objective's period.

    The budget is that of all the period's events, so the line ends at what is left now.
    """

    objective_id: str
    endpoint_id: str
    endpoint: str
    start: float
    end: float
    as_of: float
    event_count: int
    bad_count: int
    good_ratio: float | None
    budget_left_ratio: float | None
    times: list[float]
    left_ratio: list[float]


@dataclass(frozen=True, slots=True)
class BacktestShown:
    """What an objective would have said of an endpoint over the stored minutes of [start, end).

    `times` and `left_ratio` are its budget line; `alerts` when it would have alerted.
    """

    endpoint_id: str
    endpoint: str
    start: float
    end: float
    as_of: float
    event_count: int
    bad_count: int
    good_ratio: float | None
    budget_left_ratio: float | None
    is_met: bool | None
    times: list[float]
    left_ratio: list[float]
    alerts: list[Raised]
    never_fires: str
