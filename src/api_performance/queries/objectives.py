"""Where endpoints stand with their objectives, and what others would have said.

The history that this takes is read when it is first asked for, for a second at each question until
all of it is there, and kept up to date from then on: 24 MB for a thousand endpoints.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from threading import Lock
from typing import Final

from api_performance.alerts.objectives import Defined, ObjectiveBook, Source, unknown
from api_performance.analysis.backtest import BudgetLine, backtest, budget_line
from api_performance.analysis.burn import SOURCE, Burn, burns, never_fires
from api_performance.analysis.exhaustion import METHOD, Exhaustion, exhaustion
from api_performance.analysis.history import MOST_SLICES, SPANS, Counts, History
from api_performance.analysis.slo import (
    MINUTE,
    Objectives,
    Standing,
    counted,
    indicator_of,
    minutes_below,
    period_seconds,
    standing,
)
from api_performance.clock import Clock
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.objective import Objective, ObjectiveKind
from api_performance.queries.facts import endpoint_named
from api_performance.queries.filters import Filter, QuestionRefused
from api_performance.queries.objective_answers import (
    BacktestShown,
    BudgetSeries,
    BurnShown,
    ObjectivePage,
    ObjectiveRow,
    ObjectiveShown,
)
from api_performance.stores.base import Pace, Query, Store

FOLLOW_SECONDS: Final = 1.0
"""How long one question may read the past; then it ends with the piece that it reads."""

MOST_WINDOWS: Final = 10_000
"""Of a piece: they take a tenth of a second or two. The newest slices may be eight more of each
endpoint."""

HOUR: Final = 3600
DAY_SECONDS: Final = 86_400.0
MOST_DAYS: Final = 14
"""Minutes are kept for so long by default; a backtest needs them."""


@dataclass(frozen=True, slots=True)
class ObjectiveQuestion:
    """Which rows of the list of objectives."""

    kept: Filter
    objective_id: str = ""
    offset: int = 0
    limit: int = 2000


@dataclass(frozen=True, slots=True)
class Slots:
    """An endpoint's events in adjacent slices: all, and the bad ones."""

    start: float
    total: list[int]
    bad: list[int]


