"""One change of one endpoint's metric, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Whether the level rose or fell; what that means for users is the metric's to say."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Finding:
    """One change of one metric.

    Instants are Unix seconds UTC. It `began` within [`began_from`, `began_until`] and was first
    told at `found`. `ratio` is the level after it by the level before (1.1: +10 %), within
    [`ratio_low`, `ratio_high`] with 95 % probability; `before` and `after` are the levels, in the
    metric's unit. `confidence` (0..1) is one minus the probability that a day without any change
    brings one like it. `deploy` is the instant of the deploy that it came with, None without one.
    `closed`: since when it is over, None while it lasts.
    """

    metric: str
    direction: Direction
    began: float
    began_from: float
    began_until: float
    found: float
    ratio: float
    ratio_low: float
    ratio_high: float
    before: float
    after: float
    confidence: float
    deploy: float | None = None
    closed: float | None = None

    @property
    def key(self) -> tuple[str, float]:
        """The metric and when it was found: the same for every later word of the same finding."""
        return self.metric, self.found
