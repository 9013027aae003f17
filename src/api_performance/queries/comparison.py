"""How far a range is from the period before it."""

from __future__ import annotations

from collections.abc import Sequence

from api_performance.answers import (
    Comparison,
    EndpointChange,
    EndpointSummary,
    Series,
    ServiceSummary,
    Times,
)


def comparison(
    now: ServiceSummary,
    then: ServiceSummary,
    endpoints: list[EndpointChange],
    series: Series,
) -> Comparison:
    """Compare two ranges of the same length; `series` is the earlier one's."""
    has_both = now.request_count > 0 and then.request_count > 0
    return Comparison(
        start=then.start,
        end=then.end,
        request_count=then.request_count,
        rate_change_ratio=_rate_change(now, then),
        p95_change_ratio=change_ratio(_p95(now.response_time), _p95(then.response_time)),
        error_ratio_change=_difference(now.error_ratio, then.error_ratio),
        user_change_ratio=change_ratio(now.user_count, then.user_count) if has_both else None,
        endpoints=endpoints,
        series=series,
    )


def endpoint_changes(
    now: Sequence[EndpointSummary], then: Sequence[EndpointSummary]
) -> list[EndpointChange]:
    """Compare the rows of two ranges of the same length; both know the same endpoints."""
    before = {row.id: row for row in then}
    pairs = ((row, before[row.id]) for row in now if row.id in before)
    return [
        EndpointChange(
            id=row.id,
            request_count=old.request_count,
            rate_change_ratio=_rate_change(row, old),
            p95_change_ratio=change_ratio(_p95(row.response_time), _p95(old.response_time)),
            error_ratio_change=_difference(row.error_ratio, old.error_ratio),
        )
        for row, old in pairs
        if row.request_count or old.request_count
    ]


def _rate_change(
    now: ServiceSummary | EndpointSummary, then: ServiceSummary | EndpointSummary
) -> float | None:
    has_both = now.request_count > 0 and then.request_count > 0
    return change_ratio(now.rate_per_second, then.rate_per_second) if has_both else None


def change_ratio(now: float | None, then: float | None) -> float | None:
    """Return by what part of `then` something grew: 0.03 for 3 % more; None without a `then`."""
    return None if now is None or not then else now / then - 1


def _difference(now: float | None, then: float | None) -> float | None:
    return None if now is None or then is None else now - then


def _p95(times: Times) -> float | None:
    """Return the percentile where it is more than chance."""
    return None if "p95" in times.unsupported else times.p95_seconds
