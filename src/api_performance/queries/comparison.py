"""How far a range is from the period before it."""

from __future__ import annotations

from api_performance.answers import Comparison, Series, ServiceSummary, Times


def comparison(now: ServiceSummary, then: ServiceSummary, series: Series) -> Comparison:
    """Compare two ranges of the same length; `series` is the earlier one's."""
    has_both = now.request_count > 0 and then.request_count > 0
    return Comparison(
        start=then.start,
        end=then.end,
        request_count=then.request_count,
        rate_change_ratio=change_ratio(now.rate_per_second, then.rate_per_second)
        if has_both
        else None,
        p95_change_ratio=change_ratio(_p95(now.response_time), _p95(then.response_time)),
        error_ratio_change=_difference(now.error_ratio, then.error_ratio),
        user_change_ratio=change_ratio(now.user_count, then.user_count) if has_both else None,
        series=series,
    )


def change_ratio(now: float | None, then: float | None) -> float | None:
    """Return by what part of `then` something grew: 0.03 for 3 % more; None without a `then`."""
    return None if now is None or not then else now / then - 1


def _difference(now: float | None, then: float | None) -> float | None:
    return None if now is None or then is None else now - then


def _p95(times: Times) -> float | None:
    """Return the percentile where it is more than chance."""
    return None if "p95" in times.unsupported else times.p95_seconds
