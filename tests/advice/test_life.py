from __future__ import annotations

from dataclasses import replace

import pytest

from api_performance.advice.life import (
    GONE_SECONDS,
    RENEW_SECONDS,
    Act,
    Command,
    Said,
    acted,
    as_text,
    folded,
    is_moved,
    laid_over,
    measured,
    recommendation_of,
    seen,
)
from api_performance.advice.recommendation import (
    OptimizationImpact,
    OptimizationRecommendation,
    OptimizationType,
    RecommendationState,
    impact_of,
)
from api_performance.analysis.effect import Effect
from api_performance.errors import ConfigError

NOW = 1_800_000_000.0
FOUND = OptimizationRecommendation(
    *(OptimizationType.DATABASE, "read at once", 0.4, OptimizationImpact.MEDIUM),
    id="a1",
    strength=0.1,
    saved_seconds_per_day=100.0,
    at=NOW,
    found_at=NOW,
    seen_at=NOW,
)
ANN = Said(NOW + 60, "ann", "has its reasons", 7)


def test_four_fields_suffice_and_an_improvement_is_a_ratio() -> None:
    made = OptimizationRecommendation(
        optimization_type=OptimizationType.CACHING,
        description="Implement caching",
        estimated_improvement=0.6,
        impact=OptimizationImpact.HIGH,
    )
    assert made.state is RecommendationState.OPEN
    with pytest.raises(ConfigError, match=r"1\.6"):
        replace(made, estimated_improvement=1.6)
    assert [impact_of(ratio) for ratio in (0.6, 0.4, 0.1)] == ["high", "medium", "low"]


def test_a_recommendation_is_read_as_it_was_written() -> None:
    assert recommendation_of(as_text(FOUND)) == FOUND
    assert recommendation_of("{}") is None


def test_a_dismissed_one_returns_only_when_its_evidence_has_doubled() -> None:
    dismissed = acted(FOUND, Act.DISMISS, ANN)
    more = seen(dismissed, replace(FOUND, strength=0.15), NOW + 90)
    assert (more.state, more.reason) == (RecommendationState.DISMISSED, "has its reasons")
    doubled = seen(more, replace(FOUND, strength=0.2), NOW + 120)
    assert doubled.state is RecommendationState.OPEN


def test_what_is_found_no_longer_is_gone_after_a_while_and_comes_back() -> None:
    known = {FOUND.id: FOUND}
    assert laid_over([], known, NOW + 60)[FOUND.id] == FOUND
    gone = laid_over([], known, NOW + GONE_SECONDS)[FOUND.id]
    assert gone.state is RecommendationState.GONE
    again = laid_over([replace(FOUND, at=NOW + 2000)], {FOUND.id: gone}, NOW + 2000)[FOUND.id]
    assert again.state is RecommendationState.OPEN


def test_an_accepted_one_keeps_its_life_and_takes_new_numbers() -> None:
    accepted = acted(FOUND, Act.ACCEPT, ANN)
    later = seen(accepted, replace(FOUND, estimated_improvement=0.5, at=NOW + 90), NOW + 90)
    assert (later.state, later.author) == (RecommendationState.ACCEPTED, "ann")
    assert later.estimated_improvement == 0.5
    assert later.found_at == NOW


@pytest.mark.parametrize(
    ("effect", "state"),
    [
        (Effect(0.5, 0.4, 0.6), RecommendationState.VERIFIED),
        (Effect(-0.5, -0.6, -0.4), RecommendationState.WORSE),
        (Effect(0.0, -0.01, 0.01), RecommendationState.NO_EFFECT),
        (Effect(0.1, -0.2, 0.3), RecommendationState.APPLIED),
        (None, RecommendationState.APPLIED),
    ],
)
def test_what_was_applied_is_judged_once_its_effect_is_sure(
    effect: Effect | None, state: RecommendationState
) -> None:
    applied = acted(FOUND, Act.APPLY, ANN)
    after = measured(applied, effect, NOW + 1000)
    assert after.state is state
    is_told = state is not RecommendationState.APPLIED and effect is not None
    assert after.actual_improvement == (effect.improvement if effect and is_told else None)
    late = measured(applied, effect, NOW + 100_000)
    assert late.state is (RecommendationState.NO_EFFECT if state == "applied" and effect else state)


def test_a_command_is_taken_once_and_stands_where_no_judge_knows_it() -> None:
    details = as_text(Command(Act.ACCEPT, FOUND))
    alone = folded(None, details, ANN)
    assert alone is not None
    assert (alone.state, alone.command_id) == (RecommendationState.ACCEPTED, 7)
    reopened = replace(alone, state=RecommendationState.OPEN)
    assert folded(reopened, details, ANN) == reopened
    assert folded(None, "no json", ANN) is None


def test_what_stands_is_stored_again_only_now_and_then() -> None:
    assert is_moved(None, FOUND, NOW)
    assert not is_moved(FOUND, replace(FOUND, saved_seconds_per_day=500.0), NOW + 60)
    later = NOW + RENEW_SECONDS
    assert is_moved(FOUND, replace(FOUND, saved_seconds_per_day=500.0), later)
    assert is_moved(FOUND, acted(FOUND, Act.ACCEPT, ANN), NOW + 60)
