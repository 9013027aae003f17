"""The rows of the endpoint table: one endpoint over a range, graded, and how rows are ordered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api_performance.answers import EndpointSummary, Times
from api_performance.measure.sketch import Sketch
from api_performance.measure.window import Window
from api_performance.model import (
    LATENCY_PARTS,
    Endpoint,
    MetricPriority,
    PerformanceThreshold,
    grade_response_time,
    grade_throughput,
)
from api_performance.queries.facts import Facts
from api_performance.queries.overview import Overview
from api_performance.queries.tally import Tally
from api_performance.queries.times import ratio, times

Graded = Mapping[MetricPriority, Mapping[PerformanceThreshold, float]]

FEWEST_TO_JUDGE: Final = 100
"""With fewer requests an endpoint gets no grade (design/BRIEF.md, "Low sample")."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What a response time (upper bounds, seconds) and a throughput (lower, per second) earn."""

    response_time: Graded
    throughput: Graded


@dataclass(frozen=True, slots=True)
class Whole:
    """What a row is a part of: all seconds that HTTP took, and how long was measured."""

    response_seconds: float
    observed_seconds: float


@dataclass(frozen=True, slots=True)
class TableOf:
    """What every row of one table shares."""

    overview: Overview
    facts: Facts
    tables: Tables

    def rows(self, endpoints: Iterable[Endpoint]) -> list[EndpointSummary]:
        """Return the rows of some endpoints; their shares are of every endpoint's time."""
        tallies = self.overview.tallies
        whole = Whole(
            response_seconds=sum(each.window.response_seconds for each in tallies.values()),
            observed_seconds=self.overview.observed_seconds(self.facts),
        )
        return [_row(endpoint, tallies.get(endpoint.id), self, whole) for endpoint in endpoints]


def _row(endpoint: Endpoint, tally: Tally | None, table: TableOf, whole: Whole) -> EndpointSummary:
    overview, facts = table.overview, table.facts
    tally = tally or Tally(Window(overview.grid.span.start))
    window, bounds = tally.window, table.tables.response_time[endpoint.priority]
    response_time, count, statuses = window.response_time(), window.count, window.statuses
    response_times, rate = times(response_time), count / whole.observed_seconds
    return EndpointSummary(
        id=endpoint.id,
        service=endpoint.service,
        method=endpoint.method,
        template=endpoint.template,
        priority=endpoint.priority,
        kind=endpoint.kind,
        is_monitored=endpoint.is_monitored,
        request_count=count,
        error_count=window.error_count,
        client_error_count=client_errors(statuses),
        exception_count=window.exceptions,
        rate_per_second=rate,
        success_ratio=ratio(successes(statuses), count),
        error_ratio=ratio(window.error_count, count),
        share_of_time_ratio=ratio(response_time.sum, whole.response_seconds),
        response_time=response_times,
        ttfb=times(window.ttfb()) if window.classes else response_times,
        latency_seconds=latency_seconds(window),
        status_counts=status_counts(statuses),
        within_thresholds=_within(window, response_time, bounds),
        bytes_in=window.bytes_in,
        bytes_out=window.bytes_out,
        in_flight_peak=window.in_flight_peak,
        open_connections=window.open_connections,
        message_count=window.messages,
        user_count=window.users.count(),
        background=times(window.background),
        response_time_grade=_grade_time(response_times, bounds),
        throughput_grade=(
            grade_throughput(rate, table.tables.throughput[endpoint.priority]) if count else None
        ),
        last_called_at=facts.last_called.get(endpoint.id),
        sparkline=_sparkline(tally, overview),
    )


def latency_seconds(window: Window) -> dict[str, float]:
    """Return the total seconds per latency type; they add up to the response times' sum."""
    pairs = zip(LATENCY_PARTS, window.latency_seconds, strict=True)
    return {part.value: seconds for part, seconds in pairs}


def status_counts(statuses: Mapping[int, int]) -> dict[str, int]:
    """Return requests per status code, in order, with text keys as JSON wants them."""
    return {str(status): count for status, count in sorted(statuses.items())}


def client_errors(statuses: Mapping[int, int]) -> int:
    """Count what the client got wrong or left: 4xx, 499 among them."""
    return sum(count for status, count in statuses.items() if 400 <= status < 500)


def successes(statuses: Mapping[int, int]) -> int:
    """Count the requests that were answered as asked: status below 400."""
    return sum(count for status, count in statuses.items() if status < 400)


