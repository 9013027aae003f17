"""Every endpoint over a range: what the tables and the summaries are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.queries.facts import Facts
from api_performance.queries.filters import Filter, TimeRange
from api_performance.queries.reading import Moment, Reader
from api_performance.queries.steps import Grid, floor_to
from api_performance.queries.tally import PackedTally, Tally, add_up, shown_part

STEPS_PER_BLOCK: Final = 5
"""A block is ten minutes of an hour: seven blocks make the range, and one is read anew a minute."""

Packed = dict[str, PackedTally]


@dataclass(slots=True)
class Overview:
    """Every endpoint that was called in the grid's range, by id."""

    grid: Grid
    source: Filter
    tallies: dict[str, Tally] = field(default_factory=dict)

    def observed_seconds(self, facts: Facts) -> float:
        """Return how much of the range was measured at all."""
        first_at = min((tally.window.start for tally in self.tallies.values()), default=None)
        return facts.observed_seconds(self.grid.span, first_at, self.grid.resolution)

    def add(self, endpoint: Endpoint, window: Window) -> None:
        """Add what is not in the store yet, such as this process' own newest windows."""
        if self.grid.span.start <= window.start < self.grid.span.end:
            part = shown_part(endpoint, window, self.source.status)
            add_tallies(self.tallies, add_up([(endpoint, part)], self.grid))


def read_overview(reader: Reader, grid: Grid, kept: Filter, at: Moment) -> Overview:
    """Add up every endpoint over the grid's range."""
    overview = Overview(grid, kept.source)
    span = grid.span
    settled = at.settled_until(span.end, grid.resolution)
    if settled > span.start:
        for endpoint_id, packed in _settled(reader, overview, settled, at).items():
            overview.tallies[endpoint_id] = packed.unpack()
            reader.pace()
    if settled < span.end:
        rest = TimeRange(max(settled, span.start), span.end)
        parts = reader.recent_parts(overview.source, rest, grid.resolution, None, at)
        add_tallies(overview.tallies, add_up(parts, grid))
    for tally in overview.tallies.values():
        tally.compact()
        reader.pace()
    return overview


def _settled(reader: Reader, overview: Overview, until: float, at: Moment) -> Packed:
    """Return the settled part of a range, put together once until it moves on."""
    span = TimeRange(overview.grid.span.start, until)
    pieces = _pieces(span, overview.grid.step * STEPS_PER_BLOCK)
    if len(pieces) == 1:
        return _block(reader, overview, span, at)
    key = _key("settled", overview, span)
    known: Packed | None = reader.blocks.get(key, at.now)
    if known is None:
        known = _put_together(reader, overview, pieces, at)
        _remember(reader, key, known, at.believed_until(until))
    return known


def _put_together(
    reader: Reader, overview: Overview, pieces: list[TimeRange], at: Moment
) -> Packed:
    whole: dict[str, Tally] = {}
    for piece in pieces:
        for endpoint_id, packed in _block(reader, overview, piece, at).items():
            add_tallies(whole, {endpoint_id: packed.unpack()})
            reader.pace()
    return _pack(whole)


def _block(reader: Reader, overview: Overview, span: TimeRange, at: Moment) -> Packed:
    key = _key("block", overview, span)
    known: Packed | None = reader.blocks.get(key, at.now)
    if known is None:
        grid = overview.grid
        known = _pack(add_up(reader.parts(overview.source, span, grid.resolution), grid))
        _remember(reader, key, known, at.believed_until(span.end))
    return known


def _key(kind: str, overview: Overview, span: TimeRange) -> tuple[object, ...]:
    return kind, overview.source, overview.grid.step, overview.grid.resolution, span


def _remember(reader: Reader, key: tuple[object, ...], packed: Packed, until: float) -> None:
    reader.blocks.put(key, packed, sum(each.size_bytes for each in packed.values()), until)


def _pack(tallies: dict[str, Tally]) -> Packed:
    return {endpoint_id: tally.pack() for endpoint_id, tally in tallies.items()}


def _pieces(span: TimeRange, length: int) -> list[TimeRange]:
    """Cut a span at the multiples of `length`, so that ranges that move share their pieces."""
    cuts = [span.start]
    cut = floor_to(span.start, length) + length
    while cut < span.end:
        cuts.append(cut)
        cut += length
    cuts.append(span.end)
    return [TimeRange(start, end) for start, end in pairwise(cuts)]


def add_tallies(whole: dict[str, Tally], later: dict[str, Tally]) -> None:
    """Add what came later, endpoint by endpoint."""
    for endpoint_id, tally in later.items():
        if endpoint_id in whole:
            whole[endpoint_id].add(tally)
        else:
            whole[endpoint_id] = tally
