"""The full campaign: python -m benchmarks.analysis.campaign [--seed N] [--series N] [--rivals].

Every cell has `--series` series, and 120 without a change are seventy endpoint-months with what
comes before the changes of the others. Sixty of each take 12 minutes of one quiet core without
rivals. What is scored is kept as it is done; `--resume` goes on where it was ended.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import count, islice
from pathlib import Path

from benchmarks.analysis import detectors
from benchmarks.analysis.generator import TRAFFIC, Series, Spec, is_marked, make
from benchmarks.analysis.pool import pool
from benchmarks.analysis.scoring import (
    CELLS,
    FALSE_AIM,
    FALSE_GATE,
    Score,
    endpoint_months,
    false_alarms_a_month,
    score,
)
from benchmarks.analysis.table import rivals_table
from benchmarks.forecast.families import cases
from benchmarks.forecast.scoring import score as score_forecasts
from benchmarks.result import RESULTS_FOLDER, write_result

REPORTING_SEED = 700_000
"""Thresholds were made on another; see generator.TUNING_SEED."""

OURS = "ours"
DETECTORS: Mapping[str, Callable[[Series], Sequence[int]]] = {
    OURS: detectors.ours,
    "ours on p95 a minute": detectors.ours_on_values,
    **detectors.RIVALS,
}

_FORECASTS_EACH = 24
"""Series of each kind that is forecast."""


def corpus(seed: int, each: int, quiet: int) -> list[Spec]:
    """Return series of which every cell has `each`, and `quiet` without a change.

    In an order that makes any first part of it a fair one.
    """
    groups = [[Spec("none", 0.0, at, seed + index) for index in range(_share(quiet, TRAFFIC))]
              for at in TRAFFIC]  # fmt: skip
    wanted: dict[tuple[str, float, str, bool | None], int] = {}
    for cell in CELLS:
        for at in cell.traffic:
            kind = cell.kind, cell.size, at, cell.is_marked
            wanted[kind] = max(wanted.get(kind, 0), _share(each, cell.traffic))
    for offset, (kind, number) in enumerate(wanted.items(), 1):
        groups.append(list(islice(_specs(seed + 1000 * offset, *kind), number)))
    placed = [((index + 0.5) / len(group), spec) for group in groups
              for index, spec in enumerate(group)]  # fmt: skip
    return [spec for _, spec in sorted(placed, key=lambda each: each[0])]


def _share(number: int, traffic: Collection[str]) -> int:
    return -(-number // len(traffic))


def _specs(
    seed: int, kind: str, size: float, traffic: str, is_with_deploy: bool | None
) -> Iterator[Spec]:
    """Yield series whose change comes with a deploy, without one, or as it happens."""
    for each in count(seed):
        spec = Spec(kind, size, traffic, each)
        if is_with_deploy is None or is_marked(spec) is is_with_deploy:
            yield spec


def scores_of(
    specs: Sequence[Spec], names: Sequence[str], processes: int, kept: Path
) -> list[dict[str, Score]]:
    """Score detectors on series; `kept` has a line for each series that was scored before."""
    done = dict(_read(kept)) if kept.exists() else {}
    wanted = [each for each in specs if not set(names) <= set(done.get(each, {}))]
    with pool(processes) as workers, kept.open("a", encoding="utf-8") as file:
        jobs = ((spec, tuple(names)) for spec in wanted)
        for spec, scores in zip(wanted, workers.map(_scores, jobs, chunksize=2), strict=True):
            done[spec] = {**done.get(spec, {}), **scores}
            told = {name: asdict(each) for name, each in scores.items()}
            file.write(json.dumps({"spec": asdict(spec), "scores": told}) + "\n")
            file.flush()
    return [done[each] for each in specs]


def _read(kept: Path) -> Iterator[tuple[Spec, dict[str, Score]]]:
    """Read what was scored; a later line of a series holds instead of an earlier one."""
    for line in kept.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        yield (
            Spec(**told["spec"]),
            {
                name: Score(Spec(**each.pop("spec")), **each)
                for name, each in told["scores"].items()
            },
        )


def _scores(job: tuple[Spec, tuple[str, ...]]) -> dict[str, Score]:
    spec, names = job
    series = make(spec)
    return {name: score(series, DETECTORS[name](series)) for name in names}


def report(name: str, scores: Sequence[Score]) -> None:
    """Print what a detector found."""
    false = false_alarms_a_month(scores)
    months = endpoint_months(scores)
    print(f"\n{name}: {false:.2f} false alarms per endpoint-month over {months:.0f} of them")
    print(f"(gate {FALSE_GATE}, aim {FALSE_AIM}); of changes found, with Wilson's 95 % interval:")
    for cell in CELLS:
        share = cell.share(scores)
        goal = f"gate {100 * cell.gate:.0f}, aim {100 * cell.aim:.0f}"
        print(f"  {cell.name:54s} {share!s:18s} of {share.number:3d}  ({goal})")


def numbers(scores: Sequence[Score]) -> dict[str, object]:
    """Return what is kept of a detector as JSON."""
    shares = {cell.name: cell.share(scores) for cell in CELLS}
    return {
        "false alarms a month": false_alarms_a_month(scores),
        "endpoint-months": endpoint_months(scores),
        **{
            name: {**asdict(share), "ratio": share.ratio, "interval": share.interval}
            for name, share in shares.items()
        },
    }


def main() -> None:
    """Run the campaign and write results/analysis-campaign.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=REPORTING_SEED)
    parser.add_argument("--series", type=int, default=60, help="of each cell")
    parser.add_argument("--quiet", type=int, default=120, help="series without a change")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rivals", action="store_true", help="score the rivals, too")
    parser.add_argument("--resume", action="store_true", help="go on with the same version of code")
    asked = parser.parse_args()
    RESULTS_FOLDER.mkdir(exist_ok=True)
    kept = RESULTS_FOLDER / f"analysis-campaign-{asked.seed}.jsonl"
    if not asked.resume:
        kept.unlink(missing_ok=True)
    names = list(DETECTORS) if asked.rivals else [OURS]
    specs = corpus(asked.seed, asked.series, asked.quiet)
    rows = scores_of(specs, names, asked.processes, kept)
    scores = {name: [row[name] for row in rows] for name in names}
    report(OURS, scores[OURS])
    tables = {name: numbers(scored) for name, scored in scores.items()}
    if asked.rivals:
        forecasts = score_forecasts(cases(asked.seed, _FORECASTS_EACH))
        print(f"\n{rivals_table(scores, forecasts)}")
    print(f"\n{write_result('analysis-campaign', tables)}")


if __name__ == "__main__":
    main()
