"""One process that lives through the hour, and prints its resident memory in bytes at the end.

`python -m benchmarks.memory.hour WHICH SECONDS`: 200 endpoints at a request a second each, driven
over ASGI, with a clock that is set forward after every second's requests. WHICH is how much of us
is on in this process:

    alone        nothing: the app itself
    ours         measuring and keeping, as it comes
    calls        three calls of every request told apart as well, and the framework's steps
    everything   and a page that asks for all it has every minute, and a scrape of Prometheus
    judging      what calls has, and alerts, objectives and advice: as they come, a child judges
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from random import Random
from typing import Any  # settings are of many types

import httpx
from fastapi import FastAPI

from api_performance import instrument
from api_performance.clock import ManualClock
from api_performance.instrumenting import runtime_of
from api_performance.metrics import LatencyType, track_latency
from api_performance.runner import resident_bytes
from benchmarks.overhead.apps import Shape, build_app
from benchmarks.overhead.driver import Request, drive, requests

ENDPOINTS = 200
SECONDS = 3_600
PARTS = ("alone", "ours", "calls", "everything")
ASKED_EVERY = 60

ASKED = (
    "summary",
    "live",
    "series",
    "widgets",
    "alerts",
    "incidents",
    "objectives",
    "recommendations",
    "predictions",
    "findings",
    "deploys",
    "instances",
    "health",
    "requests",
)
"""What a page asks for; and of one endpoint in turn ASKED_OF_ONE."""

ASKED_OF_ONE = ("", "/series", "/heatmap", "/operations", "/exemplars")


class TickingClock(ManualClock):
    """Passes lognormal time at every reading, so that durations spread over buckets."""

    def __init__(self) -> None:
        """Draw from a seed of its own."""
        super().__init__()
        self._random = Random(7)

    def perf(self) -> float:
        """Return the reading in seconds, and advance by 0.3 ms at the median."""
        self.advance(self._random.lognormvariate(-8.1, 0.8))
        return self._now


def settings_of(which: str) -> dict[str, Any]:
    """Return what is on; of two judges one would be in a process that no manual clock reaches."""
    return {
        "steps": which != "ours",
        "analysis": "thread" if which == "judging" else "off",
        "authentication": False,
    }


def add_calling_routes(app: FastAPI) -> None:
    """Add as many endpoints as `build_app`, whose requests make three calls each."""
    for number in range(ENDPOINTS):
        _add_calling_route(app, number)


def _add_calling_route(app: FastAPI, number: int) -> None:
    @app.get(f"/calling/resource{number}/{{item_id}}")
    async def read_item(item_id: int) -> dict[str, int]:
        with track_latency(LatencyType.DATABASE, f"SELECT {number}"):
            pass
        with track_latency(LatencyType.CACHE, f"GET {number}"):
            pass
        with track_latency(LatencyType.EXTERNAL_API, f"GET partner/{number}"):
            return {"resource": number, "item_id": item_id}


def _calling(stream: Iterator[Request]) -> Iterator[Request]:
    for each in stream:
        yield Request(each.path.replace("/api/", "/calling/"), each.client)


async def live(seconds: int, which: str) -> int:
    """Serve `seconds` of traffic and return the resident memory in bytes."""
    shape = Shape(routes=ENDPOINTS, endpoints=ENDPOINTS)
    app = build_app(shape)
    clock, stream = TickingClock(), requests(shape.paths())
    if which not in ("alone", "ours"):
        add_calling_routes(app)
        stream = _calling(stream)
    if which != "alone":
        folder = tempfile.mkdtemp(prefix="memory-")
        store = f"sqlite:///{folder}/metrics.sqlite3"
        instrument(app, store=store, clock=clock, runs_itself=False, **settings_of(which))
    runtime = runtime_of(app)
    start = clock.now()
    for second in range(seconds):
        await drive(app, stream, ENDPOINTS)
        clock.advance(max(0.0, start + second + 1 - clock.now()))
        if runtime is not None:
            runtime.tick()
        if which == "everything" and second % ASKED_EVERY == ASKED_EVERY - 1:
            await ask(app, second)
    gc.collect()
    return resident_bytes()


def resident(which: str, seconds: int) -> int:
    """Return the bytes that a fresh process has resident after so many seconds of the hour."""
    command = [sys.executable, "-m", "benchmarks.memory.hour", which, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=7_200)
    return int(done.stdout)


async def ask(app: FastAPI, second: int) -> None:
    """Ask for what a page shows of the last hour, and scrape; RuntimeError for what is refused."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        base = "/performance/api/v1"
        rows = (await client.get(f"{base}/endpoints?limit=200")).json()["endpoints"]
        of = rows[second // ASKED_EVERY % len(rows)]["id"]
        paths = [f"{base}/{each}" for each in ASKED]
        paths += [f"{base}/endpoints/{of}{each}" for each in ASKED_OF_ONE]
        for path in (*paths, "/metrics"):
            answer = await client.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answers {answer.status_code}: {answer.text[:200]}")


if __name__ == "__main__":
    print(asyncio.run(live(int(sys.argv[2]), sys.argv[1])))
