"""The watch of one endpoint: its minutes become series, in which changes are looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from api_performance.analysis.centre import Histogram
from api_performance.analysis.endpoint import EndpointWatch
from api_performance.analysis.finding import Direction, Finding
from api_performance.analysis.minutes import MinuteSeries
from api_performance.analysis.regression import Watch
from api_performance.changes.finding import Change, Effect
from api_performance.changes.minutes import FIRST, WIDTH, Minutes

ERRORS: Final = "error_ratio"
LIKELY_ERRORS_CHANGE: Final = 1.0
"""Errors become several times as many, or as few."""


class ChangeWatch:
    """Looks at the response times of one endpoint, their slow end, and its errors.

    Errors are followed from the first one on, for most endpoints have none.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._times = EndpointWatch(WIDTH)
        self._errors: Watch | None = None

    def update(self, minutes: Minutes, deploys: Sequence[float], now: float) -> Iterator[Change]:
        """Take minutes that follow those taken before; yield new and changed findings."""
        times = Histogram(minutes.times, FIRST, WIDTH)
        found = self._times.update(minutes.start, times, deploys, now)
        if self._errors is None and minutes.errors.any():
            self._errors = Watch(ERRORS, LIKELY_ERRORS_CHANGE)
        if self._errors is not None:
            found = [*found, *self._errors.update(error_series(minutes), deploys, now)]
        yield from map(_change, found)


def error_series(minutes: Minutes) -> MinuteSeries:
    """Return the logarithm of each minute's share of failures; NaN where nothing was asked.

    Half an error is added to each, so that none has a logarithm (Haldane, 1956).
    """
    count = np.where(minutes.count > 0, minutes.count, np.nan).astype(float)
    errors = minutes.errors.astype(float)
    level = np.log((errors + 0.5) / (count + 1))
    noise = 1 / (errors + 0.5) - 1 / (count + 1)
    return MinuteSeries(ERRORS, minutes.start, level, noise, minutes.count.astype(float))


def _change(found: Finding) -> Change:
    return Change(
        metric=found.metric,
        effect=Effect.WORSE if found.direction is Direction.UP else Effect.BETTER,
        began=found.began,
        began_from=found.began_from,
        began_until=found.began_until,
        found=found.found,
        ratio=found.ratio,
        ratio_low=found.ratio_low,
        ratio_high=found.ratio_high,
        before=found.before,
        after=found.after,
        confidence=found.confidence,
        deploy_at=found.deploy,
        closed=found.closed,
    )
