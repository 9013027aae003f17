"""The arithmetic of keeping, shared by the stores: fold batches, place slices, decide what goes.

Everything here is a pure function of what it is handed. Folding costs about 60 microseconds per
window of a batch and 100 per window that it touches; `pace` is called between such pieces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api_performance.measure.users import UserSketch
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.stores.base import FINEST, Batch, Lease, Pace, Query, Retention
from api_performance.stores.packing import Part, pack_block, pack_chunk, read_block

HOUR: Final = 3600
LATE: Final = 120.0
"""Seconds after its end in which a span still waits for late batches before it is packed."""

FORGET_INSTANCES_SECONDS: Final = 7 * 86_400.0
"""Silence after which a process is forgotten, and with it which of its batches were applied."""

_PARTS_AT_ONCE: Final = 128  # copied in less than 0.1 ms

WHOLE_FROM: Final = 60
"""Finer slices keep no users and of each latency type only the sum: a day takes half the room.

Where a resolution of at least this is kept, its users stand in when finer slices are read.
"""


@dataclass(frozen=True, slots=True)
class Series:
    """Whose windows a number in a block stands for: an endpoint as one version of it ran."""

    endpoint_id: str
    endpoint: Endpoint
    version: str
    environment: str


def slice_start(at: float, resolution: int) -> int:
    """Return the start of the slice of `resolution` seconds that holds the instant."""
    return int(at // resolution) * resolution


def span_seconds(resolution: int) -> int:
    """Return the seconds that a chunk of a resolution covers: an hour, or 24 slices past that."""
    return HOUR if resolution < HOUR else 24 * resolution


def selected(series: Mapping[int, Series], query: Query) -> frozenset[int]:
    """Return the numbers of the series that the query asks for."""

    def asks(one: Series) -> bool:
        return (
            (query.endpoint_ids is None or one.endpoint_id in query.endpoint_ids)
            and (not query.services or one.endpoint.service in query.services)
            and (not query.versions or one.version in query.versions)
            and (not query.environments or one.environment in query.environments)
        )

    return frozenset(number for number, one in series.items() if asks(one))


@dataclass(frozen=True, slots=True)
class PackedBatch:
    """A batch as stores keep it: where it was measured, and its windows in one block."""

    host: str
    block: bytes


def pack_batch(windows: Iterable[tuple[int, Window]]) -> bytes:
    """Pack the numbered windows of one flush."""
    return pack_block((number, window.pack()) for number, window in windows)


class Folding:
    """Some batches merged: over processes within each second, then over time per resolution.

    What is in flight adds up between processes of the same second and its highest second counts.
    A second that arrives in two foldings is therefore taken for two seconds; all else is exact.
    """

    def __init__(self, resolutions: Sequence[int], pace: Pace) -> None:
        """Fold to `resolutions` in seconds, calling `pace` between small pieces of work."""
        self._resolutions = sorted(resolutions)
        self._pace = pace
        self.slices: dict[tuple[int, int], dict[int, Window]] = {}
        self.totals: dict[str, dict[int, Window]] = {}
        self.last_called: dict[int, float] = {}

    def add(self, batches: Iterable[PackedBatch]) -> None:
        """Merge all batches of one folding; call it once."""
        hosts: dict[str, dict[tuple[int, int], Window]] = {}
        for batch in batches:
            self._add_seconds(hosts.setdefault(batch.host, {}), batch.block)
        if len(hosts) == 1:  # always so in a store of one machine: its hours are its totals
            ((host, everywhere),) = hosts.items()
            self._add_totals(host, self._add_slices(everywhere))
            return
        everywhere = {}
        for host, seconds in hosts.items():
            self._add_totals(host, seconds)
            everywhere = self._side_by_side(everywhere, seconds)
        self._add_slices(everywhere)

    def _add_seconds(self, seconds: dict[tuple[int, int], Window], block: bytes) -> None:
        for number, body in read_block(block):
            window = Window.unpack(body)
            key = number, slice_start(window.start, FINEST)
            if window.statuses:
                self.last_called[number] = max(self.last_called.get(number, 0), key[1])
            if key in seconds:
                seconds[key].merge(window, is_parallel=True)
            else:
                seconds[key] = window
            self._pace()

    def _side_by_side(
        self, mine: dict[tuple[int, int], Window], its: dict[tuple[int, int], Window]
    ) -> dict[tuple[int, int], Window]:
        if not mine:
            return its
        for key, window in its.items():
            if key in mine:
                mine[key].merge(window, is_parallel=True)
            else:
                mine[key] = window
            self._pace()
        return mine

    def _add_totals(self, host: str, slices: Mapping[tuple[int, int], Window]) -> None:
        totals = self.totals.setdefault(host, {})
        for (number, _), window in slices.items():
            _merge_into(totals, number, window)
            self._pace()

    def _add_slices(
        self, finer: Mapping[tuple[int, int], Window]
    ) -> Mapping[tuple[int, int], Window]:
        """Fill each resolution from the one below where it divides it, else from the seconds.

        Return the slices of the coarsest.
        """
        seconds, finest = finer, FINEST
        for resolution in self._resolutions:
            source = finer if resolution % finest == 0 else seconds
            finer, finest = self._merge_slices(resolution, source), resolution
        return finer

    def _merge_slices(
        self, resolution: int, source: Mapping[tuple[int, int], Window]
    ) -> dict[tuple[int, int], Window]:
        whole: dict[tuple[int, int], Window] = {}
        for (number, at), window in source.items():
            start = slice_start(at, resolution)
            block = self.slices.setdefault((resolution, start), {})
            whole[number, start] = _merge_into(block, number, window)
            self._pace()
        return whole

    def slice_block(self, resolution: int, start: int, existing: bytes) -> bytes:
        """Return the block of one slice: what was stored of it with these batches added."""
        added = self.slices[resolution, start]
        if resolution < WHOLE_FROM:
            is_users_elsewhere = self._resolutions[-1] >= WHOLE_FROM
            added = {
                number: reduced(window, with_users=not is_users_elsewhere)
                for number, window in added.items()
            }
        return add_to_block(existing, added, self._pace)

    def totals_block(self, host: str, existing: bytes) -> bytes:
        """Return the block of a host's cumulative windows with these batches added."""
        return add_to_block(existing, self.totals[host], self._pace)


