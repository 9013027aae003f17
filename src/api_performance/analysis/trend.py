"""Where a metric is heading, from plain values at any instants: its slope, and whether it jumped.

The slope is Theil's and Sen's (1968): the median of all pairs' slopes, which a third of the values
may be anything without moving far; its interval is Kendall's, widened by what neighbouring values
repeat of each other (Hamed and Rao, 1998). A jump is the split of the values whose two means lie
furthest apart, in standard errors that allow for the same. Positive values are compared by their
logarithms. A thousand values take some 10 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from api_performance.analysis.minutes import Numbers

LEAST_VALUES: Final = 12
"""Of fewer a trend cannot be told from chance."""

LEAST_CHANGE: Final = 0.02
"""A share of the level: what is less is nobody's concern."""

SURE: Final = 4.0
"""Standard errors of the furthest split. Of 1,000 independent values without a change some 3 in
1,000 series reach it (simulated)."""

_SLOPE_SURE: Final = 3.0
_MOST_PAIRED: Final = 400  # values, or means of neighbours, whose pairs are looked at
_SHORTEST: Final = 5  # values before and after a jump
_NORMAL: Final = 1.4826
_MOST_ALIKE: Final = 0.95
_HOUR_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Trend:
    """The slope of a series within its 95 % interval, and its jump.

    Slopes and the jump are shares of the level where `is_relative` (0.01: 1 %), else in its unit;
    slopes an hour. `strength` (0..1) is how much of the pairs agree (Kendall's tau, its size).
    `jumped_at` (Unix seconds) begins the values after the jump, None where it may be chance;
    `jump` is 0.0 then. `is_sure` tells whether the slope is more than chance.
    """

    slope: float
    slope_low: float
    slope_high: float
    strength: float
    is_sure: bool
    jump: float
    jumped_at: float | None
    is_relative: bool

    @property
    def change(self) -> float:
        """What there is of a change: the jump, else the sign of a sure slope, else 0."""
        return self.jump or (self.slope if self.is_sure else 0.0)


def find_trend(instants: Sequence[float], values: Sequence[float]) -> Trend | None:
    """Tell the trend of values at instants (Unix seconds, in any order); None of too few.

    Values that are no numbers are passed over.
    """
    at, value = np.asarray(instants, float), np.asarray(values, float)
    known = np.isfinite(at) & np.isfinite(value)
    order = np.argsort(at[known], kind="stable")
    at, value = at[known][order], value[known][order]
    if len(value) < LEAST_VALUES:
        return None
    is_relative = bool((value > 0).all())
    level = np.log(value) if is_relative else value
    jump, place, alike = _jump(level)
    slope, low, high, tau = _slope(at, level, alike)
    span = (at[-1] - at[0]) / _HOUR_SECONDS
    floor = LEAST_CHANGE if is_relative else LEAST_CHANGE * float(np.abs(np.median(level)))
    is_sure = (low > 0 or high < 0) and abs(slope) * span >= floor
    if place is None or abs(jump) < floor:
        jump, place = 0.0, None
    return Trend(
        slope, low, high, abs(tau), is_sure, _share(jump, is_relative),
        None if place is None else float(at[place]), is_relative,
    )  # fmt: skip


def _share(change: float, is_relative: bool) -> float:
    return float(np.expm1(change)) if is_relative else change


def _jump(level: Numbers) -> tuple[float, int | None, float]:
    """Return the greatest jump, where the values after it begin, and how alike neighbours are."""
    number = len(level)
    splits = np.arange(_SHORTEST, number - _SHORTEST + 1)
    sums = np.cumsum(level)
    before = sums[splits - 1] / splits
    after = (sums[-1] - sums[splits - 1]) / (number - splits)
    weight = np.sqrt(splits * (number - splits) / number)
    best = int(np.abs((after - before) * weight).argmax())
    place, jump = int(splits[best]), float(after[best] - before[best])
    rest = level.copy()
    rest[:place] -= before[best]
    rest[place:] -= after[best]
    spread = _spread(rest)
    if spread <= np.finfo(float).eps * max(float(np.abs(level).max()), 1.0) * number:
        is_exact = abs(jump) > 1e-9 * max(float(np.abs(level).max()), 1.0)
        return jump, place if is_exact else None, 0.0
    alike = _alike(np.clip(rest, -3 * spread, 3 * spread))
    error = spread * np.sqrt((1 + alike) / (1 - alike)) / weight[best]
    return jump, place if abs(jump) > SURE * error else None, alike


def _spread(rest: Numbers) -> float:
    """Return the standard deviation, of which outliers are told apart; 0 of a constant."""
    usual = _NORMAL * float(np.median(np.abs(rest - np.median(rest))))
    if usual == 0:
        return float(rest.std())
    return float(np.clip(rest, -3 * usual, 3 * usual).std())


def _alike(rest: Numbers) -> float:
    """Return the correlation of neighbours, 0..0.95, corrected for what the fit takes of it."""
    around = rest - rest.mean()
    found = float(around[1:] @ around[:-1] / max(float(around @ around), 1e-300))
    return float(np.clip(found + (1 + 4 * found) / len(rest), 0.0, _MOST_ALIKE))


def _slope(at: Numbers, level: Numbers, alike: float) -> tuple[float, float, float, float]:
    """Return the slope an hour, its interval, and Kendall's tau."""
    size = -(-len(level) // _MOST_PAIRED)
    if size > 1:
        whole = len(level) // size * size
        at, level = (each[:whole].reshape(-1, size).mean(axis=1) for each in (at, level))
        alike **= size
    first, second = np.triu_indices(len(level), 1)
    apart, rise = (at[second] - at[first]) / _HOUR_SECONDS, level[second] - level[first]
    slopes = np.sort(rise[apart > 0] / apart[apart > 0])
    if not len(slopes):
        return 0.0, 0.0, 0.0, 0.0
    number = len(level)
    variance = number * (number - 1) * (2 * number + 5) / 18 * (1 + alike) / (1 - alike)
    half = _SLOPE_SURE * np.sqrt(variance) / 2 * len(slopes) / (number * (number - 1) / 2)
    middle = (len(slopes) - 1) / 2
    low, high = (int(np.clip(middle + each, 0, len(slopes) - 1)) for each in (-half, half))
    tau = float(np.sign(rise[apart > 0]).mean())
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high]), tau
