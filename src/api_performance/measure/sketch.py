"""A mergeable summary of durations: a base-2 exponential histogram at a fixed scale of 6.

Bucket i holds the values in (2**((i-1)/64), 2**(i/64)], as OpenTelemetry's exponential histogram of
scale 6 does. A quantile is read at the bucket's geometric middle, so its relative error is at most
2**(1/128) - 1 = 0.543 %, beside the error of the rank itself. Count, sum, minimum and maximum are
exact (packed: to the nanosecond). Durations below 1 microsecond and above 1 hour clamp, so a sketch
has at most 2,034 buckets: 20 s of traffic spread over 300 buckets take about 25 kB in memory.

Sketches, as windows, are nothing to the collector of garbage: they are made by the thousand and no
cycle is possible in them, so they are structs without its head, of dicts and tuples of numbers,
which it lets out of its sight.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain, repeat
from math import ceil, inf
from operator import mul, sub
from typing import Final, Self

import msgspec

from api_performance.measure import rice
from api_performance.measure.buckets import (
    HIGHEST_SECONDS,
    LOWEST_INDEX,
    LOWEST_SECONDS,
    SCALE,
    bucket_index,
    counts_of,
    indexes_of,
)

_FEW: Final = 30
_FEW_MERGED: Final = 100  # past it a bucket's count takes less room than its indexes
_NANOSECONDS: Final = 1_000_000_000
_EMPTY, _GAPS, _DENSE, _WIDE, _RICE, _STEPS, _WIDE_STEPS = range(7)
_NOTHING: Final = bytes((_EMPTY,))
_HEADER: Final = 3  # mode, width of the extremes in bits, length of the packed sums in bytes
_ESCAPE: Final = 255


_Compact = tuple[int, int, bytes]
"""Mode, first bucket's index and body, as they are packed."""


