from __future__ import annotations

import asyncio
import gzip
import json
import os
import time
from collections.abc import AsyncIterator
from itertools import count

import httpx
from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

router = APIRouter()
_numbers = count()
_sync = httpx.Client(base_url=os.environ.get("PARTNER", "http://127.0.0.1:1"), timeout=10)
_tight = create_async_engine(
    "sqlite+aiosqlite://", poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0
)
_wide = create_async_engine(
    "sqlite+aiosqlite://", poolclass=AsyncAdaptedQueuePool, pool_size=20, max_overflow=0
)


@router.get("/desk/report")
async def report() -> str:
    time.sleep(0.12)
    return "done"


@router.get("/desk/report-in-thread")
async def report_in_thread() -> str:
    await asyncio.to_thread(time.sleep, 0.12)
    return "done"


@router.get("/desk/weather")
async def weather() -> object:
    return _sync.get("/weather").json()


@router.get("/desk/tickets")
async def tickets() -> str:
    async with _tight.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await asyncio.sleep(0.08)
    return "done"


@router.get("/desk/tickets-wide")
async def tickets_wide() -> str:
    async with _wide.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await asyncio.sleep(0.08)
    return "done"


@router.post("/desk/votes")
async def votes() -> str:
    await asyncio.sleep(0.005)
    if next(_numbers) % 8 == 0:
        raise ValueError("a vote that cannot be")
    return "counted"


@router.get("/desk/sleepy")
def sleepy() -> str:
    time.sleep(0.1)
    return "done"


@router.get("/desk/poll")
async def poll() -> str:
    await asyncio.sleep(0.7)
    return "nothing new"


@router.get("/desk/greeting")
async def greeting(request: Request) -> str:
    await asyncio.sleep(0.02)
    return f"hello {request.cookies.get('name', 'stranger')}"


async def _later() -> None:
    await asyncio.sleep(0.5)


@router.post("/desk/mail")
async def mail(tasks: BackgroundTasks) -> str:
    tasks.add_task(_later)
    return "soon"


ROWS = [{"id": number, "name": f"customer {number}", "city": "Ulm"} for number in range(4000)]
_text = json.dumps(ROWS).encode()
_packed = gzip.compress(_text)


@router.get("/desk/customers")
async def customers() -> Response:
    return Response(_text, media_type="application/json")


@router.get("/desk/customers-packed")
async def customers_packed() -> Response:
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(_packed, media_type="application/json", headers=headers)


@router.get("/desk/picture")
async def picture() -> Response:
    return Response(os.urandom(60_000), media_type="image/png")


@router.get("/desk/export")
async def export() -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        for number in range(5):
            await asyncio.sleep(0.1)
            yield f"{number}\n"

    return StreamingResponse(lines(), media_type="text/csv")
