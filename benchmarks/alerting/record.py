"""Records the demo: its usual day and night, then a minute of each thing that can be wrong.

Takes some twenty minutes. The shop runs under its own load; what is recorded is read off the store
that it writes to. `python -m benchmarks.alerting.record [--file PATH] [NAME ...]`: with names of
`demo.bad_day` these alone are recorded anew.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from api_performance.config import Config
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Operation
from api_performance.stores.base import InstanceState, Query, Store
from api_performance.wiring import make_store
from benchmarks.alerting.recording import (
    FILE,
    SLICE_SECONDS,
    Recorded,
    Slice,
    Worker,
    load,
    plain,
    save,
)
from demo.bad_day import Fault
from demo.processes import free_port
from demo.stage import Stage

WORKERS: Final = 3
DAY_PEAK, NIGHT_PEAK = 70.0, 28.0
"""Requests a second at the demo's noon, of which an hour of its morning, that stands still here,
has a half."""

STANDING: Final = 1e9
"""Seconds of a day that stands still."""

WARM_UP_SECONDS: Final = 20.0
SETTLE_SECONDS: Final = 16.0
"""Visitors wait for at most 15 s."""

REST_SECONDS: Final = 8.0

LATE_SECONDS: Final = 4.0
"""A worker writes what it measured every second."""

USUAL, NIGHT, LOST = "usual", "night", "lost"

SLICES: Final = {USUAL: 9, NIGHT: 5, LOST: 2}
FAULT_SLICES: Final = 4

NEXT_VERSION: Final = "1.1"
VERSION: Final = "1.0"


@dataclass(slots=True)
class Recorder:
    """Records one stage's store."""

    stage: Stage
    store: Store
    slices: dict[str, Sequence[Slice]] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)

    def record(self, name: str) -> None:
        """Record the next slices."""
        count = SLICES.get(name, FAULT_SLICES)
        start = time.time() // SLICE_SECONDS * SLICE_SECONDS + SLICE_SECONDS
        ids = [state.instance.id for state in self._alive(start)]
        states = []
        for number in range(count):
            wait_for(start + (number + 1) * SLICE_SECONDS)
            by_id = {each.instance.id: each for each in self._alive(time.time())}
            states.append([by_id.get(each) for each in ids])
        time.sleep(LATE_SECONDS)
        windows = [self._windows(each, start, count) for each in ids]
        self.slices[name] = [
            [Worker(its[number], said(states[number][place])) for place, its in enumerate(windows)]
            for number in range(count)
        ]
        self.operations |= self.store.operations()
        self._tell(name)

    def _alive(self, now: float) -> list[InstanceState]:
        """Return what living workers say, by their numbers."""
        alive = [each for each in self.store.instances(now - 15.0) if not each.has_ended]
        return sorted(alive, key=lambda each: each.instance.pid)

    def _windows(
        self, instance: str, start: float, count: int
    ) -> list[list[tuple[Endpoint, Window]]]:
        """Return what one worker measured, by slices."""
        end = start + count * SLICE_SECONDS
        query = Query(start, end, 1, instances=frozenset({instance}), with_operations=True)
        merged: list[dict[str, tuple[Endpoint, Window]]] = [{} for _ in range(count)]
        for endpoint, window in self.store.windows(query):
            its = merged[int((window.start - start) // SLICE_SECONDS)]
            its.setdefault(endpoint.id, (endpoint, Window(0.0)))[1].merge(window)
        return [[(of, plain(window)) for of, window in its.values()] for its in merged]

    def _tell(self, name: str) -> None:
        counts = [
            sum(w.count for _, w in worker.windows) for each in self.slices[name] for worker in each
        ]
        print(f"{name}: {sum(counts)} requests, {len(self.slices[name])} slices", flush=True)


def said(state: InstanceState | None) -> InstanceState | None:
    """Return what rules hear of what a worker said."""
    return None if state is None else replace(state, recent=(), judged=None)


def wait_for(at: float) -> None:
    """Wait until the clock shows `at`."""
    time.sleep(max(at - time.time(), 0.0))


def record_all(recorder: Recorder) -> None:
    """Record usual day and night, each fault, and what is left of workers that were killed."""
    stage = recorder.stage
    night_seconds = WARM_UP_SECONDS + SLICE_SECONDS * (SLICES[NIGHT] + 2)
    stage.let_visitors_in(night_seconds, STANDING, NIGHT_PEAK)
    time.sleep(WARM_UP_SECONDS)
    recorder.record(NIGHT)
    while not stage.is_over():
        time.sleep(0.2)
    stage.let_visitors_in(4 * 3600.0, STANDING, DAY_PEAK)
    time.sleep(WARM_UP_SECONDS)
    recorder.record(USUAL)
    record_faults(recorder, Fault)
    stage.stop_shop(at_once=True)
    recorder.record(LOST)


def record_some(recorder: Recorder, faults: Iterable[Fault]) -> None:
    """Record some faults alone."""
    recorder.stage.let_visitors_in(4 * 3600.0, STANDING, DAY_PEAK)
    time.sleep(WARM_UP_SECONDS)
    record_faults(recorder, faults)


def record_faults(recorder: Recorder, faults: Iterable[Fault]) -> None:
    """Record one thing after another that is wrong."""
    stage = recorder.stage
    for fault in faults:
        with switched_on(stage, fault):
            time.sleep(SETTLE_SECONDS)
            recorder.record(fault)
        time.sleep(REST_SECONDS)


@contextmanager
def switched_on(stage: Stage, fault: Fault) -> Iterator[None]:
    """Have one thing be wrong; what a release brings, with a deploy of it."""
    is_release = fault is Fault.BROKEN_RELEASE
    if is_release:
        stage.stop_shop()
    stage.switch(fault)
    if is_release:
        stage.start_shop(NEXT_VERSION)
    yield
    if is_release:
        stage.stop_shop()
    stage.switch()
    if is_release:
        stage.start_shop(VERSION)


def record_demo(path: Path = FILE, faults: Sequence[Fault] = ()) -> None:
    """Start the demo, record all of it, or some faults anew, and end it."""
    with tempfile.TemporaryDirectory(prefix="recorded-demo-") as folder:
        stage = Stage(Path(folder), free_port(), workers=WORKERS, version=VERSION)
        try:
            stage.open()
            with closing(make_store(Config(store=stage.store))) as store:
                recorder = Recorder(stage, store)
                if faults:
                    before = load(path)
                    record_some(recorder, faults)
                    slices = {**before.slices, **recorder.slices}
                    save(Recorded(slices, {**before.operations, **named(recorder)}), path)
                else:
                    record_all(recorder)
                    save(Recorded(recorder.slices, named(recorder)), path)
        finally:
            print(stage.close(), flush=True)


def named(recorder: Recorder) -> dict[str, Operation]:
    """Return the operations that recorded windows name."""
    ids = {
        of
        for its in recorder.slices.values()
        for each in its
        for worker in each
        for _, window in worker.windows
        for of in window.operations
    }
    return {of: operation for of, operation in recorder.operations.items() if of in ids}


def main() -> None:
    """Record into the file of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("faults", nargs="*", type=Fault, metavar="NAME")
    asked = parser.parse_args()
    record_demo(asked.file, asked.faults)


if __name__ == "__main__":
    main()