def _merge_into(windows: dict[int, Window], number: int, window: Window) -> Window:
    known = windows.get(number)
    if known is None:
        known = windows[number] = Window(0.0)
    known.merge(window)
    return known


def add_to_block(existing: bytes, added: Mapping[int, Window], pace: Pace) -> bytes:
    """Return the block with windows added; parts that nothing is added to stay as they are."""
    parts = dict(_paced(read_block(existing), pace))
    for number, window in added.items():
        body = parts.get(number)
        if body is not None:
            whole = Window.unpack(body)
            whole.merge(window)
            window = whole
        parts[number] = window.pack()
        pace()
    return pack_block(_paced(parts.items(), pace))


def _paced(parts: Iterable[Part], pace: Pace) -> Iterator[Part]:
    """Yield the parts, and now and then the interpreter."""
    for index, part in enumerate(parts):
        if not index % _PARTS_AT_ONCE:
            pace()
        yield part


def reduced(window: Window, *, with_users: bool) -> Window:
    """Return the window as slices finer than WHOLE_FROM keep it, sharing the rest with it."""
    twin = shared(window, window.start)
    twin.latency = {}
    if not with_users:
        twin.users = UserSketch()
    return twin


def users_query(query: Query, retention: Retention) -> Query | None:
    """Return the query for the coarser slices whose users stand in; None if none need to."""
    if query.resolution >= WHOLE_FROM:
        return None
    coarser = [step for step in retention.folded if step >= WHOLE_FROM]
    if not coarser:
        return None
    return replace(query, resolution=coarser[0], start=slice_start(query.start, coarser[0]))


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


def shared(window: Window, start: float) -> Window:
    """Return a window at another start that shares its content: to be read, never changed."""
    twin = Window.__new__(Window)
    for name in Window.__slots__:
        setattr(twin, name, getattr(window, name))
    twin.start = start
    return twin


