from __future__ import annotations

import asyncio
import os
from itertools import count

import httpx
import redis.asyncio
from fastapi import APIRouter

router = APIRouter()
_redis = redis.asyncio.Redis.from_url(os.environ.get("CACHE", "redis://127.0.0.1:1"))
_client = httpx.AsyncClient(base_url=os.environ.get("PARTNER", "http://127.0.0.1:1"), timeout=10)
_numbers = count()


async def load(key: str) -> str:
    answer = await _client.get("/quick/7")
    return f"{key} {answer.status_code}"


async def read_through(key: str, seconds: int) -> str:
    known = await _redis.get(key)
    if known is not None:
        return str(known)
    found = await load(key)
    await _redis.set(key, found, ex=seconds)
    return found


@router.get("/shelf/profile")
async def profile() -> str:
    return await read_through(f"profile:{next(_numbers)}", 60)


@router.get("/shelf/article/{number}")
async def article(number: int) -> str:
    return await read_through(f"article:{number % 5}", 600)


@router.get("/shelf/badges")
async def badges() -> list[str]:
    return [str(await _redis.get(f"badge:{number}")) for number in range(25)]


@router.get("/shelf/badges-at-once")
async def badges_at_once() -> list[str]:
    return [str(each) for each in await _redis.mget([f"badge:{n}" for n in range(25)])]


@router.post("/shelf/visit")
async def visit() -> str:
    await asyncio.gather(*(_redis.incr(f"visit:{number}") for number in range(4)))
    return "counted"
