"""Distributions of durations as answers show them, and how sure a percentile is."""

from __future__ import annotations

from math import ceil
from typing import Final

from api_performance.answers import Times
from api_performance.measure.sketch import Sketch

PERCENTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}
"""SPEC.md's four, ascending."""

FEWEST_ABOVE: Final = 5
"""With fewer samples above it a percentile is chance (design/BRIEF.md, "Enough data per point")."""


def supports(count: int, ratio: float) -> bool:
    """Tell whether at least FEWEST_ABOVE of `count` samples lie above the percentile's rank."""
    return count - ceil(ratio * count) >= FEWEST_ABOVE


def times(sketch: Sketch) -> Times:
    """Return the distribution, each percentile with its value even where it is unsupported."""
    if not sketch.count:
        return NO_TIMES
    p50, p95, p99, p999 = sketch.quantiles(tuple(PERCENTILES.values()))
    unsupported = [name for name, ratio in PERCENTILES.items() if not supports(sketch.count, ratio)]
    return Times(
        count=sketch.count,
        mean_seconds=sketch.mean,
        min_seconds=sketch.min,
        max_seconds=sketch.max,
        p50_seconds=p50,
        p95_seconds=p95,
        p99_seconds=p99,
        p999_seconds=p999,
        unsupported=unsupported,
    )


NO_TIMES: Final = Times(0, None, None, None, None, None, None, None, [])
"""Nothing was measured."""


def ratio(part: float, whole: float) -> float | None:
    """Return part of whole, 0..1; None without a whole."""
    return part / whole if whole else None
