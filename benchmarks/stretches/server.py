"""One uvicorn worker under watch: 200 endpoints, of which every fourth waits for a database.

`python -m benchmarks.stretches.server FOLDER` prints its port when it listens. `POST /figures`
begins anew; `GET /figures` tells the stretches since, each with the collections in it, in seconds.
"""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn
from fastapi import FastAPI

from api_performance import LatencyType, instrument, track_latency
from benchmarks.stretches import held

ENDPOINTS = 200
DATABASE_SECONDS = 0.002


def build_app(folder: str) -> FastAPI:
    """Return the measured app."""
    held.watch()
    app = FastAPI()
    for number in range(ENDPOINTS):
        app.add_api_route(f"/things/{number}/{{id}}", _thing if number % 4 else _stored_thing)

    @app.post("/figures")
    async def begin() -> None:
        for pacer in held.RecordingPacer.made:
            pacer.taken()

    @app.get("/figures")
    async def figures() -> dict[str, list[tuple[float, float]]]:
        draining, keeping = held.of_runner()
        return {"drain": draining.taken(), "rest": keeping.taken()}

    store = f"sqlite:///{folder}/metrics.sqlite3"
    instrument(app, store=store, authentication=False, exclude=["/figures"])
    return app


async def _thing(id: int) -> int:  # noqa: A002 # the route's own word
    return id


async def _stored_thing(id: int) -> int:  # noqa: A002 # the route's own word
    with track_latency(LatencyType.DATABASE):
        await asyncio.sleep(DATABASE_SECONDS)
    return id


def main(folder: str) -> None:
    """Serve until the process is ended."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(build_app(folder), log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
