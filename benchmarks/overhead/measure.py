"""Runs the counting jobs, two at a time, and works out what each watcher adds to a request."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.overhead.callgrind import Count, Job, count_cases

JOBS_AT_ONCE = 2
LAYOUTS = 3
"""Each layout has its own collisions in CPython's type cache; they only ever add instructions, so
the least of three is the cost without them (seen: up to 2,500 a request in one of four)."""

RIVALS = ("prometheus-fastapi-instrumentator", "starlette-exporter", "fastapi-metrics")
MAIN_ONE = ("alone@one", "bare@one", "ours@one", "ours-excluded@one")
MAIN_FIFTY = ("alone@fifty", "bare@fifty", "ours@fifty")
GROWTH = ("alone@10-routes", "ours@10-routes", "alone@500-routes", "ours@500-routes")


def jobs() -> list[Job]:
    """Return all counting jobs, the longest first; rivals need no second layout."""
    rivals = ("alone", *RIVALS)
    return [
        Job(GROWTH, stretches=1, stretch_requests=500),
        *(Job(MAIN_ONE + MAIN_FIFTY, layout=layout) for layout in range(LAYOUTS)),
        Job(tuple(f"{rival}@{shape}" for shape in ("one", "fifty") for rival in rivals)),
    ]


@dataclass(frozen=True, slots=True)
class Added:
    """What a watcher adds to a request of one shape, in instructions and as multiples of bare."""

    watcher: str
    shape: str
    request: float
    total: float
    request_ratio: float
    total_ratio: float


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was added, and the instructions of the application alone by shape."""

    added: tuple[Added, ...]
    alone: dict[str, float]

    def of(self, watcher: str, shape: str) -> Added:
        """Return what `watcher` adds to `shape`; StopIteration if that was not counted."""
        return next(one for one in self.added if (one.watcher, one.shape) == (watcher, shape))


def measure() -> Measured:
    """Count everything (a few minutes on two cores)."""
    with ThreadPoolExecutor(JOBS_AT_ONCE) as pool:
        return summarize(least(list(pool.map(count_cases, jobs()))))


def least(results: list[dict[str, Count]]) -> dict[str, Count]:
    """Return the least count of each case over all layouts it ran in."""
    best: dict[str, Count] = {}
    for case, count in (item for result in results for item in result.items()):
        known = best.get(case, count)
        best[case] = Count(min(known.request, count.request), min(known.upkeep, count.upkeep))
    return best


def summarize(counts: dict[str, Count]) -> Measured:
    """Subtract the application alone from every case, and divide by the bare pass-through's part.

    Shapes in which the pass-through was not counted are compared with it on one route.
    """
    cases = {case: tuple(case.split("@")) for case in counts}
    alone = {shape: counts[case] for case, (watcher, shape) in cases.items() if watcher == "alone"}
    bare = {
        shape: counts[case].total - alone[shape].total
        for case, (watcher, shape) in cases.items()
        if watcher == "bare"
    }
    added = []
    for case, (watcher, shape) in cases.items():
        if watcher != "alone":
            request = counts[case].request - alone[shape].request
            total = counts[case].total - alone[shape].total
            unit = bare.get(shape, bare["one"])
            added.append(Added(watcher, shape, request, total, request / unit, total / unit))
    return Measured(tuple(added), {shape: count.total for shape, count in alone.items()})