def _within(
    window: Window, sketch: Sketch, bounds: Mapping[PerformanceThreshold, float]
) -> dict[str, float]:
    """Return the share of requests within each grade's bound; empty without response times.

    Exact where the bound was a threshold while measuring, else read from the sketch (within 1.1 %
    of the bound).
    """
    if not sketch.count:
        return {}
    return {
        grade.value: _count_within(window, sketch, bound) / sketch.count
        for grade, bound in bounds.items()
    }


def _count_within(window: Window, sketch: Sketch, bound: float) -> int:
    exact = window.under.get(bound)
    return sketch.count_up_to(bound) if exact is None else exact


def _grade_time(
    of: Times, bounds: Mapping[PerformanceThreshold, float]
) -> PerformanceThreshold | None:
    if of.p95_seconds is None or of.count < FEWEST_TO_JUDGE:
        return None
    return grade_response_time(of.p95_seconds, bounds)


def _sparkline(tally: Tally, overview: Overview) -> list[float | None]:
    return list(map(tally.p95_by_step.get, overview.grid.starts()))


class Sort(StrEnum):
    """What a table may be ordered by."""

    SHARE_OF_TIME = "share_of_time"
    NAME = "name"
    PRIORITY = "priority"
    REQUEST_COUNT = "request_count"
    RATE = "rate"
    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    P50 = "p50"
    P95 = "p95"
    P99 = "p99"
    P999 = "p999"
    TTFB_P95 = "ttfb_p95"
    ERROR_COUNT = "error_count"
    ERROR_RATIO = "error_ratio"
    SUCCESS_RATIO = "success_ratio"
    CLIENT_ERROR_COUNT = "client_error_count"
    EXCEPTION_COUNT = "exception_count"
    BYTES_IN = "bytes_in"
    BYTES_OUT = "bytes_out"
    IN_FLIGHT_PEAK = "in_flight_peak"
    OPEN_CONNECTIONS = "open_connections"
    MESSAGE_COUNT = "message_count"
    USER_COUNT = "user_count"
    LAST_CALLED = "last_called"


_COLUMNS: Final[Mapping[Sort, Callable[[EndpointSummary], float | None]]] = {
    Sort.SHARE_OF_TIME: lambda each: each.share_of_time_ratio,
    Sort.PRIORITY: lambda each: -each.priority.rank,
    Sort.REQUEST_COUNT: lambda each: each.request_count,
    Sort.RATE: lambda each: each.rate_per_second,
    Sort.MEAN: lambda each: each.response_time.mean_seconds,
    Sort.MIN: lambda each: each.response_time.min_seconds,
    Sort.MAX: lambda each: each.response_time.max_seconds,
    Sort.P50: lambda each: each.response_time.p50_seconds,
    Sort.P95: lambda each: each.response_time.p95_seconds,
    Sort.P99: lambda each: each.response_time.p99_seconds,
    Sort.P999: lambda each: each.response_time.p999_seconds,
    Sort.TTFB_P95: lambda each: each.ttfb.p95_seconds,
    Sort.ERROR_COUNT: lambda each: each.error_count,
    Sort.ERROR_RATIO: lambda each: each.error_ratio,
    Sort.SUCCESS_RATIO: lambda each: each.success_ratio,
    Sort.CLIENT_ERROR_COUNT: lambda each: each.client_error_count,
    Sort.EXCEPTION_COUNT: lambda each: each.exception_count,
    Sort.BYTES_IN: lambda each: each.bytes_in,
    Sort.BYTES_OUT: lambda each: each.bytes_out,
    Sort.IN_FLIGHT_PEAK: lambda each: each.in_flight_peak,
    Sort.OPEN_CONNECTIONS: lambda each: each.open_connections,
    Sort.MESSAGE_COUNT: lambda each: each.message_count,
    Sort.USER_COUNT: lambda each: each.user_count,
    Sort.LAST_CALLED: lambda each: each.last_called_at,
}


def in_order(
    rows: Iterable[EndpointSummary], sort: Sort, *, is_descending: bool
) -> list[EndpointSummary]:
    """Order rows: those without a value after the others, never called ones last; ties by name."""
    named = sorted(rows, key=_name)
    if sort is Sort.NAME:
        ordered = sorted(named, key=_name, reverse=is_descending)
    else:
        column = _COLUMNS[sort]
        known = [(column(each), each) for each in named]
        ordered = [each for value, each in known if value is None]
        having = [(value, each) for value, each in known if value is not None]
        having.sort(key=lambda pair: pair[0], reverse=is_descending)
        ordered = [each for _, each in having] + ordered
    return sorted(ordered, key=lambda each: each.last_called_at is None)


def _name(each: EndpointSummary) -> tuple[str, str, str]:
    return each.template, each.method, each.service
