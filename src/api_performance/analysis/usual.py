"""The usual level of some metrics at an hour of the week, from the newest days of the same kind.

Of each hour of working days and of weekends (UTC) the median of the newest five counts, which two
strange days among them do not move; fewer than three say nothing. Between the middles of two hours
it is interpolated. Levels are kept as distances from the first one, as `coarse` has them: a byte
for each hour, 0.25 kB for a metric.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from api_performance.analysis.coarse import coarse, fine, unknown
from api_performance.analysis.levels import DAY_HOURS, HOUR_SECONDS, is_weekend
from api_performance.analysis.minutes import Numbers

NEWEST_DAYS: Final = 5
LEAST_DAYS: Final = 3
_KINDS: Final = 2


class UsualWeek:
    """What is usual of `number` metrics, hour by hour. Levels are logarithms."""

    __slots__ = ("_days", "_first")

    def __init__(self, number: int) -> None:
        """Know nothing yet."""
        self._days = unknown(_KINDS, DAY_HOURS, number, NEWEST_DAYS)
        self._first = np.full(number, np.nan)

    def add(self, hour: int, levels: Numbers) -> None:
        """Take the levels of an hour (its number since 1970), later than those before it.

        NaN where nothing is known, or nothing usual.
        """
        days = self._days[int(is_weekend(hour)), hour % DAY_HOURS]
        known = np.isfinite(levels)
        self._first = np.where(known & np.isnan(self._first), levels, self._first)
        days[known, :-1] = days[known, 1:]
        days[known, -1] = coarse(levels - self._first)[known]

    def at(self, instant: float) -> Numbers:
        """Return the usual level of each metric at an instant (Unix seconds); NaN if unknown."""
        place = instant / HOUR_SECONDS - 0.5
        hour = int(place // 1)
        later = place - hour
        return (1 - later) * self._of_hour(hour) + later * self._of_hour(hour + 1)

    def _of_hour(self, hour: int) -> Numbers:
        days = fine(self._days[int(is_weekend(hour)), hour % DAY_HOURS])
        days.sort(axis=1)  # NaN come last
        known = np.isfinite(days).sum(axis=1)
        rows = np.arange(len(days))
        low, high = (days[rows, np.maximum(each, 0)] for each in ((known - 1) // 2, known // 2))
        found: Numbers = np.where(known >= LEAST_DAYS, (low + high) / 2, np.nan) + self._first
        return found
