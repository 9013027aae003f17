"""From blobs to windows: what a reader does with the batches and slices that a store hands it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from api_performance.measure.users import UserSketch
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.stores.base import FINEST, Pace, Query
from api_performance.stores.packing import Part, read_block
from api_performance.stores.slices import (
    Series,
    shared,
    slice_start,
    wanted_slices,
)
from api_performance.stores.unfolded import Form, Sums, summed

SlicePart = tuple[int, int, bytes]
"""Series, start of the slice, packed window: the window says 0, so that an hour compresses well."""


class CoarserUsers:
    """The users of coarser slices, who stand in for those that finer slices do not keep."""

    def __init__(self, parts: Iterable[SlicePart], resolution: int, pace: Pace) -> None:
        """Read the packed windows of the slices of `resolution` seconds."""
        self._resolution = resolution
        self._users: dict[tuple[int, int], UserSketch] = {}
        for number, start, body in parts:
            users = Window.unpack(body, with_latency=False, with_operations=False).users
            known = self._users.setdefault((number, start), users)
            if known is not users:
                known.merge(users)
            pace()

    def stand_in(self, number: int, window: Window) -> None:
        """Give a finer window the users of the slice that it lies in, unless it has its own."""
        if not window.users:
            key = number, slice_start(window.start, self._resolution)
            window.users = self._users.get(key, window.users)


def _unpacked(body: bytes, query: Query) -> Window:
    """Return a packed window without what the query does not ask for."""
    return Window.unpack(
        body, with_latency=query.with_latency, with_operations=query.with_operations
    )


def unpacked(
    parts: Iterable[Part], series: Mapping[int, Series], query: Query, pace: Pace
) -> Iterator[tuple[Endpoint, Window]]:
    """Yield the windows of a batch with their endpoints; unknown numbers are passed over."""
    for number, body in parts:
        if number in series:
            yield series[number].endpoint, _unpacked(body, query)
            pace()


def unpacked_slices(
    parts: Iterable[SlicePart],
    series: Mapping[int, Series],
    query: Query,
    users: CoarserUsers | None,
    pace: Pace,
) -> Iterator[tuple[Endpoint, Window]]:
    """Yield folded windows with their endpoints; unknown numbers are passed over."""
    for number, start, body in parts:
        if number in series:
            window = _unpacked(body, query)
            window.start = float(start)
            if users is not None:
                users.stand_in(number, window)
            yield series[number].endpoint, window
            pace()


def merge_totals(
    blocks: Iterable[bytes], batches: Iterable[bytes], series: Mapping[int, Series]
) -> Iterator[tuple[Endpoint, Window]]:
    """Yield one cumulative window per endpoint: blocks of totals and what is not folded yet.

    Each is packed and read back, so that a sum is the same number, to its last bit, before and
    after the folding: a counter that fell by a rounding would be taken for a restart. Only one is
    unpacked at a time, for its buckets take a hundred times the room.
    """
    parts: dict[str, tuple[Endpoint, list[bytes]]] = {}
    for block in (*blocks, *batches):
        for number, body in read_block(block):
            if number in series:
                of = series[number]
                parts.setdefault(of.endpoint_id, (of.endpoint, []))[1].append(body)
    for endpoint, bodies in parts.values():
        whole = Window(0.0)
        for body in bodies:
            whole.merge(Window.unpack(body, with_operations=False))
        yield endpoint, Window.unpack(whole.pack())


def of_batches(
    blocks: Iterable[bytes],
    query: Query,
    numbers: frozenset[int],
    series: Mapping[int, Series],
    pace: Pace,
) -> Iterator[tuple[Endpoint, Window]]:
    """Yield the windows of batches as the query's resolution has them."""
    if query.resolution == FINEST:
        for block in blocks:
            parts = read_block(block, numbers)
            for endpoint, window in unpacked(parts, series, query, pace):
                if query.start <= slice_start(window.start, FINEST) < query.end:
                    yield endpoint, shared(window, float(slice_start(window.start, FINEST)))
        return
    sums = summed(blocks, Form.of(query), pace, numbers=numbers)
    yield from of_sums(sums, query, numbers, series)


def of_sums(
    sums: Sums, query: Query, numbers: frozenset[int], series: Mapping[int, Series]
) -> Iterator[tuple[Endpoint, Window]]:
    """Yield what a query asks for of batches that were added up at its resolution."""
    for (number, start), window in sums.items():
        if number in numbers and number in series and query.start <= start < query.end:
            yield series[number].endpoint, window


@dataclass(frozen=True, slots=True)
class Folded:
    """The blobs of folded slices that answer one query.

    `blocks` are (start, block of all series), `chunks` are (start of the span, series, chunk).
    """

    query: Query
    numbers: frozenset[int]
    blocks: list[tuple[int, bytes]]
    chunks: list[tuple[int, int, bytes]]

    def parts(self) -> Iterator[SlicePart]:
        """Yield the packed windows that the query asks for."""
        for start, block in self.blocks:
            for series, body in read_block(block, self.numbers):
                yield series, start, body
        step = self.query.resolution
        for span, series, chunk in self.chunks:
            for number, body in read_block(chunk, wanted_slices(self.query, span)):
                yield series, span + number * step, body


@dataclass(frozen=True, slots=True)
class Fetched:
    """The blobs that answer one query, out of one view of the store."""

    query: Query
    series: Mapping[int, Series]
    numbers: frozenset[int]
    batches: list[bytes]
    folded: Folded | None = None
    coarser: Folded | None = None
    sums: Sums = field(default_factory=dict)
    """Batches that were added up already, beside those that were not."""

    def windows(self, pace: Pace) -> Iterator[tuple[Endpoint, Window]]:
        """Decode and yield what the query asks for."""
        if self.folded is not None:
            yield from unpacked_slices(
                self.folded.parts(),
                self.series,
                self.query,
                self._users(pace),
                pace,
            )
        yield from of_sums(self.sums, self.query, self.numbers, self.series)
        yield from of_batches(self.batches, self.query, self.numbers, self.series, pace)

    def _users(self, pace: Pace) -> CoarserUsers | None:
        if self.coarser is None:
            return None
        return CoarserUsers(self.coarser.parts(), self.coarser.query.resolution, pace)


def newest_starts(known: Mapping[int, float] | None, blocks: Iterable[bytes]) -> dict[int, float]:
    """Return of each series with calls when its newest window began, in batches and as known."""
    found = dict(known or {})
    for block in blocks:
        for number, body in read_block(block):
            start, count = Window.start_and_count(body)
            if count:
                found[number] = max(found.get(number, 0.0), start)
    return found


def newest_calls(
    starts: Mapping[int, float], series: Mapping[int, Series], called: Mapping[str, float]
) -> dict[str, float]:
    """Return when endpoints were called last: as was folded, and by series as waits to be."""
    found = dict(called)
    for number, start in starts.items():
        if number in series:
            endpoint_id = series[number].endpoint_id
            found[endpoint_id] = max(found.get(endpoint_id, 0.0), start)
    return found
