"""Findings as answers: what changed, by how much, since which deploy, and what moved with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from api_performance.changes.change import Effect
from api_performance.changes.finding import (
    KeptFinding,
    Moved,
    MovedKind,
    sentence,
    standing,
    unit_of,
)
from api_performance.errors import FindingUnknown
from api_performance.measure.buckets import upper_bound
from api_performance.measure.sketch import Sketch
from api_performance.measure.window import Window, merged_sketch
from api_performance.model import MetricPriority
from api_performance.queries.core import Queries
from api_performance.queries.filters import Filter
from api_performance.queries.questions import Asked, SeriesQuestion

MOST_FINDINGS: Final = 500
TOGETHER_SECONDS: Final = 300.0
"""Findings of one service that began so near to each other are told beside one another."""

SPAN_SECONDS: Final = 3600.0
"""So much before and after a change its distributions are of, or what there is."""

BUCKETS_A_BAR: Final = 16
"""Of a sketch's: four bars to a doubling."""


@dataclass(frozen=True, slots=True)
class FindingQuestion:
    """Which findings: open or over (None: both), of an effect, of some traffic, of one endpoint."""

    is_open: bool | None = None
    effect: Effect | None = None
    kept: Filter = field(default_factory=Filter)
    endpoint_id: str = ""
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class MovedShown:
    """Something that moved with a finding: from `before` to `after`.

    Seconds a request for a latency type or an operation, of which `share` of the change is its; a
    share of the requests for a status.
    """

    kind: MovedKind
    name: str
    before: float
    after: float
    share: float


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A change of an endpoint.

    It began within [`began_from`, `began_until`], was found at `found_at`, and is over since
    `closed_at` (null while it lasts). `ratio` is the level after it by that before, within
    [`ratio_low`, `ratio_high`] with 95 % probability; both levels are in `unit` (`seconds`,
    `per_second`, `bytes`, `ratio`), bytes and parts of the time per request. `version` is that of
    the deploy it came with, empty without one. `cost_seconds` is what all users together wait
    longer a day, within [`cost_low`, `cost_high`]; `rank` is what findings are listed by: that,
    weighted by priority. `related` are the ids of findings of the same service that began with it.
    """

    id: str
    sentence: str
    endpoint_id: str
    endpoint: str
    service: str
    priority: MetricPriority
    metric: str
    effect: Effect
    began_at: float
    began_from: float
    began_until: float
    found_at: float
    closed_at: float | None
    ratio: float
    ratio_low: float
    ratio_high: float
    before: float
    after: float
    unit: str
    confidence: float
    version: str
    deploy_at: float | None
    requests_a_day: float | None
    cost_seconds: float | None
    cost_low: float | None
    cost_high: float | None
    rank: float
    moved: list[MovedShown]
    related: list[str]


@dataclass(frozen=True, slots=True)
class FindingPage:
    """Findings, what costs most first; `total` counts them before paging.

    `open_count` counts those that last, whatever was asked. `reason` says why none can be found
    here, empty where they are looked for.
    """

    as_of: float
    total: int
    open_count: int
    offset: int
    limit: int
    reason: str
    findings: list[FindingRow]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Requests of [start, end) by duration: `shares[i]` of them took up to `bounds[i + 1]` seconds.

    Both are empty without requests.
    """

    start: float
    end: float
    request_count: int
    bounds: list[float]
    shares: list[float]
    p50_seconds: float | None
    p95_seconds: float | None


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """A finding with the response times of its endpoint before it and since, in the same bounds."""

    as_of: float
    finding: FindingRow
    before: Distribution
    after: Distribution


def finding_page(queries: Queries, question: FindingQuestion, reason: str) -> FindingPage:
    """Return the findings that a question keeps. StoreUnavailable."""
    at = queries.moment()
    endpoints = queries.facts(at).endpoints
    everything = standing(queries.store)
    found = [
        finding
        for finding in everything
        if question.is_open in (None, finding.is_open)
        and question.effect in (None, finding.change.effect)
        and question.endpoint_id in ("", finding.endpoint_id)
        and finding.endpoint_id in endpoints
        and question.kept.keeps(endpoints[finding.endpoint_id])
    ]
    found.sort(key=lambda each: (each.is_open, each.rank, each.change.found), reverse=True)
    shown = found[question.offset : question.offset + question.limit]
    return FindingPage(
        as_of=at.now,
        total=len(found),
        open_count=sum(finding.is_open for finding in everything),
        offset=question.offset,
        limit=question.limit,
        reason=reason,
        findings=[_row(finding, everything) for finding in shown],
    )


