"""One uvicorn worker with an app of 200 endpoints and the product; it tells its own figures.

`python -m benchmarks.live.server FOLDER` prints its port when it listens. `POST /figures` begins
anew; `GET /figures` tells the longest pause since, the resident memory, and how many connections
of a live page were dropped.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import sys
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from api_performance import instrument
from api_performance.runner import resident_bytes
from api_performance.server.live import TOO_SLOW
from benchmarks.live.pauses import Pauses

ENDPOINTS: Final = 200
SEND_BUFFER_BYTES: Final = 8 << 10
"""The system's own buffer of a connection: small, so that one that is not read is full soon."""

APP_TASK: Final = "RequestResponseCycle.run_asgi"
"""uvicorn's coroutine that serves one HTTP request."""


class Drops(logging.Handler):
    """Counts the connections that were dropped because nothing was read."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count it if it says so."""
        self.count += str(TOO_SLOW) in record.getMessage()


def build_app(folder: str) -> FastAPI:
    """Return the measured app."""
    app = FastAPI()
    pauses: list[Pauses] = []
    drops = Drops(logging.INFO)
    logging.getLogger("api_performance").addHandler(drops)
    logging.getLogger("api_performance").setLevel(logging.INFO)

    for number in range(ENDPOINTS):
        app.add_api_route(f"/things/{number}/{{id}}", _thing)

    @app.post("/figures")
    async def begin() -> None:
        if not pauses:
            pauses.append(Pauses(asyncio.get_running_loop(), APP_TASK))
        pauses[0].forget()

    @app.get("/figures")
    async def figures() -> dict[str, Any]:  # Any: numbers and lists of them
        gc.collect()
        return {
            "pause_seconds": max((each.longest_seconds for each in pauses), default=0.0),
            "collection_seconds": max(
                (each.longest_collection_seconds for each in pauses), default=0.0
            ),
            "longest_callback": pauses[0].longest_callback if pauses else "",
            "resident_bytes": resident_bytes(),
            "dropped": drops.count,
        }

    store = f"sqlite:///{folder}/metrics.sqlite3"
    instrument(app, store=store, authentication=False, exclude=["/figures"])
    return app


async def _thing(id: int) -> int:  # noqa: A002 # the route's own word
    return id


def main(folder: str) -> None:
    """Serve until the process is ended."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        build_app(folder),
        loop="asyncio",
        http="httptools",
        ws_ping_interval=None,  # its time-out would drop who never reads, too
        log_level="error",
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
