"""The REST API of deploys: which there were, who marks one, and versions side by side."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api_performance.changes.deploys import (
    LONGEST_AUTHOR,
    LONGEST_LABEL,
    LONGEST_NOTE,
    DeployBook,
    Said,
)
from api_performance.queries.deploys import (
    MOST_DEPLOYS,
    DeployPage,
    DeployRow,
    VersionPage,
    deploy_page,
    deploy_row,
    version_page,
)
from api_performance.server.context import Ask
from api_performance.server.guard import Operator, view_role
from api_performance.server.parameters import Kept, Range
from api_performance.server.routing import api_routes

routes = api_routes("deploys", [Depends(view_role)])

EndpointId = Annotated[str, Path(max_length=64, description="An endpoint's id, as the table has.")]
Label = Annotated[str, Field(max_length=LONGEST_LABEL)]


class NewDeploy(BaseModel):
    """A version that runs since `at` (Unix seconds UTC; null: now), who says so, and why.

    `service` and `environment` may be left out where one alone is measured.
    """

    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)]
    service: Label = ""
    environment: Label | None = None
    author: Annotated[str, Field(min_length=1, max_length=LONGEST_AUTHOR)] = "operator"
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    at: Annotated[float | None, Field(ge=0, le=1e11)] = None


@routes.on("GET", "/deploys", responses={200: {"model": DeployPage}})
async def deploys(
    ask: Ask,
    asked: Range,
    kept: Kept,
    limit: Annotated[int, Query(ge=1, le=MOST_DEPLOYS, description="Deploys at most.")] = 100,
) -> Response:
    """The deploys of a range, the newest first, of the services, environments and versions kept."""
    return await ask.answer(
        "deploys", lambda: deploy_page(ask.queries, asked, kept, limit), str, None
    )


@routes.on("POST", "/deploys", responses={200: {"model": DeployRow}})
async def mark(ask: Ask, _: Operator, body: NewDeploy) -> Response:
    """Mark a deploy. The same version marked again is the same deploy, with a newer note."""

    def marked() -> DeployRow:
        book = DeployBook(ask.queries.store, ask.live.clock)
        return deploy_row(book.mark(Said(**body.model_dump())))

    return await ask.answer("deploy", marked, str, None)


@routes.on("GET", "/versions/{endpoint_id}", responses={200: {"model": VersionPage}})
async def versions(ask: Ask, endpoint_id: EndpointId, asked: Range, kept: Kept) -> Response:
    """The versions that served an endpoint side by side: times, errors, requests a second."""
    return await ask.answer(
        "versions", lambda: version_page(ask.queries, endpoint_id, asked, kept), str, None
    )
