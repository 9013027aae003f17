"""When a change began that is known to be there, how great it is, and whether it is still there.

The moment is where the likelihood of a change is highest, its interval where that is within 1.92 of
the highest (a profile's 95 %); the estimate is that of generalised least squares, but where the
change is so great that its minutes were cut as outliers, a difference of medians.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from api_performance.analysis.minutes import Numbers
from api_performance.analysis.noise import CORRELATIONS, Noise, contrasts, weighed
from api_performance.analysis.quantile import median
from api_performance.analysis.residuals import (
    BLOCK_MINUTES,
    HOUR,
    KEPT_BLOCKS,
    KEPT_MINUTES,
    Residuals,
)

_LONGEST: Final = 180  # minutes of change; the others are what it is compared with
_SHORTEST: Final = 2
_PROFILE: Final = 1.92  # half of the 95 % quantile of chi-square with one degree of freedom
_GONE_MINUTES: Final = (5, 10, 20, 40, 60, 120)
_SURE: Final = 9.0  # standard deviations of the change, before its end is told from a median
_MEDIAN_VARIANCE: Final = np.pi / 2  # of a mean's


@dataclass(frozen=True, slots=True)
class Place:
    """A change (a logarithm, with its standard deviation) and the minutes it may have begun at."""

    began: int
    earliest: int
    latest: int
    change: float
    deviation: float
    deploy: int | None = None


def locate(residuals: Residuals, noise: Noise, sign: float) -> Place:
    """Find where a rise (`sign` above 0) or a fall most likely began, within three hours."""
    estimates, information = _every_lag(residuals, noise)
    likelihood = np.where(estimates * sign > 0, estimates**2 * information, 0.0) / 2
    lags = np.arange(_SHORTEST, len(estimates) + _SHORTEST)
    best = int(likelihood.argmax())
    likely = lags[likelihood >= likelihood[best] - _PROFILE]
    change, deviation = estimate(residuals, noise, int(lags[best]))
    end = residuals.next
    return Place(
        end - int(lags[best]), end - int(likely.max()), end - int(likely.min()), change, deviation
    )


def at_deploy(residuals: Residuals, noise: Noise, found: Place, deploy: int) -> Place:
    """Return what was found as beginning at a deploy."""
    change, deviation = estimate(residuals, noise, residuals.next - deploy)
    earliest, latest = min(found.earliest, deploy), max(found.latest, deploy)
    is_within = found.earliest <= deploy <= found.latest
    return replace(
        found,
        began=deploy,
        earliest=earliest if is_within else deploy,
        latest=latest if is_within else deploy,
        change=change,
        deviation=deviation,
        deploy=deploy,
    )


def locate_block(residuals: Residuals, noise: Noise, sign: float) -> Place:
    """Find where a slow change began: by blocks, within a day."""
    length = min(KEPT_BLOCKS, len(residuals.blocks))
    blocks = residuals.blocks[-length:].astype(float)
    lags = tuple(range(6, min(144, length // 2) + 1, 2))
    used = contrasts(noise.correlation, noise.ratio_power(0.0), length, lags)
    estimates = used.estimates(blocks)
    likelihood = np.where(estimates * sign > 0, estimates**2 * used.information, 0.0)
    likelihood /= 2 * noise.variance
    best = int(likelihood.argmax())
    likely = np.array(lags)[likelihood >= likelihood[best] - _PROFILE]
    end = residuals.next - residuals.next % BLOCK_MINUTES
    deviation = float(np.sqrt(noise.variance / used.information[best]))
    began, earliest, latest = (
        end - each * BLOCK_MINUTES for each in (lags[best], int(likely.max()), int(likely.min()))
    )
    return Place(began, earliest, latest, float(estimates[best]), deviation)


def estimate(residuals: Residuals, noise: Noise, minutes: int) -> tuple[float, float]:
    """Estimate the change of the last minutes, three hours at most, and its standard deviation."""
    estimates, information = _every_lag(residuals, noise)
    place = min(max(minutes, _SHORTEST), len(estimates) + _SHORTEST - 1) - _SHORTEST
    lag = place + _SHORTEST
    change, deviation = float(estimates[place]), float(1 / np.sqrt(information[place]))
    before = residuals.raw[:-lag][-HOUR:]
    if len(before):
        apart = median(residuals.raw[-lag:]) - median(before)
        if apart * change > 0 and abs(apart) > 1.5 * abs(change):
            return apart, deviation
    return change, deviation


def gone_minutes(residuals: Residuals, noise: Noise, change: float, age: int) -> int | None:
    """Return for how many minutes a change has been over; None while it lasts.

    `age` minutes ago it was found and taken out of the residuals.
    """
    correlation = CORRELATIONS[noise.correlation]
    independent = noise.white + residuals.sampling
    for minutes in (each for each in _GONE_MINUTES if each <= min(age, len(residuals.raw))):
        together = min(1.0, (1 + correlation) / (1 - correlation) / minutes)
        variance = noise.variance * together + independent * _MEDIAN_VARIANCE / minutes
        if _SURE * np.sqrt(variance) <= abs(change):
            level = median(residuals.raw[-minutes:])
            return minutes if level * np.sign(change) < -abs(change) / 2 else None
    return None


def _every_lag(residuals: Residuals, noise: Noise) -> tuple[Numbers, Numbers]:
    """Return the change of the last 2, 3, … 180 minutes, and the inverse of its variance."""
    minutes = residuals.calm[-KEPT_MINUTES:].astype(float)
    power = noise.ratio_power(residuals.sampling)
    information = _information(noise.correlation, power, len(minutes))
    sums = np.cumsum(weighed(noise.correlation, power, minutes[:, None])[::-1, 0])
    lags = slice(_SHORTEST - 1, max(min(_LONGEST, len(minutes) - HOUR), _SHORTEST))
    return sums[lags] / information[lags], information[lags] / noise.variance


@lru_cache(64)  # 2 kB each
def _information(correlation: int, ratio_power: int, length: int) -> Numbers:
    """Return the information on a change of the last 1, 2, … steps."""
    inverse = weighed(correlation, ratio_power, np.eye(length))
    corner: Numbers = inverse[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)
    return corner.diagonal().copy()
