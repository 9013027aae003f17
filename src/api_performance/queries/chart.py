"""Some endpoints together, or one, step by step: what a series is made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.queries.filters import Filter, TimeRange
from api_performance.queries.reading import Moment, Reader
from api_performance.queries.steps import Grid, floor_to
from api_performance.queries.tally import chart_part, shown_part
from api_performance.stores.base import FINEST

BLOCK_SECONDS: Final = 60
"""The least length of a remembered block: at most two are then read anew for each new second."""

Block = tuple[tuple[float, bytes], ...]


@dataclass(slots=True)
class Chart:
    """What each step of the grid saw; a step without requests may be missing.

    `endpoint_ids` None means every endpoint. `in_flight_peak` is the sum of the endpoints' peaks,
    which need not have come in one instant.
    """

    grid: Grid
    source: Filter
    endpoint_ids: frozenset[str] | None
    steps: dict[float, Window] = field(default_factory=dict)

    @property
    def block_seconds(self) -> int:
        """The length of a remembered block, a whole number of steps."""
        return max(self.grid.step, BLOCK_SECONDS)

    def copy(self, grid: Grid) -> Chart:
        """Return a chart of its own to add to, over another range in the same steps."""
        first, end = grid.step_of(grid.span.start), grid.span.end
        steps = {at: each.copy() for at, each in self.steps.items() if first <= at < end}
        return Chart(grid, self.source, self.endpoint_ids, steps)

    def add(self, endpoint: Endpoint, window: Window) -> None:
        """Add what is not in the store yet, such as this process' own newest windows."""
        is_asked = self.endpoint_ids is None or endpoint.id in self.endpoint_ids
        if is_asked and self.grid.span.start <= window.start < self.grid.span.end:
            part = shown_part(endpoint, window, self.source.status)
            for step, whole in _add_up([(endpoint, part)], self.grid).items():
                self.steps.setdefault(step, Window(step)).merge(whole)


def read_chart(
    reader: Reader, grid: Grid, kept: Filter, endpoint_ids: frozenset[str] | None, at: Moment
) -> Chart:
    """Add up step by step what the filter keeps of some endpoints."""
    chart = Chart(grid, kept.source, endpoint_ids)
    settled = at.settled_until(grid.span.end, chart.block_seconds)
    start = floor_to(grid.span.start, chart.block_seconds)
    missing = []
    while start < settled:
        block: Block | None = reader.blocks.get(_key(chart, start), at.now)
        if block is None:
            missing.append(start)
        else:
            _show(chart, block)
        start += chart.block_seconds
    for run in _runs(missing, chart.block_seconds):
        _read_blocks(reader, chart, run, at)
    _read_rest(reader, chart, max(settled, grid.span.start), at)
    return chart


def _read_blocks(reader: Reader, chart: Chart, starts: Sequence[float], at: Moment) -> None:
    """Read adjacent blocks at once, show and remember each."""
    span = TimeRange(starts[0], starts[-1] + chart.block_seconds)
    parts = reader.parts(chart.source, span, chart.grid.resolution, chart.endpoint_ids)
    found: dict[float, list[tuple[float, bytes]]] = defaultdict(list)
    for step, window in _add_up(parts, chart.grid).items():
        found[floor_to(step, chart.block_seconds)].append((step, window.pack()))
        reader.pace()
    for start in starts:
        block = tuple(found[start])
        size = 100 + sum(150 + len(data) for _, data in block)
        until = at.believed_until(start + chart.block_seconds)
        reader.blocks.put(_key(chart, start), block, size, until)
        _show(chart, block)


def _read_rest(reader: Reader, chart: Chart, start: float, at: Moment) -> None:
    if start >= chart.grid.span.end:
        return
    rest = TimeRange(start, chart.grid.span.end)
    parts = reader.recent_parts(chart.source, rest, chart.grid.resolution, chart.endpoint_ids, at)
    chart.steps.update(_add_up(parts, chart.grid))


def _show(chart: Chart, block: Block) -> None:
    first = chart.grid.step_of(chart.grid.span.start)
    for step, data in block:
        if first <= step < chart.grid.span.end:
            chart.steps[step] = Window.unpack(data)


def _key(chart: Chart, start: float) -> tuple[object, ...]:
    grid = chart.grid
    return "chart", chart.source, chart.endpoint_ids, grid.step, grid.resolution, start


def _runs(starts: Iterable[float], length: int) -> Iterator[list[float]]:
    """Group ascending block starts into runs without a gap."""
    run: list[float] = []
    for start in starts:
        if run and start != run[-1] + length:
            yield run
            run = []
        run.append(start)
    if run:
        yield run


def _add_up(parts: Iterable[tuple[Endpoint, Window]], grid: Grid) -> dict[float, Window]:
    steps: dict[float, Window] = {}
    peaks: dict[tuple[str, float], int] = {}
    for endpoint, part in parts:
        start = grid.step_of(part.start)
        if start not in steps:
            steps[start] = Window(start)
        steps[start].merge(chart_part(part))
        slice_of = (endpoint.id, part.start)
        known = peaks.get(slice_of, 0)
        is_parallel = grid.resolution == FINEST
        peak = part.in_flight_peak
        peaks[slice_of] = known + peak if is_parallel else max(known, peak)
    for start, peak in _peaks_by_step(peaks, grid).items():
        steps[start].in_flight_peak = peak
    return steps


def _peaks_by_step(peaks: dict[tuple[str, float], int], grid: Grid) -> dict[float, int]:
    """Take each endpoint's highest slice of a step, and add up the endpoints."""
    highest: dict[tuple[str, float], int] = {}
    for (endpoint_id, start), peak in peaks.items():
        key = (endpoint_id, grid.step_of(start))
        highest[key] = max(highest.get(key, 0), peak)
    by_step: dict[float, int] = defaultdict(int)
    for (_, step), peak in highest.items():
        by_step[step] += peak
    return by_step
