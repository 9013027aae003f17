"""Minutes of an endpoint that wanders as real ones do, with changes where a test wants them."""

from __future__ import annotations

from math import erf, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from api_performance.analysis.centre import Histogram
from api_performance.analysis.minutes import MinuteSeries

Numbers = NDArray[np.float64]

BEGIN: Final = 1_700_006_400.0
DAY: Final = 1440
MINUTE: Final = 60.0
WIDTH: Final = 0.04


def at(minute: int) -> float:
    """Return the instant that a minute of a series begins at."""
    return BEGIN + MINUTE * minute


def load_of(minutes: int, mean: float) -> Numbers:
    """Return requests a minute with a day's cycle."""
    cycle = 1 + 0.5 * np.cos(2 * np.pi * (np.arange(minutes) / DAY - 0.6))
    return mean * cycle


def wandering(
    minutes: int,
    *,
    requests: float = 150.0,
    seed: int = 1,
    spread: float = 0.01,
    correlation: float = 0.93,
    by_load: float = 0.2,
) -> MinuteSeries:
    """Return a response time of 0.1 s whose level wanders, and rises a little with the load."""
    rng = np.random.default_rng(seed)
    load = load_of(minutes, requests)
    count = rng.poisson(load).astype(float)
    noise = 1 / (6 * np.maximum(count, 1))
    steps = rng.normal(0, spread * sqrt(1 - correlation**2), minutes)
    level = np.empty(minutes)
    last = 0.0
    for minute, step in enumerate(steps):
        last = correlation * last + step
        level[minute] = last
    value = np.log(0.1) + by_load * load / load.max() + level + rng.normal(0, np.sqrt(noise))
    value = np.where(count > 0, value, np.nan)
    return MinuteSeries("response_time", BEGIN, value, np.where(count > 0, noise, np.nan), count)


def with_load(series: MinuteSeries, load: Numbers, seed: int = 1) -> MinuteSeries:
    """Return what a series without a load of its own is with so many requests a minute."""
    rng = np.random.default_rng(seed)
    count = rng.poisson(load).astype(float)
    noise = 1 / (6 * np.maximum(count, 1))
    value = series.value + rng.normal(0, np.sqrt(noise))
    return MinuteSeries(series.metric, series.start, value, noise, count)


def changed(
    series: MinuteSeries, minute: int, ratio: float, end: int | None = None
) -> MinuteSeries:
    """Return a series that is `ratio` times as high from a minute on, up to another."""
    value = series.value.copy()
    value[minute:end] += np.log(ratio)
    return MinuteSeries(series.metric, series.start, value, series.noise, series.count)


def part(series: MinuteSeries, begin: int, end: int) -> MinuteSeries:
    """Return some minutes of a series."""
    piece = slice(begin, end)
    return MinuteSeries(
        series.metric, at(begin), series.value[piece], series.noise[piece], series.count[piece]
    )


def histograms(
    centre: Numbers, requests: float, *, slow_shift: Numbers | None = None, seed: int = 1
) -> Histogram:
    """Return counts of two lognormal paths, the slow one three times as slow, per minute."""
    rng = np.random.default_rng(seed)
    bounds = np.arange(np.log(0.01), np.log(4.0), WIDTH)
    slow = np.zeros(len(centre)) if slow_shift is None else slow_shift
    below = 0.75 * _normal((bounds - centre[:, None]) / 0.3)
    below += 0.25 * _normal((bounds - centre[:, None] - slow[:, None] - np.log(3)) / 0.4)
    counts = rng.poisson(requests * np.maximum(np.diff(below, axis=1), 0)).astype(np.float32)
    return Histogram(counts, float(bounds[0] + WIDTH / 2), WIDTH)


_TABLE: Final = np.linspace(-6, 6, 2401)
_BELOW: Final = np.array([(1 + erf(each / sqrt(2))) / 2 for each in _TABLE])


def _normal(deviations: Numbers) -> Numbers:
    found: Numbers = np.interp(deviations, _TABLE, _BELOW)
    return found
