"""Whether changes are located: the moment, the deploy, and the interval of their size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from api_performance.analysis.endpoint import RESPONSE_TIME
from api_performance.analysis.minutes import MINUTE_SECONDS
from api_performance.analysis.regression import Direction
from benchmarks.analysis.detectors import findings, minute_of
from benchmarks.analysis.generator import BEGIN, DAY, Series


@dataclass(frozen=True, slots=True)
class Located:
    """How many minutes a change was told off, and of what was found whether it was right."""

    minutes_off: int
    is_right_deploy: bool | None
    is_covered: bool


def locate(series: Series) -> Located | None:
    """Return how the change of a series is told in the end; None where it is not found."""
    if series.change is None:
        return None
    for finding in findings(series):
        at = minute_of(finding.found)
        is_it = finding.metric == RESPONSE_TIME and finding.direction is Direction.UP
        if is_it and series.change <= at <= series.change + DAY:
            began = int((finding.began - BEGIN) // MINUTE_SECONDS)
            marked = finding.deploy == BEGIN + MINUTE_SECONDS * series.change
            size = 1 + series.spec.size
            return Located(
                abs(began - series.change),
                marked if series.is_marked else None,
                finding.ratio_low <= size <= finding.ratio_high,
            )
    return None


def summary(located: Iterable[Located]) -> tuple[float, float, float]:
    """Return the median of minutes off, and the shares of right deploys and covered sizes.

    ValueError where nothing was located.
    """
    found = list(located)
    deploys = [each.is_right_deploy for each in found if each.is_right_deploy is not None]
    return (
        float(median(each.minutes_off for each in found)),
        sum(deploys) / max(len(deploys), 1),
        sum(each.is_covered for each in found) / len(found),
    )
