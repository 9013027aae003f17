"""The full campaign: python -m benchmarks.analysis.campaign [--seed N] [--series N] [--rivals].

Every cell has `--series` series, and there are as many endpoint-months without a change. Two
processes take half an hour for sixty of each.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict

from benchmarks.analysis import detectors
from benchmarks.analysis.generator import TRAFFIC, Series, Spec, make
from benchmarks.analysis.scoring import (
    CELLS,
    FALSE_AIM,
    FALSE_GATE,
    Score,
    endpoint_months,
    false_alarms_a_month,
    score,
)
from benchmarks.result import write_result

REPORTING_SEED = 700_000
"""Thresholds were made on another; see generator.TUNING_SEED."""

DETECTORS: Mapping[str, Callable[[Series], Sequence[int]]] = {
    "ours": detectors.ours,
    "ours on p95 a minute": detectors.ours_on_values,
    **detectors.RIVALS,
}

_MARKED = 0.85
_UNMARKED_EVERY = 7


def corpus(seed: int, each: int, quiet: int) -> list[Spec]:
    """Return `each` series of every kind and traffic that a cell is of, and `quiet` without change.

    In an order that makes any first part of it a fair one.
    """
    kinds = {(cell.kind, cell.size): set(cell.traffic) for cell in CELLS}
    for cell in CELLS:
        kinds[cell.kind, cell.size] |= set(cell.traffic)
    groups = [("none", 0.0, list(TRAFFIC), quiet)]
    groups += [(*kind, sorted(traffic), each) for kind, traffic in kinds.items()]
    placed = []
    for offset, (name, size, traffic, number) in enumerate(groups):
        share = -(-number // len(traffic))
        for index in range(share):
            for at in traffic:
                spec = Spec(name, size, at, seed + 1000 * offset + index)
                placed.append(((index + 0.5) / share, spec))
    return [spec for _, spec in sorted(placed, key=lambda each: each[0])]


def scores_of(specs: Iterable[Spec], names: Sequence[str], processes: int) -> Iterator[list[Score]]:
    """Score detectors on series, each in the order of `names`, as they are done."""
    with ProcessPoolExecutor(processes) as pool:
        jobs = ((spec, tuple(names)) for spec in specs)
        yield from pool.map(_scores, jobs, chunksize=2)


def _scores(job: tuple[Spec, tuple[str, ...]]) -> list[Score]:
    spec, names = job
    series = make(spec)
    return [score(series, DETECTORS[name](series)) for name in names]


def report(name: str, scores: Sequence[Score]) -> dict[str, object]:
    """Print a detector's table, and return its numbers."""
    false = false_alarms_a_month(scores)
    months = endpoint_months(scores)
    print(f"\n{name}: {false:.2f} false alarms per endpoint-month over {months:.0f} of them")
    print(f"(gate {FALSE_GATE}, aim {FALSE_AIM}); of changes found, with Wilson's 95 % interval:")
    found: dict[str, object] = {"false alarms a month": false, "endpoint-months": months}
    for cell in CELLS:
        share = cell.share(scores)
        goal = f"gate {100 * cell.gate:.0f}, aim {100 * cell.aim:.0f}"
        print(f"  {cell.name:54s} {share!s:18s} of {share.number:3d}  ({goal})")
        found[cell.name] = {**asdict(share), "ratio": share.ratio, "interval": share.interval}
    return found


def main() -> None:
    """Run the campaign and write results/analysis-campaign.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=REPORTING_SEED)
    parser.add_argument("--series", type=int, default=60, help="of each kind and traffic")
    parser.add_argument("--quiet", type=int, default=240, help="series without a change")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rivals", action="store_true", help="score the rivals, too")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end after so long")
    asked = parser.parse_args()
    names = list(DETECTORS) if asked.rivals else ["ours"]
    specs, until = corpus(asked.seed, asked.series, asked.quiet), time.monotonic() + asked.seconds
    rows: list[list[Score]] = []
    for begin in range(0, len(specs), 8 * asked.processes):
        if time.monotonic() > until:
            break
        rows += scores_of(specs[begin : begin + 8 * asked.processes], names, asked.processes)
    tables = {name: report(name, [row[i] for row in rows]) for i, name in enumerate(names)}
    print(f"\n{write_result('analysis-campaign', tables)}")


if __name__ == "__main__":
    main()
