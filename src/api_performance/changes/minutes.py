"""Minutes of one endpoint as arrays: what windows say, in the form that changes are looked for in.

A minute has its response times in columns of a sixteenth of a doubling, from a microsecond to an
hour: 2 kB. Requests that the server failed are counted, and their times left out: what fails at
once would look quick.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from api_performance.latency_type import LATENCY_PARTS
from api_performance.measure.buckets import HIGHEST_SECONDS, LOWEST_SECONDS, SCALE, bucket_index

if TYPE_CHECKING:  # what it loads is of no use for numbers
    from api_performance.measure.window import Window

MINUTE: Final = 60
PER_COLUMN: Final = 4
"""Buckets of a sketch that are one column."""

WIDTH: Final = log(2) * PER_COLUMN / SCALE
"""The distance of two columns, a logarithm: 4.3 %."""

_LOWEST: Final = (bucket_index(LOWEST_SECONDS) - 1) // PER_COLUMN
_COLUMNS: Final = (bucket_index(HIGHEST_SECONDS) - 1) // PER_COLUMN - _LOWEST + 1

FIRST: Final = (_LOWEST + 0.5) * WIDTH
"""The logarithm of the first column's middle in seconds."""

_FAILED_CLASS: Final = 5
_HOUR_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """Adjacent minutes of one endpoint; the first begins at `start` (Unix seconds UTC).

    `times` counts the requests that did not fail per minute (rows) and duration (columns WIDTH
    apart, FIRST the first one's middle). `count` are all requests of a minute, `errors` those that
    the server failed. `bytes_in` and `bytes_out` are of their bodies, `parts` the seconds that they
    spent in each latency type (columns, in the order of LATENCY_PARTS).
    """

    start: float
    times: NDArray[np.float32]
    count: NDArray[np.float32]
    errors: NDArray[np.float32]
    bytes_in: NDArray[np.float64]
    bytes_out: NDArray[np.float64]
    parts: NDArray[np.float32]

    @classmethod
    def empty(cls, start: float, end: float) -> Minutes:
        """Return the minutes of [start, end), in which nothing was counted yet."""
        number = round((end - start) / MINUTE)
        return cls(
            start,
            times=np.zeros((number, _COLUMNS), np.float32),
            count=np.zeros(number, np.float32),
            errors=np.zeros(number, np.float32),
            bytes_in=np.zeros(number),
            bytes_out=np.zeros(number),
            parts=np.zeros((number, len(LATENCY_PARTS)), np.float32),
        )

    def add(self, window: Window) -> None:
        """Add a part of a minute; one outside of these is left out."""
        row = int((window.start - self.start) // MINUTE)
        if not 0 <= row < len(self.count):
            return
        self.count[row] += window.count
        self.errors[row] += window.error_count
        self.bytes_in[row] += window.bytes_in
        self.bytes_out[row] += window.bytes_out
        self.parts[row] += window.latency_seconds
        for status_class, sketch in window.response_times().items():
            if status_class != _FAILED_CLASS and sketch.count:
                buckets = sketch.buckets
                places = (np.fromiter(buckets, np.int64, len(buckets)) - 1) // PER_COLUMN - _LOWEST
                added = np.fromiter(buckets.values(), np.float32, len(buckets))
                np.add.at(self.times[row], np.clip(places, 0, _COLUMNS - 1), added)


class Hours:
    """Hours of one endpoint, as sums: 0.2 kB each."""

    def __init__(self) -> None:
        """Know none yet."""
        self._sums: dict[int, NDArray[np.float64]] = {}

    def add(self, window: Window) -> None:
        """Add a part of an hour."""
        sizes = window.bytes_in, window.bytes_out, *window.latency_seconds
        hour = int(window.start // _HOUR_SECONDS)
        self._sums[hour] = self._sums.get(hour, 0.0) + np.array([window.count, *sizes], float)

    def sums(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield each hour (its number since 1970), the oldest first, with its sums.

        They are its requests, the bytes in and out, and the seconds of each latency type.
        """
        yield from sorted(self._sums.items())
