"""The REST API: every question, under `/api/v1`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from starlette.responses import Response

from api_performance import answers
from api_performance.export import tables
from api_performance.queries import (
    DashboardData,
    DashboardWidget,
    LivePush,
    RequestPage,
    SeriesQuestion,
    WidgetData,
    dashboard_data,
    refuse_if_off,
    widget_data,
)
from api_performance.server.context import Ask
from api_performance.server.guard import Viewer, view_role
from api_performance.server.parameters import (
    Format,
    Kept,
    Range,
    RequestLimit,
    Shown,
    StepSeconds,
    Table,
    WindowSeconds,
)
from api_performance.server.routing import api_routes
from api_performance.server.settings import PageSettings, page_settings

routes = api_routes("numbers", [Depends(view_role)])

Id = Annotated[str, Path(max_length=64, description="An endpoint's id, as the table has it.")]


@routes.on("GET", "/endpoints", responses={200: {"model": answers.EndpointPage}})
async def endpoints(ask: Ask, question: Table, export_format: Format = None) -> Response:
    """The endpoint table: filtered, searched, ordered, a page at a time."""
    return await ask.answer(
        "endpoints",
        lambda: ask.queries.endpoints(question),
        lambda page: tables.endpoints_csv(page.endpoints),
        export_format,
    )


@routes.on("GET", "/endpoints/{endpoint_id}", responses={200: {"model": answers.EndpointSummary}})
async def endpoint(
    ask: Ask, endpoint_id: Id, asked: Range, kept: Kept, export_format: Format = None
) -> Response:
    """One endpoint over a range."""
    return await ask.answer(
        f"endpoint-{endpoint_id}",
        lambda: ask.queries.endpoint(endpoint_id, asked, kept),
        lambda row: tables.endpoints_csv([row]),
        export_format,
    )


@routes.on("GET", "/endpoints/{endpoint_id}/series", responses={200: {"model": answers.Series}})
async def endpoint_series(
    ask: Ask,
    endpoint_id: Id,
    asked: Range,
    kept: Kept,
    step_seconds: StepSeconds = None,
    export_format: Format = None,
) -> Response:
    """One endpoint step by step."""
    question = SeriesQuestion(asked, kept, endpoint_id, step_seconds)
    return await _series(ask, question, export_format)


@routes.on("GET", "/endpoints/{endpoint_id}/heatmap", responses={200: {"model": answers.Heatmap}})
async def endpoint_heatmap(
    ask: Ask,
    endpoint_id: Id,
    asked: Range,
    kept: Kept,
    step_seconds: StepSeconds = None,
    export_format: Format = None,
) -> Response:
    """How many requests of one endpoint took how long, step by step."""
    question = SeriesQuestion(asked, kept, endpoint_id, step_seconds)
    return await ask.answer(
        f"heatmap-{endpoint_id}",
        lambda: ask.queries.heatmap(question),
        tables.heatmap_csv,
        export_format,
    )


@routes.on(
    "GET",
    "/endpoints/{endpoint_id}/operations",
    responses={200: {"model": answers.OperationPage}},
)
async def endpoint_operations(
    ask: Ask, endpoint_id: Id, asked: Range, kept: Kept, export_format: Format = None
) -> Response:
    """What the requests of one endpoint called: statements, cache commands, outgoing calls."""
    return await ask.answer(
        f"operations-{endpoint_id}",
        lambda: ask.queries.operations(endpoint_id, asked, kept),
        lambda page: tables.operations_csv(page.operations),
        export_format,
    )


@routes.on(
    "GET", "/endpoints/{endpoint_id}/exemplars", responses={200: {"model": answers.ExemplarPage}}
)
async def endpoint_exemplars(
    ask: Ask, endpoint_id: Id, asked: Range, kept: Kept, export_format: Format = None
) -> Response:
    """Requests of one endpoint kept as they were: the slowest and typical ones."""
    return await ask.answer(
        f"exemplars-{endpoint_id}",
        lambda: ask.queries.exemplars(endpoint_id, asked, kept),
        lambda page: tables.exemplars_csv(page.exemplars),
        export_format,
    )


@routes.on("GET", "/series", responses={200: {"model": answers.Series}})
async def series(
    ask: Ask,
    asked: Range,
    kept: Kept,
    step_seconds: StepSeconds = None,
    export_format: Format = None,
) -> Response:
    """All that the filter keeps together, step by step."""
    return await _series(ask, SeriesQuestion(asked, kept, None, step_seconds), export_format)


async def _series(ask: Ask, question: SeriesQuestion, export_format: Format) -> Response:
    return await ask.answer(
        f"series-{question.endpoint_id or 'all'}",
        lambda: ask.queries.series(question),
        tables.series_csv,
        export_format,
    )


@routes.on("GET", "/summary", responses={200: {"model": answers.ServiceSummary}})
async def summary(ask: Ask, asked: Range, kept: Kept, export_format: Format = None) -> Response:
    """All that the filter keeps as one set of figures."""
    return await ask.answer(
        "summary",
        lambda: ask.queries.summary(asked, kept),
        tables.summary_csv,
        export_format,
    )


@routes.on("GET", "/instances", responses={200: {"model": list[answers.InstanceRow]}})
async def instances(ask: Ask, kept: Kept, export_format: Format = None) -> Response:
    """The processes that reported lately."""
    return await ask.answer(
        "instances", lambda: ask.queries.instances(kept), tables.instances_csv, export_format
    )


@routes.on("GET", "/requests", responses={200: {"model": RequestPage}})
async def requests(
    ask: Ask, kept: Kept, limit: RequestLimit = 100, export_format: Format = None
) -> Response:
    """Some of the newest requests of all processes, one by one, the newest first."""
    return await ask.answer(
        "requests",
        lambda: ask.queries.requests(kept, limit),
        lambda page: tables.requests_csv(page.requests),
        export_format,
    )


@routes.on("GET", "/health", responses={200: {"model": answers.HealthLine}})
async def health(ask: Ask) -> Response:
    """How the product itself is."""
    return await ask.answer("health", ask.queries.health, str, None)


@routes.on("GET", "/live", responses={200: {"model": LivePush}})
async def live_once(ask: Ask, question: Shown) -> Response:
    """What the WebSocket of this address pushes, once: for a page that polls."""
    return await ask.answer("live", lambda: ask.queries.live(question), str, None)


@routes.on("GET", "/widgets", responses={200: {"model": DashboardData}})
async def widgets(ask: Ask, time_window: WindowSeconds = None) -> Response:
    """Every widget that is built: what `get_dashboard_data()` returns."""
    asked = time_window or ask.config.dashboard_config.history_window
    return await ask.answer(
        "widgets", lambda: dashboard_data(ask.queries.view(asked), asked), str, None
    )


@routes.on("GET", "/widgets/{widget}", responses={200: {"model": WidgetData}})
async def widget(ask: Ask, widget: DashboardWidget, time_window: WindowSeconds = None) -> Response:
    """One widget: what `get_dashboard_data` returns for it; 501 if it is not built yet."""
    refuse_if_off(widget, ask.config.dashboard_config)
    asked = time_window or ask.config.dashboard_config.history_window
    return await ask.answer(
        widget.value, lambda: widget_data(widget, ask.queries.view(asked), asked), str, None
    )


@routes.on("GET", "/config", responses={200: {"model": PageSettings}})
async def config(ask: Ask, role: Viewer) -> Response:
    """What the page has to know of the settings."""
    return await ask.answer(
        "config",
        lambda: page_settings(ask.config, role, ask.queries.measured_seconds()),
        str,
        None,
    )
