"""Deploys as answers, and an endpoint as each of its versions served it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api_performance.answers import Times
from api_performance.changes.deploys import Deploy, all_deploys, marked
from api_performance.measure.window import Window
from api_performance.queries.chart import Chart
from api_performance.queries.comparison import change_ratio
from api_performance.queries.core import Queries
from api_performance.queries.filters import Filter, QuestionRefused, TimeRange
from api_performance.queries.questions import Asked, SeriesQuestion
from api_performance.queries.reading import Moment
from api_performance.queries.times import ratio, times

MOST_DEPLOYS: Final = 1000
MOST_VERSIONS: Final = 6
"""So many versions are compared unless some are named: each takes a read of its own."""


@dataclass(frozen=True, slots=True)
class DeployRow:
    """A version that took over at `at` (Unix seconds UTC) in a service and environment.

    `previous` is the version before, empty where none is known. `source` is `operator` where
    somebody marked it, `instances` where the processes told it by themselves.
    """

    at: float
    service: str
    environment: str
    version: str
    previous: str
    author: str
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class DeployPage:
    """The deploys of a range, newest first; `total` of them, of which the newest are listed."""

    start: float
    end: float
    as_of: float
    total: int
    deploys: list[DeployRow]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """An endpoint as one version served it, between its first and last request of the range.

    `deployed_at` is null where no deploy of it is known. The rate is per second of that time.
    """

    version: str
    deployed_at: float | None
    first_at: float
    last_at: float
    request_count: int
    error_count: int
    rate_per_second: float
    error_ratio: float | None
    response_time: Times


@dataclass(frozen=True, slots=True)
class VersionChange:
    """How far the newest version is from the one before it.

    A ratio of 0.1 is 10 % more; the error ratio's change is a difference. Null where either has too
    few requests to tell.
    """

    version: str
    previous: str
    p50_change_ratio: float | None
    p95_change_ratio: float | None
    p99_change_ratio: float | None
    rate_change_ratio: float | None
    error_ratio_change: float | None


@dataclass(frozen=True, slots=True)
class VersionPage:
    """The versions that served an endpoint within a range, the newest first.

    `change` compares the first two, null where there is one.
    """

    endpoint_id: str
    start: float
    end: float
    as_of: float
    versions: list[VersionRow]
    change: VersionChange | None


def deploy_row(deploy: Deploy) -> DeployRow:
    """Return a deploy as an answer."""
    return DeployRow(
        at=deploy.at,
        service=deploy.place.service,
        environment=deploy.place.environment,
        version=deploy.version,
        previous=deploy.previous,
        author=deploy.author,
        note=deploy.note,
        source=deploy.source.value,
    )


def deploy_page(queries: Queries, asked: Asked, kept: Filter, limit: int) -> DeployPage:
    """Return the deploys of a range in the services and environments that a filter keeps."""
    now = queries.moment().now
    span = asked.at(now, queries.settings.history_window)
    found = [
        deploy
        for deploy in all_deploys(queries.store)
        if span.start <= deploy.at < span.end and _keeps(kept, deploy)
    ]
    newest = found[::-1][:limit]
    return DeployPage(span.start, span.end, now, len(found), [deploy_row(each) for each in newest])


def _keeps(kept: Filter, deploy: Deploy) -> bool:
    wanted = (
        (kept.services, deploy.place.service),
        (kept.environments, deploy.place.environment),
        (kept.versions, deploy.version),
    )
    return all(not names or name in names for names, name in wanted)


def version_page(queries: Queries, endpoint_id: str, asked: Asked, kept: Filter) -> VersionPage:
    """Return the versions of an endpoint side by side. EndpointUnknown, QuestionRefused.

    Those of `kept.versions`, or the newest MOST_VERSIONS that served it in the range.
    """
    if len(kept.versions) > MOST_VERSIONS:
        raise QuestionRefused(
            f"version is given {len(kept.versions)} times: compare at most {MOST_VERSIONS} versions"
        )
    at = queries.moment()
    service = queries.facts(at).endpoint(endpoint_id).service
    span = asked.at(at.now, queries.settings.history_window)
    marks = [mark for mark in marked(queries.store) if mark.place.service == service]
    rows = _rows(queries, SeriesQuestion(asked, kept, endpoint_id), at, service, marks)
    return VersionPage(
        endpoint_id=endpoint_id,
        start=span.start,
        end=span.end,
        as_of=at.now,
        versions=rows,
        change=_change(*rows[:2]) if len(rows) > 1 else None,
    )


def _rows(
    queries: Queries, question: SeriesQuestion, at: Moment, service: str, marks: Sequence[Deploy]
) -> list[VersionRow]:
    began = _began(queries, at, service, marks)
    newest_first = sorted(began, key=lambda version: (began[version], version), reverse=True)
    deployed_at = {mark.version: mark.at for mark in marks if mark.is_change}
    rows: list[VersionRow] = []
    for version in newest_first:
        if question.kept.versions and version not in question.kept.versions:
            continue
        kept = replace(question.kept, versions=frozenset({version}))
        chart = queries.charts.read(replace(question, kept=kept), at)
        row = _row(version, deployed_at.get(version), chart)
        if row is not None:
            rows.append(row)
        if len(rows) == MOST_VERSIONS:
            break
    return rows


def _began(queries: Queries, at: Moment, service: str, marks: Iterable[Deploy]) -> dict[str, float]:
    """Return since when each known version of a service has run, for the last time."""
    began: dict[str, float] = {}
    for state in queries.facts(at).states:
        instance = state.instance
        if instance.service == service and instance.version:
            first = began.get(instance.version, instance.started_at)
            began[instance.version] = min(first, instance.started_at)
    return began | {mark.version: mark.at for mark in marks}


def _row(version: str, deployed_at: float | None, chart: Chart) -> VersionRow | None:
    """Return what a version served; None if that is nothing."""
    called = sorted(start for start, window in chart.steps.items() if window.count)
    if not called:
        return None
    whole = Window(called[0])
    for start in called:
        whole.merge(chart.steps[start])
    served = TimeRange(called[0], min(called[-1] + chart.grid.step, chart.grid.span.end))
    return VersionRow(
        version=version,
        deployed_at=deployed_at,
        first_at=served.start,
        last_at=served.end,
        request_count=whole.count,
        error_count=whole.error_count,
        rate_per_second=whole.count / served.seconds,
        error_ratio=ratio(whole.error_count, whole.count),
        response_time=times(whole.response_time()),
    )


def _change(now: VersionRow, then: VersionRow) -> VersionChange:
    errors = now.error_ratio, then.error_ratio
    return VersionChange(
        version=now.version,
        previous=then.version,
        p50_change_ratio=change_ratio(_time(now, "p50"), _time(then, "p50")),
        p95_change_ratio=change_ratio(_time(now, "p95"), _time(then, "p95")),
        p99_change_ratio=change_ratio(_time(now, "p99"), _time(then, "p99")),
        rate_change_ratio=change_ratio(now.rate_per_second, then.rate_per_second),
        error_ratio_change=None if None in errors else (errors[0] or 0.0) - (errors[1] or 0.0),
    )


def _time(row: VersionRow, name: str) -> float | None:
    """Return a percentile where it is more than chance."""
    known = row.response_time
    if name in known.unsupported:
        return None
    return {"p50": known.p50_seconds, "p95": known.p95_seconds, "p99": known.p99_seconds}[name]
