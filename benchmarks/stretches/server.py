"""One uvicorn worker under watch: 200 endpoints, of which every fourth waits for a database.

`python -m benchmarks.stretches.server STORE` prints its port when it listens. STORE is the address
of the store in which it is measured; if that is empty it is not. `POST /figures` begins anew; `GET
/figures` tells the stretches since, each with the collections in it, and all collections, in
seconds.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from api_performance import LatencyType, instrument, track_latency
from benchmarks.stretches import held

ENDPOINTS = 200
DATABASE_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Figures:
    """What one server tells of a stretch of time."""

    drain: list[tuple[float, float]]
    rest: list[tuple[float, float]]
    collections: list[held.Collection]


def build_app(store: str) -> FastAPI:
    """Return the app, measured unless `store` is empty."""
    held.watch()
    app = FastAPI()
    for number in range(ENDPOINTS):
        app.add_api_route(f"/things/{number}/{{id}}", _thing if number % 4 else _stored_thing)

    @app.post("/figures")
    async def begin() -> None:
        gc.collect()  # what the start made is old now, and is not taken for what requests leave
        _figures()

    @app.get("/figures")
    async def figures() -> Figures:
        return _figures()

    if store:
        instrument(app, store=store, authentication=False, exclude=["/figures"])
    return app


def _figures() -> Figures:
    drain, rest = [pacer.taken() for pacer in held.of_runner()] or ([], [])
    return Figures(drain=drain, rest=rest, collections=held.taken_collections())


async def _thing(id: int) -> int:  # noqa: A002 # the route's own word
    return id


async def _stored_thing(id: int) -> int:  # noqa: A002 # the route's own word
    with track_latency(LatencyType.DATABASE):
        await asyncio.sleep(DATABASE_SECONDS)
    return id


def main(store: str) -> None:
    """Serve until the process is ended."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(build_app(store), log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
