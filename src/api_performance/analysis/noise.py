"""How an endpoint's level wanders by itself, and what of a contrast that explains.

The level of adjacent minutes is taken for a stationary sum: a part that is correlated from minute
to minute (an AR(1)), a slow one, and independent noise. A change at a known minute is then
estimated by generalised least squares (Aitken, 1936): the best that is linear, whatever the
correlation. Its weights depend on two numbers only, the correlation and how much independent noise
there is beside it; both are rounded to a grid, so that a thousand endpoints share some hundred
filters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from api_performance.analysis.minutes import Numbers, Stored

CORRELATIONS: Final = (0.5, 0.7, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.955, 0.97, 0.98, 0.988, 0.994)
"""From one step to the next. Between neighbours a filter loses less than 1 % of its power."""

SLOW: Final = 0.25
"""Variance of the level that stays, of the correlated part's: the past says how high it is."""

_RATIO_STEP: Final = 1.5
_RATIO_POWERS: Final = (-10, 22)
_LEAST_VARIANCE: Final = 1e-7
_LEAST_SHARE: Final = 1 / 4000  # of the independent noise, for else its ratio is off the grid


@dataclass(frozen=True, slots=True)
class Noise:
    """A stationary noise: `variance` is its correlated part's, `white` the independent one's.

    `correlation` is a place in CORRELATIONS. Variances are of natural logarithms.
    """

    correlation: int
    variance: float
    white: float

    def steady_state(self, sampling: float) -> tuple[float, float]:
        """Return the variance of the correlated part that the past does not foretell, and the gain.

        Of the Kalman filter that follows it through independent noise, `sampling` added.
        """
        kept = CORRELATIONS[self.correlation] ** 2
        white, fresh = self.white + sampling, self.variance * (1 - kept)
        half = (white * (1 - kept) - fresh) / 2
        variance = float(np.sqrt(half**2 + fresh * white) - half)
        return variance, variance / max(variance + white, 1e-30)

    def ratio_power(self, sampling: float) -> int:
        """Return the grid's place of independent noise, `sampling` added, by the correlated."""
        ratio = max((self.white + sampling) / self.variance, 1e-9)
        return int(np.clip(round(np.log(ratio) / np.log(_RATIO_STEP)), *_RATIO_POWERS))


@dataclass(frozen=True, slots=True)
class Autocovariance:
    """Sums of products of a series with itself `lags` steps later, forgotten by and by."""

    lags: tuple[int, ...]
    sums: Numbers
    weights: Numbers

    @classmethod
    def of(cls, lags: tuple[int, ...]) -> Autocovariance:
        """Know nothing yet. Lag 0 is kept first, whatever `lags` says."""
        return cls(lags, np.zeros(len(lags) + 1), np.zeros(len(lags) + 1))

    def copy(self) -> Autocovariance:
        """Return one that goes on from here by itself."""
        return Autocovariance(self.lags, self.sums.copy(), self.weights.copy())

    def add(self, series: Numbers, new: int) -> None:
        """Add the products that the last `new` values of `series` are the later part of."""
        for place, lag in enumerate((0, *self.lags)):
            first = max(len(series) - new, lag)
            later = series[first:]
            earlier = series[first - lag :][: len(later)]
            self.sums[place] += later @ earlier
            self.weights[place] += len(later)

    def forget(self, kept: float) -> None:
        """Let everything so far count for `kept` (0..1) of what it did."""
        self.sums[:] *= kept
        self.weights[:] *= kept

    def fit(self, sampling: float) -> Noise:
        """Return the noise of which these are most nearly the covariances.

        `sampling` is the known part of the independent noise's variance. Nothing known: no noise.
        """
        covariances = self.sums / np.maximum(self.weights, 1.0)
        lags = np.array(self.lags, float)
        weights = 1 / np.sqrt(lags)
        fits = [
            (*_fit_one(correlation**lags, covariances[1:], weights), place)
            for place, correlation in enumerate(CORRELATIONS)
        ]
        _, variance, slow, place = min(fits)
        white = max(covariances[0] - variance - slow - sampling, 0.0)
        least = max(_LEAST_VARIANCE, (white + sampling) * _LEAST_SHARE)
        return Noise(place, max(variance, least), white)


