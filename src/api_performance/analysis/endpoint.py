"""Looks for changes of all that one endpoint's minutes say: response times and errors.

What it is handed is counts: a histogram of response times per minute, and the requests that failed.
It keeps some 18 kB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from api_performance.analysis.bounds import TAIL
from api_performance.analysis.centre import CentreReader, Histogram
from api_performance.analysis.minutes import MINUTE_SECONDS, MinuteSeries
from api_performance.analysis.regression import Finding, Watch

RESPONSE_TIME: Final = "response_time"
"""Where the bulk of the response times lies; levels in seconds."""

RESPONSE_TIME_TAIL: Final = "response_time_tail"
"""How far the slow part lies from the bulk, by its usual distance; levels are ratios."""


class EndpointWatch:
    """Looks for changes of one endpoint, in order, in bounded memory."""

    __slots__ = (
        "_centre",
        "_reader",
        "_tail",
        "_until",
    )

    def __init__(self, width: float) -> None:
        """Take histograms whose columns are `width` apart, a logarithm."""
        self._reader = CentreReader(width)
        self._centre = Watch(RESPONSE_TIME)
        self._tail = Watch(RESPONSE_TIME_TAIL, TAIL)
        self._until: int | None = None

    def update(
        self, start: float, times: Histogram, deploys: Sequence[float], now: float
    ) -> list[Finding]:
        """Take the minutes of `times` from `start` (Unix seconds) that are over at `now`.

        Returns new and changed findings, oldest first. Minutes taken before are passed over; where
        some are missing, as many empty ones are taken, three hours of them at most: past that, as
        where the clock was set back by more than a day, it begins anew.
        """
        first = int(start // MINUTE_SECONDS)
        end = min(first + len(times.counts), int(now // MINUTE_SECONDS))
        begin = first if self._until is None else max(first, self._until)
        if begin >= end:
            return []
        self._until = end
        new = Histogram(times.counts[begin - first : end - first], times.first, times.width)
        read = self._reader.read(new)
        at = float(begin * MINUTE_SECONDS)
        series = (
            (
                self._centre,
                MinuteSeries(RESPONSE_TIME, at, read.centre, read.centre_noise, read.count),
            ),
            (
                self._tail,
                MinuteSeries(RESPONSE_TIME_TAIL, at, read.tail, read.tail_noise, read.count),
            ),
        )
        found = [each for watch, minutes in series for each in watch.update(minutes, deploys, now)]
        return sorted(found, key=lambda each: each.found)
