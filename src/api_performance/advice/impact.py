"""Estimates that stay within what was measured, and the order in which to do things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
