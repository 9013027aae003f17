"""Recommendations as answers: what REST, the page, the command line and the widget show of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from api_performance.advice.impact import in_order
from api_performance.advice.life import ADVICE_COMMAND, Act, Command, recommendation_of
from api_performance.advice.recommendation import (
    TO_DO,
    OptimizationRecommendation,
    OptimizationType,
    RecommendationState,
)
from api_performance.advising.desk import AdviceDesk
from api_performance.errors import ConfigError, RecommendationUnknown
from api_performance.model import MetricPriority
from api_performance.stores.base import Event

MOST_RECOMMENDATIONS: Final = 500

T = TypeVar("T", OptimizationType, MetricPriority, RecommendationState)


@dataclass(frozen=True, slots=True)
class AdviceQuestion:
    """Which recommendations are kept; an empty part keeps all, without states those to do.

    `search` are words of endpoint and title, `endpoint_id` is exact.
    """

    types: frozenset[OptimizationType] = frozenset()
    priorities: frozenset[MetricPriority] = frozenset()
    states: frozenset[RecommendationState] = frozenset()
    search: str = ""
    endpoint_id: str = ""
    offset: int = 0
    limit: int = 100

    def keeps(self, each: OptimizationRecommendation) -> bool:
        """Tell whether one is kept, whatever its state."""
        if self.types and each.optimization_type not in self.types:
            return False
        if self.priorities and each.priority not in self.priorities:
            return False
        if self.endpoint_id and each.endpoint_id != self.endpoint_id:
            return False
        text = f"{each.endpoint} {each.title}".lower()
        return all(word in text for word in self.search.lower().split())


@dataclass(frozen=True, slots=True)
class RecommendationPage:
    """Recommendations, in the order to do them.

    `counts` tells for each state how many are kept; `total` counts the kept ones before paging.
    `is_judged`: somebody judges, so that what becomes of each is stored.
    """

    as_of: float
    is_judged: bool
    counts: dict[str, int]
    total: int
    offset: int
    limit: int
    recommendations: list[OptimizationRecommendation]


@dataclass(frozen=True, slots=True)
class AdviceStep:
    """One step in the life of a recommendation: `is_command` where somebody acted."""

    id: int
    at: float
    state: RecommendationState
    estimated_improvement: float
    saved_seconds_per_day: float
    author: str
    reason: str
    is_command: bool


@dataclass(frozen=True, slots=True)
class RecommendationHistory:
    """A recommendation and its steps of ninety days, the oldest first."""

    as_of: float
    recommendation: OptimizationRecommendation
    steps: list[AdviceStep]


def recommendation_page(
    desk: AdviceDesk, question: AdviceQuestion, now: float
) -> RecommendationPage:
    """Return a page of recommendations. StoreUnavailable."""
    kept = [each for each in desk.all() if question.keeps(each)]
    states = question.states or TO_DO
    asked = [each for each in kept if each.state in states]
    counts = Counter(each.state.value for each in kept)
    return RecommendationPage(
        as_of=now,
        is_judged=desk.is_judged(),
        counts={state.value: counts[state.value] for state in RecommendationState},
        total=len(asked),
        offset=question.offset,
        limit=question.limit,
        recommendations=asked[question.offset : question.offset + question.limit],
    )


def recommendation_history(
    desk: AdviceDesk, recommendation_id: str, now: float
) -> RecommendationHistory:
    """Return what became of one. RecommendationUnknown, StoreUnavailable."""
    known = desk.standing().get(recommendation_id)
    if known is None:
        raise RecommendationUnknown(
            f"no recommendation has the id {recommendation_id!r}; the list has those there are"
        )
    steps = [_step(event) for event in desk.history(recommendation_id)]
    return RecommendationHistory(now, known, [step for step in steps if step is not None])


_STATES: Final = {
    Act.ACCEPT: RecommendationState.ACCEPTED,
    Act.APPLY: RecommendationState.APPLIED,
    Act.DISMISS: RecommendationState.DISMISSED,
    Act.REOPEN: RecommendationState.OPEN,
}


def _step(event: Event) -> AdviceStep | None:
    """Return the step that an event tells of; None if another version wrote it."""
    is_command = event.kind == ADVICE_COMMAND
    if is_command:
        try:
            command = msgspec.json.decode(event.details, type=Command)
        except (msgspec.MsgspecError, ValueError):
            return None
        one, state = command.recommendation, _STATES[command.act]
    else:
        found = recommendation_of(event.details)
        if found is None:
            return None
        one, state = found, found.state
    return AdviceStep(
        id=event.id,
        at=event.at,
        state=state,
        estimated_improvement=one.estimated_improvement,
        saved_seconds_per_day=one.saved_seconds_per_day,
        author=event.author,
        reason=event.reason,
        is_command=is_command,
    )


def chosen(
    known: Iterable[OptimizationRecommendation],
    optimization_type: OptimizationType | str | None,
    priority: MetricPriority | str | None,
    state: RecommendationState | str | None,
) -> list[OptimizationRecommendation]:
    """Return those of a type, an endpoint's priority and a state, in the order to do them.

    None keeps all, of states those to do. ConfigError for what is none of them.
    """
    wanted = AdviceQuestion(
        types=_one(OptimizationType, "optimization_type", optimization_type),
        priorities=_one(MetricPriority, "priority", priority),
        states=_one(RecommendationState, "state", state) or TO_DO,
    )
    kept = [each for each in known if wanted.keeps(each) and each.state in wanted.states]
    return in_order(kept)


def _one(kind: type[T], name: str, value: str | None) -> frozenset[T]:
    if value is None:
        return frozenset()
    try:
        return frozenset({kind(value)})
    except ValueError:
        raise ConfigError(f"{name}={value!r} is none of {', '.join(kind)}") from None
