"""The page of a store as an application of its own, which measures nothing.

`api-performance serve` has the server load it in every worker.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from api_performance.cli.access import open_store
from api_performance.clock import Clock, SystemClock
from api_performance.config import Config
from api_performance.instrumentation.protocol import ASGIApp, Receive, Scope, Send
from api_performance.server.headers import SecureHeaders
from api_performance.stores.base import Store, no_pace
from api_performance.wiring import announce_page, make_dashboard, make_metrics, make_queries

logger: Final = logging.getLogger("api_performance")


class Standalone:
    """Serves the page, the REST API, the WebSocket and `/metrics` over one store.

    They have the addresses that they have in an application; `/` leads to the page. `/metrics`
    covers every process that shares the store, whatever its host.
    """

    metrics_host: str | None = None

    def __init__(self, config: Config, store: Store) -> None:
        """Answer from `store`, which is closed when the server stops."""
        self.config = config
        self.clock: Clock = SystemClock()
        self.store = store
        self.queries = make_queries(config, store, self.clock, no_pace)
        self._dashboard = make_dashboard(self)
        self._metrics = make_metrics(self)
        routes = [Route("/", self._to_page)]
        self._rest = SecureHeaders(Starlette(routes=routes, lifespan=self._lifespan))

    def note_error(self, error: Exception) -> None:
        """Log an error that harms nobody."""
        logger.warning("%s: %s", type(error).__name__, error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as what lies at the address does."""
        await self._app_at(scope)(scope, receive, send)

    def _app_at(self, scope: Scope) -> ASGIApp:
        if scope["type"] == "lifespan":
            return self._rest
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path and path == self.config.metrics_path and scope["type"] == "http":
            return self._metrics
        if path == self.config.path or path.startswith(f"{self.config.path}/"):
            return self._dashboard
        return self._rest

    async def _to_page(self, request: Request) -> RedirectResponse:
        """Lead to the page, with an address that names no host or scheme: see SlashAdded."""
        return RedirectResponse(f"{self.config.path.lstrip('/')}/")

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        announce_page(self)
        yield
        self.store.close()


def make_standalone() -> Standalone:
    """Return the page over the configured store. CannotRead, StoreUnavailable, StoreTooNew."""
    config = Config()
    return Standalone(config, open_store(config))
