"""How wild an endpoint's own past was, beside what its noise was fitted to explain."""

from __future__ import annotations

from typing import Final

import numpy as np

from api_performance.analysis.minutes import Numbers

_SPREAD_PRIOR: Final = 24.0  # hours of noise as it was fitted
_SPREAD_KEPT: Final = 0.994  # an hour: a week
_CLIPPED: Final = 2.0
_CLIPPED_SQUARE: Final = 0.7737  # of a standard normal, squared and clipped at 2**2


class Spread:
    """How much wilder each lag's scores were, over a week, than their noise explains."""

    __slots__ = ("_hours", "_sums")

    def __init__(self, lags: int) -> None:
        """Know nothing yet of scores that have `lags` columns."""
        self._sums, self._hours = np.zeros(lags), 0.0

    def add(self, scores: Numbers, hours: float) -> None:
        """Take in the scores (a row for each minute) of some part of an hour."""
        if len(scores):
            clipped = np.minimum(np.abs(scores), _CLIPPED) ** 2 / _CLIPPED_SQUARE
            kept = _SPREAD_KEPT**hours
            self._sums = self._sums * kept + clipped.mean(axis=0) * hours
            self._hours = self._hours * kept + hours

    def factors(self) -> Numbers:
        """Return what to divide each lag's scores by, at least 1."""
        found = (self._sums + _SPREAD_PRIOR) / (self._hours + _SPREAD_PRIOR)
        return np.sqrt(np.maximum(found, 1.0))
