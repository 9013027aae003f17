"""Which operation a change came from: simulated minutes of endpoints with eight operations.

An endpoint's time is split over its operations; all of them move with the endpoint's level, each
wanders by itself, and a minute's mean is as noisy as its requests are few. One operation, with at
least 5 % of the time, brings all of the change.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.random import Generator

from api_performance.analysis.moved import Part, what_moved
from benchmarks.analysis.generator import Numbers

OPERATIONS: Final = 8
MINUTES: Final = 60
_LEAST_SHARE: Final = 0.05
_OWN_SPREAD: Final = 0.6  # of one call's time, a logarithm
_WANDER: Final = 0.01
_CORRELATION: Final = 0.93


def names_the_right_one(seed: int, size: float, requests: float) -> bool:
    """Tell whether the first part that is said to have moved is the one that did."""
    rng = np.random.default_rng([seed, int(size * 1000), int(requests)])
    shares = rng.dirichlet(np.ones(OPERATIONS))
    moving = int(rng.choice(np.flatnonzero(shares >= _LEAST_SHARE)))
    level = _wander(rng, 0.015)
    parts = []
    for place, share in enumerate(shares):
        value = share * np.exp(level + _wander(rng, _WANDER))
        if place == moving:
            value[MINUTES:] += size
        count = np.maximum(rng.poisson(requests, 2 * MINUTES), 1)
        value *= np.exp(rng.normal(0, _OWN_SPREAD / np.sqrt(count)))
        parts.append(Part(f"operation:{place}", value[:MINUTES], value[MINUTES:]))
    whole = Part(
        "response_time",
        np.sum([each.before for each in parts], axis=0),
        np.sum([each.after for each in parts], axis=0),
    )
    found = what_moved(parts, whole)
    return bool(found) and found[0].name == f"operation:{moving}"


def _wander(rng: Generator, spread: float) -> Numbers:
    steps = rng.normal(0, spread * np.sqrt(1 - _CORRELATION**2), 2 * MINUTES)
    found, last = np.empty(2 * MINUTES), rng.normal(0, spread)
    for minute, step in enumerate(steps):
        last = _CORRELATION * last + step
        found[minute] = last
    return found
