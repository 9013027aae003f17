"""When an error budget will be used up if the last day goes on, with an interval.

The rate is the share of bad events of the last 24 whole hours. Bad events come in bursts, so their
number varies more than Poisson's does: by the dispersion of the hours (Pearson's chi-square by its
degrees of freedom, as in quasi-Poisson models; McCullagh and Nelder, 1989), at least 1. With as
many fewer effective events, Byar's approximation (Breslow and Day, 1987) gives the 80 % interval of
the rate. What leaves the period meanwhile, and so comes back to the budget, is not counted: the
true instant is rather later. Nothing is said of what lies farther off than the period itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

CONFIDENCE_RATIO: Final = 0.8
_Z: Final = 1.2816
"""The normal distribution's quantile of 0.9: 80 % lie between it and its opposite."""

METHOD: Final = "the last 24 h go on; 80 % interval, widened by how much the hours differ"


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """Instants in Unix seconds UTC at which the budget is gone; None: not within a period.

    `burn_rate` is that of the last day, 1.0 when the budget lasts exactly its period.
    """

    at: float | None
    earliest: float | None
    latest: float | None
    burn_rate: float


def exhaustion(
    total: Sequence[int],
    bad: Sequence[int],
    *,
    target: float,
    left_ratio: float,
    period_seconds: float,
    now: float,
) -> Exhaustion | None:
    """Extrapolate hours of events, all and bad ones, to the end of what is left of the budget.

    None without events. A budget that is used up is gone since `now`.
    """
    events, failures = sum(total), sum(bad)
    if not events:
        return None
    rate = failures / events / (1 - target)
    if left_ratio <= 0:
        return Exhaustion(now, now, now, rate)
    dispersion = _dispersion(total, bad)
    least, most = (each * dispersion for each in _poisson(failures / dispersion))
    seconds = left_ratio * period_seconds * (1 - target) * events

    def gone(count: float) -> float | None:
        after = seconds / count if count > 0 else period_seconds
        return now + after if after < period_seconds else None

    return Exhaustion(gone(failures), gone(most), gone(least), rate)


def _dispersion(total: Sequence[int], bad: Sequence[int]) -> float:
    """Return by how much hours differ more than chance has it, at least 1.0."""
    ratio = sum(bad) / sum(total)
    hours = [(count, failed) for count, failed in zip(total, bad, strict=True) if count]
    if not 0 < ratio < 1 or len(hours) < 2:
        return 1.0
    square = sum(
        (failed - ratio * count) ** 2 / (ratio * (1 - ratio) * count) for count, failed in hours
    )
    return max(square / (len(hours) - 1), 1.0)


def _poisson(count: float) -> tuple[float, float]:
    """Return the interval in which the mean lies when `count` events were seen."""
    least = count * (1 - 1 / (9 * count) - _Z / (3 * sqrt(count))) ** 3 if count else 0.0
    more = count + 1
    return max(least, 0.0), more * (1 - 1 / (9 * more) + _Z / (3 * sqrt(more))) ** 3
