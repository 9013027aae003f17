from __future__ import annotations

import asyncio
import os

import httpx
from fastapi import APIRouter, HTTPException

router = APIRouter()
PARTNER = os.environ.get("PARTNER", "http://127.0.0.1:1")
_client = httpx.AsyncClient(base_url=PARTNER, timeout=10)


async def ask(path: str) -> dict[str, object]:
    answer = await _client.get(path)
    answer.raise_for_status()
    found: dict[str, object] = answer.json()
    return found


@router.get("/partners/ratings")
async def ratings() -> list[object]:
    return [await ask(f"/quick/{number}") for number in range(8)]


@router.get("/partners/ratings-together")
async def ratings_together() -> list[object]:
    return list(await asyncio.gather(*(ask(f"/quick/{number}") for number in range(8))))


@router.get("/partners/quote")
async def quote() -> list[object]:
    return [await ask("/rates"), await ask("/taxes"), await ask("/shipping")]


@router.get("/partners/quote-together")
async def quote_together() -> list[object]:
    return list(await asyncio.gather(ask("/rates"), ask("/taxes"), ask("/shipping")))


@router.get("/partners/offers")
async def offers() -> object:
    return await ask("/slow")


@router.post("/partners/bookings")
async def booking() -> object:
    return await ask("/failing")


@router.get("/partners/session")
async def session() -> list[object]:
    return [await ask("/token") for _ in range(5)]


@router.get("/partners/session-once")
async def session_once() -> object:
    return await ask("/token")


@router.get("/partners/maybe/{number}")
async def maybe(number: int) -> object:
    answer = await _client.get("/missing")
    return {"known": answer.status_code != 404}


@router.get("/partners/nothing/{number}")
async def nothing(number: int) -> object:
    raise HTTPException(404, "there is none")


@router.get("/partners/short")
async def short() -> object:
    return await ask("/quick/1")
