"""What is usual of an endpoint at each hour of the day: a band to lay a chart's line over."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import ceil
from typing import Final

from api_performance.measure.window import Window
from api_performance.queries.core import Queries
from api_performance.queries.filters import Filter
from api_performance.queries.questions import Asked, SeriesQuestion
from api_performance.queries.steps import floor_to
from api_performance.queries.times import supports

HOUR: Final = 3600
DAY_SECONDS: Final = 86_400.0
MOST_DAYS: Final = 14
"""Days before the range that the band is made of: two of each weekday."""

FEWEST_DAYS: Final = 3
"""With fewer nobody can tell what is usual."""

LOW, HIGH = 0.1, 0.9
"""The band leaves out the quickest tenth of the days, and the slowest."""

SHARE: Final = 0.95


@dataclass(frozen=True, slots=True)
class UsualHour:
    """The p95 that the same hour of `day_count` days before had, but for a tenth at either end."""

    start: float
    end: float
    low_seconds: float
    high_seconds: float
    day_count: int


@dataclass(frozen=True, slots=True)
class UsualPage:
    """The usual p95 of each hour of a range; an hour with too few days or requests is left out."""

    endpoint_id: str
    start: float
    end: float
    as_of: float
    hours: list[UsualHour]


def usual_page(queries: Queries, endpoint_id: str, asked: Asked, kept: Filter) -> UsualPage:
    """Return what is usual of an endpoint in a range. EndpointUnknown, QuestionRefused."""
    at = queries.moment()
    queries.facts(at).endpoint(endpoint_id)
    span = asked.at(at.now, queries.settings.history_window)
    first = floor_to(span.start, HOUR)
    before = Asked(start=max(first - MOST_DAYS * DAY_SECONDS, 0.0), end=first)
    past = queries.charts.read(SeriesQuestion(before, kept, endpoint_id, HOUR), at)
    by_hour: dict[int, list[float]] = defaultdict(list)
    for start, window in past.steps.items():
        value = _p95(window)
        if value is not None:
            by_hour[_hour_of_day(start)].append(value)
    count = ceil((span.end - first) / HOUR)
    hours = [_usual(first + HOUR * index, by_hour) for index in range(count)]
    return UsualPage(
        endpoint_id, span.start, span.end, at.now, [hour for hour in hours if hour is not None]
    )


def _p95(window: Window) -> float | None:
    sketch = window.response_time()
    return sketch.quantile(SHARE) if supports(sketch.count, SHARE) else None


def _hour_of_day(instant: float) -> int:
    return int(instant % DAY_SECONDS // HOUR)


def _usual(start: float, by_hour: dict[int, list[float]]) -> UsualHour | None:
    known = sorted(by_hour[_hour_of_day(start)])
    if len(known) < FEWEST_DAYS:
        return None
    last = len(known) - 1
    low, high = known[round(LOW * last)], known[round(HIGH * last)]
    return UsualHour(start, start + HOUR, low, high, len(known))
