"""The REST API of objectives: where endpoints stand, what one would have said, what is kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api_performance.errors import ConfigError
from api_performance.export.judged_tables import objectives_csv
from api_performance.model import MetricPriority
from api_performance.objective import Objective
from api_performance.queries import Filter
from api_performance.queries.objective_answers import (
    BacktestShown,
    BudgetSeries,
    ObjectivePage,
    ObjectiveShown,
)
from api_performance.queries.objectives import MOST_DAYS, ObjectiveQuestion
from api_performance.queries.questions import MOST_ROWS
from api_performance.server.context import Ask
from api_performance.server.guard import Operator, view_role
from api_performance.server.parameters import LONGEST_NAME, EndpointId, Format, Names
from api_performance.server.routing import api_routes

routes = api_routes("objectives", [Depends(view_role)])

Id = Annotated[str, Path(max_length=64, description="An objective's id, as the list has it.")]
Author = Annotated[str, Query(min_length=1, max_length=LONGEST_NAME, description="Who wants it.")]
Reason = Annotated[str, Query(max_length=300, description="Why.")]


class ObjectiveChange(BaseModel):
    """An objective to be kept, who wants it and why."""

    model_config = ConfigDict(extra="forbid")

    objective: Objective
    author: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] = "operator"
    reason: Annotated[str, Field(max_length=300)] = ""


class BacktestAsked(BaseModel):
    """An objective that need not be kept, and the endpoint and days to try it on."""

    model_config = ConfigDict(extra="forbid")

    objective: Objective
    endpoint_id: Annotated[str, Field(max_length=64)]
    days: Annotated[float, Field(gt=0, le=MOST_DAYS)] = 7


def _kept(
    method: Annotated[Names, Query(description="Keep these methods.")] = [],  # noqa: B006 # FastAPI copies it
    priority: Annotated[list[MetricPriority], Query(description="Keep these priorities.")] = [],  # noqa: B006
    service: Annotated[Names, Query(description="Keep these services.")] = [],  # noqa: B006
    search: Annotated[
        str, Query(max_length=LONGEST_NAME, description="Words of method and template.")
    ] = "",
) -> Filter:
    return Filter(
        methods=frozenset(name.upper() for name in method),
        priorities=frozenset(priority),
        services=frozenset(service),
        search=" ".join(search.split()),
    )


def _question(
    kept: Annotated[Filter, Depends(_kept)],
    objective: Annotated[
        str, Query(max_length=64, description="Keep the rows of this objective.")
    ] = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Rows to leave out.")] = 0,
    limit: Annotated[int, Query(ge=1, le=100_000, description="Rows at most.")] = MOST_ROWS,
) -> ObjectiveQuestion:
    return ObjectiveQuestion(kept, objective, offset, limit)


@routes.on("GET", "/objectives", responses={200: {"model": ObjectivePage}})
async def objectives(
    ask: Ask,
    question: Annotated[ObjectiveQuestion, Depends(_question)],
    export_format: Format = None,
) -> Response:
    """Objectives, and where each endpoint stands: budget, burn rates, and when the budget ends."""
    return await ask.answer(
        "objectives",
        lambda: ask.queries.objectives(question),
        objectives_csv,
        export_format,
    )


@routes.on("GET", "/objectives/{objective_id}/budget", responses={200: {"model": BudgetSeries}})
async def budget(ask: Ask, objective_id: Id, endpoint: EndpointId) -> Response:
    """What was left of an endpoint's error budget, hour by hour of the objective's period."""
    return await ask.answer(
        "budget", lambda: ask.queries.of_objectives.budget(objective_id, endpoint), str, None
    )


@routes.on("POST", "/objectives/backtest", responses={200: {"model": BacktestShown}})
async def try_objective(ask: Ask, body: BacktestAsked) -> Response:
    """What an objective would have said of an endpoint, before it is kept."""
    return await ask.answer(
        "backtest",
        lambda: ask.queries.of_objectives.backtest(body.objective, body.endpoint_id, body.days),
        str,
        None,
    )


@routes.on("PUT", "/objectives/{objective_id}", responses={200: {"model": ObjectiveShown}})
async def save(ask: Ask, _: Operator, objective_id: Id, body: ObjectiveChange) -> Response:
    """Keep an objective, in place of any other with its id."""
    if body.objective.id != objective_id:
        raise ConfigError(
            f"objective.id = {body.objective.id!r} is refused: the address says {objective_id!r}"
        )
    return await ask.answer(
        "objective",
        lambda: ask.queries.of_objectives.save(body.objective, body.author, body.reason),
        str,
        None,
    )


@routes.on("DELETE", "/objectives/{objective_id}", status_code=204)
async def delete(
    ask: Ask, _: Operator, objective_id: Id, author: Author = "operator", reason: Reason = ""
) -> Response:
    """Take an objective of the page back: what it overrode holds again."""
    book = ask.queries.of_objectives.book
    await ask.pool.run(lambda: book.delete(objective_id, author=author, reason=reason))
    return Response(status_code=204)
