"""Questions as they are asked: a range, a filter, an order and a page, before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from api_performance.queries.filters import Filter, QuestionRefused, TimeRange
from api_performance.queries.rows import Sort

LONGEST_SECONDS: Final = 400 * 86_400.0
"""The oldest windows are kept for 400 days (DESIGN.md)."""

MOST_REQUESTS: Final = 1000
"""Newest requests in one answer: those that eight busy processes keep."""

MOST_ROWS: Final = 2000
"""As many endpoints as are told apart by default (`max_endpoints`)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A range of time: the last `window_seconds`, or [start, end) in Unix seconds UTC."""

    window_seconds: float | None = None
    start: float | None = None
    end: float | None = None

    def at(self, now: float, default_seconds: float) -> TimeRange:
        """Return the range at `now`; QuestionRefused names what is wrong with it."""
        if self.window_seconds is not None and (self.start is not None or self.end is not None):
            raise QuestionRefused(
                "window_seconds is refused beside start and end: give one or the other"
            )
        end = now if self.end is None else min(self.end, now)
        seconds = self.window_seconds or default_seconds
        start = max(end - seconds, 0.0) if self.start is None else self.start
        if start >= now:
            raise QuestionRefused(
                f"start = {start:g} is refused: it lies in the future, it is {now:g} now"
            )
        asked, oldest = TimeRange(start, end), max(now - LONGEST_SECONDS, 0.0)
        return asked if start >= oldest else TimeRange(min(oldest, end - 1), end)


def period_before(span: TimeRange) -> Asked:
    """Return the period of the same length that ends where `span` begins."""
    return Asked(start=max(span.start - span.seconds, 0.0), end=span.start)


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """The endpoints of a range: which, in what order, and which part of the list."""

    asked: Asked = field(default_factory=Asked)
    kept: Filter = field(default_factory=Filter)
    sort: Sort = Sort.SHARE_OF_TIME
    is_descending: bool = True
    offset: int = 0
    limit: int = MOST_ROWS


@dataclass(frozen=True, slots=True)
class SeriesQuestion:
    """One endpoint over time, or all the filter keeps; in steps of one's own or fitting ones."""

    asked: Asked = field(default_factory=Asked)
    kept: Filter = field(default_factory=Filter)
    endpoint_id: str | None = None
    step_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class LiveQuestion:
    """A table, its chart or one endpoint's; on demand the period before, and newest requests."""

    table: TableQuestion = field(default_factory=TableQuestion)
    endpoint_id: str | None = None
    is_compared: bool = False
    request_limit: int = 0
