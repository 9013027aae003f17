"""What moves while one looks: deals as server-sent events, stock over a WebSocket."""

import asyncio
import json
import random
from collections.abc import AsyncIterator

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from demo.shop.database import Database, DatabaseDependency
from demo.shop.models import Product

router = APIRouter(prefix="/deals", tags=["live"])
socket_router = APIRouter(prefix="/ws")

BEAT_SECONDS = 1.0
MAX_EVENTS = 120
MAX_WATCHED = 20


@router.get("/stream")
async def stream_deals(database: DatabaseDependency) -> StreamingResponse:
    """A deal every second, for two minutes at most."""
    return StreamingResponse(write_events(database), media_type="text/event-stream")


async def write_events(database: Database) -> AsyncIterator[str]:
    """Deals in the format of server-sent events."""
    for _ in range(MAX_EVENTS):
        name, price_cents = await database.run(pick_deal)
        deal = {"name": name, "price_cents": price_cents * 9 // 10}
        yield f"event: deal\ndata: {json.dumps(deal)}\n\n"
        await asyncio.sleep(BEAT_SECONDS)


def pick_deal(session: Session) -> tuple[str, int]:
    """Name and price of a product, any."""
    last_id = session.scalar(select(func.max(Product.id))) or 1
    product = session.get_one(Product, random.randint(1, last_id))
    return product.name, product.price_cents


@socket_router.websocket("/stock")
async def watch_stock(websocket: WebSocket, database: DatabaseDependency) -> None:
    """Takes a JSON list of product numbers, then sends their stock every second."""
    await websocket.accept()
    try:
        product_ids = [int(number) for number in await websocket.receive_json()][:MAX_WATCHED]
        while True:
            await websocket.send_json(await database.run(read_stock, product_ids))
            await asyncio.sleep(BEAT_SECONDS)
    except WebSocketDisconnect:
        return
    except (TypeError, ValueError):
        await websocket.close(1003, "Send a list of product numbers.")


def read_stock(session: Session, product_ids: list[int]) -> dict[str, int]:
    """How many are left of each product."""
    statement = select(Product.id, Product.stock).where(Product.id.in_(product_ids))
    return {str(product_id): stock for product_id, stock in session.execute(statement)}
