"""The life of a recommendation: what people do to it, and what the judge sees become of it.

Open or accepted it waits for somebody. Applied, the windows before and after that moment are
compared until the effect is sure: verified, no effect, or worse. One that is found no longer is
gone by itself, and comes back when it is found again. One that was dismissed comes back only when
its evidence has doubled. An act is an event, laid over what the judge stored until it takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import msgspec

from api_performance.advice.recommendation import (
    TO_DO,
    OptimizationRecommendation,
    RecommendationState,
)
from api_performance.analysis.effect import Effect

ADVICE_COMMAND: Final = "recommendation command"
"""The kind of event of every act: its subject is the recommendation's id."""

JUDGE: Final = "judge"
"""The author of what no person did."""

GONE_SECONDS: Final = 600.0
"""What rules have not found for so long is gone: facts cover half an hour, a pause is none."""

RETURN_FACTOR: Final = 2.0
"""A dismissed one returns when its evidence has grown to so many times what it was."""

RENEW_FACTOR: Final = 1.25
RENEW_SECONDS: Final = 600.0
"""What is stored of one that stands is written anew when its estimate has moved by so much, at most
so often: events are kept, and every round would be one."""

SMALL_EFFECT: Final = 0.03
"""An effect whose whole interval lies nearer to nothing than this is none."""

VERDICT_SECONDS: Final = 86_400.0
"""After a day of traffic a change whose effect is still not sure had none."""

LONGEST_REASON: Final = 300


class Act(StrEnum):
    """What may be done to a recommendation."""

    ACCEPT = "accept"
    APPLY = "apply"
    DISMISS = "dismiss"
    REOPEN = "reopen"


_STATE_AFTER: Final = {
    Act.ACCEPT: RecommendationState.ACCEPTED,
    Act.APPLY: RecommendationState.APPLIED,
    Act.DISMISS: RecommendationState.DISMISSED,
    Act.REOPEN: RecommendationState.OPEN,
}

SETTLED: Final = frozenset(
    {
        RecommendationState.VERIFIED,
        RecommendationState.NO_EFFECT,
        RecommendationState.WORSE,
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """One act. `recommendation` is as who acts saw it: it stands where no judge knows it."""

    act: Act
    recommendation: OptimizationRecommendation


@dataclass(frozen=True, slots=True)
class Said:
    """Who acts, when (Unix seconds UTC) and why; `event_id` is 0 until it is stored."""

    at: float
    author: str
    reason: str
    event_id: int = 0


def acted(known: OptimizationRecommendation, act: Act, by: Said) -> OptimizationRecommendation:
    """Return a recommendation after an act."""
    state = _STATE_AFTER[act]
    is_applied = state is RecommendationState.APPLIED
    return replace(
        known,
        state=state,
        at=by.at,
        author=by.author,
        reason=by.reason[:LONGEST_REASON],
        applied_at=by.at if is_applied else None,
        actual_improvement=None,
        actual_low=None,
        actual_high=None,
        command_id=max(by.event_id, known.command_id),
    )


def folded(
    known: OptimizationRecommendation | None, details: str, by: Said
) -> OptimizationRecommendation | None:
    """Return a recommendation after the command of an event; taken once. None if unreadable."""
    if known is not None and by.event_id and by.event_id <= known.command_id:
        return known
    try:
        command = msgspec.json.decode(details, type=Command)
    except (msgspec.MsgspecError, ValueError):  # another version wrote it
        return known
    return acted(known or command.recommendation, command.act, by)


def as_text(record: object) -> str:
    """Return a record of ours as an event's details."""
    return msgspec.json.encode(record).decode()


def recommendation_of(details: str) -> OptimizationRecommendation | None:
    """Return the recommendation that an event tells of; None if another version wrote it."""
    try:
        return msgspec.json.decode(details, type=OptimizationRecommendation)
    except (msgspec.MsgspecError, ValueError):
        return None


def seen(
    known: OptimizationRecommendation | None, found: OptimizationRecommendation, now: float
) -> OptimizationRecommendation:
    """Return how one stands that rules find now: what they say of it is new, its life goes on."""
    if known is None:
        return found
    if _returns(known, found):
        return replace(
            found, command_id=known.command_id, author=JUDGE, reason="found again", at=now
        )
    if known.state not in TO_DO:
        return replace(known, seen_at=now)
    return replace(
        found,
        state=known.state,
        at=known.at,
        found_at=known.found_at,
        author=known.author,
        reason=known.reason,
        command_id=known.command_id,
        seen_at=now,
    )


def _returns(known: OptimizationRecommendation, found: OptimizationRecommendation) -> bool:
    if known.state is RecommendationState.GONE:
        return True
    is_over = known.state in SETTLED or known.state is RecommendationState.DISMISSED
    return is_over and found.strength >= RETURN_FACTOR * known.strength > 0


def unseen(known: OptimizationRecommendation, now: float) -> OptimizationRecommendation:
    """Return how one stands that rules find no longer."""
    if known.state not in TO_DO or now - known.seen_at < GONE_SECONDS:
        return known
    reason = "what it rests on is no longer measured"
    return replace(known, state=RecommendationState.GONE, at=now, author=JUDGE, reason=reason)


def measured(
    known: OptimizationRecommendation, effect: Effect | None, now: float
) -> OptimizationRecommendation:
    """Return how an applied one stands once its effect was measured; None: too few requests yet."""
    if known.state is not RecommendationState.APPLIED or known.applied_at is None:
        return known
    is_late = now - known.applied_at >= VERDICT_SECONDS
    verdict = _verdict(effect, is_late=is_late)
    if effect is None or verdict is None:
        return known
    return replace(
        known,
        state=verdict,
        at=now,
        author=JUDGE,
        reason="the response times before and after were compared",
        actual_improvement=effect.improvement,
        actual_low=effect.low,
        actual_high=effect.high,
    )


def _verdict(effect: Effect | None, *, is_late: bool) -> RecommendationState | None:
    if effect is None:
        return None
    if effect.is_better and effect.improvement >= SMALL_EFFECT:
        return RecommendationState.VERIFIED
    if effect.is_worse and effect.improvement <= -SMALL_EFFECT:
        return RecommendationState.WORSE
    if is_late or (effect.low > -SMALL_EFFECT and effect.high < SMALL_EFFECT):
        return RecommendationState.NO_EFFECT
    return None


def is_moved(
    before: OptimizationRecommendation | None, after: OptimizationRecommendation, now: float
) -> bool:
    """Tell whether one that stands like this must be stored anew."""
    if before is None or before.state is not after.state or before.command_id != after.command_id:
        return True
    if not after.is_to_do or now - before.seen_at < RENEW_SECONDS:
        return False
    ratio = after.saved_seconds_per_day / max(before.saved_seconds_per_day, 1e-9)
    is_changed = not 1 / RENEW_FACTOR <= ratio <= RENEW_FACTOR
    return is_changed or now - before.seen_at >= GONE_SECONDS


def laid_over(
    found: Iterable[OptimizationRecommendation],
    known: Mapping[str, OptimizationRecommendation],
    now: float,
) -> dict[str, OptimizationRecommendation]:
    """Return by id how it stands with all, of what rules find now and what was known before."""
    after = {each.id: seen(known.get(each.id), each, now) for each in found}
    for known_id, each in known.items():
        if known_id not in after:
            after[known_id] = unseen(each, now)
    return after
