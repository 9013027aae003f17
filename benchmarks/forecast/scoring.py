"""How near forecasts come, family by family: MASE beside the rivals', and what intervals hold."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from api_performance.analysis.forecast import Forecast, forecast
from benchmarks.forecast.families import Case, Floats
from benchmarks.forecast.rivals import DAY, WEEK, ets, seasonal_naive

NAMES = ("ours", "naive day", "naive week", "ETS")


@dataclass
class Family:
    """The MASE of each forecaster, case by case, and the share of hours inside our interval."""

    errors: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    held: list[float] = field(default_factory=list)

    def mase(self, name: str) -> float:
        """Return the mean over the cases."""
        return float(np.mean(self.errors[name]))

    def ratio(self, to: str) -> float:
        """Return our MASE as a multiple of another's."""
        return self.mase("ours") / self.mase(to)

    @property
    def ratio_to_better_naive(self) -> float:
        """Return our MASE as a multiple of that of the seasonal naive that is better here."""
        return max(self.ratio("naive day"), self.ratio("naive week"))

    @property
    def coverage(self) -> float:
        """Return the share of hours that the 95 % interval held."""
        return float(np.mean(self.held))


@dataclass
class Scores:
    """All families, and the CPU seconds that each of our forecasts took."""

    families: dict[str, Family] = field(default_factory=lambda: defaultdict(Family))
    seconds: list[float] = field(default_factory=list)

    def mean_ratio(self, to: str) -> float:
        """Return the mean over families of our MASE by another's."""
        return float(np.mean([each.ratio(to) for each in self.families.values()]))

    @property
    def mean_coverage(self) -> float:
        """Return the mean over families of what the interval held."""
        return float(np.mean([each.coverage for each in self.families.values()]))


def score(cases: Iterable[Case]) -> Scores:
    """Forecast every case by everybody."""
    scores = Scores()
    for case in cases:
        began = time.process_time()
        ours = forecast(case.past, horizon=len(case.future))
        scores.seconds.append(time.process_time() - began)
        _add(scores.families[case.family], case, ours)
    return scores


def _add(family: Family, case: Case, ours: Forecast) -> None:
    horizon = len(case.future)
    told = {
        "ours": ours.mean,
        "naive day": seasonal_naive(case.past, DAY, horizon),
        "naive week": seasonal_naive(case.past, WEEK, horizon),
        "ETS": ets(case.past, horizon),
    }
    scale = _scale(case.past)
    for name, ahead in told.items():
        family.errors[name].append(float(np.abs(ahead - case.future).mean()) / scale)
    is_held = (ours.lower <= case.future) & (case.future <= ours.upper)
    family.held.append(float(is_held.mean()))


def _scale(past: Floats) -> float:
    """Return what MASE divides by (Hyndman and Koehler, 2006): the naive day's error before."""
    steps = np.abs(past[DAY:] - past[:-DAY])
    return float(np.nanmean(steps)) or 1.0


def table(scores: Scores) -> str:
    """Return the families as a table: MASE of everybody, our ratio, our coverage."""
    head = "".join(f"{name:>12s}" for name in NAMES)
    lines = [f"{'MASE':24s}{head}{'by better':>12s}{'held, %':>10s}"]
    for name, family in scores.families.items():
        figures = "".join(f"{family.mase(each):12.2f}" for each in NAMES)
        ratio, held = family.ratio_to_better_naive, 100 * family.coverage
        lines.append(f"{name:24s}{figures}{ratio:12.2f}{held:10.1f}")
    return "\n".join(lines)
