"""From blobs to windows: what a reader does with the batches and slices that a store hands it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from api_performance.measure.users import UserSketch
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.stores.base import Pace, Query
from api_performance.stores.packing import Part, read_block
from api_performance.stores.slices import Series, placed, slice_start, wanted_slices

SlicePart = tuple[int, int, bytes]
"""Series, start of the slice, packed window: the window says 0, so that an hour compresses well."""


class CoarserUsers:
    """The users of coarser slices, who stand in for those that finer slices do not keep."""

    def __init__(self, parts: Iterable[SlicePart], resolution: int, pace: Pace) -> None:
        """Read the packed windows of the slices of `resolution` seconds."""
        self._resolution = resolution
        self._users: dict[tuple[int, int], UserSketch] = {}
        for number, start, body in parts:
            users = Window.unpack(body, with_latency=False).users
            known = self._users.setdefault((number, start), users)
            if known is not users:
                known.merge(users)
            pace()

    def stand_in(self, number: int, window: Window) -> None:
        """Give a finer window the users of the slice that it lies in, unless it has its own."""
        if not window.users:
            key = number, slice_start(window.start, self._resolution)
            window.users = self._users.get(key, window.users)


def unpacked(
    parts: Iterable[Part], series: Mapping[int, Series], pace: Pace, *, with_latency: bool = True
) -> Iterator[tuple[Endpoint, Window]]:
    """Yield the windows of a batch with their endpoints; unknown numbers are passed over."""
    for number, body in parts:
        if number in series:
            yield series[number].endpoint, Window.unpack(body, with_latency=with_latency)
            pace()


def unpacked_slices(
    parts: Iterable[SlicePart],
    series: Mapping[int, Series],
    users: CoarserUsers | None,
    pace: Pace,
    *,
    with_latency: bool = True,
) -> Iterator[tuple[Endpoint, Window]]:
    """Yield folded windows with their endpoints; unknown numbers are passed over."""
    for number, start, body in parts:
        if number in series:
            window = Window.unpack(body, with_latency=with_latency)
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
    after the folding: a counter that fell by a rounding would be taken for a restart.
    """
    whole: dict[str, tuple[Endpoint, Window]] = {}
    for block in (*blocks, *batches):
        for number, body in read_block(block):
            if number in series:
                of = series[number]
                _, known = whole.setdefault(of.endpoint_id, (of.endpoint, Window(0.0)))
                known.merge(Window.unpack(body))
    for endpoint, window in whole.values():
        yield endpoint, Window.unpack(window.pack())


def of_batch(
    block: bytes,
    query: Query,
    numbers: frozenset[int],
    series: Mapping[int, Series],
    pace: Pace,
) -> Iterator[tuple[Endpoint, Window]]:
    """Yield a batch's windows as the query's resolution has them."""
    parts = read_block(block, numbers)
    for endpoint, window in unpacked(parts, series, pace, with_latency=query.with_latency):
        twin = placed(window, query)
        if twin is not None:
            yield endpoint, twin


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

    def windows(self, pace: Pace) -> Iterator[tuple[Endpoint, Window]]:
        """Decode and yield what the query asks for."""
        if self.folded is not None:
            yield from unpacked_slices(
                self.folded.parts(),
                self.series,
                self._users(pace),
                pace,
                with_latency=self.query.with_latency,
            )
        for block in self.batches:
            yield from of_batch(block, self.query, self.numbers, self.series, pace)

    def _users(self, pace: Pace) -> CoarserUsers | None:
        if self.coarser is None:
            return None
        return CoarserUsers(self.coarser.parts(), self.coarser.query.resolution, pace)


def newest_calls(block: bytes, series: Mapping[int, Series], found: dict[str, float]) -> None:
    """Note in `found` for each endpoint that a batch has calls of when its newest window began."""
    for number, body in read_block(block):
        start, count = Window.start_and_count(body)
        if count and number in series:
            endpoint_id = series[number].endpoint_id
            found[endpoint_id] = max(found.get(endpoint_id, 0.0), start)
