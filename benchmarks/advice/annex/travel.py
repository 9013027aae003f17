from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import aiohttp
import httpx
import requests
from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, Response, StreamingResponse

router = APIRouter(prefix="/travel")
PARTNER = os.environ.get("PARTNER", "http://127.0.0.1:1")
_client = httpx.AsyncClient(base_url=PARTNER, timeout=10)
_failing = count()


async def fetched(session: aiohttp.ClientSession, path: str) -> object:
    async with session.get(f"{PARTNER}{path}") as answer:
        return await answer.json()


@router.get("/stops")
async def stops() -> list[object]:
    async with aiohttp.ClientSession() as session:
        return [await fetched(session, f"/quick/{number}") for number in range(6)]


@router.get("/stops-at-once")
async def stops_at_once() -> list[object]:
    async with aiohttp.ClientSession() as session:
        return list(await asyncio.gather(*(fetched(session, f"/quick/{n}") for n in range(6))))


@router.get("/stops-two-at-a-time")
async def stops_two_at_a_time() -> list[object]:
    gate = asyncio.Semaphore(2)

    async def one(session: aiohttp.ClientSession, number: int) -> object:
        async with gate:
            return await fetched(session, f"/quick/{number}")

    async with aiohttp.ClientSession() as session:
        return list(await asyncio.gather(*(one(session, number) for number in range(6))))


@router.get("/fare")
async def fare() -> list[int]:
    first = await _client.get("/taxes")
    second = await _client.get("/shipping")
    return [first.status_code, second.status_code]


@router.get("/fare-at-once")
async def fare_at_once() -> list[int]:
    both = await asyncio.gather(_client.get("/taxes"), _client.get("/shipping"))
    return [each.status_code for each in both]


@router.get("/news")
async def news() -> object:
    return requests.get(f"{PARTNER}/weather", timeout=5).json()


@router.get("/news-in-thread")
def news_in_thread() -> object:
    return requests.get(f"{PARTNER}/weather", timeout=5).json()


@router.post("/seal")
async def seal() -> str:
    return hashlib.pbkdf2_hmac("sha256", b"word", b"salt", 400_000).hex()


@router.get("/map")
async def map_of_all() -> HTMLResponse:
    return HTMLResponse("<ul>" + "".join(f"<li>stop {n}</li>" for n in range(6000)) + "</ul>")


@router.get("/card")
async def card() -> HTMLResponse:
    return HTMLResponse("<p>" + "stop " * 600 + "</p>")


@router.get("/film")
async def film() -> Response:
    return Response(os.urandom(80_000), media_type="video/mp4")


@router.get("/seats/{number}")
async def seats(number: int) -> int:
    await asyncio.sleep(0.01)
    if next(_failing) % 7 == 0:
        raise KeyError(number)
    return number


@router.get("/ticket/{number}")
async def ticket(number: int) -> int:
    await asyncio.sleep(0.01)
    raise HTTPException(404 if number % 2 else 403)


@router.post("/payment")
async def payment() -> str:
    await asyncio.sleep(0.3)
    return "paid"


@router.get("/partner")
async def partner() -> object:
    return (await _client.get("/slow")).json()


@router.get("/live")
async def live() -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        for number in range(4):
            await asyncio.sleep(0.15)
            yield f"{number}\n"

    return StreamingResponse(lines(), media_type="text/plain")


@router.get("/terms")
def terms() -> str:
    return Path(__file__).read_text()[:200]


@router.get("/nothing")
async def nothing() -> str:
    return "nothing"
