"""The buckets of a sketch: which one a duration lies in, and how many of many lie in each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from math import ceil, inf, log2, nextafter
from typing import Final

SCALE: Final = 64
"""Buckets per doubling: 2**6, OpenTelemetry's scale 6."""

LOWEST_SECONDS: Final = 1e-6
HIGHEST_SECONDS: Final = 3600.0

_BYTE: Final = 255


def bucket_index(seconds: float) -> int:
    """Return the bucket of a duration; it clamps to 1 microsecond and 1 hour."""
    return ceil(log2(min(max(seconds, LOWEST_SECONDS), HIGHEST_SECONDS)) * SCALE)


LOWEST_INDEX: Final = bucket_index(0.0)


def upper_bound(index: int) -> float:
    """Return the bucket's upper bound in seconds, which still belongs to it."""
    return float(2.0 ** (index / SCALE))


def indexes_of(seconds: Sequence[float]) -> list[int]:
    """Return the bucket of each duration, all of 1 microsecond to 1 hour."""
    return [ceil(log2(value) * 64.0) for value in seconds]  # SCALE: a name costs a tenth


def counts_of(ascending: Sequence[float]) -> dict[int, int]:
    """Count the durations in each bucket that has any; ascending, all of 1 microsecond to 1 hour.

    Where there are several to a bucket it is looked for the bucket's end, which costs less than two
    logarithms.
    """
    first, last = indexes_of((ascending[0], ascending[-1]))
    if len(ascending) < 2 * (last - first + 1):
        return _counts(indexes_of(ascending))
    counts: dict[int, int] = {}
    index, start = first, 0
    while index < last:
        end = bisect_right(ascending, _greatest_of(index), start)
        counts[index] = end - start
        start, index = end, ceil(log2(ascending[end]) * 64.0)
    counts[last] = len(ascending) - start
    return counts


@cache
def _greatest_of(index: int) -> float:
    """Return the greatest float of a bucket below the last, to the bit: its bound is rounded."""
    greatest = upper_bound(index)
    while bucket_index(greatest) > index:
        greatest = nextafter(greatest, 0.0)
    while bucket_index(nextafter(greatest, inf)) == index:
        greatest = nextafter(greatest, inf)
    return greatest


def _counts(ascending: Sequence[int]) -> dict[int, int]:
    """Count each index.

    As bytes above the lowest they are compared without making objects: half of Counter's cost.
    """
    counts: dict[int, int] = {}
    start, length = 0, len(ascending)
    while start < length:
        lowest = ascending[start]
        end = length
        if ascending[-1] > lowest + _BYTE:
            end = bisect_right(ascending, lowest + _BYTE, start)
        part = bytes([index - lowest for index in ascending[start:end]])
        before = 0
        for above in sorted(set(part)):
            after = part.rindex(above) + 1
            counts[lowest + above] = after - before
            before = after
        start = end
    return counts
