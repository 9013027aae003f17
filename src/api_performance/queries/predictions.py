"""What endpoints will do in the coming hours, when a bound is reached, and what more load would do.

Read are the whole hours of the last ten weeks; while there is none yet, the hour that has begun.
An hour without a call has a throughput of 0 and no response time. The same question asked again
within ten minutes is answered from memory. numpy is needed, and loaded at the first question.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from api_performance.errors import ConfigError, NothingMeasured
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.objective import LATENCY_TARGET, ObjectiveKind
from api_performance.queries.capacity import capacity_of
from api_performance.queries.chart import read_chart
from api_performance.queries.filters import Filter, QuestionRefused, TimeRange
from api_performance.queries.prediction_answers import (
    BoundReached,
    Capacity,
    PredictedMetric,
    PredictionPage,
)
from api_performance.queries.reading import Moment, Reader
from api_performance.queries.steps import MOST_READ, Grid, floor_to
from api_performance.units import age, duration

if TYPE_CHECKING:
    from api_performance.analysis.forecast import Forecast
    from api_performance.analysis.slo import Objectives
    from api_performance.queries.core import Queries

HOUR: Final = 3600
MOST_HOURS_AHEAD: Final = 336
"""Two weeks: farther ahead, hours tell nothing that a line through the weeks does not."""

LOOKED_AHEAD: Final = 168
"""Hours within which a bound is looked for; fewer where the history is not twice as long."""

HISTORY_HOURS: Final = 1680
"""Ten weeks, as much as a forecast uses."""

FEWEST_LOOKED_AHEAD: Final = 24

CURVE_HOURS: Final = 168
"""A week shows all loads, and is too short for the service itself to have changed much."""

FEWEST_HOURS: Final = 336
"""Two weeks are read of however many endpoints together."""

BELIEVED_SECONDS: Final = 600.0
MOST_REMEMBERED: Final = 256

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class PredictionQuestion:
    """Endpoints by id, together, or all (None); and how many hours to look ahead, 1 to 336."""

    endpoint_ids: frozenset[str] | None = None
    hours_ahead: int = 24

    def __post_init__(self) -> None:
        """QuestionRefused names hours that cannot be looked ahead."""
        if not 1 <= self.hours_ahead <= MOST_HOURS_AHEAD:
            raise QuestionRefused(
                f"hours_ahead = {self.hours_ahead} is refused: give 1 to {MOST_HOURS_AHEAD}"
            )


@dataclass(frozen=True, slots=True)
class Hours:
    """Adjacent hours, oldest first, None where nothing was called; `end` is that of the last."""

    windows: Sequence[Window | None]
    end: float
    last_seconds: float = HOUR


class PredictionQueries:
    """Answers about the future from one store. Safe to share between threads."""

    def __init__(self, queries: Queries, reader: Reader) -> None:
        """Ask `queries` for facts and objectives, and read with `reader`."""
        self._queries, self._reader = queries, reader
        self._known: dict[PredictionQuestion, PredictionPage] = {}
        self._lock = threading.Lock()

    def page(self, question: PredictionQuestion) -> PredictionPage:
        """Return what the endpoints of the question will do.

        EndpointUnknown, NothingMeasured without a call, ConfigError without numpy,
        StoreUnavailable.
        """
        at = self._queries.moment()
        known = self.remembered(question, at.now)
        if known is None:
            require_numpy()
            known = self._predicted(question, at)
            self._remember(question, known)
        return known

    def remembered(
        self, question: PredictionQuestion, now: float, seconds: float = BELIEVED_SECONDS
    ) -> PredictionPage | None:
        """Return an answer of the last `seconds`, if there is one. It waits for nothing."""
        with self._lock:
            known = self._known.get(question)
        return known if known is not None and 0 <= now - known.as_of < seconds else None

    def _remember(self, question: PredictionQuestion, page: PredictionPage) -> None:
        with self._lock:
            self._known.pop(question, None)
            self._known[question] = page
            while len(self._known) > MOST_REMEMBERED:
                del self._known[next(iter(self._known))]

    def _predicted(self, question: PredictionQuestion, at: Moment) -> PredictionPage:
        facts, ids = self._queries.facts(at), question.endpoint_ids
        endpoints = facts.kept(Filter()) if ids is None else [*map(facts.endpoint, ids)]
        endpoints.sort(key=lambda each: each.name)
        name = "all endpoints" if ids is None else ", ".join(each.name for each in endpoints)
        hours = self._hours(question, len(endpoints), at)
        if hours is None:
            raise NothingMeasured(
                f"{name} was not called yet: a forecast can be made from the first request on"
            )
        one = endpoints[0] if len(endpoints) == 1 else None
        bound = _bound_of(one, self._queries.of_objectives.book.in_force())
        ahead = question.hours_ahead
        return PredictionPage(
            endpoint_id=one.id if one else None,
            name=name,
            as_of=at.now,
            hours_ahead=ahead,
            history_hours=len(hours.windows),
            times=[hours.end + HOUR * lead for lead in range(ahead)],
            metrics=[_metric(each, hours, ahead) for each in METRICS],
            bound=_reached(name, one, bound, hours) if one and bound else None,
            capacity=self._capacity(question, hours, bound, at),
        )

    def _hours(self, question: PredictionQuestion, count: int, at: Moment) -> Hours | None:
        """Return the whole hours since the first call, or the one that has begun; None: no call."""
        most = min(max(MOST_READ // max(count, 1), FEWEST_HOURS), HISTORY_HOURS)
        this_hour = floor_to(at.now, HOUR)
        grid = Grid(TimeRange(this_hour - HOUR * most, at.now), HOUR, HOUR)
        chart = read_chart(self._reader, grid, Filter(), question.endpoint_ids, at)
        called = {start: each for start, each in chart.steps.items() if each.count}
        if not called:
            return None
        first = min(called)
        if first >= this_hour:
            begun = max(at.now - this_hour, 1.0)
            return Hours([called[first]], this_hour + HOUR, min(begun, HOUR))
        count = round((this_hour - first) / HOUR)
        return Hours([called.get(first + HOUR * each) for each in range(count)], this_hour)

    def _capacity(
        self, question: PredictionQuestion, hours: Hours, bound: float | None, at: Moment
    ) -> Capacity | None:
        lately = Grid(TimeRange(at.now - HOUR, at.now), 10, 10)
        chart = read_chart(self._reader, lately, Filter(), question.endpoint_ids, at)
        counts = [
            chart.steps[start].count if start in chart.steps else 0 for start in lately.starts()
        ]
        lately_seen = hours.windows[-CURVE_HOURS:]
        return capacity_of(lately_seen, hours.last_seconds, counts[:-1], bound)


def has_numpy() -> bool:
    """Load numpy, and tell whether it is installed."""
    try:
        import_module("numpy")
    except ImportError:
        return False
    return True


def require_numpy() -> None:
    """Raise ConfigError that names the extra where numpy is not installed."""
    if not has_numpy():
        raise ConfigError(
            "forecasts need numpy, which is not installed: pip install 'api-performance[analysis]'"
        )


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of an hour, by name; `most` it can be."""

    name: str
    unit: str
    most: float | None = None

    def of(self, window: Window | None, seconds: float) -> float:
        """Return its value in `seconds` of which a window tells; NaN where it has none."""
        nothing = float("nan")
        if self.name == "throughput":
            return window.count / seconds if window else 0.0
        if self.name == "saturation":
            return window.response_seconds / seconds if window else 0.0
        if window is None or not window.count:
            return nothing
        if self.name == "error_rate":
            return window.error_count / window.count
        share = 0.95 if self.name == "response_time" else 0.5
        found = window.response_time().quantile(share)
        return nothing if found is None else found


