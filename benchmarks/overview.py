"""How long the table of the last hour takes: 200 endpoints, SQLite, REST, the app under load.

`python -m benchmarks.overview` fills a store with an hour, runs an app of two workers on it under
a steady load, and asks for the table again and again, each time with new data in the store.
DESIGN.md aims at 150 ms at the median. The first answer of a process, which reads the hour, is told
apart.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance, LatencyType, MetricPriority
from api_performance.stores.base import Batch, InstanceState
from api_performance.stores.sqlite import SQLiteStore
from benchmarks.result import GateResult, write_result

ENDPOINTS: Final = 200
HOUR: Final = 3600
SLICE: Final = (
    10  # seconds of one filled window: the same data as ten of one second, ten times faster
)
AIM_MS: Final = 150.0
ASKED: Final = 40
REQUESTS_PER_SECOND: Final = 100

APP: Final = f"""
from fastapi import FastAPI
from api_performance import instrument

app = FastAPI()
for number in range({ENDPOINTS}):
    @app.get(f"/things/{{number}}/{{{{id}}}}")
    async def thing(id: int) -> int:
        return id

instrument(app, store="sqlite:///metrics.sqlite3", service="bench", authentication=False)
"""

HASHER: Final = UserHasher(b"0123456789abcdef")


def run() -> list[GateResult]:
    """Measure, keep the numbers, and return the aim."""
    with tempfile.TemporaryDirectory() as place:
        fill(Path(place))
        with application(Path(place)) as port, load(port):
            first, again, size = ask(port)
    median = statistics.median(again)
    write_result(
        "overview",
        {
            "first_ms": round(first, 1),
            "median_ms": round(median, 1),
            "p95_ms": round(sorted(again)[int(0.95 * len(again))], 1),
            "answer_bytes": size,
            "endpoints": ENDPOINTS,
            "requests_per_second": REQUESTS_PER_SECOND,
        },
    )
    return [GateResult("the last hour's table, median", median, AIM_MS, "ms", is_aim=True)]


def fill(place: Path, seconds: int = HOUR) -> None:
    """Write the last `seconds` of one process, one request a second and endpoint, folded."""
    store = SQLiteStore(place / "metrics.sqlite3")
    now = float(int(time.time()))
    instance = Instance("bench", "1", "", socket.gethostname(), 1, now - seconds)
    lease = store.acquire("fold", "benchmark", now - seconds, 2 * seconds)
    assert lease is not None
    chance = random.Random(1)
    endpoints = [
        Endpoint("GET", f"/things/{number}/{{id}}", "bench", MetricPriority.MEDIUM)
        for number in range(ENDPOINTS)
    ]
    for sequence, age in enumerate(range(seconds, 0, -SLICE)):
        windows = [(each, a_window(now - age, chance, each)) for each in endpoints]
        state = InstanceState(instance, now - age + SLICE, sequence)
        store.append(Batch(state, sequence, windows))
        store.fold(now - age + 2 * SLICE, lease)
    store.release(lease)
    store.close()


def a_window(start: float, chance: random.Random, endpoint: Endpoint) -> Window:
    """Return SLICE requests; a twentieth of them failed."""
    seconds = sorted(chance.lognormvariate(-3, 0.6) for _ in range(SLICE))
    window = Window(start)
    failed = chance.random() < 0.5
    window.count_status(200, SLICE - failed)
    window.class_stats(200).response_time.add(seconds[failed:])
    window.class_stats(200).ttfb.add(seconds[failed:])
    if failed:
        window.count_status(500, 1)
        window.class_stats(500).response_time.add(seconds[:1])
    window.count_under(seconds, endpoint.thresholds)
    for part in (LatencyType.DATABASE, LatencyType.PROCESSING):
        window.add_latency(part, [value / 2 for value in seconds])
    window.users.add(HASHER.marks([f"user-{chance.randrange(500)}"]))
    return window


@contextmanager
def application(place: Path) -> Iterator[int]:
    """Run the app; yields its port."""
    (place / "bench_app.py").write_text(APP, encoding="utf-8")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    command = [
        *(sys.executable, "-m", "uvicorn", "bench_app:app", "--workers", "2"),
        *("--port", str(port), "--log-level", "error"),
    ]
    process = subprocess.Popen(command, cwd=place, start_new_session=True)
    try:
        wait_for(port)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/things/0/1"):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the app did not start in 30 s")


@contextmanager
def load(port: int) -> Iterator[None]:
    """Ask the app's endpoints at a steady rate until the block ends."""
    is_over = threading.Event()

    def drive() -> None:
        chance = random.Random(2)
        connection = HTTPConnection("127.0.0.1", port)
        due = time.monotonic()
        while not is_over.is_set():
            connection.request("GET", f"/things/{chance.randrange(ENDPOINTS)}/1")
            connection.getresponse().read()
            due += 1 / REQUESTS_PER_SECOND
            is_over.wait(max(0.0, due - time.monotonic()))
        connection.close()

    driver = threading.Thread(target=drive, daemon=True)
    driver.start()
    try:
        yield
    finally:
        is_over.set()
        driver.join(10)


def ask(port: int) -> tuple[float, list[float], int]:
    """Return the first answer's milliseconds, those of the others, and an answer's bytes."""
    connection = HTTPConnection("127.0.0.1", port)
    taken, size = [], 0
    for _ in range(ASKED + 1):
        started = time.perf_counter()
        connection.request("GET", "/performance/api/v1/endpoints?window_seconds=3600")
        body = connection.getresponse().read()
        taken.append((time.perf_counter() - started) * 1000)
        assert json.loads(body)["total"] >= ENDPOINTS
        size = len(body)
        time.sleep(0.7)  # so that the next one finds new data
    return taken[0], taken[1:], size


if __name__ == "__main__":
    for result in run():
        print(result.sentence())
