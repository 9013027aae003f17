"""A chart's columns: counts, rates and percentiles per step, widened where requests are few.

A percentile is only given where at least FEWEST_ABOVE requests lie above it. Where a single step
has too few, adjacent steps are read together (2, 3, 5, 10, ... of them, on fixed bounds, so that
nothing moves when a new step comes), and share the value: a chart then shows stairs. The parts of
the mean are read over the stairs of the median, all of them over the same, so that they add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api_performance.answers import Series
from api_performance.measure.sketch import Sketch
from api_performance.measure.users import UserSketch
from api_performance.measure.window import Window, merged_sketch
from api_performance.model import LATENCY_PARTS
from api_performance.queries.chart import Chart
from api_performance.queries.filters import STATUS_CLASSES
from api_performance.queries.steps import floor_to
from api_performance.queries.times import PERCENTILES, ratio, supports

WIDTHS: Final = (1, 2, 3, 6, 12, 30, 60, 120)
"""How many steps may share a percentile: with 10 s steps up to 20 minutes."""

ENOUGH_STAIRS: Final = 0.9
"""A width is taken when it supports so many of the stairs that have requests."""

USER_SECONDS: Final = 60
"""Finer than this stores keep no users (docs/decisions.md), so charts count them by the minute."""

FLUSH_SECONDS: Final = 1.0
"""The newest second is not there yet, so the newest step is not as old as it looks."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a series is of. `id` None: several endpoints together."""

    id: str | None
    name: str


def series(subject: Subject, chart: Chart, now: float) -> Series:
    """Return the chart as columns of equal length, oldest step first."""
    grid = chart.grid
    starts = grid.starts()
    windows = [chart.steps.get(start) or Window(start) for start in starts]
    sketches = [window.response_time() for window in windows]
    counts = [window.count for window in windows]
    errors = [window.error_count for window in windows]
    covered = [_covered_seconds(start, chart) for start in starts]
    percentiles = {
        name: _stairs(starts, sketches, grid.step, share) for name, share in PERCENTILES.items()
    }
    return Series(
        endpoint_id=subject.id,
        name=subject.name,
        start=grid.span.start,
        end=grid.span.end,
        step_seconds=grid.step,
        as_of=now,
        times=starts,
        request_count=counts,
        error_count=errors,
        rate_per_second=_per_second(counts, covered),
        error_ratio=[ratio(*pair) for pair in zip(errors, counts, strict=True)],
        mean_seconds=[sketch.mean for sketch in sketches],
        min_seconds=[sketch.min if sketch.count else None for sketch in sketches],
        max_seconds=[sketch.max if sketch.count else None for sketch in sketches],
        p50_seconds=percentiles["p50"],
        p95_seconds=percentiles["p95"],
        p99_seconds=percentiles["p99"],
        p999_seconds=percentiles["p999"],
        bytes_in=[window.bytes_in for window in windows],
        bytes_out=[window.bytes_out for window in windows],
        bytes_in_per_second=_per_second([window.bytes_in for window in windows], covered),
        bytes_out_per_second=_per_second([window.bytes_out for window in windows], covered),
        in_flight_peak=[window.in_flight_peak for window in windows],
        user_count=_user_counts(starts, windows, grid.step),
        latency_mean_seconds=_latency_means(starts, windows, sketches, grid.step),
        status_class_counts=_by_class([window.statuses for window in windows]),
        status_counts=_by_code([window.statuses for window in windows]),
    )


def _covered_seconds(start: float, chart: Chart) -> float:
    """Return how much of a step has been measured: all of it, but for the newest."""
    step = chart.grid.step
    return min(step, max(chart.grid.span.end - FLUSH_SECONDS - start, 1.0))


def _per_second(amounts: Sequence[int], covered: Sequence[float]) -> list[float]:
    return [amount / seconds for amount, seconds in zip(amounts, covered, strict=True)]


