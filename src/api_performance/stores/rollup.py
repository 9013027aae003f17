"""The arithmetic of keeping, shared by the stores: fold batches, add to slices, pack spans.

Everything here is a pure function of what it is handed. Folding costs 10 to 30 microseconds per
window of a batch and 100 per window that it touches; `pace` is called between such pieces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from api_performance.measure.window import Window
from api_performance.stores.base import FINEST, Pace
from api_performance.stores.packing import Part, pack_block, pack_chunk, read_block
from api_performance.stores.slices import WHOLE_FROM, reduced, slice_start
from api_performance.stores.summing import sum_paced

_PARTS_AT_ONCE: Final = 32  # sorted, or copied, in less than 0.1 ms

Blocks = dict[tuple[int, int], bytes]
"""Blocks of slices, by resolution and start."""

_Windows = Mapping[int, Window]
_Seconds = defaultdict[int, list[bytes]]
_Key = TypeVar("_Key")


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

    Series by series, so that the windows of one alone are unpacked at a time: those of all, some
    ten thousand objects, made the collector look through the whole app every few seconds, 55 ms
    that it waited for (benchmarks/stretches).

    What is in flight adds up between processes of the same second and its highest second counts.
    A second that arrives in two foldings is therefore taken for two seconds; all else is exact.
    """

    def __init__(
        self, resolutions: Sequence[int], batches: Iterable[PackedBatch], pace: Pace
    ) -> None:
        """Sort what the batches hold, to be folded to `resolutions` in seconds.

        `pace` is called between small pieces of work. Afterwards `slices` are the resolutions and
        starts of all that is touched, and `last_called` tells of series when they were.
        """
        self._resolutions = sorted(resolutions)
        self._pace = pace
        self._parts: dict[int, list[tuple[str, bytes]]] = defaultdict(list)
        self._hosts: set[str] = set()
        self.slices: set[tuple[int, int]] = set()
        self.last_called: dict[int, float] = {}
        for batch in batches:
            self._sort(batch)

    def _sort(self, batch: PackedBatch) -> None:
        self._hosts.add(batch.host)
        seconds: set[int] = set()
        for number, body in _paced(read_block(batch.block), self._pace):
            start, count = Window.start_and_count(body)
            second = slice_start(start, FINEST)
            seconds.add(second)
            if count:
                self.last_called[number] = max(self.last_called.get(number, 0), second)
            self._parts[number].append((batch.host, body))
        self.slices.update(
            (step, slice_start(second, step)) for step in self._resolutions for second in seconds
        )

    def fold(self, blocks: Blocks, totals: Mapping[str, bytes]) -> tuple[Blocks, dict[str, bytes]]:
        """Return the blocks of `slices` and of the hosts' cumulative windows with all added.

        `blocks` and `totals` are those that were stored; who is missing held nothing.
        """
        slices = {key: self._opened(blocks.get(key, b"")) for key in self.slices}
        whole = {host: self._opened(totals.get(host, b"")) for host in self._hosts}
        for number, parts in self._parts.items():
            by_host = _by_second(parts)
            coarsest = self._add_slices(slices, number, self._side_by_side(by_host.values()))
            if len(by_host) == 1:  # always so in a store of one machine: its hours are its totals
                self._add(whole[parts[0][0]], number, self._sum(coarsest.values()))
                continue
            for host, seconds in by_host.items():
                self._add(whole[host], number, self._of_host(seconds))
        return self._packed(slices), self._packed(whole)

    def _opened(self, block: bytes) -> dict[int, bytes]:
        return dict(_paced(read_block(block), self._pace))

    def _packed(self, opened: Mapping[_Key, Mapping[int, bytes]]) -> dict[_Key, bytes]:
        return {key: pack_block(_paced(parts.items(), self._pace)) for key, parts in opened.items()}

    def _side_by_side(self, hosts: Iterable[_Seconds]) -> dict[int, Window]:
        """Return the windows of one series by second, all processes of all hosts merged."""
        everywhere: _Seconds = defaultdict(list)
        for seconds in hosts:
            for second, bodies in seconds.items():
                everywhere[second] += bodies
        return {
            second: sum_paced(bodies, self._pace, is_parallel=True)
            for second, bodies in everywhere.items()
        }

    def _of_host(self, seconds: _Seconds) -> Window:
        """Return all windows of one series and host as one."""
        if all(len(bodies) == 1 for bodies in seconds.values()):
            bodies = [body for (body,) in seconds.values()]
            whole = sum_paced(bodies, self._pace, with_operations=False)
            whole.start = 0.0
            return whole
        return self._sum(self._side_by_side([seconds]).values())

    def _add_slices(
        self, slices: Mapping[tuple[int, int], dict[int, bytes]], number: int, seconds: _Windows
    ) -> _Windows:
        """Fill each resolution from the one below where it divides it, else from the seconds.

        Return the slices of the coarsest.
        """
        finer, finest = seconds, FINEST
        for resolution in self._resolutions:
            source = finer if resolution % finest == 0 else seconds
            finer, finest = self._merge_slices(resolution, source), resolution
            for start, window in finer.items():
                self._add(slices[resolution, start], number, self._kept(resolution, window))
        return finer

    def _merge_slices(self, resolution: int, source: _Windows) -> _Windows:
        whole: dict[int, Window] = {}
        for at, window in source.items():
            start = slice_start(at, resolution)
            if start not in whole:
                whole[start] = Window(0.0)
            whole[start].merge(window)
            self._pace()
        return whole

    def _kept(self, resolution: int, window: Window) -> Window:
        """Return what is kept of a slice."""
        is_users_elsewhere = self._resolutions[-1] >= WHOLE_FROM
        return reduced(window, resolution, with_users=not is_users_elsewhere)

    def _sum(self, windows: Iterable[Window]) -> Window:
        """Return a sum for the totals: no exemplars, which would pile up, and no operations."""
        whole = Window(0.0)
        for window in windows:
            whole.merge(window)
            self._pace()
        whole.operations = {}
        whole.slowest, whole.typical = {}, {}
        return whole

    def _add(self, parts: dict[int, bytes], number: int, window: Window) -> None:
        """Add a window of a series to an open block."""
        body = parts.get(number)
        if body is not None:
            whole = Window.unpack(body)
            whole.merge(window)
            window = whole
        parts[number] = window.pack()
        self._pace()


def _by_second(parts: Iterable[tuple[str, bytes]]) -> dict[str, _Seconds]:
    """Sort the packed windows of one series by host and second."""
    by_host: dict[str, _Seconds] = {}
    for host, body in parts:
        second = slice_start(Window.start_of(body), FINEST)
        by_host.setdefault(host, defaultdict(list))[second].append(body)
    return by_host


def _paced(parts: Iterable[Part], pace: Pace) -> Iterator[Part]:
    """Yield the parts, and now and then the interpreter."""
    for index, part in enumerate(parts):
        if not index % _PARTS_AT_ONCE:
            pace()
        yield part


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


def add_blocks(blocks: Iterable[bytes], pace: Pace) -> bytes:
    """Return one block with the windows of all, those of the same series merged."""
    return pack_block(_merged((part for block in blocks for part in read_block(block)), pace))


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
