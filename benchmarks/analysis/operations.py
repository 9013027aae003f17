"""Operations for the generator: what each minute's response time was made of, and what moved it.

An endpoint's mean response time is split over eight operations. All of them move with the
endpoint's level, each wanders by itself, and a minute's mean is as noisy as its requests are few.
One operation, with at least 5 % of the time, brings all of the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from api_performance.analysis.moved import Part, what_moved
from benchmarks.analysis.generator import Numbers, Series

OPERATIONS: Final = 8
MINUTES: Final = 60
_LEAST_SHARE: Final = 0.05
_OWN_SPREAD: Final = 0.6  # of one call's time, a logarithm
_WANDER: Final = 0.01
_CORRELATION: Final = 0.93

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Operations:
    """Seconds a request per operation (rows) and minute; `moving` is the row of what changed."""

    seconds: Numbers
    moving: int

    def names_the_right_one(self, before: slice, after: slice) -> bool:
        """Tell whether the first part that is said to have moved is the one that did."""
        parts = [_part(str(row), each, before, after) for row, each in enumerate(self.seconds)]
        found = what_moved(parts, _part("", self.seconds.sum(axis=0), before, after))
        return bool(found) and found[0].name == str(self.moving)


def operations_of(series: Series) -> Operations:
    """Split a series' minutes over operations; the same every time. NaN without requests."""
    rng = np.random.default_rng([series.spec.seed, OPERATIONS])
    count = series.count
    middles = np.sqrt(series.edges[:-1] * series.edges[1:]) / 1000
    mean = np.where(count > 0, series.histogram @ middles / np.maximum(count, 1), np.nan)
    since = len(mean) if series.change is None else series.change
    unchanged = mean.copy()
    unchanged[since:] /= 1 + series.spec.size
    return _split(rng, unchanged, mean - unchanged, count)


def names_the_right_one(seed: int, size: float, requests: float) -> bool:
    """Tell whether it is, where the moment is known and only operations are made."""
    rng = np.random.default_rng([seed, int(size * 1000), int(requests)])
    mean = np.exp(_wander(rng, 0.015, 2 * MINUTES))
    more = np.where(np.arange(2 * MINUTES) < MINUTES, 0.0, size)
    made = _split(rng, mean, more, rng.poisson(requests, 2 * MINUTES))
    return made.names_the_right_one(slice(MINUTES), slice(MINUTES, None))


def _split(rng: Generator, mean: Numbers, more: Numbers, count: Counts) -> Operations:
    """Split `mean` at random, and let one operation take `more` beside it."""
    shares = rng.dirichlet(np.ones(OPERATIONS))
    moving = int(rng.choice(np.flatnonzero(shares >= _LEAST_SHARE)))
    seconds = np.empty((OPERATIONS, len(mean)))
    for row, share in enumerate(shares):
        value = share * mean * np.exp(_wander(rng, _WANDER, len(mean)))
        if row == moving:
            value = value + more
        seconds[row] = value * np.exp(rng.normal(0, _OWN_SPREAD / np.sqrt(np.maximum(count, 1))))
    return Operations(seconds, moving)


def _part(name: str, seconds: Numbers, before: slice, after: slice) -> Part:
    return Part(name, seconds[before], seconds[after])


def _wander(rng: Generator, spread: float, minutes: int) -> Numbers:
    steps = rng.normal(0, spread * np.sqrt(1 - _CORRELATION**2), minutes)
    found, last = np.empty(minutes), rng.normal(0, spread)
    for minute, step in enumerate(steps):
        last = _CORRELATION * last + step
        found[minute] = last
    return found
