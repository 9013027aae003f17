"""Asks every route of an application at a rate of its own, for a while."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Mapping

import httpx

DEFAULT_PER_SECOND = 0.7
NUMBERS = 400
"""Values that parameters of a path are given."""

_PARAMETER = re.compile(r"\{[^}]*\}")


async def asked(base: str, seconds: float, rates: Mapping[str, float]) -> int:
    """Send requests for `seconds`; return how many. `rates` by endpoint; others get the default."""
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(base_url=base, timeout=30, limits=limits) as client:
        schema = (await client.get("/openapi.json")).json()
        endpoints = [
            (method.upper(), path)
            for path, methods in schema["paths"].items()
            for method in methods
            if method in ("get", "post")
        ]
        tasks = [
            _keep_asking(
                client, method, path, rates.get(f"{method} {path}", DEFAULT_PER_SECOND), seconds
            )
            for method, path in endpoints
        ]
        return sum(await asyncio.gather(*tasks))


async def _keep_asking(
    client: httpx.AsyncClient, method: str, path: str, per_second: float, seconds: float
) -> int:
    """Send requests at random intervals, whatever becomes of those before."""
    loop, draw = asyncio.get_running_loop(), random.Random(f"{method} {path}")
    until, under_way, count = loop.time() + seconds, set[asyncio.Task[None]](), 0
    while (now := loop.time()) < until:
        await asyncio.sleep(min(draw.expovariate(per_second), until - now))
        if loop.time() >= until:
            break
        target = _PARAMETER.sub(lambda _: str(draw.randrange(NUMBERS)), path)
        task = asyncio.create_task(_ask(client, method, target, f"user{draw.randrange(50)}"))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        count += 1
    if under_way:
        await asyncio.wait(under_way, timeout=30)
    return count


async def _ask(client: httpx.AsyncClient, method: str, target: str, name: str) -> None:
    try:
        await client.request(method, target, headers={"Cookie": f"name={name}"})
    except httpx.HTTPError:
        return
