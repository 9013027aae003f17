"""The usual level of an endpoint: how many requests it gets at this hour, and how much that varies.

The level of an hour is the median of the same hour on past days, the spread their median absolute
deviation (times 1.4826 the standard deviation of a normal one; Rousseeuw and Croux, 1993): an
outage or a campaign on one of the days moves neither. The same weekday counts where three weeks of
it are known, else the same kind of day (working day, weekend), else any day. Of the two hours whose
middles an instant lies between the lower level counts: a nightly job that takes a quarter of an
hour says nothing of when in its hour it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

HOUR_SECONDS: Final = 3600
DAY_HOURS: Final = 24
WEEK_HOURS: Final = 7 * DAY_HOURS

LEAST_DAYS: Final = 3
"""Of fewer the median is one of them, and one strange day would be the usual."""

NORMAL: Final = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""

_SATURDAY: Final = 5
_EPOCH_WEEKDAY: Final = 3  # 1 January 1970 was a Thursday, and Monday is 0


@dataclass(frozen=True, slots=True)
class Level:
    """Requests per second, usual and how far they vary (a standard deviation), from `days` days."""

    per_second: float
    spread: float
    days: int


def level_of_hour(first: int, counts: Sequence[int], hour: int) -> Level | None:
    """Return the usual level of an hour from the requests of past hours.

    Hours are told by their number since 1970; `counts` are those of adjacent ones, from the hour
    `first` on. None where fewer than LEAST_DAYS past days are known.
    """
    for alike in _alike(first, counts, hour):
        if len(alike) >= LEAST_DAYS:
            usual = median(alike)
            spread = NORMAL * median(abs(count - usual) for count in alike)
            return Level(usual / HOUR_SECONDS, spread / HOUR_SECONDS, len(alike))
    return None


def _alike(first: int, counts: Sequence[int], hour: int) -> Sequence[Sequence[int]]:
    """Return the counts of past hours like this one, the most alike first."""
    past = [
        (each, counts[each - first])
        for each in range(hour - DAY_HOURS, first - 1, -DAY_HOURS)
        if each - first < len(counts)
    ]
    same_day = [count for each, count in past if (hour - each) % WEEK_HOURS == 0]
    same_kind = [count for each, count in past if is_weekend(each) == is_weekend(hour)]
    return same_day, same_kind, [count for _, count in past]


def is_weekend(hour: int) -> bool:
    """Tell whether an hour (number since 1970, UTC) is one of Saturday or Sunday."""
    return (hour // DAY_HOURS + _EPOCH_WEEKDAY) % 7 >= _SATURDAY


def level_at(of_hour: Callable[[int], Level | None], now: float) -> Level | None:
    """Return the level at an instant (Unix seconds UTC): the lower one of the two nearest hours.

    `of_hour` gives the level of an hour by its number. None unless both are known.
    """
    earlier = int((now / HOUR_SECONDS - 0.5) // 1)
    before, after = of_hour(earlier), of_hour(earlier + 1)
    if before is None or after is None:
        return None
    return Level(
        min(before.per_second, after.per_second),
        max(before.spread, after.spread),
        min(before.days, after.days),
    )


def comes_in_bursts(counts: Sequence[int], share: float) -> bool:
    """Tell whether of equal slices of time some bring less than `share` of what all do on average.

    So it is of what a scheduler calls at every full hour. True without any request.
    """
    return not counts or min(counts) * len(counts) <= share * sum(counts)
