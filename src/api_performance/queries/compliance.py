"""Where endpoints stand with their objectives within a range: indicators of status, no budgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from api_performance.analysis.slo import Objectives, indicator_of
from api_performance.measure.window import Window
from api_performance.model import MetricPriority
from api_performance.objective import Objective, ObjectiveKind
from api_performance.queries.facts import Facts
from api_performance.queries.overview import Overview


@dataclass(frozen=True, slots=True)
class ComplianceRow:
    """One endpoint and one objective in a range that had requests.

    `value` is the share of good requests (0..1), of throughput the requests per second; `target` is
    what it has to reach.
    """

    endpoint_id: str
    endpoint: str
    priority: MetricPriority
    objective_id: str
    objective: str
    kind: ObjectiveKind
    bound: float | None
    target: float
    value: float
    request_count: int
    is_met: bool


def compliance_rows(
    objectives: Objectives, facts: Facts, overview: Overview
) -> list[ComplianceRow]:
    """Return what can be told, what misses its target first, then by priority and name."""
    rows = list(_rows(objectives, facts, overview))
    rows.sort(key=lambda row: (row.is_met, row.priority.rank, row.endpoint, row.objective_id))
    return rows


def _rows(objectives: Objectives, facts: Facts, overview: Overview) -> Iterator[ComplianceRow]:
    seconds = overview.observed_seconds(facts)
    for endpoint in facts.endpoints.values():
        tally = overview.tallies.get(endpoint.id)
        if tally is None or not tally.window.count:
            continue
        for objective in objectives.of(endpoint):
            target, value = _measured(objective, tally.window, seconds)
            if value is not None:
                yield ComplianceRow(
                    endpoint_id=endpoint.id,
                    endpoint=endpoint.name,
                    priority=endpoint.priority,
                    objective_id=objective.id,
                    objective=objective.name,
                    kind=objective.kind,
                    bound=objective.bound,
                    target=target,
                    value=value,
                    request_count=tally.window.count,
                    is_met=value >= target,
                )


def _measured(objective: Objective, window: Window, seconds: float) -> tuple[float, float | None]:
    """Return what has to be reached, and what was; None where nothing was measured."""
    total, bad = indicator_of(objective).count(window)
    if objective.kind is ObjectiveKind.THROUGHPUT:
        return objective.bound or 0.0, total / seconds
    return objective.target, (total - bad) / total if total else None
