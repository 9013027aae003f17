"""The REST API of findings: what changed, and how an endpoint was before and since."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

from fastapi import Depends, Path, Query
from starlette.responses import Response

from api_performance.changes.change import Effect
from api_performance.config import Config
from api_performance.queries.findings import (
    MOST_FINDINGS,
    FindingDetail,
    FindingPage,
    FindingQuestion,
    finding_detail,
    finding_page,
)
from api_performance.queries.usual import UsualPage, usual_page
from api_performance.server.context import Ask
from api_performance.server.guard import view_role
from api_performance.server.parameters import EndpointId, Kept, Range
from api_performance.server.routing import api_routes

routes = api_routes("findings", [Depends(view_role)])

Id = Annotated[str, Path(max_length=64, description="A finding's id, as the list has it.")]


def _question(
    kept: Kept,
    is_open: Annotated[
        bool | None, Query(description="Those that last, or those that are over.")
    ] = None,
    effect: Annotated[
        Effect | None, Query(description="Keep what became worse, or better.")
    ] = None,
    endpoint: EndpointId = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Rows to leave out.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_FINDINGS, description="Rows at most.")] = 100,
) -> FindingQuestion:
    return FindingQuestion(is_open, effect, kept, endpoint, offset, limit)


def why_none(config: Config) -> str:
    """Return why nothing is looked for here; "" where it is."""
    if config.analysis != "process":
        return (
            f"analysis = {config.analysis!r} looks for no changes: set analysis to 'process', so"
            " that a process of its own does"
        )
    if config.store == "memory://":
        return "the memory store can be read by no other process: changes are found in any other"
    if find_spec("numpy") is None:
        return "numpy is missing: pip install 'api-performance[analysis]' brings it"
    return ""


@routes.on("GET", "/findings", responses={200: {"model": FindingPage}})
async def findings(ask: Ask, question: Annotated[FindingQuestion, Depends(_question)]) -> Response:
    """What changed: those that last first, of them what costs users most."""
    return await ask.answer(
        "findings",
        lambda: finding_page(ask.queries, question, why_none(ask.config)),
        str,
        None,
    )


@routes.on("GET", "/findings/{finding_id}", responses={200: {"model": FindingDetail}})
async def finding(ask: Ask, finding_id: Id) -> Response:
    """One finding, with the response times of its endpoint before it and since."""
    return await ask.answer("finding", lambda: finding_detail(ask.queries, finding_id), str, None)


@routes.on("GET", "/usual/{endpoint_id}", responses={200: {"model": UsualPage}})
async def usual(
    ask: Ask,
    endpoint_id: Annotated[str, Path(max_length=64, description="An endpoint's id.")],
    asked: Range,
    kept: Kept,
) -> Response:
    """The p95 that an endpoint usually has at each hour of a range: of up to 14 days before it."""
    return await ask.answer(
        "usual", lambda: usual_page(ask.queries, endpoint_id, asked, kept), str, None
    )
