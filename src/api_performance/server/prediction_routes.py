"""The REST API of predictions: what an endpoint will do, and what more load would do to it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from starlette.responses import Response

from api_performance.export import tables
from api_performance.queries.prediction_answers import PredictionPage
from api_performance.queries.predictions import MOST_HOURS_AHEAD, PredictionQuestion
from api_performance.server.context import Ask
from api_performance.server.guard import view_role
from api_performance.server.parameters import Format
from api_performance.server.routing import api_routes

routes = api_routes("predictions", [Depends(view_role)])

Endpoint = Annotated[
    str, Query(max_length=64, description="The endpoint's id; without it all together.")
]
HoursAhead = Annotated[
    int, Query(ge=1, le=MOST_HOURS_AHEAD, description="How many hours to look ahead.")
]


@routes.on("GET", "/predictions", responses={200: {"model": PredictionPage}})
async def predictions(
    ask: Ask, endpoint: Endpoint = "", hours_ahead: HoursAhead = 24, export_format: Format = None
) -> Response:
    """What is to be expected of the coming hours, with intervals; 404 before the first request."""
    ids = frozenset({endpoint}) if endpoint else None
    question = PredictionQuestion(ids, hours_ahead)
    return await ask.answer(
        f"predictions-{endpoint or 'all'}",
        lambda: ask.queries.of_predictions.page(question),
        tables.predictions_csv,
        export_format,
    )
