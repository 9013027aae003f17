"""Everything that the widgets show, read at one moment: answers from it need no store any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api_performance.answers import (
    EndpointSummary,
    HealthLine,
    InstanceRow,
    Series,
    ServiceSummary,
)
from api_performance.measure.users import UserSketch
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.queries.chart import Chart
from api_performance.queries.facts import Facts
from api_performance.queries.filters import Filter, TimeRange
from api_performance.queries.overview import Overview
from api_performance.queries.rows import Sort, TableOf, Tables, in_order
from api_performance.queries.series import Subject, series
from api_performance.queries.service import health, instance_rows, summary
from api_performance.queries.steps import Grid

if TYPE_CHECKING:
    from api_performance.analysis.slo import Objectives
    from api_performance.queries.alerts import AlertPage
    from api_performance.queries.compliance import ComplianceRow
    from api_performance.queries.recommendations import RecommendationPage


@dataclass(frozen=True, slots=True)
class View:
    """All endpoints over a range that ends with its moment.

    `alerts` are as they stand then, None where none are evaluated; `recommendations` likewise.
    """

    facts: Facts
    overview: Overview
    chart: Chart
    users: UserSketch
    tables: Tables
    alerts: AlertPage | None = None
    objectives: Objectives | None = None
    recommendations: RecommendationPage | None = None

    @property
    def as_of(self) -> float:
        """The moment, in Unix seconds UTC."""
        return self.facts.now

    def with_newer(self, windows: Iterable[tuple[Endpoint, Window]], now: float) -> View:
        """Return a view up to `now` that also holds windows no store had when this was read."""
        newer = list(windows)
        now = max([now, *(window.start + 1 for _, window in newer)])
        called = {each.id: window.start for each, window in newer if window.count}
        facts = replace(
            self.facts,
            endpoints={each.id: each for each, _ in newer} | dict(self.facts.endpoints),
            last_called={**self.facts.last_called, **called},
        )
        overview = Overview(
            _until(self.overview.grid, now),
            self.overview.source,
            {key: tally.copy() for key, tally in self.overview.tallies.items()},
        )
        chart = self.chart.copy(_until(self.chart.grid, now))
        users = UserSketch()
        users.merge(self.users)
        for endpoint, window in newer:
            overview.add(endpoint, window)
            chart.add(endpoint, window)
            users.merge(window.users)
        return replace(self, facts=facts, overview=overview, chart=chart, users=users)

    def last(self, seconds: float) -> View:
        """Return a view whose chart shows only the last `seconds`, where this one shows more."""
        grid = self.chart.grid
        start = max(grid.span.start, grid.step_of(grid.span.end - seconds))
        cut = replace(grid, span=TimeRange(start, grid.span.end))
        return replace(self, chart=self.chart.copy(cut))

    def series(self) -> Series:
        """Return all endpoints together, step by step."""
        return series(Subject(None, "all endpoints"), self.chart, self.as_of)

    def summary(self) -> ServiceSummary:
        """Return all endpoints together."""
        return summary(self.overview, self.facts, Filter(), self.users)

    def endpoints(self) -> list[EndpointSummary]:
        """Return the table, what takes most of the time first."""
        table = TableOf(self.overview, self.facts, self.tables)
        rows = table.rows(self.facts.kept(Filter()))
        return in_order(rows, Sort.SHARE_OF_TIME, is_descending=True)

    def compliance(self) -> list[ComplianceRow]:
        """Return where each endpoint that was called stands with its objectives in this range."""
        from api_performance.queries.compliance import compliance_rows

        if self.objectives is None:
            return []
        return compliance_rows(self.objectives, self.facts, self.overview)

    def instances(self) -> list[InstanceRow]:
        """Return the processes that report."""
        return instance_rows(self.facts, Filter())

    def health(self) -> HealthLine:
        """Return how we ourselves are."""
        return health(self.facts)


def _until(grid: Grid, now: float) -> Grid:
    return replace(grid, span=TimeRange(grid.span.start, max(now, grid.span.end)))