def finding_detail(queries: Queries, finding_id: str) -> FindingDetail:
    """Return a finding and its distributions. FindingUnknown, StoreUnavailable."""
    at = queries.moment()
    everything = standing(queries.store)
    finding = next((each for each in everything if each.id == finding_id), None)
    if finding is None:
        raise FindingUnknown(f"no finding has the id {finding_id!r}; the list has those there are")
    change = finding.change
    since = min(change.began_until, at.now - 1)
    until = min(since + SPAN_SECONDS, at.now, *([change.closed] if change.closed else []))
    spans = (change.began_from - SPAN_SECONDS, change.began_from), (since, max(until, since + 1))
    sketches = [_times(queries, finding.endpoint_id, *span) for span in spans]
    low, high = _range(sketches)
    before, after = (
        _distribution(span, sketch, low, high) for span, sketch in zip(spans, sketches, strict=True)
    )
    return FindingDetail(at.now, _row(finding, everything), before, after)


def _times(queries: Queries, endpoint_id: str, start: float, end: float) -> Sketch:
    question = SeriesQuestion(Asked(start=start, end=end), endpoint_id=endpoint_id)
    windows: Sequence[Window] = list(queries.charts.read(question, queries.moment()).steps.values())
    return merged_sketch([window.response_time() for window in windows])


def _range(sketches: Sequence[Sketch]) -> tuple[int, int]:
    """Return the first and last bar that any of the distributions reaches."""
    bars = [ceil(index / BUCKETS_A_BAR) for sketch in sketches for index in sketch.buckets]
    return min(bars, default=0), max(bars, default=-1)


def _distribution(span: tuple[float, float], sketch: Sketch, low: int, high: int) -> Distribution:
    counts = [0] * (high - low + 1)
    for index, count in sketch.buckets.items():
        counts[ceil(index / BUCKETS_A_BAR) - low] += count
    is_empty = not sketch.count
    return Distribution(
        start=span[0],
        end=span[1],
        request_count=sketch.count,
        bounds=[upper_bound(bar * BUCKETS_A_BAR) for bar in range(low - 1, high + 1)],
        shares=[] if is_empty else [count / sketch.count for count in counts],
        p50_seconds=None if is_empty else sketch.quantile(0.5),
        p95_seconds=None if is_empty else sketch.quantile(0.95),
    )


def _row(finding: KeptFinding, everything: Sequence[KeptFinding]) -> FindingRow:
    change = finding.change
    return FindingRow(
        id=finding.id,
        sentence=sentence(finding),
        endpoint_id=finding.endpoint_id,
        endpoint=finding.endpoint,
        service=finding.service,
        priority=finding.priority,
        metric=change.metric,
        effect=change.effect,
        began_at=change.began,
        began_from=change.began_from,
        began_until=change.began_until,
        found_at=change.found,
        closed_at=change.closed,
        ratio=change.ratio,
        ratio_low=change.ratio_low,
        ratio_high=change.ratio_high,
        before=change.before,
        after=change.after,
        unit=unit_of(change.metric),
        confidence=change.confidence,
        version=finding.version,
        deploy_at=change.deploy_at,
        requests_a_day=finding.requests_a_day,
        cost_seconds=finding.cost_seconds,
        cost_low=finding.cost_low,
        cost_high=finding.cost_high,
        rank=finding.rank,
        moved=[_moved(each) for each in finding.moved],
        related=[each.id for each in everything if _is_related(each, finding)],
    )


def _moved(moved: Moved) -> MovedShown:
    return MovedShown(moved.kind, moved.name, moved.before, moved.after, moved.share)


def _is_related(other: KeptFinding, finding: KeptFinding) -> bool:
    is_near = abs(other.change.began - finding.change.began) <= TOGETHER_SECONDS
    return other.id != finding.id and other.service == finding.service and is_near
