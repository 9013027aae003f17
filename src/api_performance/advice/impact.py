"""Estimates that stay within what was measured, and the order in which to do things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import hypot
from typing import Final

from api_performance.advice.recommendation import Effort, OptimizationRecommendation
from api_performance.model import MetricPriority

DAY_SECONDS: Final = 86_400.0

PRIORITY_WEIGHT: Final[Mapping[MetricPriority, float]] = {
    MetricPriority.CRITICAL: 8.0,
    MetricPriority.HIGH: 4.0,
    MetricPriority.MEDIUM: 2.0,
    MetricPriority.LOW: 1.0,
}
"""Each priority counts twice the next: the order of the user's document, with a step that lets a
lower priority come first where it would save more than twice as much."""

EFFORT_DIVISOR: Final[Mapping[Effort, float]] = {
    Effort.HOURS: 1.0,
    Effort.DAYS: 2.0,
    Effort.WEEKS: 4.0,
}
"""Milder than the hours themselves, for an estimate of effort is off by a factor of two as a rule
(McConnell, Software Estimation, 2006: the cone of uncertainty)."""

Z_90: Final = 1.645
"""A normal variable is within so many standard deviations nine times in ten."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a change would save, as a ratio (0..1) of the time it is about, with an interval."""

    low: float
    mean: float
    high: float

    def scaled(self, share: float) -> Estimate:
        """Return it of a whole, of which it is about `share` (0..1), and never more than that."""
        most = min(max(share, 0.0), 1.0)
        low, mean, high = (min(max(part * most, 0.0), most) for part in self.ordered())
        return Estimate(low, mean, high)

    def plus(self, other: Estimate) -> Estimate:
        """Return what two changes save that come together, of one whole."""
        return Estimate(self.low + other.low, self.mean + other.mean, self.high + other.high)

    def measured(self, error_of_mean: float) -> Estimate:
        """Return it with the interval in which a comparison of as many requests will see it.

        `error_of_mean` is the standard error of the mean before, a ratio of it; after the change
        the mean is taken to be as uncertain in seconds. 90 %, so it is within that of a measurement
        nine times in ten.
        """
        low, mean, high = self.ordered()
        error = Z_90 * error_of_mean * hypot(1.0, 1.0 - mean)
        return Estimate(max(low - error, 0.0), mean, min(high + error, 1.0))

    def ordered(self) -> tuple[float, float, float]:
        """Return low, mean and high, none past the next, whatever they were made of."""
        low, mean, high = sorted((self.low, self.mean, self.high))
        return low, mean, high


def score(
    saved_seconds_per_day: float, priority: MetricPriority, confidence: float, effort: Effort
) -> float:
    """Return what ranks: user-seconds saved a day × priority weight × confidence ÷ effort."""
    weight = PRIORITY_WEIGHT[priority]
    return saved_seconds_per_day * weight * confidence / EFFORT_DIVISOR[effort]


def in_order(found: Iterable[OptimizationRecommendation]) -> list[OptimizationRecommendation]:
    """Return recommendations in the order to do them: thin evidence never before measured."""
    return sorted(found, key=lambda each: (each.is_thin, -each.score, each.id))
