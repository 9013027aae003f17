"""Windows written per second and the last hour's read time, per store, at 1, 10 and 100 instances.

`python -m benchmarks.stores` fills each store with an hour of 200 endpoints, folded; what several
processes wrote is one window after that, so one process stands for all. Then 1, 10 and 100
instances in turn write whole seconds of all 200 endpoints, which the lease's holder folds every
five. After each second, with its news unread, the Overview's table of the last hour is asked for.
A manual clock runs; writers and reader take turns in this one process, so nothing waits for a
processor but the Redis server, which has one of its own.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from api_performance.clock import ManualClock
from api_performance.measure.cardinality import Hints, Slot
from api_performance.measure.filling import Filler
from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance
from api_performance.queries import Asked, Queries, TableQuestion
from api_performance.stores.base import FOLD_LEASE, Batch, InstanceState, Lease, Store
from api_performance.stores.memory import MemoryStore
from api_performance.stores.redis import RedisStore
from api_performance.stores.sqlite import SQLiteStore
from benchmarks.result import GateResult, write_result
from tests.stores.redis_server import a_redis_server

START: Final = 1_699_999_200.0  # an hour's start
HOUR: Final = 3600
ENDPOINTS: Final = 200
FILLED_SLICE: Final = 10  # seconds of one filled window: folded they are the same, ten times sooner
REQUESTS: Final = 5  # of one window
SECONDS: Final = {1: 15, 10: 10, 100: 5}  # that so many instances write
FOLD_EVERY: Final = 5
AIM_MS: Final = 150.0
FILLER: Final = Filler(UserHasher(b"0123456789abcdef").mark_of(), random=Random(1).random)

OpenStore = Callable[[Path], Store]


@dataclass(slots=True)
class Spent:
    """Seconds that some instances and a reader took."""

    windows: int = 0
    append: float = 0.0
    fold: float = 0.0
    reads: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Return what they mean."""
        return {
            "windows_appended_per_second": round(self.windows / self.append),
            "windows_folded_per_second": round(self.windows / self.fold),
            "read_median_ms": round(statistics.median(self.reads) * 1e3, 1),
            "read_slowest_ms": round(max(self.reads) * 1e3, 1),
        }


class Fleet:
    """Processes that write one store in turns, and one that reads it."""

    def __init__(self, store: Store) -> None:
        """Begin with a store that is empty."""
        self._store = store
        self._clock = ManualClock(START)
        self._random = Random(1)
        self._slots = [
            Slot(Endpoint("GET", f"/things/{number}/{{id}}", "bench"), Hints())
            for number in range(ENDPOINTS)
        ]
        self._queries = Queries(store, self._clock)
        self._sequences: dict[int, int] = {}

    def fill(self) -> None:
        """Write the hour before."""
        for _ in range(HOUR // FILLED_SLICE):
            self._append(self._batch(0, FILLED_SLICE), Spent())
            self._clock.advance(FILLED_SLICE)
            self._fold(Spent())

    def work(self, instances: int) -> Spent:
        """Write, fold and read as many SECONDS as so many instances do."""
        spent = Spent()
        self._ask()  # what is settled is read once
        for second in range(SECONDS[instances]):
            for batch in [self._batch(number, 1) for number in range(instances)]:
                self._append(batch, spent)
            self._clock.advance(1)
            spent.reads.append(_timed(self._ask))
            if second % FOLD_EVERY == FOLD_EVERY - 1:
                self._clock.advance(3)  # past the grace for late batches
                self._fold(spent)
        return spent

    def _append(self, batch: Batch, spent: Spent) -> None:
        spent.append += _timed(lambda: self._store.append(batch))
        spent.windows += len(batch.windows)

    def _fold(self, spent: Spent) -> None:
        lease = self._lease()
        spent.fold += _timed(lambda: self._store.fold(self._clock.now(), lease))

    def _lease(self) -> Lease:
        lease = self._store.acquire(FOLD_LEASE, "benchmark", self._clock.now(), HOUR)
        if lease is None:
            raise RuntimeError("a store of our own refused its lease")
        return lease

    def _ask(self) -> None:
        page = self._queries.endpoints(TableQuestion(Asked(HOUR)))
        if page.total < ENDPOINTS:
            raise RuntimeError(f"the table has {page.total} of {ENDPOINTS} endpoints")

    def _batch(self, number: int, seconds: int) -> Batch:
        now = self._clock.now()
        sequence = self._sequences[number] = self._sequences.get(number, 0) + 1
        instance = Instance("bench", "1", "", f"host-{number}", 1, START)
        windows = [(each.endpoint, self._window(each, now)) for each in self._slots]
        return Batch(InstanceState(instance, now + seconds, sequence), sequence, windows)

    def _window(self, slot: Slot, at: float) -> Window:
        rows, draw = list[object](), self._random
        for _ in range(REQUESTS):
            seconds = draw.lognormvariate(-4.0, 0.6)
            client = f"10.0.0.{draw.randrange(200)}", 50_000
            rows += (200, seconds, at + seconds, 1000, client, 2)
        return FILLER.plain_window(slot, int(at), rows)


def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


@contextmanager
def stores() -> Iterator[dict[str, OpenStore]]:
    """Yield what opens an empty store of each kind; a Redis server runs meanwhile."""
    with tempfile.TemporaryDirectory() as folder, a_redis_server(Path(folder)) as server:
        yield {
            "memory": lambda _: MemoryStore(),
            "sqlite": lambda place: SQLiteStore(place / "metrics.sqlite3"),
            "redis": lambda _: RedisStore(server.fresh()),
        }


def measure(open_store: OpenStore) -> dict[str, dict[str, float]]:
    """Return the figures of one store by the number of instances."""
    with ExitStack() as stack:
        store = open_store(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        stack.callback(store.close)
        fleet = Fleet(store)
        fleet.fill()
        return {str(instances): fleet.work(instances).figures() for instances in SECONDS}


def run() -> list[GateResult]:
    """Measure all stores, keep the numbers, and return the aim."""
    with stores() as openers:
        found = {name: measure(open_store) for name, open_store in openers.items()}
    write_result("stores", found)
    for name, by_instances in found.items():
        for instances, figures in by_instances.items():
            told = ", ".join(f"{figure} {value:,}" for figure, value in figures.items())
            print(f"{name}, {instances} instances: {told}")
    most = max(SECONDS)
    median = found["redis"][str(most)]["read_median_ms"]
    name = f"the last hour's table from Redis at {most} instances, median"
    return [GateResult(name, median, AIM_MS, "ms", is_aim=True)]


if __name__ == "__main__":
    for result in run():
        print(result.sentence())
