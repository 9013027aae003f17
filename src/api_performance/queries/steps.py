"""How a range is cut into equal steps, and from which resolution they are merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import floor
from typing import Final

from api_performance.queries.filters import QuestionRefused, TimeRange
from api_performance.stores.base import FINEST

STEPS: Final = tuple(unit * count for unit in (1, 60, 3600) for count in (1, 2, 5, 10, 15, 30))
"""What one step may last, in seconds: round on a clock (DESIGN.md)."""

FEWEST_POINTS: Final = 200
"""A chart has at least so many points where the retention allows it (DESIGN.md)."""

SPARKLINE_POINTS: Final = 40
"""A sparkline is about 80 px wide, so more points than this cannot be told apart."""

MOST_WINDOWS: Final = 400
"""Windows read per endpoint for a table; an hour needs 60, six hours 360."""


MOST_READ: Final = 80_000
"""Windows read for a chart that nobody saw before: about 5 s; 200 endpoints' hour takes 72,000."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal steps that cover a range, each merged from whole windows of `resolution` seconds."""

    span: TimeRange
    step: int
    resolution: int

    def step_of(self, instant: float) -> float:
        """Return the start of the step in which an instant lies."""
        return floor_to(instant, self.step)

    def starts(self) -> list[float]:
        """Return where each step begins, in order."""
        first = self.step_of(self.span.start)
        count = -int((first - self.span.end) // self.step)
        return [first + index * self.step for index in range(count)]


def floor_to(instant: float, step: int) -> float:
    """Return the last multiple of `step` that is not after the instant."""
    return float(floor(instant / step) * step)


def kept_at(start: float, now: float, retention: Mapping[int, float]) -> list[int]:
    """Return the resolutions that still hold `start`, finest first; the coarsest always does."""
    kept = [step for step, age in retention.items() if now - start <= age]
    return sorted(kept) or [max(retention)]


def source_of(step: int, resolutions: Iterable[int]) -> int | None:
    """Return the coarsest resolution that divides the step: the same numbers from fewer windows."""
    return max((each for each in resolutions if step % each == 0), default=None)


def chart_grid(
    span: TimeRange,
    now: float,
    retention: Mapping[int, float],
    max_points: int,
    endpoint_count: int = 1,
    fewest: int = FEWEST_POINTS,
) -> Grid:
    """Choose a chart's steps: `fewest` to `max_points` of them where the retention allows.

    Fewer if that many endpoints together would otherwise take more than MOST_READ windows.
    """
    kept = _affordable(span, kept_at(span.start, now, retention), endpoint_count)
    fitting = [step for step in STEPS if span.seconds / step + 1 <= max_points] or [STEPS[-1]]
    possible = [step for step in fitting if source_of(step, kept)] or [fitting[-1]]
    dense = [step for step in possible if span.seconds / step >= fewest]
    step = max(dense) if dense else min(possible)
    return _chart(span, step, source_of(step, kept) or max(kept))


def _affordable(span: TimeRange, kept: list[int], endpoint_count: int) -> list[int]:
    """Leave out the resolutions of which too many windows would be read; never the coarsest."""
    most = MOST_READ / max(endpoint_count, 1)
    return [each for each in kept if span.seconds / each <= most] or [max(kept)]


def asked_grid(
    span: TimeRange, now: float, retention: Mapping[int, float], max_points: int, step: int
) -> Grid:
    """Take the step that was asked for; QuestionRefused names why it cannot be had."""
    if step not in STEPS:
        allowed = ", ".join(map(str, STEPS))
        raise QuestionRefused(f"step_seconds = {step} is refused: allowed are {allowed}")
    if span.seconds / step + 1 > max_points:
        raise QuestionRefused(
            f"step_seconds = {step} is refused: {span.seconds:g} s would make more than"
            f" {max_points} points; take a longer step or a shorter range"
        )
    source = source_of(step, kept_at(span.start, now, retention))
    if source is None:
        raise QuestionRefused(
            f"step_seconds = {step} is refused: windows that fine are not kept back to the"
            f" start; take a longer step or a later start"
        )
    return _chart(span, step, source)


def table_grid(
    span: TimeRange, now: float, retention: Mapping[int, float], *, only_finest: bool = False
) -> Grid:
    """Choose the steps of a table's sparklines, and with them where its range begins.

    `only_finest` when single processes are asked for: they are told apart in batches alone, so the
    range then begins no earlier than those are kept.
    """
    if only_finest:
        span = _within(span, now - retention[FINEST])
        return _grid(span, _sparkline_step(span, [FINEST]), FINEST)
    kept = [each for each in kept_at(span.start, now, retention) if each != FINEST]
    kept = kept or [min(each for each in retention if each != FINEST)]
    step = _sparkline_step(span, kept)
    return _grid(span, step, source_of(step, kept) or max(kept))


def _sparkline_step(span: TimeRange, kept: list[int]) -> int:
    for step in STEPS:
        source = source_of(step, kept)
        if source is None or span.seconds / step > SPARKLINE_POINTS:
            continue
        if source == FINEST or span.seconds / source <= MOST_WINDOWS:
            return step
    return STEPS[-1]


def _within(span: TimeRange, earliest: float) -> TimeRange:
    start = max(span.start, earliest)
    return TimeRange(min(start, span.end - 1), span.end)


def _chart(span: TimeRange, step: int, resolution: int) -> Grid:
    return Grid(TimeRange(floor_to(span.start, step), span.end), step, resolution)


def _grid(span: TimeRange, step: int, resolution: int) -> Grid:
    return Grid(TimeRange(floor_to(span.start, resolution), span.end), step, resolution)
