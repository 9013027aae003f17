"""A recommendation: what to change, why that is believed, what it would save, and how it stands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Final

from api_performance.errors import ConfigError
from api_performance.model import MetricPriority

RECOMMENDATION: Final = "recommendation"
"""The kind of event that says how a recommendation stands from now on: its subject is the id."""


class OptimizationType(StrEnum):
    """What sort of change a recommendation asks for."""

    CACHING = "caching"
    DATABASE = "database"
    LOAD_BALANCING = "load_balancing"
    EXTERNAL_API = "external_api"
    CONCURRENCY = "concurrency"
    COMPRESSION = "compression"
    CODE = "code"
    RESOURCE_ALLOCATION = "resource_allocation"
    NETWORK = "network"
    MEMORY = "memory"
    CPU = "cpu"


class OptimizationImpact(StrEnum):
    """How much of an endpoint's mean response time a change would take away."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Effort(StrEnum):
    """About how long the change takes one who knows the code."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


class RecommendationState(StrEnum):
    """How a recommendation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    APPLIED = "applied"
    VERIFIED = "verified"
    NO_EFFECT = "no_effect"
    WORSE = "worse"
    DISMISSED = "dismissed"
    GONE = "gone"


TO_DO: Final = frozenset({RecommendationState.OPEN, RecommendationState.ACCEPTED})
"""What waits for somebody to do it."""

HIGH_FROM: Final = 0.5
MEDIUM_FROM: Final = 0.2
"""Ratios from which an impact is HIGH and MEDIUM: SPEC.md calls 0.6 and 0.8 high, 0.4 medium."""


def impact_of(improvement: float) -> OptimizationImpact:
    """Return the impact of an improvement, a ratio (0..1) of the endpoint's mean response time."""
    if improvement >= HIGH_FROM:
        return OptimizationImpact.HIGH
    return OptimizationImpact.MEDIUM if improvement >= MEDIUM_FROM else OptimizationImpact.LOW


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measured number. `unit`: seconds, ratio, per_request, per_second, count or bytes."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class OptimizationRecommendation:
    """What to change. The first four suffice; the others are what ours have.

    `estimated_improvement` is a ratio (0..1) of the endpoint's mean response time, which is
    `mean_seconds`, with `improvement_low` and `improvement_high` about it; `derivation` says how it
    came. `endpoint` is empty where it is about the service's processes. `saved_seconds_per_day`
    are those of all users together; `score` ranks. `confidence` (0..1) is how sure the cause is;
    `is_thin`: a rule of thumb spoke, no cause was measured. `strength` is what a request saves.
    `window_seconds` is the range that was looked at, `sample_count` its requests. Instants are
    Unix seconds UTC. Once it was applied `actual_improvement` stands beside the estimate, with its
    interval, as soon as that was measured. `command_id` is the last act that was taken.
    ConfigError for an improvement that is no ratio.
    """

    optimization_type: OptimizationType
    description: str
    estimated_improvement: float
    impact: OptimizationImpact
    title: str = ""
    id: str = ""
    rule: str = ""
    endpoint: str = ""
    endpoint_id: str = ""
    service: str = ""
    priority: MetricPriority = MetricPriority.MEDIUM
    mean_seconds: float = 0.0
    improvement_low: float | None = None
    improvement_high: float | None = None
    derivation: str = ""
    confidence: float = 0.5
    is_thin: bool = False
    effort: Effort = Effort.DAYS
    risk: str = ""
    undo: str = ""
    saved_seconds_per_day: float = 0.0
    score: float = 0.0
    strength: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    operation: str = ""
    source: str = ""
    window_seconds: float = 0.0
    sample_count: int = 0
    state: RecommendationState = RecommendationState.OPEN
    at: float = 0.0
    found_at: float = 0.0
    seen_at: float = 0.0
    author: str = ""
    reason: str = ""
    applied_at: float | None = None
    actual_improvement: float | None = None
    actual_low: float | None = None
    actual_high: float | None = None
    command_id: int = 0

    def __post_init__(self) -> None:
        """Refuse an improvement that is none."""
        if not isfinite(self.estimated_improvement) or not 0 <= self.estimated_improvement <= 1:
            raise ConfigError(
                f"estimated_improvement = {self.estimated_improvement!r} is refused: give a ratio"
                " of the endpoint's mean response time, 0 to 1"
            )

    @property
    def is_to_do(self) -> bool:
        """It waits for somebody to do it."""
        return self.state in TO_DO


def recommendation_id(rule: str, endpoint_id: str, key: str) -> str:
    """Return twelve hex digits: the same rule, endpoint and cause are the same recommendation."""
    identity = f"{rule}\n{endpoint_id}\n{key}"
    return hashlib.blake2b(identity.encode(), digest_size=6).hexdigest()
