"""What a live page is pushed, and the newest requests of all processes among it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from api_performance.answers import (
    Comparison,
    EndpointSummary,
    HealthLine,
    Series,
    ServiceSummary,
)
from api_performance.measure.recent import RecentRequest, Taken, Why, unpacked
from api_performance.model import (
    LATENCY_PARTS,
    Endpoint,
    LatencyType,
    MetricPriority,
    PerformanceThreshold,
    grade_response_time,
)
from api_performance.queries.facts import Facts
from api_performance.queries.filters import Filter
from api_performance.queries.rows import Graded
from api_performance.queries.service import Fleet

SPAN_SECONDS: Final = 10.0
"""What a busy process keeps of its newest requests reaches back so far (measure/recent)."""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request as it was. `why` it is shown: `chance`, or the `slowest` or a `failed` one.

    `seconds` earn its `grade`; within `target_seconds` it is good enough. `latency_seconds` are its
    exclusive seconds per latency type. `instance` is the process that answered it. `trace_id` is
    empty without a trace.
    """

    id: str
    ended_at: float
    endpoint_id: str
    service: str
    method: str
    template: str
    priority: MetricPriority
    status: int
    seconds: float
    target_seconds: float
    grade: PerformanceThreshold
    latency_seconds: dict[str, float]
    why: str
    instance: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Some of the newest requests, the newest first.

    Of [start, end), the newest seconds that were reported, `shown_count` of them are; `seen_count`
    came in all to the processes that the filter keeps, whatever else it leaves out.
    """

    start: float
    end: float
    as_of: float
    seen_count: int
    shown_count: int
    requests: list[RequestRow]


@dataclass(frozen=True, slots=True)
class LivePush:
    """What the WebSocket sends: the newest table and chart for the range it was asked for.

    `previous` only where a comparison was asked for, `recent` only where requests were.
    """

    type: str
    as_of: float
    summary: ServiceSummary
    endpoints: list[EndpointSummary]
    series: Series
    health: HealthLine
    previous: Comparison | None
    recent: RequestPage | None


def request_page(facts: Facts, kept: Filter, limit: int, bounds: Graded) -> RequestPage:
    """Return at most `limit` of the requests that a filter keeps; `bounds` grade their times."""
    reported = Fleet.of(facts.states, kept, facts.now).reported
    taken = {state.instance.id: unpacked(state.recent) for state in reported}
    ends = [each.end for parts in taken.values() for each in parts]
    end = max(ends, default=facts.now)
    start = end - SPAN_SECONDS
    found = list(_rows(taken, facts, kept, bounds))
    found.sort(key=lambda row: (-row.ended_at, row.id))
    shown = found[:limit]
    return RequestPage(
        start=start,
        end=end,
        as_of=facts.now,
        seen_count=sum(each.seen for parts in taken.values() for each in parts if start < each.end),
        shown_count=sum(start <= row.ended_at for row in shown),
        requests=shown,
    )


def _rows(
    taken: dict[str, list[Taken]], facts: Facts, kept: Filter, bounds: Graded
) -> Iterator[RequestRow]:
    endpoints = {endpoint.id: endpoint for endpoint in facts.kept(kept)}
    for instance_id, parts in taken.items():
        for request in (request for part in parts for request in part.requests):
            endpoint = endpoints.get(request.endpoint_id)
            if endpoint and (kept.status is None or kept.status.keeps(request.status)):
                yield _row(instance_id, endpoint, request, bounds)


def _row(
    instance_id: str, endpoint: Endpoint, request: RecentRequest, bounds: Graded
) -> RequestRow:
    seconds, its_bounds = request.microseconds / 1e6, bounds[endpoint.priority]
    return RequestRow(
        id=f"{instance_id}/{request.number}",
        ended_at=request.ended_at,
        endpoint_id=endpoint.id,
        service=endpoint.service,
        method=endpoint.method,
        template=endpoint.template,
        priority=endpoint.priority,
        status=request.status,
        seconds=seconds,
        target_seconds=its_bounds[PerformanceThreshold.GOOD],
        grade=grade_response_time(seconds, its_bounds),
        latency_seconds=split_seconds(request.parts, seconds),
        why=Why(request.why).name.lower(),
        instance=instance_id,
        trace_id=request.trace_id,
    )


def split_seconds(microseconds: Sequence[int], seconds: float) -> dict[str, float]:
    """Return a request's exclusive seconds per latency type; without any all was processing."""
    parts = [part / 1e6 for part in microseconds] or [
        seconds if part is LatencyType.PROCESSING else 0.0 for part in LATENCY_PARTS
    ]
    return dict(zip(LATENCY_PARTS, parts, strict=True))
