"""Runs the counting jobs, two at a time, and works out what each watcher adds to a request."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.overhead.callgrind import Count, Job, count_cases

JOBS_AT_ONCE = 2

ONE = ("bare@one", "ours@one", "ours-excluded@one")
FIFTY = ("bare@fifty", "ours@fifty")
RIVALS = ("prometheus-fastapi-instrumentator", "starlette-exporter", "fastapi-metrics")
GROWTH = ("ours@10-routes", "ours@500-routes")


def jobs() -> list[Job]:
    """Return all counting jobs, the longest first; rivals need less precision."""
    return [
        Job(GROWTH, rounds=1, requests_each=500),
        Job(FIFTY),
        Job(ONE),
        *(
            Job(tuple(f"{rival}@{shape}" for rival in RIVALS), rounds=1, requests_each=500)
            for shape in ("one", "fifty")
        ),
    ]


@dataclass(frozen=True, slots=True)
class Added:
    """Instructions that a watcher adds to a request of one shape, and multiples of the bare wrap's.

    `record` is spent while the request runs, `drained` includes its share of the drain, `written`
    also of the writing to the store. `alone` is what the application spends by itself.
    """

    watcher: str
    shape: str
    alone: float
    record: float
    drained: float
    written: float
    record_ratio: float
    drained_ratio: float
    written_ratio: float


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was added."""

    added: tuple[Added, ...]

    def of(self, watcher: str, shape: str) -> Added:
        """Return what `watcher` adds to `shape`; StopIteration if that was not counted."""
        return next(one for one in self.added if (one.watcher, one.shape) == (watcher, shape))


def measure() -> Measured:
    """Count everything (a few minutes on two cores)."""
    counts: dict[str, Count] = {}
    with ThreadPoolExecutor(JOBS_AT_ONCE) as pool:
        for result in pool.map(count_cases, jobs()):
            counts |= result
    return summarize(counts)


def summarize(counts: dict[str, Count]) -> Measured:
    """Divide what every case adds by what the bare wrap adds to the same shape, else to one."""
    return Measured(
        tuple(
            _added(case, count, counts.get(f"bare@{case.split('@')[1]}", counts["bare@one"]))
            for case, count in counts.items()
        )
    )


def _added(case: str, count: Count, bare: Count) -> Added:
    watcher, shape = case.split("@")
    drained = count.record + count.drain
    written = drained + count.write
    return Added(
        watcher=watcher,
        shape=shape,
        alone=count.alone,
        record=count.record,
        drained=drained,
        written=written,
        record_ratio=count.record / bare.record,
        drained_ratio=drained / bare.record,
        written_ratio=written / bare.record,
    )
