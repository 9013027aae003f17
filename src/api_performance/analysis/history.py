"""What every endpoint counted over the last hour, six hours and thirty days: what rules look at.

Three rings of slices per endpoint and indicator: 10 s of an hour, minutes of six hours, hours of
thirty days. A span of time is added up of slices of at most a sixtieth of it, and towards its end
of finer ones; of the slice that it begins in, a part counts in proportion. The newest slices are
read again and again, for batches come late. The past is read piece by piece, newest first.

Counts are 32 bits wide: an endpoint takes 12 kB for each indicator, a thousand of them with two
each 25 MB; to add up a span takes some 30 microseconds, for an array's numbers are added in C.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Final

from api_performance.measure.window import Window
from api_performance.model import Endpoint

SPANS: Final[Mapping[int, float]] = {10: 3600.0, 60: 6 * 3600.0, 3600: 30 * 86_400.0}
"""Seconds of a slice -> seconds that its ring holds: the windows of the SRE workbook's burn rates
(1 h and below, 6 h, 3 d) and the month of an error budget."""

EVERY: Final[Mapping[int, float]] = {10: 0.0, 60: 60.0, 3600: 300.0}
"""Seconds of a slice -> seconds between two readings of the newest ones; 0: every time."""

LATE: Final[Mapping[int, float]] = {10: 60.0, 60: 180.0, 3600: 3600.0}
"""Seconds of a slice -> how old it is when it is read for the last time. A process keeps what it
could not write for a minute (`max_buffered_batches`)."""

SETTLED: Final[Mapping[int, float]] = {10: 0.0, 60: 120.0, 3600: 600.0}
"""Seconds of a slice -> how long after its end it stands in for finer ones, being read whole."""

MOST_SLICES: Final = 60
"""Of each ring the most of the past that one round adds: all of it takes thirteen rounds, none of
them long, for a thousand busy endpoints have a hundred thousand windows in so many slices."""


FEWEST: Final = 60
"""Slices of which a span is at least told, so that where it begins is sharp to a sixtieth of it."""

_FINEST: Final = min(SPANS)


@dataclass(frozen=True, slots=True)
class Indicator:
    """Counts a window's events: all of them, and the bad ones. Its name stands for what it does."""

    name: str
    count: Callable[[Window], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Counts:
    """Events of a span of time; `covered_seconds` of it lie after the first one that is known.

    Never are more bad than there are in `total`.
    """

    total: int = 0
    bad: int = 0
    covered_seconds: float = 0.0

    @property
    def bad_ratio(self) -> float | None:
        """Bad events of all, 0..1; None without any."""
        return self.bad / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Slices:
    """Events of adjacent slices of `step_seconds`, oldest first; the first begins at `start`."""

    start: float
    step_seconds: int
    total: Sequence[int]
    bad: Sequence[int]


Wanted = tuple[float, float, int]
"""[start, end) in Unix seconds UTC, and the seconds of a slice."""

Read = Callable[[float, float, int], Iterable[tuple[Endpoint, Window]]]
"""Reads the windows of [start, end) at a resolution; a slice may come in several parts."""

Key = tuple[str, str]
"""An endpoint's id and an indicator's name."""


class Ring:
    """The slices of one length of all endpoints. Slices are told by number: their start / step."""

    def __init__(self, step: int) -> None:
        """Hold nothing yet."""
        self.step = step
        self.size = int(SPANS[step]) // step + 1  # the newest is never whole
        self.first = self.end = 0
        """What is known: the slices from `first` on, before `end`."""
        self._late = int(LATE[step]) // step + 2  # so many of the newest are read again
        self._settled = 0  # the first one that is to be read again
        self._read_at = 0.0
        self._counts: dict[Key, tuple[array[int], array[int]]] = {}

    def wanted(self, now: float, most: int = MOST_SLICES) -> tuple[list[Wanted], list[Wanted]]:
        """Return what to read of the newest slices and of the past, of each at most a piece.

        A piece has `most` slices; that with the newest, which are read again, as many more.
        """
        end = int(now // self.step) + 1
        oldest = end - self.size
        if not oldest < self.end <= end:  # nothing yet, or the clock was set
            return [self._span(end - max(most, self._late), end)], []
        newest, past = [], []
        if now != self._read_at and not 0 <= now - self._read_at < EVERY[self.step]:
            first = max(self._settled, self.first, oldest)
            is_last = end - first <= most + self._late
            newest.append(self._span(first, end if is_last else first + most))
        if self.first > oldest:
            past.append(self._span(max(self.first - most, oldest), self.first))
        return newest, past

    def is_current(self, now: float) -> bool:
        """Tell whether it was read up to `now`, as far as it is read so often."""
        return self.end > self.first and now - self.end * self.step < EVERY[self.step] + self.step

    def _span(self, first: int, end: int) -> Wanted:
        return first * self.step, end * self.step, self.step

    def begin(self, first: int, end: int) -> None:
        """Empty slices; they are unknown until `finish`."""
        if end > self.first:
            self.end = first if self.first <= first <= self.end else self.first
        for counts in self._counts.values():
            for number in range(first, end):
                counts[0][number % self.size] = counts[1][number % self.size] = 0

    def finish(self, first: int, end: int, now: float) -> None:
        """Take slices that were emptied and filled for known."""
        if end == self.first and self.end > self.first:
            self.first = first
            return
        if first != self.end or self.end == self.first:
            self.first = first
        self.end = end
        if end * self.step > now:  # else there is more to read first
            self._read_at = now
        self.first = max(self.first, end - self.size)
        self._settled = min(int((now - LATE[self.step]) // self.step), end)

    def add(self, key: Key, start: float, total: int, bad: int) -> None:
        """Add events to the slice that `start` lies in."""
        counts = self._counts.get(key)
        if counts is None:
            empty = bytes(4 * self.size)
            counts = self._counts[key] = array("I", empty), array("I", empty)
        place = int(start // self.step) % self.size
        counts[0][place] += total
        counts[1][place] += bad

    def sums(self, key: Key, begin: float, end: float) -> tuple[float, float]:
        """Add up [begin, end); of the slice that it begins in, the part that lies within."""
        counts = self._counts.get(key)
        first, last = int(begin // self.step), min(int(end // self.step), self.end)
        if counts is None or max(first, self.first) >= last:
            return 0.0, 0.0
        total, bad = counts
        if first < self.first:
            first = self.first
            return sum(self._part(total, first, last)), sum(self._part(bad, first, last))
        outside, place = begin / self.step - first, first % self.size
        return (
            sum(self._part(total, first, last)) - outside * total[place],
            sum(self._part(bad, first, last)) - outside * bad[place],
        )

    def slices(self, key: Key, begin: float, end: float) -> Slices:
        """Return whole slices of [begin, end), as far as they are known."""
        first = max(-int(-begin // self.step), self.first)
        last = max(min(int(end // self.step), self.end), first)
        counts = self._counts.get(key)
        if counts is None:
            zeros = (0,) * (last - first)
            return Slices(first * self.step, self.step, zeros, zeros)
        total, bad = (self._part(each, first, last) for each in counts)
        return Slices(first * self.step, self.step, total, bad)

    def _part(self, counts: array[int], first: int, end: int) -> array[int]:
        begins, ends = first % self.size, end % self.size
        if begins < ends or first == end:
            return counts[begins:ends]
        return counts[begins:] + counts[:ends]


class History:
    """The counts of every endpoint's indicators over time. For one thread."""

    def __init__(self, indicators_of: Callable[[Endpoint], Sequence[Indicator]]) -> None:
        """Count what `indicators_of` says of an endpoint; asked again when the endpoint changed.

        One with other indicators is another history: make a new one.
        """
        self._indicators_of = indicators_of
        self._rings = {step: Ring(step) for step in SPANS}
        self._endpoints: dict[str, tuple[Endpoint, Sequence[Indicator]]] = {}
        self._began: dict[str, float] = {}

    def follow(
        self,
        now: float,
        read: Read,
        *,
        most: int = MOST_SLICES,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        """Read what is wanted at `now`, in pieces of `most` slices, until `is_over` after one.

        What `read` raises leaves the rest for the next time.
        """
        for start, end, resolution in self.wanted(now, most):
            self.begin(resolution, start, end)
            for endpoint, window in read(start, end, resolution):
                self.put(resolution, endpoint, window)
            self.finish(resolution, start, end, now)
            if is_over():
                return

    def wanted(self, now: float, most: int = MOST_SLICES) -> list[Wanted]:
        """Return what to read at `now` (Unix seconds UTC), the newest of all rings first."""
        pieces = [ring.wanted(now, most) for ring in self._rings.values()]
        return [each for part in zip(*pieces, strict=True) for ring in part for each in ring]

    def begin(self, resolution: int, start: float, end: float) -> None:
        """Empty the slices of [start, end), as `wanted` has them, before their parts are put."""
        self._rings[resolution].begin(*_numbers(resolution, start, end))

    def put(self, resolution: int, endpoint: Endpoint, window: Window) -> None:
        """Add one part of one slice."""
        endpoint_id = endpoint.id
        known = self._endpoints.get(endpoint_id)
        if known is None or known[0] != endpoint:
            known = self._endpoints[endpoint_id] = endpoint, self._indicators_of(endpoint)
        if window.start + resolution <= self._began.get(endpoint_id, inf):  # all of it earlier
            self._began[endpoint_id] = window.start
        ring = self._rings[resolution]
        for indicator in known[1]:
            total, bad = indicator.count(window)
            if total:  # what a handler raises may be told in the window after its request's
                ring.add((endpoint_id, indicator.name), window.start, total, min(bad, total))

    def finish(self, resolution: int, start: float, end: float, now: float) -> None:
        """Take [start, end) for read, at `now`."""
        self._rings[resolution].finish(*_numbers(resolution, start, end), now)

    def endpoints(self) -> list[Endpoint]:
        """Return every endpoint that was called, as it was seen last."""
        return [endpoint for endpoint, _ in self._endpoints.values()]

    def knows(self, seconds: float, now: float) -> bool:
        """Tell whether all of the last `seconds` before `now` has been read."""
        rings = [self._rings[step] for step in _resolutions(seconds)]
        is_old = rings[0].first * rings[0].step <= now - seconds
        return is_old and all(ring.is_current(now) for ring in rings)

    def counts(self, endpoint_id: str, indicator: str, seconds: float, now: float) -> Counts:
        """Count the events of the last `seconds` (at most 30 days) before `now`; none unknown."""
        key, begin, total, bad = (endpoint_id, indicator), now - seconds, 0.0, 0.0
        for step in _resolutions(seconds):
            end = _settled_at(step, now)
            if end > begin:
                added, added_bad = self._rings[step].sums(key, begin, end)
                total, bad, begin = total + added, bad + added_bad, end
        began = self._began.get(endpoint_id, now)
        covered = max(min(seconds, now - began), 0.0)
        events = round(total)
        return Counts(events, min(round(bad), events), covered)

    def slices(
        self, endpoint_id: str, indicator: str, resolution: int, seconds: float, now: float
    ) -> Slices:
        """Return the slices of `resolution` (10, 60, 3600) that are over, since the first call."""
        begin = max(now - seconds, self._began.get(endpoint_id, now))
        end = now - SETTLED[resolution]
        return self._rings[resolution].slices((endpoint_id, indicator), begin, end)

    def hours(self, endpoint_id: str, indicator: str, now: float) -> Slices:
        """Return the hours that are over, of thirty days or since the endpoint's first call."""
        return self.slices(endpoint_id, indicator, 3600, SPANS[3600], now)


def _numbers(resolution: int, start: float, end: float) -> tuple[int, int]:
    return int(start // resolution), int(end // resolution)


def _settled_at(step: int, now: float) -> float:
    """Return until when slices are added up; what is newer is left to finer ones."""
    return (now // step + 1) * step if step == _FINEST else (now - SETTLED[step]) // step * step


@lru_cache(256)  # rules ask for the same few spans
def _resolutions(seconds: float) -> tuple[int, ...]:
    """Return the slices that a span is told of, the coarsest first, which reach back so far."""
    fits = [step for step, span in SPANS.items() if span >= seconds and step <= seconds / FEWEST]
    base = max(fits, default=next((x for x, span in SPANS.items() if span >= seconds), max(SPANS)))
    return tuple(sorted((step for step in SPANS if step <= base), reverse=True))
