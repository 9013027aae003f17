"""Asks all rules about all endpoints, and ranks what they found. Facts in, recommendations out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from api_performance.advice.facts import EndpointFacts, ServiceFacts
from api_performance.advice.found import Found, Rule
from api_performance.advice.impact import DAY_SECONDS, in_order, score
from api_performance.advice.recommendation import (
    OptimizationRecommendation,
    impact_of,
    recommendation_id,
)
from api_performance.errors import told
from api_performance.model import Endpoint, MetricPriority, TrafficKind

logger: Final = logging.getLogger("api_performance")

_failed: Final[set[str]] = set()

LEAST_SECONDS: Final = 60.0
"""Advice needs a minute of traffic: windows with operations are of minutes."""

LEAST_SHARE_OF_SERVICE: Final = 0.0001
"""What would save less of all users' waiting is no thing to do. The order keeps what is small at
the end."""

SERVICE: Final = "service"
"""Stands for an endpoint's id where processes are the matter."""


def advise(
    facts: ServiceFacts, rules: Sequence[Rule], now: float
) -> list[OptimizationRecommendation]:
    """Return what to change, in the order to do it; nothing before a minute was measured."""
    if facts.seconds < LEAST_SECONDS:
        return []
    found = [*_of_endpoints(facts, rules, now), *_of_service(facts, rules, now)]
    return in_order(found)


def _of_endpoints(
    facts: ServiceFacts, rules: Sequence[Rule], now: float
) -> Iterator[OptimizationRecommendation]:
    least = LEAST_SHARE_OF_SERVICE * facts.response_seconds
    for seen in facts.endpoints:
        if seen.endpoint.kind is not TrafficKind.HTTP or not seen.count:
            continue
        yield from _of_endpoint(seen, rules, least, now)


def _of_endpoint(
    seen: EndpointFacts, rules: Iterable[Rule], least: float, now: float
) -> Iterator[OptimizationRecommendation]:
    explained: set[str] = set()
    has_spoken = False
    for rule in rules:
        if rule.endpoint is None or seen.count < rule.least_requests:
            continue
        if has_spoken and (rule.is_thin or rule.is_alone):
            continue
        for found in _looked(rule, partial(rule.endpoint, seen, rule.bounds)):
            saved = _saved_seconds(found, seen.sums.response_seconds)
            samples = seen.count if found.sample_count is None else found.sample_count
            is_rare = samples < rule.least_requests or saved < least
            if is_rare or explained.intersection(found.explains):
                continue
            explained.update(found.explains)
            has_spoken |= not rule.is_thin
            yield _ranked(rule, found, _Subject.of(seen), saved, now)


def _of_service(
    facts: ServiceFacts, rules: Iterable[Rule], now: float
) -> Iterator[OptimizationRecommendation]:
    whole = facts.response_seconds
    count = sum(each.count for each in facts.endpoints)
    subject = _Subject(None, facts.seconds, count, whole)
    has_spoken = False
    for rule in rules:
        if rule.service is None or (rule.is_thin and has_spoken):
            continue
        for found in _looked(rule, partial(rule.service, facts, rule.bounds)):
            has_spoken = True
            yield _ranked(rule, found, subject, _saved_seconds(found, whole), now)


def _looked(rule: Rule, look: Callable[[], Iterable[Found]]) -> list[Found]:
    """Return what a rule finds; one that fails is logged once, and ends no other.

    Nor the alerts, which the same process judges.
    """
    try:
        return list(look())
    except Exception as error:  # noqa: BLE001 # whatever is wrong with it
        if rule.id not in _failed:
            _failed.add(rule.id)
            logger.warning(
                "the rule of advice %s failed and finds nothing: %s", rule.id, told(error)
            )
        return []


def _saved_seconds(found: Found, response_seconds: float) -> float:
    if found.saved_seconds is not None:
        return found.saved_seconds
    return found.saved.mean * response_seconds


class _Subject:
    """What a finding is about: an endpoint over a range, or all of them."""

    __slots__ = ("count", "endpoint", "error_of_mean", "response_seconds", "seconds")

    def __init__(
        self,
        endpoint: Endpoint | None,
        seconds: float,
        count: int,
        response_seconds: float,
        error_of_mean: float = 0.0,
    ) -> None:
        self.endpoint = endpoint
        self.seconds = seconds
        self.count = count
        self.response_seconds = response_seconds
        self.error_of_mean = error_of_mean

    @classmethod
    def of(cls, seen: EndpointFacts) -> _Subject:
        whole = seen.sums.response_seconds
        return cls(seen.endpoint, seen.seconds, seen.count, whole, seen.error_of_mean)


def _ranked(
    rule: Rule, found: Found, subject: _Subject, saved_seconds: float, now: float
) -> OptimizationRecommendation:
    endpoint = subject.endpoint
    priority = MetricPriority.MEDIUM if endpoint is None else endpoint.priority
    endpoint_id = SERVICE if endpoint is None else endpoint.id
    confidence = rule.confidence if found.confidence is None else found.confidence
    saved = found.saved.scaled(1.0).measured(subject.error_of_mean)
    per_day = saved_seconds / max(subject.seconds, LEAST_SECONDS) * DAY_SECONDS
    return OptimizationRecommendation(
        optimization_type=found.optimization_type or rule.optimization_type,
        description=found.description,
        estimated_improvement=saved.mean,
        impact=impact_of(saved.mean),
        title=found.title,
        id=recommendation_id(rule.id, endpoint_id, found.key),
        rule=rule.id,
        endpoint="" if endpoint is None else endpoint.name,
        endpoint_id="" if endpoint is None else endpoint.id,
        service="" if endpoint is None else endpoint.service,
        priority=priority,
        mean_seconds=subject.response_seconds / max(subject.count, 1),
        improvement_low=saved.low,
        improvement_high=saved.high,
        derivation=found.derivation,
        confidence=confidence,
        is_thin=rule.is_thin,
        effort=rule.effort,
        risk=rule.risk,
        undo=rule.undo,
        saved_seconds_per_day=per_day,
        score=score(per_day, priority, confidence, rule.effort),
        strength=saved_seconds / max(subject.count, 1),
        evidence=found.evidence,
        operation=found.operation,
        source=found.source,
        window_seconds=subject.seconds,
        sample_count=subject.count if found.sample_count is None else found.sample_count,
        at=now,
        found_at=now,
        seen_at=now,
    )