class Sketch(msgspec.Struct, eq=False, gc=False):
    """Durations in seconds, summarized; empty as it is made.

    Of a few durations the indexes of their buckets alone are kept, ascending, until the buckets are
    asked for: most of these sketches are only packed.
    """

    count: int = 0
    sum: float = 0.0
    min: float = inf
    max: float = 0.0
    _indexes: tuple[int, ...] = ()
    _buckets: dict[int, int] | _Compact | None = None

    @property
    def buckets(self) -> dict[int, int]:
        """The count of each bucket's index that has any; to be read, never changed.

        Made at its first use, which several threads that read may do at once; of a compact sketch
        at each.
        """
        buckets = self._buckets
        if isinstance(buckets, tuple):
            return _read_body(*buckets)
        if buckets is None:
            self._buckets = buckets = dict(Counter(self._indexes))
        return buckets

    def compact(self) -> None:
        """Keep the buckets as bytes: a tenth of the room, for what is kept and seldom read."""
        if self.count and not isinstance(self._buckets, tuple) and not self._indexes:
            ordered = sorted(self.buckets)
            mode, body = self._steps(ordered)
            self._buckets = mode, ordered[0], body

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        """Summarize durations in seconds, in any order; empty without any."""
        return cls.of_ascending(sorted(seconds))  # costs less than asking for the extremes

    @classmethod
    def of_ascending(cls, seconds: Sequence[float]) -> Self:
        """Summarize durations in seconds that ascend; empty without any."""
        if not seconds:
            return cls()
        lowest, highest = seconds[0], seconds[-1]
        if lowest < LOWEST_SECONDS or highest > HIGHEST_SECONDS:
            return cls.of([min(max(value, LOWEST_SECONDS), HIGHEST_SECONDS) for value in seconds])
        number, total = len(seconds), sum(seconds)
        if number < _FEW:
            return cls(number, total, lowest, highest, tuple(indexes_of(seconds)))
        return cls(number, total, lowest, highest, (), counts_of(seconds))

    @classmethod
    def of_nothing(cls, count: int) -> Self:
        """Summarize `count` durations of zero, which clamp to the least that is told apart."""
        buckets = {LOWEST_INDEX: count}
        return cls(count, count * LOWEST_SECONDS, LOWEST_SECONDS, LOWEST_SECONDS, (), buckets)

    @classmethod
    def of_equal(cls, seconds: float, count: int) -> Self:
        """Summarize `count` durations of the same seconds, however many, at once."""
        value = min(max(seconds, LOWEST_SECONDS), HIGHEST_SECONDS)
        buckets = {bucket_index(value): count}
        return cls(count, count * value, value, value, (), buckets)

    def copy(self) -> Sketch:
        """Return an independent copy."""
        buckets = None if self._indexes else self.buckets.copy()
        return Sketch(self.count, self.sum, self.min, self.max, self._indexes, buckets)

    def __eq__(self, other: object) -> bool:
        """Two sketches are equal when they summarize alike, to the nanosecond."""
        if not isinstance(other, Sketch):
            return NotImplemented
        return self.buckets == other.buckets and self._nanoseconds() == other._nanoseconds()

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        """Show the count and the range in seconds."""
        return f"Sketch(count={self.count}, min={self.min:.6g}, max={self.max:.6g})"

    def add(self, seconds: Sequence[float]) -> None:
        """Add durations in any order."""
        self.merge(Sketch.of(seconds))

    def merge(self, other: Sketch) -> None:
        """Add another sketch's durations to this one; the order of merges does not matter."""
        if not other.count:
            return
        if self._indexes and other._indexes and self.count + other.count <= _FEW_MERGED:
            self._indexes = tuple(sorted(self._indexes + other._indexes))  # two runs: linear
            self._buckets = None
        elif self.count:
            self._add_buckets(other)
        else:
            self._indexes = other._indexes
            self._buckets = None if other._indexes else other.buckets.copy()
        self.count += other.count
        self.sum += other.sum
        if other.min < self.min:
            self.min = other.min
        if other.max > self.max:
            self.max = other.max

    def _add_buckets(self, other: Sketch) -> None:
        mine = self._buckets = self.buckets
        self._indexes = ()
        if other._indexes:
            for index in other._indexes:
                mine[index] = mine[index] + 1 if index in mine else 1
        else:
            _add_counts(mine, other.buckets)

    @property
    def mean(self) -> float | None:
        """The exact mean in seconds; None without data."""
        return self.sum / self.count if self.count else None

    @property
    def variance(self) -> float:
        """The variance of the durations in square seconds, within 2 %; 0.0 of fewer than two.

        Of the buckets' middles, so that of equal durations it is 0.0.
        """
        counts = self.buckets
        if len(counts) < 2:
            return 0.0
        middles = [2.0 ** ((index - 0.5) / SCALE) for index in counts]
        mean = sum(map(mul, middles, counts.values())) / self.count
        squares = [(middle - mean) ** 2 for middle in middles]
        return float(sum(map(mul, squares, counts.values()))) / self.count

    def quantile(self, ratio: float) -> float | None:
        """Return the duration in seconds that `ratio` (0..1) of the values do not exceed.

        Nearest rank, within 0.543 % of the value of that rank; None without data.
        """
        found = self.quantiles((ratio,))
        return found[0]

    def quantiles(self, ratios: Sequence[float]) -> list[float | None]:
        """Return several quantiles in one pass; `ratios` (0..1) ascend. None each without data."""
        if not self.count:
            return [None] * len(ratios)
        ordered = sorted(self.buckets)
        ranks = list(accumulate(map(self.buckets.__getitem__, ordered)))
        found: list[float | None] = []
        for ratio in ratios:
            rank = min(max(ceil(ratio * self.count), 1), self.count)
            middle = 2.0 ** ((ordered[bisect_left(ranks, rank)] - 0.5) / SCALE)
            found.append(min(max(middle, self.min), self.max))
        return found

    def count_up_to(self, seconds: float) -> int:
        """Count the durations of at most `seconds`; exact where `seconds` is a bucket's bound."""
        if seconds >= self.max:
            return self.count
        last = bucket_index(seconds)
        return sum(count for index, count in self.buckets.items() if index <= last)

    def _nanoseconds(self) -> tuple[int, int, int]:
        if not self.count:
            return (0, 0, 0)
        return (
            round(self.sum * _NANOSECONDS),
            round(self.min * _NANOSECONDS),
            round(self.max * _NANOSECONDS),
        )

    def pack(self, *, compact: bool = True) -> bytes:
        """Return the sketch as bytes: 20 samples take about 37, 1,000 lognormal ones about 165.

        With `compact=False` the buckets stay plain, ten times faster to write and to read, for a
        container that is compressed as a whole.
        """
        if not self.count:
            return _NOTHING
        total, lowest, highest = self._nanoseconds()
        width = highest.bit_length()
        packed = (total << 2 * width) | (lowest << width) | highest
        length = (packed.bit_length() + 7) // 8
        base, mode, body = self._body(compact=compact)
        header = bytes((mode, width, length))
        first = base.to_bytes(2, "little", signed=True)
        return b"".join((header, packed.to_bytes(length, "little"), first, body))

    def _body(self, *, compact: bool) -> tuple[int, int, bytes]:
        """Choose a form: one gap per sample for few of them, else one count per bucket.

        Return the first bucket's index, the form and the bytes.
        """
        ordered = sorted(set(self._indexes) or self.buckets)
        span = ordered[-1] - ordered[0] + 1
        if self.count <= span and self.count <= (4 if compact else 2) * len(ordered):
            return ordered[0], _GAPS, _gaps(self._indexes or self._samples(ordered))
        if not compact:
            return ordered[0], *self._steps(ordered)
        counts = [self.buckets.get(index, 0) for index in range(ordered[0], ordered[-1] + 1)]
        return ordered[0], _RICE, rice.encode(counts)

    def _samples(self, ordered: list[int]) -> Sequence[int]:
        """Return the index of each value, ascending."""
        if self.count == len(ordered):
            return ordered
        counts = map(self.buckets.__getitem__, ordered)
        return list(chain.from_iterable(map(repeat, ordered, counts)))

    def _steps(self, ordered: list[int]) -> tuple[int, bytes]:
        """Return the steps from bucket to bucket, then their counts: all per bucket is C."""
        numbers = [*map(sub, ordered[1:], ordered), *map(self.buckets.__getitem__, ordered)]
        try:
            return _STEPS, bytes(numbers)
        except ValueError:  # one is past 255
            return _WIDE_STEPS, array("Q", numbers).tobytes()

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read what `pack` wrote; ValueError if it is not that."""
        sketch = cls()
        if not data:
            raise ValueError("a packed sketch has at least one byte, got none")
        if data[0] == _EMPTY:
            return sketch
        (total, lowest, highest), base, body = _read_head(data)
        sketch.sum = total / _NANOSECONDS
        sketch.min = lowest / _NANOSECONDS
        sketch.max = highest / _NANOSECONDS
        if data[0] == _GAPS:
            sketch._indexes = tuple(accumulate(_steps_of(body), initial=base))
            sketch.count = len(sketch._indexes)
        else:
            sketch._buckets = _read_body(data[0], base, body)
            sketch.count = sum(sketch.buckets.values())
        return sketch

    @classmethod
    def unpack_sum(cls, packed: Iterable[bytes]) -> Self:
        """Read several that `pack` wrote as one sketch of all; ValueError if one is not that.

        Samples are counted together at the end, in C: a fifth of the time of unpacking and merging
        each.
        """
        sums: list[tuple[int, int, int]] = []
        samples: list[int] = []
        buckets: dict[int, int] = {}
        for data in packed:
            if data[:1] == _NOTHING:
                continue
            head, base, body = _read_head(data)
            sums.append(head)
            if data[0] == _GAPS:
                samples.extend(accumulate(_steps_of(body), initial=base))
            else:
                _add_counts(buckets, _read_body(data[0], base, body))
        if not sums:
            return cls()
        _add_counts(buckets, Counter(samples))
        totals, lowests, highests = zip(*sums, strict=True)
        return cls(
            sum(buckets.values()),
            sum(totals) / _NANOSECONDS,
            min(lowests) / _NANOSECONDS,
            max(highests) / _NANOSECONDS,
            (),
            buckets,
        )


def _read_head(data: bytes) -> tuple[tuple[int, int, int], int, bytes]:
    """Return sum, minimum and maximum in nanoseconds, the first bucket's index, and the body."""
    width, start = data[1], _HEADER + data[2]
    packed = int.from_bytes(data[_HEADER:start], "little")
    mask = (1 << width) - 1
    base = int.from_bytes(data[start : start + 2], "little", signed=True)
    return (packed >> 2 * width, packed >> width & mask, packed & mask), base, data[start + 2 :]