def _fit_one(shape: Numbers, covariances: Numbers, weights: Numbers) -> tuple[float, float, float]:
    """Fit `covariances` by a multiple of `shape` and a constant, neither negative.

    Returns the squared error, the multiple and the constant.
    """
    design = np.stack([shape, np.ones_like(shape)], axis=1) * weights[:, None]
    target = covariances * weights
    squares, products = design.T @ design, design.T @ target
    determinant = squares[0, 0] * squares[1, 1] - squares[0, 1] ** 2
    multiple = (products[0] * squares[1, 1] - products[1] * squares[0, 1]) / determinant
    constant = (products[1] * squares[0, 0] - products[0] * squares[0, 1]) / determinant
    if constant < 0:
        multiple, constant = max(products[0] / squares[0, 0], 0.0), 0.0
    elif multiple < 0:
        multiple, constant = 0.0, max(products[1] / squares[1, 1], 0.0)
    error = target - design @ np.array([multiple, constant])
    return float(error @ error), float(multiple), float(constant)


def weighed(correlation: int, ratio_power: int, columns: Numbers) -> Numbers:
    """Return the inverse of the steps' covariances, times `columns` of as many steps.

    The correlated part's variance is 1. Its own inverse has three diagonals, so nothing as large as
    a matrix of the steps is made; what stays is added as one more column (Sherman and Morrison,
    1950).
    """
    kept, white = CORRELATIONS[correlation], _RATIO_STEP**ratio_power
    length, number = columns.shape
    told = np.hstack([columns, np.ones((length, 1))])
    diagonal = np.full(length, 1 + kept**2) / (1 - kept**2)
    diagonal[[0, -1]] = 1 / (1 - kept**2)
    beside = -kept / (1 - kept**2)
    products = diagonal[:, None] * told
    products[1:] += beside * told[:-1]
    products[:-1] += beside * told[1:]
    found = _solved(1 + white * diagonal, white * beside, products)
    level = found[:, number:]
    weights: Numbers = found[:, :number]
    weights -= level * (SLOW * weights.sum(axis=0) / (1 + SLOW * level.sum()))
    return weights


def _solved(diagonal: Numbers, beside: float, columns: Numbers) -> Numbers:
    """Solve, in place, for a matrix with `diagonal` and `beside` it alone (Thomas, 1949)."""
    pivots = diagonal.tolist()
    for step in range(1, len(pivots)):
        share = beside / pivots[step - 1]
        pivots[step] -= share * beside
        columns[step] -= share * columns[step - 1]
    columns[-1] /= pivots[-1]
    for step in range(len(pivots) - 2, -1, -1):
        columns[step] -= beside * columns[step + 1]
        columns[step] /= pivots[step]
    return columns


@dataclass(frozen=True, slots=True)
class Contrasts:
    """Estimates of a change that lasts the last 1, 2, … steps, one for each of some lags.

    `weights` has a column for each lag; a column's product with the steps, divided by its
    `information`, is the estimate, whose variance is the correlated part's by `information`.
    """

    weights: Numbers
    information: Numbers

    def estimates(self, steps: Numbers | Stored) -> Numbers:
        """Estimate the change that each lag of `steps` has; `steps` may have many rows."""
        found: Numbers = steps @ self.weights / self.information
        return found

    def scores(self, steps: Numbers | Stored, variance: float) -> Numbers:
        """Return estimates in units of their standard deviation."""
        found: Numbers = steps @ self.weights / np.sqrt(self.information * variance)
        return found


@lru_cache(256)
def contrasts(correlation: int, ratio_power: int, length: int, lags: tuple[int, ...]) -> Contrasts:
    """Return the contrasts of `lags` within the last `length` steps; a filter takes some 20 kB."""
    changed = np.zeros((length, len(lags)))
    for place, lag in enumerate(lags):
        changed[length - lag :, place] = 1
    weights = weighed(correlation, ratio_power, changed)
    information = (changed * weights).sum(axis=0)
    return Contrasts(weights.astype(np.float32), information)
