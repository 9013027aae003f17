"""The watch of one endpoint: its minutes become series, in which changes are looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from api_performance.analysis.bounds import ERRORS
from api_performance.analysis.centre import Histogram
from api_performance.analysis.endpoint import EndpointWatch
from api_performance.analysis.finding import Direction, Finding
from api_performance.analysis.minutes import MinuteSeries
from api_performance.analysis.regression import Watch
from api_performance.changes.amounts import AmountChanges
from api_performance.changes.change import (
    BYTES_IN,
    BYTES_OUT,
    ERROR_RATIO,
    PART_METRICS,
    RESPONSE_TIME,
    RESPONSE_TIME_TAIL,
    THROUGHPUT,
    Change,
    Effect,
)
from api_performance.changes.minutes import FIRST, WIDTH, Hours, Minutes

_NEITHER: Final = frozenset({THROUGHPUT, BYTES_IN, BYTES_OUT})
_EXPLAINING: Final = frozenset({RESPONSE_TIME, RESPONSE_TIME_TAIL, ERROR_RATIO})
_KEPT_SECONDS: Final = 8 * 86_400.0  # no finding is told of for longer


class ChangeWatch:
    """Looks at the response times of one endpoint, their slow end, its errors and its amounts.

    Errors are followed from the first one on, for most endpoints have none. One change is told
    once: while response times or errors have one, bytes and parts of the time are held back, and so
    are parts of the time while the traffic has; what moved says it of them.
    """

    __slots__ = (
        "_amounts",
        "_errors",
        "_open",
        "_times",
    )

    def __init__(self) -> None:
        """Know nothing yet."""
        self._times = EndpointWatch(WIDTH)
        self._errors: Watch | None = None
        self._amounts = AmountChanges()
        self._open: dict[tuple[str, float], str] = {}

    def learn(self, hours: Hours) -> None:
        """Take hours before all minutes: what is usual of traffic at an hour of the week."""
        self._amounts.learn(hours)

    def update(self, minutes: Minutes, deploys: Sequence[float], now: float) -> Iterator[Change]:
        """Take minutes that follow those taken before; yield new and changed findings."""
        times = Histogram(minutes.times, FIRST, WIDTH)
        found = self._times.update(minutes.start, times, deploys, now)
        if self._errors is None and minutes.errors.any():
            self._errors = Watch(ERROR_RATIO, ERRORS)
        if self._errors is not None:
            found = [*found, *self._errors.update(error_series(minutes), deploys, now)]
        for each in found:
            self._note(each)
            yield _change(each)
        for each in self._amounts.update(minutes, deploys):
            if self._is_told(each):
                self._note(each)
                yield _change(each)

    def _note(self, found: Finding) -> None:
        """Remember what lasts."""
        if found.closed is None:
            self._open[found.key] = found.metric
        else:
            self._open.pop(found.key, None)
        since = found.found - _KEPT_SECONDS
        self._open = {key: metric for key, metric in self._open.items() if key[1] >= since}

    def _is_told(self, found: Finding) -> bool:
        """Tell whether a change of an amount is told: one that no other explains."""
        if found.key in self._open:
            return True
        lasting = set(self._open.values())
        if found.metric == THROUGHPUT:
            is_explained = False
        elif found.metric in PART_METRICS:
            is_explained = bool(lasting & {*_EXPLAINING, THROUGHPUT})
        else:
            is_explained = bool(lasting & _EXPLAINING)
        return found.closed is None and not is_explained


def error_series(minutes: Minutes) -> MinuteSeries:
    """Return the logarithm of each minute's share of failures; NaN where nothing was asked.

    Half an error is added to each, so that none has a logarithm (Haldane, 1956).
    """
    count = np.where(minutes.count > 0, minutes.count, np.nan).astype(float)
    errors = minutes.errors.astype(float)
    level = np.log((errors + 0.5) / (count + 1))
    noise = 1 / (errors + 0.5) - 1 / (count + 1)
    return MinuteSeries(ERROR_RATIO, minutes.start, level, noise, minutes.count.astype(float))


def _change(found: Finding) -> Change:
    return Change(
        metric=found.metric,
        effect=_effect(found),
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


def _effect(found: Finding) -> Effect:
    """More traffic is no merit, and less of it is told by alerts that know who measures."""
    if found.metric in _NEITHER:
        return Effect.NEITHER
    return Effect.WORSE if found.direction is Direction.UP else Effect.BETTER