def _add_counts(mine: dict[int, int], added: Mapping[int, int]) -> None:
    for index, count in added.items():
        mine[index] = mine[index] + count if index in mine else count


def _gaps(samples: Sequence[int]) -> bytes:
    gaps = list(map(sub, samples[1:], samples))
    if gaps and max(gaps) >= _ESCAPE:
        gaps = [part for gap in gaps for part in _escaped(gap)]
    return bytes(gaps)


def _escaped(gap: int) -> list[int]:
    return [_ESCAPE] * (gap // _ESCAPE) + [gap % _ESCAPE]


def _read_body(mode: int, base: int, body: bytes) -> dict[int, int]:
    if mode == _DENSE:
        return {index: count for index, count in enumerate(body, base) if count}
    if mode in (_WIDE, _RICE):
        wide = array("Q", body) if mode == _WIDE else rice.decode(body)
        return {index: count for index, count in enumerate(wide, base) if count}
    if mode in (_STEPS, _WIDE_STEPS):
        numbers = body if mode == _STEPS else array("Q", body)
        middle = len(numbers) // 2
        return dict(zip(accumulate(numbers[:middle], initial=base), numbers[middle:], strict=True))
    raise ValueError(f"a packed sketch begins with its mode 0 to {_WIDE_STEPS}, got {mode}")


def _steps_of(gaps: bytes) -> Iterable[int]:
    """Yield the steps that gaps tell; one of 255 or more is several bytes, the last below that."""
    if _ESCAPE not in gaps:
        return gaps
    steps, step = [], 0
    for part in gaps:
        step += part
        if part != _ESCAPE:
            steps.append(step)
            step = 0
    return steps
