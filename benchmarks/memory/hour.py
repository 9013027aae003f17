"""One process that lives through the hour, and prints its resident memory in bytes at the end.

`python -m benchmarks.memory.hour ours|alone`: 200 endpoints at a request a second each, driven
over ASGI, with a clock that is set forward after every second's requests.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
from random import Random

from api_performance import instrument
from api_performance.clock import ManualClock
from api_performance.instrumenting import runtime_of
from api_performance.runner import resident_bytes
from benchmarks.overhead.apps import Shape, build_app
from benchmarks.overhead.driver import drive, requests

ENDPOINTS = 200
SECONDS = 3_600


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


async def live(seconds: int, *, is_measured: bool) -> int:
    """Serve `seconds` of traffic and return the resident memory in bytes."""
    shape = Shape(routes=ENDPOINTS, endpoints=ENDPOINTS)
    app = build_app(shape)
    clock = TickingClock()
    if is_measured:
        folder = tempfile.mkdtemp(prefix="memory-")
        store = f"sqlite:///{folder}/metrics.sqlite3"
        instrument(app, store=store, clock=clock, runs_itself=False)
    runtime = runtime_of(app)
    stream = requests(shape.paths())
    start = clock.now()
    for second in range(seconds):
        await drive(app, stream, ENDPOINTS)
        clock.advance(max(0.0, start + second + 1 - clock.now()))
        if runtime is not None:
            runtime.tick()
    gc.collect()
    return resident_bytes()


if __name__ == "__main__":
    print(asyncio.run(live(int(sys.argv[2]), is_measured=sys.argv[1] == "ours")))
