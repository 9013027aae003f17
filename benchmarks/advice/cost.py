"""What advice for a thousand endpoints with fifty operations each costs a round: CPU and memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from api_performance.advice.adviser import advise
from api_performance.advice.catalog import rules
from api_performance.advising.reading import FactReader
from api_performance.measure.calls import OperationStats
from api_performance.measure.sketch import Sketch
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance, LatencyType, Operation
from api_performance.stores.base import FOLD_LEASE, Batch, InstanceState
from api_performance.stores.sqlite import SQLiteStore

ENDPOINTS, OPERATIONS, REQUESTS, MINUTES = 1000, 50, 20, 5
NOW = 1_800_000_000.0


def minute(start: float, noise: Random, known: list[Operation]) -> Window:
    """Return a minute of one endpoint, all of whose operations were called."""
    window = Window(start)
    times = [0.2 * noise.lognormvariate(0, 0.3) for _ in range(REQUESTS)]
    window.count_status(200, REQUESTS)
    window.class_stats(200).response_time.add(times)
    window.add_latency(LatencyType.DATABASE, [each / 2 for each in times])
    window.add_latency(LatencyType.PROCESSING, [each / 2 for each in times])
    for operation in known:
        each = sum(times) / 2 / OPERATIONS / REQUESTS
        calls = [each * noise.lognormvariate(0, 0.3) for _ in range(REQUESTS)]
        window.operations[operation.id] = OperationStats(
            requests=REQUESTS,
            calls=REQUESTS,
            most_calls=1,
            wall_seconds=sum(calls),
            exclusive_seconds=sum(calls),
            seconds=Sketch.of(calls),
        )
    return window


def fill(store: SQLiteStore) -> None:
    """Write five minutes of all endpoints, folded."""
    noise = Random(1)
    known = [Operation(LatencyType.DATABASE, f"SELECT {n}", "test") for n in range(OPERATIONS)]
    instance = Instance("shop", "1", "", "host", 1, NOW)
    sequence = 0
    for number in range(MINUTES):
        for first in range(0, ENDPOINTS, 100):
            sequence += 1
            start = NOW + 60 * number
            endpoints = [Endpoint("GET", f"/e{n}", "shop") for n in range(first, first + 100)]
            windows = [(each, minute(start, noise, known)) for each in endpoints]
            state = InstanceState(instance, start + 60, sequence)
            store.append(Batch(state, sequence, windows, endpoints, known))
        lease = store.acquire(FOLD_LEASE, "a", NOW + 60 * number, 1e9)
        assert lease is not None
        store.fold(NOW + 60 * number + 120, lease)


def measured(path: Path) -> tuple[float, float]:
    """Return the CPU seconds of a round that reads one new minute, and the MiB that it added."""
    with closing(SQLiteStore(path)) as store:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        reader, chosen, took = FactReader(store), rules(), 0.0
        for number in range(1, MINUTES):
            now = NOW + 60 * number + 15
            began = time.process_time()
            advise(reader.facts(now), chosen, now)
            took = time.process_time() - began
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return took, (after - before) / 1024


def run() -> tuple[float, float]:
    """Fill a store and measure it, each in a process of its own; return seconds and MiB."""
    with TemporaryDirectory(prefix="advice-cost-") as folder:
        command = [sys.executable, "-m", "benchmarks.advice.cost", f"{folder}/a.sqlite3"]
        subprocess.run(command, check=True)
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    seconds, mebibytes = map(float, told.split())
    return seconds, mebibytes


def main() -> None:
    """Fill a file, or measure what is in one, in a process of its own for the memory's sake."""
    path = Path(sys.argv[1])
    if path.exists():
        seconds, mebibytes = measured(path)
        print(f"{seconds} {mebibytes}")
        return
    with closing(SQLiteStore(path)) as store:
        fill(store)


if __name__ == "__main__":
    main()
