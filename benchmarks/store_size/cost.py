"""What keeping costs: instructions of append, fold and packing per request, by callgrind.

One worker measures 50 endpoints with 20 plain requests a second each; every second is appended,
every fifth folds, as in production. Reported, no gate: `python -m benchmarks.store_size.cost`.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from api_performance.measure.cardinality import Hints, Slot
from api_performance.measure.filling import Filler
from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance
from api_performance.stores.base import Batch, InstanceState
from api_performance.stores.retention import LATE
from api_performance.stores.sqlite import SQLiteStore

START = 1_699_999_200.0  # an hour's start
ENDPOINTS, REQUESTS, USERS = 50, 20, 500
FOLD_EVERY = 5
WARM_SECONDS, SECONDS = 10, 20  # multiples of FOLD_EVERY
STEPS = ("append", "fold")
HOUR = 3600


class Keeping:
    """The store and what it is handed."""

    def __init__(self, store: SQLiteStore) -> None:
        """Begin with an empty store and the same random traffic every time."""
        lease = store.acquire("fold", "benchmark", START, 10 * HOUR)
        if lease is None:
            raise RuntimeError("a fresh store refused its lease")
        self._store, self._lease = store, lease
        self._random = random.Random(1)
        mark = UserHasher(b"benchmark of the cost").mark_of()
        self._filler = Filler(mark, random=random.Random(2).random)
        self._instance = Instance("shop", "1.0", "production", "host", 1000, START)
        self._slots = [
            Slot(Endpoint("GET", f"/api/resource-{number}/{{item_id}}"), Hints())
            for number in range(ENDPOINTS)
        ]

    def batch(self, second: int) -> Batch:
        """Return what one second's requests leave."""
        at = START + second
        windows = [(slot.endpoint, self._window(slot, at)) for slot in self._slots]
        return Batch(InstanceState(self._instance, at + 1, second), second, windows)

    def _window(self, slot: Slot, at: float) -> Window:
        rows, draw = list[object](), self._random
        for _ in range(REQUESTS):
            seconds = draw.lognormvariate(-4.0, 0.6)
            status = 500 if draw.random() < 0.005 else 200
            client = f"10.0.0.{draw.randrange(USERS)}", 50_000
            rows += (status, seconds, at + seconds, 1000, client, 2)
        return self._filler.plain_window(slot, int(at), rows)

    def second(self, second: int) -> None:
        """Append one second, and fold when it is time; a mark after each step."""
        batch = self.batch(second)
        _mark()
        self._store.append(batch)
        _mark()
        if second % FOLD_EVERY == FOLD_EVERY - 1:
            self._store.fold(START + second + 3, self._lease)
        _mark()

    def pack(self) -> None:
        """Pack the hour as compaction does once it is over."""
        self._store.compact(START + HOUR + LATE + 1, self._lease)


def _mark() -> None:
    os.getpgid(0)  # nothing else calls it: callgrind writes its counters and begins anew


def drive(folder: str) -> None:
    """Keep some seconds, with marks; callgrind counts between them."""
    with closing(SQLiteStore(Path(folder) / "metrics.sqlite3")) as store:
        keeping = Keeping(store)
        for second in range(WARM_SECONDS + SECONDS):
            keeping.second(second)


def count() -> dict[str, float]:
    """Return the instructions of each step per request."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "count"
        command = ["valgrind", "--tool=callgrind", "--dump-before=getpgid"]
        command += [f"--callgrind-out-file={out}", sys.executable, "-m", __spec__.name, folder]
        environment = os.environ | {"PYTHONHASHSEED": "0"}
        subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)
        marks = 3  # a second: before append, after it, after fold
        found = dict.fromkeys(STEPS, 0.0)
        for second in range(WARM_SECONDS, WARM_SECONDS + SECONDS):
            for number, step in enumerate(STEPS):
                found[step] += _total(out.with_name(f"count.{second * marks + 2 + number}"))
        return {step: total / (SECONDS * ENDPOINTS * REQUESTS) for step, total in found.items()}


def _total(path: Path) -> int:
    return next(
        int(line.split()[1]) for line in path.read_text().splitlines() if line.startswith("totals:")
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        drive(sys.argv[1])
    else:
        for step, instructions in count().items():
            print(f"{step}: {instructions:,.0f} instructions per request")
