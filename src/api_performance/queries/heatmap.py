"""A heatmap: per step and band of durations the exact count of requests.

Bands are whole buckets of the sketch put together, so no request is counted in the wrong one. There
are four from a duration to its double; two or one where the durations lie so far apart that there
would be more than MOST_ROWS of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from api_performance.answers import Heatmap
from api_performance.measure.buckets import SCALE, upper_bound
from api_performance.queries.chart import Chart
from api_performance.queries.series import Subject

FEWEST_COLUMNS: Final = 100
"""Columns narrower than about 7 px on a wide screen are seen as noise; a line takes 1 px."""

MOST_ROWS: Final = 48
"""Four rows to a doubling over three decades and a half; a row is then at least 4 px high."""

_ROWS_PER_DOUBLING: Final = (4, 2, 1)

Cells = dict[int, int]
"""A row's number -> its count; row n holds durations up to 2**(n / rows per doubling) seconds."""


def heatmap(subject: Subject, chart: Chart, now: float) -> Heatmap:
    """Return the chart's response times as columns of cells, oldest step first."""
    grid = chart.grid
    starts = grid.starts()
    buckets = [
        chart.steps[start].response_time().buckets if start in chart.steps else {}
        for start in starts
    ]
    per_doubling = _rows_per_doubling({index for column in buckets for index in column})
    columns = [_cells(column, per_doubling) for column in buckets]
    rows = {row for column in columns for row in column}
    shown = range(min(rows), max(rows) + 1) if rows else range(0)
    bounds = range(shown.start - 1, shown.stop) if rows else range(0)
    return Heatmap(
        endpoint_id=subject.id,
        name=subject.name,
        start=grid.span.start,
        end=grid.span.end,
        step_seconds=grid.step,
        as_of=now,
        times=starts,
        rows_per_doubling=per_doubling,
        bounds_seconds=[upper_bound(row * SCALE // per_doubling) for row in bounds],
        counts=[[column.get(row, 0) for row in shown] for column in columns],
    )


def _rows_per_doubling(indexes: Iterable[int]) -> int:
    """Return the finest division that keeps to MOST_ROWS, or the coarsest."""
    known = set(indexes)
    for per_doubling in _ROWS_PER_DOUBLING:
        rows = {_row(index, per_doubling) for index in known}
        if not rows or max(rows) - min(rows) < MOST_ROWS:
            return per_doubling
    return _ROWS_PER_DOUBLING[-1]


def _cells(buckets: Cells, per_doubling: int) -> Cells:
    cells: Cells = {}
    for index, count in buckets.items():
        row = _row(index, per_doubling)
        cells[row] = cells.get(row, 0) + count
    return cells


def _row(index: int, per_doubling: int) -> int:
    """Return the row of a bucket: the division, rounded up, for both have closed upper bounds."""
    return -(-index * per_doubling // SCALE)
