"""One uvicorn worker, measured into the store named, whose requests and buffers are watched.

`python -m benchmarks.faults.server STORE` prints its port when it listens. `POST /figures` begins
anew; `GET /figures` tells how long we held a request since, and how many batches waited at most.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from benchmarks.faults.holding import Holding

ENDPOINTS: Final = 5
BEFORE: Final = "/things"
AFTER: Final = "/later"
"""Paths of requests before and after a fault that loses what Redis had."""

HANDLER_SECONDS: Final = 0.002
MOST_BATCHES: Final = 8
"""So few wait that some are dropped within the seconds that a fault lasts."""


def build_app(store: str) -> FastAPI:
    """Return the measured app."""
    holding = Holding(BEFORE, AFTER)
    holding.watch_locks()  # before a module of ours makes any
    most_waiting = _watch_buffer()
    _watch_edge(holding)
    app = FastAPI(openapi_url=None)
    for number in range(ENDPOINTS):
        for prefix in (BEFORE, AFTER):
            app.add_api_route(f"{prefix}/{number}/{{id}}", _thing)

    @app.post("/figures")
    async def begin() -> None:
        holding.forget()

    @app.get("/figures")
    async def figures() -> dict[str, float]:
        from api_performance.runner import resident_bytes

        return {
            "held_seconds": holding.longest_seconds,
            "wait_seconds": holding.longest_wait_seconds,
            "collection_seconds": holding.longest_collection_seconds,
            "most_waiting": max(most_waiting, default=0),
            "resident_bytes": resident_bytes(),
        }

    from api_performance import instrument

    instrument(
        app,
        store=store,
        authentication=False,
        exclude=["/figures"],
        max_buffered_batches=MOST_BATCHES,
    )
    return app


async def _thing(id: int) -> int:  # noqa: A002 # the route's own word
    await asyncio.sleep(HANDLER_SECONDS)
    return id


def _watch_buffer() -> list[int]:
    """Return a list of one number: the most batches that waited at once."""
    from api_performance import engine
    from api_performance.stores.base import Batch
    from api_performance.waiting import Waiting

    most = [0]

    class Watched(Waiting):
        def add(self, batch: Batch) -> None:
            super().add(batch)
            most[0] = max(most[0], len(self))

    vars(engine)["Waiting"] = Watched
    return most


def _watch_edge(holding: Holding) -> None:
    """Put the watch around and within the edge of the app that is instrumented next."""
    from api_performance.instrumentation import attachment
    from api_performance.instrumentation.asgi import Edge

    class Watched(Edge):
        __slots__ = ("handle",)

        def __init__(self, *arguments: Any) -> None:  # Any: the edge's own
            app, *rest = arguments
            super().__init__(holding.within(app), *rest)
            self.handle = holding.around(super().handle)  # type: ignore[method-assign,assignment]  # likewise

    from api_performance import runtime

    vars(runtime)["Edge"] = vars(attachment)["Edge"] = Watched


def main(store: str) -> None:
    """Serve until the process is ended."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(build_app(store), log_level="error", timeout_keep_alive=120)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
