"""The arithmetic of keeping, shared by the stores: fold batches, add to slices, pack spans.

Everything here is a pure function of what it is handed. Folding costs about 60 microseconds per
window of a batch and 100 per window that it touches; `pace` is called between such pieces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api_performance.measure.window import Window
from api_performance.stores.base import FINEST, Pace
from api_performance.stores.packing import Part, pack_block, pack_chunk, read_block
from api_performance.stores.slices import WHOLE_FROM, reduced, slice_start

_PARTS_AT_ONCE: Final = 128  # copied in less than 0.1 ms


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
