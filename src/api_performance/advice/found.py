"""What a rule finds, before it is ranked, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from api_performance.advice.facts import EndpointFacts, ServiceFacts
from api_performance.advice.impact import Estimate
from api_performance.advice.recommendation import Effort, Evidence, OptimizationType


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found in an endpoint, or in the processes.

    `saved` is of the endpoint's response time, 0..1. `saved_seconds` are those of all users over
    the range, where the endpoint's own time does not tell them. `key` tells two findings of a rule
    apart; what is in `explains` no later rule speaks about. `confidence` None is the rule's own.
    """

    title: str
    description: str
    saved: Estimate
    derivation: str
    evidence: tuple[Evidence, ...]
    key: str = ""
    explains: tuple[str, ...] = ()
    operation: str = ""
    source: str = ""
    saved_seconds: float | None = None
    sample_count: int | None = None
    confidence: float | None = None
    optimization_type: OptimizationType | None = None


Bounds = Mapping[str, float]
"""A rule's thresholds by name."""

LookAtEndpoint = Callable[[EndpointFacts, Bounds], Iterable[Found]]
LookAtService = Callable[[ServiceFacts, Bounds], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the catalogue. One of the two looks is given.

    `bounds` are its thresholds, `source` where they come from. `least_requests` of an endpoint
    must have been seen. `is_thin`: a rule of thumb, which speaks only where no other rule does.
    `is_alone`: what it asks for is worth its risk only where no rule before it has found a cause.
    """

    id: str
    optimization_type: OptimizationType
    when: str
    effort: Effort
    confidence: float
    risk: str
    undo: str
    source: str
    endpoint: LookAtEndpoint | None = None
    service: LookAtService | None = None
    bounds: Bounds = field(default_factory=lambda: MappingProxyType({}))
    least_requests: int = 30
    is_thin: bool = False
    is_alone: bool = False