METRICS: Final = (
    Metric("response_time", "seconds"),
    Metric("response_time_p50", "seconds"),
    Metric("throughput", "per_second"),
    Metric("error_rate", "ratio", 1.0),
    Metric("saturation", "count"),
)


def _forecast(metric: Metric, hours: Hours, ahead: int) -> Forecast:
    from api_performance.analysis.forecast import forecast

    values = [metric.of(each, hours.last_seconds) for each in hours.windows]
    return forecast(values, horizon=ahead, least=0.0, most=metric.most)


def _metric(metric: Metric, hours: Hours, ahead: int) -> PredictedMetric:
    try:
        found = _forecast(metric, hours, ahead)
    except NothingMeasured:  # WebSockets have no response time
        return PredictedMetric(
            metric.name, metric.unit, [], [], [], is_reliable=False, reason="it has none", method=""
        )
    return PredictedMetric(
        name=metric.name,
        unit=metric.unit,
        predicted=found.mean.tolist(),
        lower=found.lower.tolist(),
        upper=found.upper.tolist(),
        is_reliable=found.is_reliable,
        reason=found.reason,
        method=found.method,
    )


def _bound_of(endpoint: Endpoint | None, objectives: Objectives) -> float | None:
    """Return the bound of p95: of the strictest latency objective that is about p95."""
    if endpoint is None:
        return None
    bounds = [
        each.bound
        for each in objectives.of(endpoint)
        if each.kind is ObjectiveKind.LATENCY and each.bound and each.target == LATENCY_TARGET
    ]
    return min(bounds, default=None)


def _reached(name: str, endpoint: Endpoint, bound: float, hours: Hours) -> BoundReached | None:
    """Tell when p95 first passes a bound within a week; None where p95 cannot be forecast."""
    ahead = max(min(LOOKED_AHEAD, len(hours.windows) // 2), FEWEST_LOOKED_AHEAD)
    try:
        found = _forecast(METRICS[0], hours, ahead)
    except NothingMeasured:
        return None
    at, earliest, latest = (
        _first_over(each.tolist(), bound, hours.end)
        for each in (found.mean, found.upper, found.lower)
    )
    who = f"{endpoint.priority.name} {name}"
    now = METRICS[0].of(hours.windows[-1], hours.last_seconds)
    if now > bound:
        text = f"{who} is past its bound of {duration(bound)}: p95 was {duration(now)} last hour"
        return BoundReached(bound, hours.end, hours.end, hours.end, text)
    if at is None or not found.is_reliable:
        text = (
            found.reason
            or f"{who} stays within its bound of {duration(bound)} for {age(HOUR * ahead)}"
        )
        if not found.is_reliable:
            text = f"nothing can be said of the bound of {who}: {text}"
        return BoundReached(bound, None, earliest, None, text)
    until = f"to {_short(latest)}" if latest is not None else "or later, or not at all"
    text = (
        f"At this growth {who} reaches its bound of {duration(bound)} on"
        f" {_day_and_hour(at)} UTC ({_short(earliest or at)} {until})"
    )
    return BoundReached(bound, at, earliest, latest, text)


def _first_over(values: Sequence[float], bound: float, start: float) -> float | None:
    return next((start + HOUR * lead for lead, each in enumerate(values) if each > bound), None)


def _day_and_hour(instant: float) -> str:
    """Return "Thursday 14:00", in UTC."""
    days, seconds = divmod(int(instant), 86_400)
    return f"{_DAYS[(days + 3) % 7]} {seconds // HOUR:02d}:{seconds % HOUR // 60:02d}"


def _short(instant: float) -> str:
    day, _, hour = _day_and_hour(instant).partition(" ")
    return f"{day[:3]} {hour}"
