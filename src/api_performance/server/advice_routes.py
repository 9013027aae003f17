"""The REST API of recommendations: what to do first, why, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api_performance.advice.life import LONGEST_REASON, Act
from api_performance.advice.recommendation import (
    OptimizationRecommendation,
    OptimizationType,
    RecommendationState,
)
from api_performance.advising.desk import LONGEST_AUTHOR
from api_performance.model import MetricPriority
from api_performance.queries.recommendations import (
    MOST_RECOMMENDATIONS,
    AdviceQuestion,
    RecommendationHistory,
    RecommendationPage,
    recommendation_history,
    recommendation_page,
)
from api_performance.queries.switches import refuse_advice_if_off
from api_performance.server.context import Ask
from api_performance.server.guard import Operator, view_role
from api_performance.server.parameters import LONGEST_NAME
from api_performance.server.routing import api_routes

MOST_IDS: Final = 100


async def advice_is_on(ask: Ask) -> None:
    """Refuse where `enable_optimizations` is off. SwitchedOff."""
    refuse_advice_if_off(ask.config.dashboard_config)


routes = api_routes("recommendations", [Depends(view_role), Depends(advice_is_on)])

AdviceId = Annotated[
    str, Path(max_length=64, description="A recommendation's id, as the list has it.")
]


class AdviceAct(BaseModel):
    """Recommendations to act upon, who acts, and why."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[
        list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=MOST_IDS)
    ]
    author: Annotated[str, Field(min_length=1, max_length=LONGEST_AUTHOR)] = "operator"
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class AdviceDismissal(AdviceAct):
    """Likewise; to dismiss wants a reason."""

    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


def _question(  # noqa: PLR0913 # a question has as many parts as it has filters
    optimization_type: Annotated[
        list[OptimizationType], Query(alias="type", description="Keep these types.")
    ] = [],  # noqa: B006 # FastAPI copies it
    priority: Annotated[
        list[MetricPriority], Query(description="Keep endpoints of these priorities.")
    ] = [],  # noqa: B006
    state: Annotated[
        list[RecommendationState],
        Query(description="Keep these states; `open` and `accepted` without any."),
    ] = [],  # noqa: B006
    search: Annotated[
        str, Query(max_length=LONGEST_NAME, description="Words of endpoint and title.")
    ] = "",
    endpoint_id: Annotated[str, Query(max_length=64, description="Keep this endpoint's.")] = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Rows to leave out.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_RECOMMENDATIONS, description="Rows at most.")] = 100,
) -> AdviceQuestion:
    return AdviceQuestion(
        types=frozenset(optimization_type),
        priorities=frozenset(priority),
        states=frozenset(state),
        search=search,
        endpoint_id=endpoint_id,
        offset=offset,
        limit=limit,
    )


@routes.on("GET", "/recommendations", responses={200: {"model": RecommendationPage}})
async def recommendations(
    ask: Ask, question: Annotated[AdviceQuestion, Depends(_question)]
) -> Response:
    """What to change, in the order to do it, with evidence and estimate."""
    queries = ask.queries
    return await _told(
        ask, lambda: recommendation_page(queries.advice, question, queries.moment().now)
    )


@routes.on(
    "GET",
    "/recommendations/{recommendation_id}/history",
    responses={200: {"model": RecommendationHistory}},
)
async def history(ask: Ask, recommendation_id: AdviceId) -> Response:
    """One recommendation, and what became of it in ninety days."""
    queries = ask.queries
    return await _told(
        ask,
        lambda: recommendation_history(queries.advice, recommendation_id, queries.moment().now),
    )


_ACTED: Final = {200: {"model": list[OptimizationRecommendation]}}


@routes.on("POST", "/recommendations/accept", responses=_ACTED)
async def accept(ask: Ask, _: Operator, body: AdviceAct) -> Response:
    """Say that somebody will do some of them. 404, and nothing is done, if one is unknown."""
    return await _act(ask, Act.ACCEPT, body)


@routes.on("POST", "/recommendations/apply", responses=_ACTED)
async def apply(ask: Ask, _: Operator, body: AdviceAct) -> Response:
    """Say that some were done just now: what that did is measured from here on.

    404, and nothing is done, if one is unknown.
    """
    return await _act(ask, Act.APPLY, body)


@routes.on("POST", "/recommendations/dismiss", responses=_ACTED)
async def dismiss(ask: Ask, _: Operator, body: AdviceDismissal) -> Response:
    """Say that some will not be done, and why: each returns only once its evidence has doubled.

    404, and nothing is done, if one is unknown.
    """
    return await _act(ask, Act.DISMISS, body)


@routes.on("POST", "/recommendations/reopen", responses=_ACTED)
async def reopen(ask: Ask, _: Operator, body: AdviceAct) -> Response:
    """Put some back among those to do. 404, and nothing is done, if one is unknown."""
    return await _act(ask, Act.REOPEN, body)


async def _act(ask: Ask, act: Act, body: AdviceAct) -> Response:
    told = {"author": body.author, "reason": body.reason}
    return await _told(ask, lambda: ask.queries.advice.act(act, body.ids, **told))


async def _told(ask: Ask, compute: Callable[[], object]) -> Response:
    return await ask.answer("recommendations", compute, str, None)