def _user_counts(starts: Sequence[float], windows: Sequence[Window], step: int) -> list[int]:
    """Count the users of each step; of shorter ones than USER_SECONDS those of its minute."""
    minutes = [floor_to(start, max(step, USER_SECONDS)) for start in starts]
    users: dict[float, UserSketch] = {}
    for minute, window in zip(minutes, windows, strict=True):
        users.setdefault(minute, UserSketch()).merge(window.users)
    counts = {minute: sketch.count() for minute, sketch in users.items()}
    return [counts[minute] for minute in minutes]


def _latency_means(
    starts: Sequence[float], windows: Sequence[Window], sketches: Sequence[Sketch], step: int
) -> dict[str, list[float | None]]:
    groups = _groups(starts, sketches, step, PERCENTILES["p50"])
    counts = [sketch.count for sketch in sketches]
    return {
        part.value: _shared_means(groups, counts, [each.latency_seconds[index] for each in windows])
        for index, part in enumerate(LATENCY_PARTS)
    }


def _shared_means(
    groups: Sequence[float], counts: Sequence[int], seconds: Sequence[float]
) -> list[float | None]:
    """Return the mean of the stair that each step lies on; None for a step without requests."""
    whole = dict.fromkeys(groups, (0, 0.0))
    for group, count, amount in zip(groups, counts, seconds, strict=True):
        whole[group] = (whole[group][0] + count, whole[group][1] + amount)
    means = {group: ratio(amount, count) for group, (count, amount) in whole.items()}
    return [means[group] if count else None for group, count in zip(groups, counts, strict=True)]


def _by_class(statuses: Sequence[Mapping[int, int]]) -> dict[str, list[int]]:
    """Return a column per status class that occurred."""
    columns = {name: [0] * len(statuses) for name in STATUS_CLASSES}
    for index, counts in enumerate(statuses):
        for status, count in counts.items():
            columns[_class_name(status)][index] += count
    return {name: column for name, column in columns.items() if any(column)}


def _by_code(statuses: Sequence[Mapping[int, int]]) -> dict[str, list[int]]:
    """Return a column per status code that occurred, with text keys as JSON wants them."""
    codes = sorted({code for counts in statuses for code in counts})
    return {str(code): [counts.get(code, 0) for counts in statuses] for code in codes}


def _class_name(status: int) -> str:
    return STATUS_CLASSES[min(max(status // 100, 1), len(STATUS_CLASSES)) - 1]


def _stairs(
    starts: Sequence[float], sketches: Sequence[Sketch], step: int, share: float
) -> list[float | None]:
    """Return the percentile of each step, read over as many steps as it takes to support it."""
    if not supports(sum(sketch.count for sketch in sketches), share):
        return [None] * len(starts)
    groups = _groups(starts, sketches, step, share)
    members: dict[float, list[Sketch]] = {}
    for group, sketch in zip(groups, sketches, strict=True):
        if sketch.count:
            members.setdefault(group, []).append(sketch)
    values = {group: _supported(found, share) for group, found in members.items()}
    return [
        values[group] if sketch.count else None
        for group, sketch in zip(groups, sketches, strict=True)
    ]


def _groups(
    starts: Sequence[float], sketches: Sequence[Sketch], step: int, share: float
) -> list[float]:
    """Return for each step the stair it belongs to: the narrowest stairs that are supported."""
    groups = list(starts)
    for width in WIDTHS:
        if 2 * width > max(len(starts), 2):
            break
        groups = [floor_to(start, step * width) for start in starts]
        counts: dict[float, int] = {}
        for group, sketch in zip(groups, sketches, strict=True):
            counts[group] = counts.get(group, 0) + sketch.count
        called = [count for count in counts.values() if count]
        if sum(supports(count, share) for count in called) >= ENOUGH_STAIRS * len(called):
            break
    return groups


def _supported(sketches: Sequence[Sketch], share: float) -> float | None:
    whole = sketches[0] if len(sketches) == 1 else merged_sketch(sketches)
    return whole.quantile(share) if supports(whole.count, share) else None
