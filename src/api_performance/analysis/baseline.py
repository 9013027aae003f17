"""What is normal for an endpoint at this load and hour: a robust fit on the hours of two weeks.

The level (a logarithm) is a cubic of the load, fitted by iterated least squares with Huber's
weights (1964), so that an incident moves it little, and a profile over the hours of the day, shrunk
to what those hours differ by beyond chance (James and Stein, 1961). Beyond the loads that were seen
the curve goes on level: a cubic says nothing there. The last day is left out: what drifts must not
be learned as normal while it is being watched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from api_performance.analysis.minutes import Numbers, Wholes
from api_performance.analysis.quantile import median, quantile

DAY_HOURS: Final = 24
KEPT_HOURS: Final = 14 * DAY_HOURS
LEFT_OUT_HOURS: Final = DAY_HOURS
"""The newest, once there are enough others."""

LEAST_HOURS: Final = 6
_SLOPE_HOURS: Final = 24  # of fewer hours only the level is told
_CURVE_HOURS: Final = 72
_PROFILE_DAYS: Final = 5
_FULL: Final = 0.99  # quantile of the loads that is told as 1
_BEYOND: Final = 0.1  # of the range of loads seen, on each side; at most, of the full load
_LEAST_RANGE: Final = 0.1  # of the highest load: where loads vary less, a curve is drawn by chance
_HOUR_VARIANCE: Final = 0.01**2  # of an hour's level, however many requests it has
_HUBER: Final = 1.5
_ROUNDS: Final = 4
_NORMAL: Final = 1.4826
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Adjacent hours, oldest first; `first` is the number of the first one since 1970, UTC.

    `level` (a logarithm) is NaN where nothing was measured; `noise` its sampling variance, `load`
    the requests a minute.
    """

    first: int
    level: Numbers
    noise: Numbers
    load: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """The normal level by load and hour of the day; `full_load` is the 99th percentile's.

    The curve holds for `loads`, the least and the greatest; any other is taken for the nearer one.
    """

    full_load: float
    loads: tuple[float, float]
    curve: Numbers
    profile: Numbers

    def at(self, load: Numbers, hour: Wholes) -> Numbers:
        """Return the level (a logarithm) at requests a minute and hours since 1970."""
        found: Numbers = self.at_load(load) + self.profile[hour % DAY_HOURS]
        return found

    def at_load(self, load: Numbers) -> Numbers:
        """Return the level at requests a minute: the curve of latency by load."""
        known = np.clip(load, *self.loads) / self.full_load
        found: Numbers = _powers(known, len(self.curve)) @ self.curve
        return found

    def higher(self, change: float) -> Baseline:
        """Return the same, `change` (a logarithm) higher."""
        curve = self.curve.copy()
        curve[0] += change
        return replace(self, curve=curve)


def fit_baseline(hours: Hours) -> Baseline | None:
    """Fit what is normal, to be used from the end of `hours` on; None of fewer than six hours."""
    last = len(hours.level)
    if last > _CURVE_HOURS + LEFT_OUT_HOURS:
        last -= LEFT_OUT_HOURS
    known = np.flatnonzero(np.isfinite(hours.level[:last]))
    if len(known) < LEAST_HOURS:
        return None
    level, load = hours.level[known], hours.load[known]
    weight = 1 / (np.nan_to_num(hours.noise[known]) + _HOUR_VARIANCE)
    full_load = max(quantile(load, _FULL), _TINY)
    loads = _believed(load, full_load)
    design = _powers(np.clip(load, *loads) / full_load, _terms(len(known), load))
    curve = _huber(design, level, weight)
    rest = level - design @ curve
    profile = _profile(rest, (known.astype(np.int64) + hours.first) % DAY_HOURS)
    return Baseline(full_load, loads, curve, profile)


def _believed(load: Numbers, full_load: float) -> tuple[float, float]:
    """Return between which loads a curve is believed that is fitted to these."""
    beyond = _BEYOND * float(np.ptp(load))
    highest = min(float(load.max()) + beyond, (1 + _BEYOND) * full_load)
    return max(float(load.min()) - beyond, 0.0), highest


def _terms(number: int, load: Numbers) -> int:
    if number < _SLOPE_HOURS or np.ptp(load) <= _LEAST_RANGE * load.max():
        return 1
    return 2 if number < _CURVE_HOURS else 4


def _powers(load: Numbers, terms: int) -> Numbers:
    found: Numbers = load[:, None] ** np.arange(terms)
    return found


def _huber(design: Numbers, level: Numbers, weight: Numbers) -> Numbers:
    """Return coefficients; what lies further off than most counts less."""
    ridge = _TINY * weight.sum() * np.eye(design.shape[1])
    used, found = weight, np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        weighted = design * used[:, None]
        found = np.linalg.solve(design.T @ weighted + ridge, weighted.T @ level)
        off = np.abs(level - design @ found) * np.sqrt(weight)
        usual = _NORMAL * median(off) + _TINY
        used = weight * np.minimum(1, _HUBER * usual / np.maximum(off, _TINY))
    return found


def _profile(rest: Numbers, hour: Wholes) -> Numbers:
    """Return what each hour of the day differs by, beyond chance; zeros of fewer than five days."""
    bound = 3 * _NORMAL * median(np.abs(rest))
    rest = np.clip(rest, -bound, bound)
    days = np.bincount(hour, minlength=DAY_HOURS)
    if days.min() < _PROFILE_DAYS:
        return np.zeros(DAY_HOURS)
    mean = np.bincount(hour, rest, DAY_HOURS) / days
    by_chance = float(np.mean(np.bincount(hour, (rest - mean[hour]) ** 2, DAY_HOURS) / days**2))
    between = max(float(np.var(mean)) - by_chance, 0.0)
    found: Numbers = mean * between / (between + by_chance + _TINY)
    return found
