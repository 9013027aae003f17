"""The server: the page, the REST API and the WebSocket as one ASGI app, under any prefix."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api_performance.clock import Clock, SystemClock
from api_performance.config import Config
from api_performance.queries import Queries
from api_performance.server import live_route, page, routes, sessions
from api_performance.server.auth import Auth
from api_performance.server.bodies import SmallBodies
from api_performance.server.context import Context
from api_performance.server.guard import Guard
from api_performance.server.headers import SecureHeaders
from api_performance.server.live import Live
from api_performance.server.pool import Pool
from api_performance.server.refusals import REFUSALS, answer_errors

API_PREFIX: Final = "/api/v1"

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
    app = make_api()
    app.state.context = context
    return SecureHeaders(app)


def make_api() -> FastAPI:
    """Return the routes alone: what the OpenAPI schema describes."""
    app = FastAPI(
        title="API Performance",
        version=version("api-performance"),
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
        telemetry=_NO_TELEMETRY,  # FastAPI before 0.142 has none and takes no notice
    )
    answer_errors(app)
    app.add_middleware(SmallBodies)
    app.add_middleware(page.SlashAdded)
    for router, tag in ((routes.router, "numbers"), (sessions.router, "session")):
        app.include_router(router, prefix=API_PREFIX, tags=[tag], responses=REFUSALS)
    app.include_router(live_route.router, prefix=API_PREFIX)
    app.include_router(page.router)
    app.mount("/", page.PageFiles())
    return app


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
