"""Whether an endpoint changed at a deploy, judged minute by minute after it.

The moment is known, so a deploy is looked at a few times where other minutes are looked at for
ever: it needs less to be believed. The first minutes after a deploy are slow by themselves, one to
six of them. They are not dropped but weighed: each length of such a cold start is a hypothesis with
a share, under which its minutes carry an unknown shift of their own; the score is the likelihood of
a lasting change over all of them, by that of none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from api_performance.analysis.minutes import Numbers, Stored
from api_performance.analysis.noise import Noise, weighed

COLD_MINUTES: Final = (0, 1, 2, 3, 4, 6)
_SHARES: Final = np.log((0.2, 0.05, 0.25, 0.25, 0.2, 0.05))
_COLD_SPREAD: Final = 0.15
"""Standard deviation of a cold start's shift, a logarithm."""


@dataclass(frozen=True, slots=True, eq=False)
class _Filter:
    """Of the change and of each cold start: weights of the minutes, and their products."""

    weights: Stored
    products: Numbers


def deploy_scores(
    minutes: Stored, lag: int, noise: Noise, sampling: float, likely: float
) -> tuple[float, float]:
    """Return how sure a rise, and a fall, of the last `lag` of `minutes` is.

    Both are in standard deviations, never negative, for the deploy at the first of them. `sampling`
    is the variance of a minute that the number of requests explains, `likely` the standard
    deviation of what deploys change.
    """
    used = _filter(noise.correlation, noise.ratio_power(sampling), len(minutes), lag)
    found = used.weights @ minutes / np.sqrt(noise.variance)
    spread = _COLD_SPREAD**2 / noise.variance
    cold, both = np.diag(used.products)[1:], used.products[0, 1:]
    shrunk = spread / (1 + spread * cold)
    change = np.concatenate([found[:1], found[0] - both * found[1:] * shrunk])
    information = used.products[0, 0] - np.concatenate([[0.0], both**2 * shrunk])
    information += noise.variance / (noise.variance + likely**2)
    unchanged = np.concatenate(
        [[0.0], 0.5 * found[1:] ** 2 * shrunk - 0.5 * np.log1p(spread * cold)]
    )
    none = np.logaddexp.reduce(unchanged + _SHARES)
    rise, fall = (
        np.logaddexp.reduce(unchanged + _SHARES + 0.5 * np.maximum(each, 0) ** 2 / information)
        for each in (change, -change)
    )
    return float(np.sqrt(2 * max(rise - none, 0.0))), float(np.sqrt(2 * max(fall - none, 0.0)))


@lru_cache(256)  # 6 kB each; of one lag, for all endpoints look at a deploy together
def _filter(correlation: int, ratio_power: int, length: int, lag: int) -> _Filter:
    shapes = np.zeros((length, len(COLD_MINUTES)))
    shapes[length - lag :, 0] = 1
    for place, minutes in enumerate(COLD_MINUTES[1:], 1):
        shapes[length - lag : length - lag + minutes, place] = 1
    weights = weighed(correlation, ratio_power, shapes)
    return _Filter(weights.T.astype(np.float32), shapes.T @ weights)
