"""Cumulative buckets of Prometheus histograms, read from sketches.

Powers of two are bounds of the sketch, so their counts are exact. A threshold is none in general;
its count is exact too, from the window's own count, unless requests of several status classes lie
within 1.1 % of it: then all of those count as within. Either way no count ever falls as requests
are added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from api_performance.measure.buckets import bucket_index, upper_bound
from api_performance.measure.sketch import Sketch
from api_performance.measure.window import Window

POWERS: Final = tuple(2.0**exponent for exponent in range(-10, 6))
"""1 ms to 32 s, doubling: what lies between two bounds is then known within a factor of two."""

LATENCY_BOUNDS: Final = tuple(2.0**exponent for exponent in range(-12, 5, 2))
"""0.24 ms to 16 s, times four: five types an endpoint are many series already."""

Cumulative = list[tuple[float, int]]
"""Upper bound in seconds and count up to it; the last bound is infinite."""


def response_time_buckets(
    window: Window, status_class: int, thresholds: Sequence[float]
) -> Cumulative:
    """Return one status class with POWERS and the endpoint's thresholds (seconds) as bounds."""
    times = window.response_times()
    bounds = sorted({*POWERS, *(bound for bound in thresholds if bound > 0)})
    counts = [(bound, _within(window, times, status_class, bound)) for bound in bounds]
    return _rising(counts, times[status_class].count)


def latency_buckets(sketch: Sketch) -> Cumulative:
    """Return a latency type with LATENCY_BOUNDS."""
    counts = [(bound, sketch.count_up_to(bound)) for bound in LATENCY_BOUNDS]
    return _rising(counts, sketch.count)


def _within(window: Window, times: Mapping[int, Sketch], status_class: int, bound: float) -> int:
    """Count a class' requests of at most `bound` seconds."""
    sketch = times[status_class]
    index = bucket_index(bound)
    at_most, in_bucket = _up_to(sketch, index), sketch.buckets.get(index, 0)
    if not in_bucket or upper_bound(index) == bound or bound not in window.under:
        return at_most
    others = [other for key, other in times.items() if key != status_class]
    if any(index in other.buckets for other in others):
        return at_most
    exact = window.under[bound] - sum(_up_to(other, index) for other in others)
    return min(max(exact, at_most - in_bucket), at_most)


def _up_to(sketch: Sketch, index: int) -> int:
    return sum(count for each, count in sketch.buckets.items() if each <= index)


def _rising(counts: Cumulative, total: int) -> Cumulative:
    """Add the infinite bound; no count is below the one before, nor above the total."""
    highest, rising = 0, []
    for bound, count in counts:
        highest = min(max(highest, count), total)
        rising.append((bound, highest))
    return [*rising, (float("inf"), total)]
