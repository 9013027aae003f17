"""Ours and its rivals, as functions from a series to the minutes of alarms.

The rivals see each minute's p95, as dashboards do, and have the threshold that is customary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

import numpy as np
import ruptures

from api_performance.analysis.centre import Histogram
from api_performance.analysis.endpoint import RESPONSE_TIME, EndpointWatch
from api_performance.analysis.minutes import MINUTE_SECONDS, MinuteSeries
from api_performance.analysis.regression import Direction, Finding, find_changes
from benchmarks.analysis.generator import BEGIN, DAY, MINUTES, WEEK, Numbers, Series

_P95: Final = 0.95
_WINDOW: Final = 10
_BLOCK: Final = 5
_STRIDE: Final = 20
_RECENT: Final = 180


def findings(series: Series) -> list[Finding]:
    """Return what the product finds, from the counts alone."""
    bounds = np.log(series.edges / 1000)
    width = float(np.diff(bounds).mean())
    # What is found later than a day after the change counts for nothing, so it is not looked for.
    minutes = MINUTES if series.change is None else series.change + DAY + 1
    counts = series.histogram[:minutes].astype(np.float32)
    times = Histogram(counts, float(bounds[0] + width / 2), width)
    deploys = [BEGIN + MINUTE_SECONDS * float(each) for each in series.deploys]
    return EndpointWatch(width).update(BEGIN, times, deploys, BEGIN + MINUTE_SECONDS * minutes)


def minute_of(instant: float) -> int:
    """Return the minute of a series that is the last one over at an instant."""
    return int((instant - BEGIN) // MINUTE_SECONDS) - 1


def ours(series: Series) -> list[int]:
    """Alarm where the product finds that response times, or their tail, became worse."""
    return [minute_of(each.found) for each in findings(series) if each.direction is Direction.UP]


def ours_on_values(series: Series) -> list[int]:
    """Alarm as the product does where it is handed nothing but a p95 a minute, and deploys."""
    nothing = np.full(MINUTES, np.nan)
    values = np.log(series.quantile(_P95) / 1000)
    deploys = [BEGIN + MINUTE_SECONDS * float(each) for each in series.deploys]
    plain = MinuteSeries(RESPONSE_TIME, BEGIN, values, nothing, np.ones(MINUTES))
    found = find_changes(plain, deploys, BEGIN + MINUTE_SECONDS * MINUTES)
    return [minute_of(each.found) for each in found if each.direction is Direction.UP]


def three_sigma(series: Series, threshold: float) -> list[int]:
    """Alarm where the last ten minutes' mean lies so many deviations above the last day's."""
    values = np.log(series.quantile(_P95))
    recent = _trailing_mean(values, _WINDOW)
    usual, square = _trailing_mean(values, DAY), _trailing_mean(values**2, DAY)
    spread = np.sqrt(np.maximum(square - usual**2, 1e-12))
    return _rising(recent - usual > threshold * spread)


def last_week(series: Series, threshold: float) -> list[int]:
    """Alarm where the last ten minutes lie so far above the same ones of a week ago.

    In deviations of that difference over the last day.
    """
    values = _trailing_mean(np.log(series.quantile(_P95)), _WINDOW)
    apart = np.zeros(MINUTES)
    apart[WEEK:] = values[WEEK:] - values[:-WEEK]
    usual, square = _trailing_mean(apart, DAY), _trailing_mean(apart**2, DAY)
    spread = np.sqrt(np.maximum(square - usual**2, 1e-12))
    is_above = apart - usual > threshold * spread
    is_above[: WEEK + DAY] = False
    return _rising(is_above)


def pelt(series: Series, threshold: float) -> list[int]:
    """Alarm where PELT (Killick, 2012) finds a new rise in the last three hours.

    Every twenty minutes over two days in means of five minutes, with a penalty of `threshold` times
    the differences' variance times the logarithm of their number.
    """
    values = np.log(series.quantile(_P95)).reshape(-1, _BLOCK).mean(axis=1)
    known: list[int] = []
    alarms = []
    for end in range(WEEK // _BLOCK, len(values), _STRIDE // _BLOCK):
        for change in _pelt_changes(values, end, threshold):
            is_recent = change * _BLOCK >= end * _BLOCK - _RECENT
            if is_recent and all(abs(change - each) * _BLOCK > 60 for each in known):
                known.append(change)
                alarms.append(end * _BLOCK - 1)
    return alarms


def _pelt_changes(values: Numbers, end: int, threshold: float) -> Iterator[int]:
    begin = max(end - 2 * DAY // _BLOCK, 0)
    part = values[begin:end]
    variance = float(np.median(np.diff(part) ** 2)) / 0.455 / 2  # of chi-square, its median
    penalty = threshold * variance * np.log(len(part))
    found = [0, *ruptures.KernelCPD(kernel="linear", min_size=3).fit(part).predict(pen=penalty)]
    for before, change, after in zip(found, found[1:], found[2:], strict=False):
        if part[change:after].mean() > part[before:change].mean():
            yield begin + change


def _trailing_mean(values: Numbers, length: int) -> Numbers:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(sums))
    begins = np.maximum(ends - length, 0)
    found: Numbers = (sums[ends] - sums[begins]) / (ends - begins)
    return found


def _rising(is_above: np.typing.NDArray[np.bool_]) -> list[int]:
    begins = is_above & ~np.concatenate([[False], is_above[:-1]])
    return [int(each) for each in np.flatnonzero(begins)]


RIVALS: Final[Mapping[str, Callable[[Series], list[int]]]] = {
    "3 sigma of the last day": partial(three_sigma, threshold=3.0),
    "last week's band": partial(last_week, threshold=5.0),
    "PELT on two days": partial(pelt, threshold=8.0),
}
