"""A FastAPI app, measured by one line, that says what matters and where its time goes.

uvicorn fastapi_app:app
"""

import asyncio

from fastapi import FastAPI

from api_performance import LatencyType, instrument, track_latency

app = FastAPI(title="shop")
instrument(app)


@track_latency(LatencyType.DATABASE)
async def load_product(product_id: int) -> dict[str, int]:
    await asyncio.sleep(0.01)  # stands for a query
    return {"id": product_id}


@app.get("/products/{product_id}")
async def product(product_id: int) -> dict[str, int]:
    return await load_product(product_id)


@app.post("/checkout", tags=["priority:critical"])
async def checkout() -> dict[str, bool]:
    with track_latency(LatencyType.EXTERNAL_API):
        await asyncio.sleep(0.05)  # stands for the payment provider
    return {"paid": True}
