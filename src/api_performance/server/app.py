"""The server: the page, the REST API and the WebSocket as one ASGI app, under any prefix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.metadata import version
from itertools import chain
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from api_performance.clock import Clock, SystemClock
from api_performance.config import Config
from api_performance.queries import Queries
from api_performance.server import (
    live_route,
    page,
    routes,
    sessions,
)
from api_performance.server.auth import Auth
from api_performance.server.bodies import SmallBodies
from api_performance.server.building import BuiltAtFirstRequest
from api_performance.server.context import Context
from api_performance.server.guard import Guard
from api_performance.server.headers import SecureHeaders
from api_performance.server.live import Live
from api_performance.server.pool import Pool
from api_performance.server.refusals import answer_errors
from api_performance.server.routing import API_PREFIX, DeclaredRoute

_SCHEMA_PATH: Final = f"{API_PREFIX}/openapi.json"

_NO_TELEMETRY: Final[Any] = {  # Any: its type is not there before FastAPI 0.142
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
}


def make_app(queries: Queries, auth: Auth, config: Config, clock: Clock | None = None) -> ASGIApp:
    """Return the server's ASGI app, to be called under `root_path` or on its own.

    It asks `queries` and `auth` in `worker_threads` threads of its own, and has no lifespan.
    """
    clock = clock or SystemClock()
    pool = Pool(config.optimization_config.worker_threads)
    context = Context(
        queries=queries,
        guard=Guard(auth, pool, clock),
        config=config,
        pool=pool,
        live=Live(queries, pool, clock, config.dashboard_config.refresh_interval),
    )
    app = _plain_app(openapi_url=None)
    app.state.context = context
    answer_errors(app)
    app.add_middleware(SmallBodies)
    app.add_middleware(page.SlashAdded)
    app.router.routes.append(Route(_SCHEMA_PATH, BuiltAtFirstRequest(_described)))
    app.router.routes.extend(route.late() for route in _declared())
    app.router.routes.extend(_late_routes())
    app.mount("/", page.PageFiles())
    return SecureHeaders(app)


def make_api() -> FastAPI:
    """Return the routes alone, all of them built: what the OpenAPI schema describes."""
    app = _plain_app(openapi_url=_SCHEMA_PATH)
    late = chain.from_iterable(map(declared_in, LATE_ROOMS))
    app.router.routes.extend(route.build() for route in (*_declared(), *late))
    return app


def _described() -> FastAPI:
    """Return what answers with the schema, which is made now: on the loop it would be a pause."""
    app = make_api()
    app.openapi()
    return app


def _declared() -> Iterator[DeclaredRoute]:
    return chain.from_iterable(room.routes for room in (routes, sessions, live_route, page))


LATE_ROOMS: Final[Mapping[str, Sequence[str]]] = {
    "objective_routes": ("objectives",),
    "alert_routes": ("alerts", "incidents", "silences"),
    "rule_routes": ("alert-rules",),
    "channel_routes": ("channels",),
    "finding_routes": ("findings", "usual"),
    "deploy_routes": ("deploys", "versions"),
    "advice_routes": ("recommendations",),
    "prediction_routes": ("predictions",),
}
"""Rooms of routes by module -> the first words of their paths. They are loaded at their first
request, for they bring along what judging needs, and most processes are never asked."""


def _late_routes() -> Iterator[Route]:
    """Yield what answers all below a first word, with the room that is loaded then."""
    for room, words in LATE_ROOMS.items():
        app = BuiltAtFirstRequest(partial(_router_of, room))
        for word in words:
            yield Route(f"{API_PREFIX}/{word}", app)
            yield Route(f"{API_PREFIX}/{word}/{{rest:path}}", app)


def _router_of(room: str) -> ASGIApp:
    return Router([route.build() for route in declared_in(room)], redirect_slashes=False)


def declared_in(room: str) -> Iterable[DeclaredRoute]:
    """Load a room, and return its routes."""
    declared: Iterable[DeclaredRoute] = import_module(f"api_performance.server.{room}").routes
    return declared


def _plain_app(openapi_url: str | None) -> FastAPI:
    return FastAPI(
        title="API Performance",
        version=version("api-performance"),
        openapi_url=openapi_url,
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
        telemetry=_NO_TELEMETRY,  # FastAPI before 0.142 has none and takes no notice
    )


class HiddenToken:
    """Takes a login token out of the scope, for servers log addresses once the response begins."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`, which still sees it."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        if "token" in parse_qs(scope.get("query_string", b"").decode("latin-1")):
            inner = dict(scope)
            scope["query_string"] = b"token=hidden"
            scope = inner
        await self._app(scope, receive, send)
