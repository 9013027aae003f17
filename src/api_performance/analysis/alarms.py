"""An answer of yes to one of the questions that a watch asks, and how little chance explains it."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from typing import Final

import numpy as np

from api_performance.analysis.bounds import Bounds
from api_performance.analysis.minutes import Numbers

_LOOKS_A_DAY: Final = 300.0  # independent ones
_LOOKS_A_DEPLOY: Final = 3.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """At the minute `at` the last `lag` steps lay off; `score` is signed, in its bounds.

    Steps are minutes, or blocks of ten. `deploy` is the minute of the deploy that was looked at.
    """

    at: int
    score: float
    lag: int
    is_block: bool = False
    deploy: int | None = None

    def confidence(self, bounds: Bounds) -> float:
        """Return how little chance explains it (0..1), by the number of looks it had."""
        if self.deploy is not None:
            bound, looks = dict(bounds.looks)[self.lag], _LOOKS_A_DEPLOY
        else:
            bound, looks = bounds.blocks if self.is_block else bounds.minutes, _LOOKS_A_DAY
        return 1 - min(1.0, looks * erfc(abs(self.score) * bound / sqrt(2)))


def beyond(scores: Numbers, first: int, lags: tuple[int, ...]) -> list[Alarm]:
    """Return an alarm at the first row with a score of 1 or more, by its highest; none: nothing.

    Rows are steps from `first` on, columns are `lags`.
    """
    highest = np.abs(scores).max(axis=1, initial=0.0)
    rows = np.flatnonzero(highest >= 1)
    if not len(rows):
        return []
    row = int(rows[0])
    lag = int(np.abs(scores[row]).argmax())
    return [Alarm(first + row, float(scores[row, lag]), lags[lag])]
