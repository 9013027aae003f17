"""A service on the loopback interface that a measured app calls, served by uvicorn."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

DEADLINE_SECONDS = 30.0

PAUSE_SECONDS = 0.02
"""What `/slow` and the body of `/parts` take: it is the work that is measured."""


async def answer(request: Request) -> Response:
    return PlainTextResponse("answered", int(request.query_params.get("status", 200)))


async def slow(request: Request) -> Response:
    await asyncio.sleep(PAUSE_SECONDS)
    return PlainTextResponse("slow")


async def moved(request: Request) -> Response:
    return RedirectResponse("/items/7")


async def parts(request: Request) -> Response:
    async def body() -> AsyncIterator[str]:
        yield "first "
        await asyncio.sleep(PAUSE_SECONDS)
        yield "last"

    return StreamingResponse(body())


app = Starlette(
    routes=[
        Route("/slow", slow),
        Route("/moved", moved),
        Route("/parts", parts),
        Route("/{path:path}", answer, methods=["GET", "POST"]),
    ]
)


@contextmanager
def another_service() -> Iterator[str]:
    """Serve it; give its address, `http://127.0.0.1:…`."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(DEADLINE_SECONDS)
