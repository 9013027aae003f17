"""A series with seasons, ready to be forecast: gaps filled, outliers drawn in, lags at hand.

What a series usually is at an instant is the median of the same instants of up to five seasons; of
the two seasons that one tells which leaves less over. What lies farther from it than OUTLIER
deviations is drawn in to that: an outage teaches nothing about tomorrow. Memory: a few dozen arrays
of the length of the series, 0.5 MB for ten weeks of hours.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEASONS_SEEN: Final = 5
"""Of so many seasons the usual value is the median: two bad ones do not move it."""

OUTLIER: Final = 4.5
"""Deviations beyond which a value is drawn in; the best of 3.5, 4.5 and 6 in benchmarks/forecast's
families, with little between them."""

BROKEN: Final = 12.0
"""Deviations beyond which not even the seasonal naive repeats a value."""

MEMORIES: Final = (0.6, 0.15, 0.03)
"""Weights of the newest value in the three moving means of what a season leaves over: at hours they
remember about 2 hours, 7 hours and a day and a half."""

MOST_LAGS: Final = 10


@dataclass(frozen=True, slots=True)
class Seasons:
    """Lengths in steps; `long` is a multiple of `short`, or 0: there is none."""

    short: int
    long: int = 0


class History:
    """What is known, on the scale on which it is forecast, and what forecasters ask of it.

    `raw` has gaps (NaN); `filled` none and no broken values; `clean` neither gaps nor outliers.
    """

    def __init__(self, raw: Floats, seasons: Seasons, horizon: int) -> None:
        """Take a series of at least one number."""
        self.raw, self.seasons, self.horizon = raw, seasons, horizon
        self.size = len(raw)
        usual, deviation = _usual(raw, seasons)
        self.clean = _without_gaps(_drawn_in(raw, usual, OUTLIER * deviation), usual)
        self.filled = _without_gaps(_drawn_in(raw, usual, BROKEN * deviation), usual)
        unknown = np.full(horizon, np.nan)
        self.clean_ahead = np.concatenate([self.clean, unknown])
        self.filled_ahead = np.concatenate([self.filled, unknown])
        self._means: dict[tuple[int, float, int], list[Floats]] = {}

    def groups(self, lag: int) -> Ints:
        """Return of each lead how many seasons of `lag` it lies behind the last known one, >= 1."""
        groups: Ints = np.arange(self.horizon) // lag + 1
        return groups

    def targets(self, origins: Ints) -> Ints:
        """Return the instants [origin, lead] that are forecast from each origin."""
        targets: Ints = origins[:, None] + np.arange(self.horizon)
        return targets

    def naive(self, lag: int, origins: Ints) -> Floats:
        """Return the last known value of the same instant of the season."""
        last_known: Floats = self.filled_ahead[self.targets(origins) - lag * self.groups(lag)]
        return last_known

    def means(self, lag: int, keep: float, most: int = MOST_LAGS) -> list[Floats]:
        """Return for each group of leads the mean of earlier seasons, at every instant.

        The newest of at `most` so many weighs most, each earlier one `keep` times as much. NaN
        where there is no earlier one.
        """
        key = lag, keep, most
        if key not in self._means:
            groups = range(1, int(self.groups(lag)[-1]) + 1)
            self._means[key] = [self._mean(lag, group, keep, most) for group in groups]
        return self._means[key]

    def _mean(self, lag: int, group: int, keep: float, most: int) -> Floats:
        total = np.zeros(self.size + self.horizon)
        weight = np.zeros_like(total)
        for number in range(most):
            values = earlier(self.clean_ahead, lag * (group + number))
            is_known = ~np.isnan(values)
            total += np.where(is_known, values * keep**number, 0.0)
            weight += is_known * keep**number
        return np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)

    def expected(self, lag: int, keep: float, origins: Ints, most: int = MOST_LAGS) -> Floats:
        """Return the mean of earlier seasons for each origin and lead."""
        means = np.stack(self.means(lag, keep, most))
        return means[self.groups(lag) - 1, self.targets(origins)]


def earlier(values: Floats, lag: int) -> Floats:
    """Return at each instant the value `lag` steps before; NaN where there is none."""
    moved = np.full_like(values, np.nan)
    if lag < len(values):
        moved[lag:] = values[: len(values) - lag]
    return moved


def moving_means(left_over: Floats) -> Floats:
    """Return [instant, memory] the exponentially weighted means up to and with each instant.

    What is unknown counts as nothing left over.
    """
    known = np.where(np.isnan(left_over), 0.0, left_over)
    return np.stack([_moving_mean(known, newest) for newest in MEMORIES], axis=1)


def moving_mean(values: Floats, newest: float) -> Floats:
    """Return the exponentially weighted mean; the newest value has the weight `newest`."""
    return _moving_mean(values, newest)


def _moving_mean(values: Floats, newest: float) -> Floats:
    size = len(values)
    length = min(size, int(np.ceil(6 / newest)))  # e^-6 of the weight is cut off
    weights = newest * (1 - newest) ** np.arange(length)
    whole = np.cumsum(weights)
    have = whole[np.minimum(np.arange(size), length - 1)]
    return np.convolve(values, weights)[:size] / have


def _usual(raw: Floats, seasons: Seasons) -> tuple[Floats, float]:
    """Return the usual value of each instant, NaN where unknown, and the usual deviation of it."""
    found: tuple[float, Floats, float] | None = None
    for lag in (seasons.short, seasons.long):
        if not lag or len(raw) <= lag + lag // 2:
            continue
        usual = _median_of_seasons(raw, lag)
        distance = np.abs(raw - usual)
        if np.isnan(distance).all():
            continue
        middle = float(np.nanmedian(distance))
        if found is None or middle < found[0]:
            # the second for series that are still at night, where most is 0 and some is not
            spread = max(1.4826 * middle, float(np.nanquantile(distance, 0.9)) / 1.645)
            found = middle, usual, spread
    if found is None:
        middle = float(np.nanmedian(raw))
        spread = 1.4826 * float(np.nanmedian(np.abs(raw - middle)))
        return np.full_like(raw, np.nan), spread
    return found[1], found[2]


def _median_of_seasons(raw: Floats, lag: int) -> Floats:
    """Return the median of the seasons before; in the first three also of those after."""
    before = [earlier(raw, lag * number) for number in range(1, SEASONS_SEEN + 1)]
    after = [earlier(raw[::-1], lag * number)[::-1] for number in range(1, SEASONS_SEEN + 1)]
    with warnings.catch_warnings():  # "All-NaN slice" is what NaN says already
        warnings.simplefilter("ignore", RuntimeWarning)
        usual: Floats = np.nanmedian(np.stack(before), axis=0)
        young = slice(0, min(3 * lag, len(raw)))
        around = np.stack([each[young] for each in before + after])
        usual[young] = np.nanmedian(around, axis=0)
    return usual


def _drawn_in(raw: Floats, usual: Floats, most: float) -> Floats:
    is_known = ~np.isnan(usual)
    drawn = raw.copy()
    distance = np.clip(raw[is_known] - usual[is_known], -most, most)
    drawn[is_known] = usual[is_known] + distance
    return drawn


def _without_gaps(values: Floats, usual: Floats) -> Floats:
    """Fill gaps with what is usual, else with the value before, else with the median."""
    filled = np.where(np.isnan(values), usual, values)
    last = np.maximum.accumulate(np.where(np.isnan(filled), 0, np.arange(len(filled))))
    filled = filled[last]
    return np.where(np.isnan(filled), np.nanmedian(values), filled)
