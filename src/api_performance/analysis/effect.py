"""What a change did: response times before and after it, the daily cycle taken out.

Minutes are the samples, for requests within one are anything but independent. The effect is the
logarithm of the ratio of mean response times, weighted by requests; its variance is that of the
minutes about the mean, inflated by their first autocorrelation; the interval is a normal one. Where
the same minutes of the day before are known, the change that they show is the daily cycle's, and is
taken off with its own variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, sqrt
from typing import Final

Minute = tuple[int, float]
"""Requests of a minute, and the sum of their response times in seconds."""

FEWEST_MINUTES: Final = 5
FEWEST_REQUESTS: Final = 50
"""On each side; with less nothing is said."""

NORMAL_95: Final = 1.96
"""Standard deviations to each side that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The part of the mean response time that a change took away, with its 95 % interval.

    Below 0 it became slower; 1 would be nothing left.
    """

    improvement: float
    low: float
    high: float

    @property
    def is_better(self) -> bool:
        """It surely became faster."""
        return self.low > 0

    @property
    def is_worse(self) -> bool:
        """It surely became slower."""
        return self.high < 0


def effect_of(
    before: Sequence[Minute],
    after: Sequence[Minute],
    day_before: tuple[Sequence[Minute], Sequence[Minute]] | None = None,
    *,
    deviations: float = NORMAL_95,
) -> Effect | None:
    """Compare minutes before and after a change; None where there are too few to tell.

    `day_before` are the same two spans a day earlier. The interval reaches `deviations` standard
    deviations to each side. Slices of any one length will do for minutes.
    """
    change = _change(before, after)
    if change is None:
        return None
    log_ratio, variance = change
    usual = _change(*day_before) if day_before is not None else None
    if usual is not None:
        log_ratio, variance = log_ratio - usual[0], variance + usual[1]
    width = deviations * sqrt(variance)
    return Effect(
        1 - exp(log_ratio), 1 - exp(min(log_ratio + width, 50.0)), 1 - exp(log_ratio - width)
    )


def _change(before: Sequence[Minute], after: Sequence[Minute]) -> tuple[float, float] | None:
    """Return the logarithm of after over before, and its variance."""
    first, second = _mean(before), _mean(after)
    if first is None or second is None:
        return None
    return log(second[0] / first[0]), first[1] + second[1]


def _mean(minutes: Sequence[Minute]) -> tuple[float, float] | None:
    """Return the mean of all requests, and the variance of its logarithm."""
    known = [(count, total) for count, total in minutes if count and total > 0]
    requests = sum(count for count, _ in known)
    if len(known) < FEWEST_MINUTES or requests < FEWEST_REQUESTS:
        return None
    mean = sum(total for _, total in known) / requests
    errors = [total - mean * count for count, total in known]
    number = len(errors)
    squares = sum(error * error for error in errors)
    if squares <= 0:
        return mean, 0.0
    lagged = sum(one * next_one for one, next_one in pairwise(errors))
    correlation = min(max(lagged / squares, 0.0), 0.9)
    inflation = (1 + correlation) / (1 - correlation)
    variance = squares * number / (number - 1) / (mean * requests) ** 2
    return mean, variance * inflation
