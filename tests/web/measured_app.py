"""A small measured app with a row of every kind, for four workers."""

import asyncio
import os
import time
from collections.abc import AsyncIterator

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse

from api_performance import MetricPriority, instrument, monitor_api_performance

app = FastAPI()


@app.get("/api/products/{product_id}")
async def product(product_id: int) -> dict[str, int]:
    return {"id": product_id}


@app.get("/api/worker")
async def worker() -> int:
    time.sleep(0.05)  # noqa: ASYNC251 # meanwhile another worker has to take the next request
    return os.getpid()


@app.post("/api/checkout")
@monitor_api_performance("/api/checkout", "POST", MetricPriority.CRITICAL)
async def checkout() -> None:
    await asyncio.sleep(0.02)


@app.get("/api/broken")
async def broken() -> None:
    raise HTTPException(500)


@app.get("/api/events")
async def events() -> StreamingResponse:
    async def ticks() -> AsyncIterator[str]:
        while True:
            yield "data: tick\n\n"
            await asyncio.sleep(1)

    return StreamingResponse(ticks(), media_type="text/event-stream")


@app.delete("/api/products/{product_id}")
async def never_called(product_id: int) -> None: ...


@app.get("/internal/ping")
async def ping() -> str:
    return "pong"


instrument(app, service="shop", environment="test", exclude=["/internal*"])
