"""The shop API, put together. `create_app` is what uvicorn's workers run."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import APIRouter, FastAPI

from api_performance import instrument
from demo.bad_day import Fault, switches
from demo.shop import accounts, admin, cart, catalogue, checkout, live, orders, recommendations
from demo.shop.cache import Cache
from demo.shop.database import TILL_CONNECTIONS, Database
from demo.shop.partner import Partner
from demo.shop.settings import Settings

FEW_THREADS = 4
LOOK_SECONDS = 0.5


def create_app(settings: Settings | None = None) -> FastAPI:
    """The shop with `settings`, which the environment gives if the caller does not."""
    app = FastAPI(title="Shop", lifespan=lifespan)
    app.state.settings = settings or Settings.from_environment()
    # Not in `lifespan`: httpx loads half of itself with its first client, half a second in which
    # the event loop would stand still.
    app.state.partner = Partner(app.state.settings.third_party_url)
    app.include_router(make_api())
    app.include_router(live.socket_router)
    app.add_api_route("/health", health, tags=["health"])
    # Over the usual hour, what has run for minutes would be a corner of the chart.
    shown = {"history_window": 300}
    instrument(
        app,
        service="shop-api",
        environment="demo",
        dashboard_config=shown,
    )
    logging.getLogger("uvicorn.error").addFilter(OneExceptionAMinute())
    return app


def make_api() -> APIRouter:
    """Everything below `/api`."""
    api = APIRouter(prefix="/api")
    for module in (accounts, admin, cart, catalogue, checkout, live, orders, recommendations):
        api.include_router(module.router)
    api.include_router(catalogue.search_router)
    return api


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open what a worker needs, and close it at the end."""
    settings: Settings = app.state.settings
    app.state.database = Database(settings.database)
    app.state.till = Database(settings.database, connections=TILL_CONNECTIONS)
    app.state.cache = Cache(settings.cache_port)
    threads = asyncio.create_task(take_threads_away())
    yield
    threads.cancel()
    await app.state.partner.close()
    await app.state.cache.close()
    app.state.till.close()
    app.state.database.close()


async def take_threads_away() -> None:
    """Leave the worker few threads on a bad day; see `demo/bad_day.py`."""
    limiter = current_default_thread_limiter()
    usual = limiter.total_tokens
    while True:
        limiter.total_tokens = FEW_THREADS if switches.is_on(Fault.FEW_THREADS) else usual
        await asyncio.sleep(LOOK_SECONDS)


async def health() -> dict[str, str]:
    """Whether this worker answers."""
    return {"status": "ok"}


class OneExceptionAMinute(logging.Filter):
    """Lets one traceback a minute into the log: the payment fails all day, on purpose."""

    _last = -60.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether `record` is logged."""
        if not record.exc_info:
            return True
        now = time.monotonic()
        is_due = now - self._last >= 60.0
        if is_due:
            self._last = now
        return is_due
