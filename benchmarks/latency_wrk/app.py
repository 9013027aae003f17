"""A typical handler: waits for a database as most do, then validates and answers twenty items."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from statistics import quantiles

from fastapi import FastAPI
from pydantic import BaseModel

DATABASE_SECONDS = 0.005
LAG_PROBE_SECONDS = 0.005


class Item(BaseModel):
    """One row of the answer."""

    id: int
    name: str
    price: float
    in_stock: bool


class Lag:
    """How late the event loop wakes a task that slept, in seconds, since the last reading."""

    def __init__(self) -> None:
        """Start without a sample."""
        self.samples: list[float] = []

    async def probe(self) -> None:
        """Sleep again and again and note how much too late each sleep ended."""
        while True:
            start = time.perf_counter()
            await asyncio.sleep(LAG_PROBE_SECONDS)
            self.samples.append(time.perf_counter() - start - LAG_PROBE_SECONDS)

    def read(self) -> dict[str, float]:
        """Return the median and the 99th percentile in seconds, and begin anew."""
        samples, self.samples = self.samples, []
        percentiles = quantiles(samples, n=100)
        return {"p50": percentiles[49], "p99": percentiles[98]}


def build_app() -> FastAPI:
    """Build the application that is put under load."""
    lag = Lag()

    @asynccontextmanager
    async def probing(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(lag.probe())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app = FastAPI(lifespan=probing)

    @app.get("/shops/{shop_id}/items")
    async def list_items(shop_id: int, limit: int = 20) -> list[Item]:
        await asyncio.sleep(DATABASE_SECONDS)
        return [
            Item(id=shop_id * 100 + number, name="lamp", price=9.5, in_stock=number % 3 > 0)
            for number in range(limit)
        ]

    @app.get("/lag")
    async def read_lag() -> dict[str, float]:
        return lag.read()

    return app