class ObjectiveQueries:
    """Answers about objectives from one store. Safe to share between threads."""

    def __init__(self, store: Store, clock: Clock, pace: Pace, book: ObjectiveBook) -> None:
        """Judge what `book` has in force by what `store` holds."""
        self.book = book
        self._store = store
        self._clock = clock
        self._pace = pace
        self._lock = Lock()
        self._objectives: list[Objective] = []
        self._history: History | None = None

    def page(self, question: ObjectiveQuestion, now: float) -> ObjectivePage:
        """Return objectives, and the rows that a question keeps. StoreUnavailable."""
        with self._lock:
            objectives = self.book.in_force()
            history = self._followed(objectives, now)
            rows = [
                _row(objective, endpoint, history, now)
                for endpoint in history.endpoints()
                if question.kept.keeps(endpoint)
                for objective in objectives.of(endpoint)
                if question.objective_id in ("", objective.id)
            ]
            is_whole = history.knows(max(SPANS.values()), now)
        rows.sort(key=_least_left)
        return ObjectivePage(
            as_of=now,
            is_whole=is_whole,
            objectives=[shown(each) for each in self.book.all()],
            total=len(rows),
            offset=question.offset,
            limit=question.limit,
            rows=rows[question.offset : question.offset + question.limit],
            method=METHOD,
            source=SOURCE,
        )

    def _followed(self, objectives: Objectives, now: float) -> History:
        """Return the history up to `now`, begun anew when objectives changed."""
        if self._history is None or objectives.all() != self._objectives:
            self._objectives = objectives.all()
            self._history = History(objectives.indicators_of)
        history, until = self._history, self._clock.perf() + FOLLOW_SECONDS
        most = max(MOST_WINDOWS // max(len(self._store.endpoints()), 1), 1)

        def is_over() -> bool:
            return self._clock.perf() >= until

        while True:
            history.follow(now, self._windows, most=min(most, MOST_SLICES), is_over=is_over)
            if is_over() or history.knows(max(SPANS.values()), now):
                return history

    def _windows(
        self, start: float, end: float, resolution: int
    ) -> Iterable[tuple[Endpoint, Window]]:
        query = Query(start, end, resolution, with_latency=False)
        return self._store.windows(query, pace=self._pace)

    def budget(self, objective_id: str, endpoint_id: str) -> BudgetSeries:
        """Return an endpoint's budget line. EndpointUnknown, ObjectiveUnknown, QuestionRefused."""
        objective, endpoint = self._in_force(objective_id), self._endpoint(endpoint_id)
        now = self._clock.now()
        start = now - period_seconds(objective)
        slots = self._slots(objective, endpoint, start // HOUR * HOUR, now, HOUR)
        found = _standing(objective, slots, HOUR)
        line = budget_line(objective, slots.start, HOUR, slots.total, slots.bad)
        return BudgetSeries(
            objective_id=objective.id,
            endpoint_id=endpoint.id,
            endpoint=endpoint.name,
            start=slots.start,
            end=now,
            as_of=now,
            event_count=found.total,
            bad_count=found.bad,
            good_ratio=found.good_ratio,
            budget_left_ratio=found.budget_left_ratio,
            times=_until(line, now),
            left_ratio=line.left_ratio,
        )

    def _in_force(self, objective_id: str) -> Objective:
        for objective in self.book.in_force().all():
            if objective.id == objective_id:
                return objective
        raise unknown(objective_id)

    def _endpoint(self, endpoint_id: str) -> Endpoint:
        known = {endpoint.id: endpoint for endpoint in self._store.endpoints()}
        return endpoint_named(known, endpoint_id)

    def backtest(self, objective: Objective, endpoint_id: str, days: float) -> BacktestShown:
        """Replay the newest `days` of an endpoint. EndpointUnknown, QuestionRefused."""
        endpoint, now = self._endpoint(endpoint_id), self._clock.now()
        if not Objectives([objective]).of(endpoint):
            raise QuestionRefused(
                f"endpoint_id = {endpoint.id!r} is refused: the objective {objective.id!r} does not"
                f" hold for {endpoint.name}; mend its pattern or priority, or name another endpoint"
            )
        end = now // MINUTE * MINUTE
        slots = self._slots(objective, endpoint, end - days * DAY_SECONDS, end, MINUTE)
        found = backtest(objective, slots.start, slots.total, slots.bad)
        return BacktestShown(
            endpoint_id=endpoint.id,
            endpoint=endpoint.name,
            start=found.start,
            end=found.end,
            as_of=now,
            event_count=found.standing.total,
            bad_count=found.standing.bad,
            good_ratio=found.standing.good_ratio,
            budget_left_ratio=found.standing.budget_left_ratio,
            is_met=found.standing.is_met,
            times=found.budget.times,
            left_ratio=found.budget.left_ratio,
            alerts=found.alerts,
            never_fires=never_fires(objective),
        )

    def save(self, objective: Objective, author: str, reason: str) -> ObjectiveShown:
        """Keep an objective for every process; return it as it is then. ConfigError.

        ObjectiveUnknown if somebody deleted it at the same moment.
        """
        self.book.save(objective, author=author, reason=reason)
        for defined in self.book.all():
            if defined.objective.id == objective.id and defined.source is Source.PAGE:
                return shown(defined)
        raise unknown(objective.id)

    def _slots(
        self, objective: Objective, endpoint: Endpoint, start: float, end: float, step: int
    ) -> Slots:
        """Read an endpoint's events slice by slice, from its first window in [start, end) on."""
        query = Query(max(start, 0.0), end, step, frozenset({endpoint.id}), with_latency=False)
        count, counts = indicator_of(objective).count, dict[int, tuple[int, int]]()
        for _, window in self._store.windows(query, pace=self._pace):
            total, bad = count(window)
            number = int(window.start // step)
            known = counts.get(number, (0, 0))
            counts[number] = known[0] + total, known[1] + bad
        first = min(counts, default=int(end // step))
        numbers = range(first, -int(-end // step))
        pairs = [counts.get(number, (0, 0)) for number in numbers]
        if objective.kind is ObjectiveKind.THROUGHPUT:
            pairs = [minutes_below(objective, [total], step) for total, _ in pairs]
        return Slots(float(first * step), [each[0] for each in pairs], [each[1] for each in pairs])


def _standing(objective: Objective, slots: Slots, step: int) -> Standing:
    counts = Counts(sum(slots.total), sum(slots.bad), float(len(slots.total) * step))
    return standing(objective, counts)


def _until(line: BudgetLine, now: float) -> list[float]:
    return [min(each, now) for each in line.times]  # the newest hour is not over


def _row(objective: Objective, endpoint: Endpoint, history: History, now: float) -> ObjectiveRow:
    period = period_seconds(objective)
    found = standing(objective, counted(objective, history, endpoint.id, period, now))
    return ObjectiveRow(
        objective_id=objective.id,
        endpoint_id=endpoint.id,
        endpoint=endpoint.name,
        service=endpoint.service,
        priority=endpoint.priority,
        event_count=found.total,
        bad_count=found.bad,
        covered_seconds=found.covered_seconds,
        good_ratio=found.good_ratio,
        budget_left_ratio=found.budget_left_ratio,
        is_met=found.is_met,
        burns=[_burn(each, objective) for each in burns(objective, history, endpoint.id, now)],
        exhaustion=_exhaustion(objective, endpoint, history, found, now),
    )


def _exhaustion(
    objective: Objective, endpoint: Endpoint, history: History, found: Standing, now: float
) -> Exhaustion | None:
    if found.budget_left_ratio is None:
        return None
    name = indicator_of(objective).name
    day = history.slices(endpoint.id, name, HOUR, DAY_SECONDS, now)
    pairs = list(zip(day.total, day.bad, strict=True))
    if objective.kind is ObjectiveKind.THROUGHPUT:
        pairs = [minutes_below(objective, [total], HOUR) for total in day.total]
    return exhaustion(
        [total for total, _ in pairs],
        [bad for _, bad in pairs],
        target=objective.target,
        left_ratio=found.budget_left_ratio,
        period_seconds=period_seconds(objective),
        now=now,
    )


def _burn(found: Burn, objective: Objective) -> BurnShown:
    rule = found.rule
    return BurnShown(
        rule.long_seconds,
        rule.short_seconds,
        rule.factor,
        rule.severity,
        found.long_rate,
        found.short_rate,
        found.is_breached,
        rule.can_fire(objective.target),
        found.is_known,
    )


def shown(defined: Defined) -> ObjectiveShown:
    """Return an objective as people see it."""
    objective = defined.objective
    return ObjectiveShown(
        id=objective.id,
        name=objective.name,
        kind=objective.kind,
        target=objective.target,
        bound=objective.bound,
        pattern=objective.pattern,
        priority=objective.priority,
        period_days=objective.period_days,
        errors=dict(objective.errors),
        minimum_events=objective.minimum_events,
        alerts=objective.alerts,
        enabled=objective.enabled,
        source=defined.source,
        overrides=defined.overrides,
        is_in_force=defined.is_in_force,
        never_fires=never_fires(objective) if objective.alerts else "",
    )


def _least_left(row: ObjectiveRow) -> tuple[float, int, str, str]:
    left = inf if row.budget_left_ratio is None else row.budget_left_ratio
    return left, row.priority.rank, row.endpoint, row.objective_id
