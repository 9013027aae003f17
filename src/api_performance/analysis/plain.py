"""Changes of a plain series: values at instants, of which nothing else is known.

The noise of a value is learned, for no number of requests tells it; so is no load. A year of
minutes takes 25 MB while it is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp
from typing import Final

import numpy as np

from api_performance.analysis.finding import Finding
from api_performance.analysis.minutes import MINUTE_SECONDS, MinuteSeries, Numbers
from api_performance.analysis.regression import find_changes
from api_performance.errors import MetricsRefused

FLOOR: Final = 0.02
"""Of the usual value, its zeros count as so much, as in a forecast."""

LONGEST_DAYS: Final = 400
_DAY_MINUTES: Final = 1440


def find_plain_changes(
    points: Sequence[tuple[float, float]], deploys: Sequence[float], metric: str
) -> list[Finding]:
    """Return every change of values (none below 0) at instants (Unix seconds), oldest first.

    Nothing of no values. MetricsRefused where they are more than LONGEST_DAYS apart.
    """
    if not points:
        return []
    minute, value = _minutes(points)
    first, last = int(minute.min()), int(minute.max())
    if last - first > LONGEST_DAYS * _DAY_MINUTES:
        raise MetricsRefused(
            f"values {(last - first) // _DAY_MINUTES} days apart are refused: give those of at"
            f" most {LONGEST_DAYS} days at once"
        )
    sums, number = (np.zeros(last - first + 1) for _ in range(2))
    np.add.at(sums, minute - first, value)
    np.add.at(number, minute - first, 1)
    mean = np.where(number > 0, sums / np.maximum(number, 1), np.nan)
    level = _logarithms(mean)
    usual = _median(level[np.isfinite(level)])
    series = MinuteSeries(
        metric,
        float(first * MINUTE_SECONDS),
        level - usual,  # what is found must not depend on the unit
        noise=np.full(len(mean), np.nan),
        count=np.where(number > 0, 1.0, 0.0),
    )
    found = find_changes(series, deploys, float((last + 1) * MINUTE_SECONDS))
    unit = exp(usual)
    return [replace(each, before=each.before * unit, after=each.after * unit) for each in found]


def _minutes(points: Sequence[tuple[float, float]]) -> tuple[np.typing.NDArray[np.int64], Numbers]:
    at, value = np.asarray(points, float).T
    return (at // MINUTE_SECONDS).astype(np.int64), value


def _logarithms(mean: Numbers) -> Numbers:
    """Return logarithms, of zeros that of a small part of the usual value; of zeros alone 0."""
    above = mean[mean > 0]
    if not len(above):
        return np.where(np.isfinite(mean), 0.0, np.nan)
    found: Numbers = np.log(np.maximum(mean, FLOOR * _median(above)))
    return found


def _median(values: Numbers) -> float:
    return float(np.sort(values)[len(values) // 2])
