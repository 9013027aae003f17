"""The gates of prediction: `python -m benchmarks.gates forecast`, a minute on one core.

`python -m benchmarks.forecast` prints the same with more cases and on other seeds.
"""

from __future__ import annotations

import numpy as np

from benchmarks.forecast.families import cases
from benchmarks.forecast.queues import Setting, settings
from benchmarks.forecast.scoring import Scores, score, table
from benchmarks.result import GateResult, write_result

SEED = 71
PER_FAMILY = 24
UTILISATIONS = {0.7: 0.10, 0.85: 0.10, 0.93: 0.20}
"""Utilisation -> the most that the median service may be off."""


def run() -> list[GateResult]:
    """Measure, print and keep everything."""
    scores = score(cases(SEED, PER_FAMILY))
    print(table(scores))
    queues = {at: list(settings(SEED, at, 8_000, 40_000)) for at in UTILISATIONS}
    results = [*of_forecasts(scores), *of_queues(queues)]
    write_result("forecast", {each.name: each.measured for each in results})
    return results


def of_forecasts(scores: Scores) -> list[GateResult]:
    """Return what must hold of forecasts, and what is aimed at."""
    ratio = scores.mean_ratio("naive day")
    against_week = scores.mean_ratio("naive week")
    families = scores.families.values()
    worst = max(each.ratio("naive day") for each in families)
    slow = float(np.quantile(scores.seconds, 0.95))
    off = abs(scores.mean_coverage - 0.95)
    return [
        GateResult("a forecast's MASE by the naive day's", ratio, 0.95),
        GateResult("a forecast's MASE by the naive day's", ratio, 0.85, is_aim=True),
        GateResult("a forecast's MASE by the naive week's", against_week, 0.95),
        GateResult("the worst family's MASE by the naive day's", worst, 1.05),
        GateResult(
            "the worst family's MASE by the better naive's",
            max(each.ratio_to_better_naive for each in families),
            1.05,
        ),
        GateResult("a forecast's MASE by ETS's", scores.mean_ratio("ETS"), 1.0),
        GateResult("a 95 % interval's distance from holding 95 %", 100 * off, 2.0, "points"),
        GateResult("a series' forecast, CPU, of 20 the slowest but one", 1e3 * slow, 50, "ms"),
    ]


def of_queues(queues: dict[float, list[Setting]]) -> list[GateResult]:
    """Return what must hold of the p95 at 1.5 times the load, and tell the worst."""
    results = []
    for at, found in queues.items():
        off = np.abs([each.error_told for each in found])
        guessed = np.abs([each.error_found for each in found])
        name = f"p95 at 1.5 times the load, to utilisation {at},"
        results.append(GateResult(f"{name} median error", float(np.median(off)), UTILISATIONS[at]))
        results.append(
            GateResult(f"{name} servers found, median", float(np.median(guessed)), 0.2, is_aim=True)
        )
        worst = found[int(off.argmax())]
        where = f"{worst.servers} servers, squared variation {worst.service_scv:g}"
        worst_name = f"{name} worst error of {len(found)} ({where})"
        results.append(GateResult(worst_name, float(off.max()), 0.3, is_aim=True))
    return results
