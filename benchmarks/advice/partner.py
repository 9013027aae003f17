"""The other company that the shop's modules call: run by the benchmark, killed with it."""

from __future__ import annotations

import asyncio
import sys
from itertools import count

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.advice.listening import listening

SECONDS = {
    "/quick/{number}": 0.02,
    "/rates": 0.06,
    "/taxes": 0.05,
    "/shipping": 0.07,
    "/slow": 0.35,
    "/token": 0.015,
    "/weather": 0.12,
}
_numbers = count()


def make_app() -> Starlette:
    """Return what answers after a while, and now and then not at all."""

    def route(path: str, seconds: float) -> Route:
        async def answer(request: Request) -> JSONResponse:
            await asyncio.sleep(seconds)
            return JSONResponse({"path": request.url.path})

        return Route(path, answer)

    async def failing(_: Request) -> JSONResponse:
        await asyncio.sleep(0.03)
        return JSONResponse({}, status_code=503 if next(_numbers) % 6 == 0 else 200)

    async def missing(_: Request) -> JSONResponse:
        return JSONResponse({}, status_code=404)

    others = [Route("/failing", failing), Route("/missing", missing)]
    return Starlette(routes=[route(path, seconds) for path, seconds in SECONDS.items()] + others)


if __name__ == "__main__":
    with listening() as socket:
        print(socket.getsockname()[1], flush=True)
        server = uvicorn.Server(uvicorn.Config(make_app(), log_level="warning"))
        server.run(sockets=[socket])
        sys.exit(0)
