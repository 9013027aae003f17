"""Gates of detection, false alarms, locating and cost, on a fixed subset of the campaign.

The subset is small, so a gate is missed where the interval of what was measured (95 %) lies beyond
it; the shares themselves are told, and `campaign` narrows them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import sqrt
from typing import Final

from benchmarks.analysis import cost
from benchmarks.analysis.campaign import OURS, REPORTING_SEED, corpus, numbers, report
from benchmarks.analysis.detectors import ours
from benchmarks.analysis.generator import Spec, make
from benchmarks.analysis.located import Located, locate, summary
from benchmarks.analysis.operations import names_the_right_one
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
from benchmarks.result import GateResult, write_result

EACH: Final = 6
QUIET: Final = 18
OPERATION_RUNS: Final = 100
_LOCATED: Final = ("step", 0.1, "mid")


def run() -> list[GateResult]:
    """Measure, write results/analysis.json, and return the gates."""
    specs = corpus(REPORTING_SEED, EACH, QUIET)
    processes = os.cpu_count() or 1
    with pool(processes) as workers:
        rows = list(workers.map(_judged, specs, chunksize=2))
    scores = [each for each, _ in rows]
    report(OURS, scores)
    located = [each for _, each in rows if each is not None]
    results = [*_false(scores), *_detected(scores), *_located(located), *_cost()]
    write_result("analysis", numbers(scores))
    return results


def _judged(spec: Spec) -> tuple[Score, Located | None]:
    series = make(spec)
    is_located = (spec.kind, spec.size, spec.traffic) == _LOCATED
    return score(series, ours(series)), locate(series) if is_located else None


def _false(scores: Sequence[Score]) -> list[GateResult]:
    """Return the least rate that explains what was counted: a Poisson's, by its root."""
    months, rate = endpoint_months(scores), false_alarms_a_month(scores)
    alarms = sum(each.false_alarms for each in scores)
    least = max(sqrt(alarms) - 1, 0.0) ** 2 / months
    name = f"false alarms per endpoint-month at least ({rate:.2f} counted)"
    return [
        GateResult(name, least, FALSE_GATE),
        GateResult(name, least, FALSE_AIM, is_aim=True),
    ]


def _detected(scores: Sequence[Score]) -> list[GateResult]:
    results = []
    for cell in CELLS:
        share = cell.share(scores)
        missed = 100 * (1 - share.interval[1])
        name = f"what is missed at least of {cell.name} ({share})"
        results.append(GateResult(name, missed, 100 * (1 - cell.gate), "%"))
        results.append(GateResult(name, missed, 100 * (1 - cell.aim), "%", is_aim=True))
    return results


def _located(located: Sequence[Located]) -> list[GateResult]:
    minutes, deploys, _ = summary(located)
    right = sum(names_the_right_one(seed, 0.1, 150) for seed in range(OPERATION_RUNS))
    wrong = 100 * (1 - right / OPERATION_RUNS)
    return [
        GateResult("a change's moment at the median, off by", minutes, 2, "min"),
        GateResult("changes that name the wrong deploy", 100 * (1 - deploys), 5, "%"),
        GateResult("changes that name the wrong operation", wrong, 10, "%"),
    ]


def _cost() -> list[GateResult]:
    measured = cost.measure()
    return [
        GateResult("a tick over 1,000 endpoints", measured["tick seconds"], 2, "s of CPU"),
        GateResult("memory of 1,000 endpoints", measured["memory MiB"], 45, "MiB"),
        GateResult("importing the analysis", measured["import seconds"], 0.3, "s of CPU"),
    ]