def placed(window: Window, query: Query) -> Window | None:
    """Return a batch's window as the query's resolution has it; None outside of the range."""
    start = slice_start(window.start, query.resolution)
    if not query.start <= start < query.end:
        return None
    twin = shared(window, start)
    if FINEST < query.resolution < WHOLE_FROM:
        twin.latency = {}
    return twin


def pack_span(
    key: tuple[int, int],
    blocks: Iterable[tuple[int, bytes]],
    packed: Mapping[int, bytes],
    pace: Pace,
) -> dict[int, bytes]:
    """Return by series the chunks of a span, made of its blocks by start and of earlier chunks.

    `key` is the resolution and the start of the span.
    """
    resolution, span = key
    parts: dict[int, list[Part]] = defaultdict(list)
    for start, block in blocks:
        for number, body in read_block(block):
            parts[number].append(((start - span) // resolution, body))
        pace()
    chunks = {}
    for number, of_series in parts.items():
        if number in packed:
            of_series.extend(read_block(packed[number]))
        chunks[number] = pack_chunk(_merged(of_series, pace))
        pace()
    return chunks


def _merged(parts: Iterable[Part], pace: Pace) -> list[Part]:
    """Merge the packed windows of the same number, in order of the numbers."""
    whole: dict[int, bytes] = {}
    for number, body in parts:
        if number in whole:
            window = Window.unpack(whole[number])
            window.merge(Window.unpack(body))
            body = window.pack()
            pace()
        whole[number] = body
    return sorted(whole.items())


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


def newest_calls(block: bytes, series: Mapping[int, Series], found: dict[str, float]) -> None:
    """Note in `found` for each endpoint that a batch has calls of when its newest window began."""
    for number, body in read_block(block):
        start, count = Window.start_and_count(body)
        if count and number in series:
            endpoint_id = series[number].endpoint_id
            found[endpoint_id] = max(found.get(endpoint_id, 0.0), start)


def covered(batch: Batch) -> tuple[float, float]:
    """Return start and end of what a batch measured, Unix seconds UTC."""
    starts = [window.start for _, window in batch.windows] or [batch.state.seen_at]
    return min(starts), max(starts) + FINEST


def next_lease(
    known: Lease | None, name: str, holder: str, now: float, seconds: float
) -> Lease | None:
    """Return the lease as taken or renewed by `holder`; None while another holds it.

    The fencing number grows with every change of the holder and never falls.
    """
    if known is None:
        return Lease(name, holder, 1, now + seconds)
    if known.holder == holder:
        return Lease(name, holder, known.fencing, now + seconds)
    if now < known.expires_at:
        return None
    return Lease(name, holder, known.fencing + 1, now + seconds)


def expiries(retention: Retention, now: float) -> dict[int, float]:
    """Return for each folded resolution the instant before which its slices are out of date."""
    return {step: now - retention.by_resolution[step] for step in retention.folded}


def drop_order(
    spans: Iterable[tuple[int, int]], retention: Retention, now: float
) -> list[tuple[int, int]]:
    """Order (resolution, span) for dropping when room is short: what is missed least comes first.

    That is the detail which has lived the largest part of its own retention, so that a bound which
    is too small shortens every resolution alike instead of leaving one without any past.
    """

    def lived(span: tuple[int, int]) -> float:
        return (now - span[1]) / retention.by_resolution.get(span[0], 1.0)

    return sorted(spans, key=lambda span: (-lived(span), span))


def is_packable(resolution: int, span: int, now: float) -> bool:
    """Tell whether a span of slices is over and late batches for it are unlikely."""
    return span + span_seconds(resolution) + LATE <= now


def wanted_slices(query: Query, span: int) -> frozenset[int]:
    """Return the numbers in a chunk of the span whose slices the query asks for."""
    step = query.resolution
    first = max(0, -int((span - query.start) // step))
    last = min(span_seconds(step) // step, -int((span - query.end) // step))
    return frozenset(range(first, last))
