"""What more load would do to response time, and the load at which an objective breaks.

What was measured is a curve: response times at loads that occurred. The queue (`queueing`) that
explains it best tells of loads that did not; what it gets wrong at the highest measured load is
taken as a factor. A curve that is flat cannot tell how many servers there are, and the answer says
so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from api_performance.analysis.queueing import FULLEST, Queue
from api_performance.errors import NothingMeasured

SERVERS: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Numbers of servers among which the curve chooses."""

SEEN_WAITING: Final = 1.05
"""By so much the mean must rise over the curve before it tells of queueing: less is noise."""


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """What was measured at one load: `request_count` of them told these times, in seconds."""

    rate_per_second: float
    mean_seconds: float
    p95_seconds: float
    request_count: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a load would do. `p95_seconds` None: more than the service can do.

    `utilisation` is 0..1 of now. `breaks_at_per_second` is the load at which the bound is passed;
    None: without a bound, or passed already.
    """

    rate_per_second: float
    p95_seconds: float | None
    utilisation: float
    breaks_at_per_second: float | None
    is_reliable: bool
    reason: str


def arrival_scv(counts: Sequence[int] | NDArray[np.integer]) -> float:
    """Return how unevenly requests arrive, from their counts in short windows of equal length.

    That is the index of dispersion, taken from differences of neighbours so that the time of day
    is none of it. 1.0 (Poisson) without two windows that had any.
    """
    numbers = np.asarray(counts, dtype=np.float64)
    if len(numbers) < 3 or not numbers.sum():
        return 1.0
    return float(np.sum(np.diff(numbers) ** 2) / 2 / (numbers.mean() * (len(numbers) - 1)))


def squared_variation(mean: float, mean_square: float) -> float:
    """Return the squared coefficient of variation of a time from its first two moments."""
    return max(mean_square / mean**2 - 1, 0.0) if mean > 0 else 1.0


def fit(
    points: Sequence[LoadPoint],
    service_scv: float,
    arrivals_scv: float = 1.0,
    *,
    servers: int | None = None,
    shape: tuple[float, ...] = (),
) -> Queue:
    """Return the queue that explains measured points best, weighed by the requests they tell of.

    `service_scv` and `shape` (see Queue) are measured where load is low. `servers` None: found from
    the curve. NothingMeasured without a point that tells a time.
    """
    told = [each for each in points if each.mean_seconds > 0 and each.request_count > 0]
    if not told:
        raise NothingMeasured("no load was measured: wait for the first requests")
    least = min(each.mean_seconds for each in told)
    template = Queue(least, service_scv, arrivals_scv, 1, shape)
    counts = SERVERS if servers is None else (servers,)
    fitted = [_with_best_service(replace(template, servers=count), told, least) for count in counts]
    return min(fitted, key=lambda each: each[0])[1]


def _with_best_service(
    queue: Queue, told: Sequence[LoadPoint], least: float
) -> tuple[float, Queue]:
    """Return the error of the best service time for so many servers, and the queue with it."""
    best = inf, queue
    middle, reach = 0.6, 0.4  # of the least mean measured, which has some waiting in it
    while reach > 0.005:
        parts = np.clip(np.linspace(middle - reach, middle + reach, 9), 0.02, 1.0)
        tried = [replace(queue, service_seconds=least * float(part)) for part in parts]
        found = [best, *((_error(each, told), each) for each in tried)]
        best = min(found, key=lambda each: each[0])
        middle, reach = best[1].service_seconds / least, reach / 4
    return best


def _error(queue: Queue, told: Sequence[LoadPoint]) -> float:
    """Return the mean squared logarithm of what a queue gets wrong of the measured means."""
    total = weight = 0.0
    for point in told:
        mean = queue.mean_seconds(point.rate_per_second)
        wrong = 10.0 if mean is None else log(mean / point.mean_seconds) ** 2
        total += point.request_count * wrong
        weight += point.request_count
    return total / weight


def outlook(
    points: Sequence[LoadPoint],
    queue: Queue,
    rate_per_second: float,
    bound_seconds: float | None = None,
) -> Outlook:
    """Tell the p95 at a load, and where it passes a bound. NothingMeasured without points."""
    if not points:
        raise NothingMeasured("no load was measured: wait for the first requests")
    busiest = max(points, key=lambda each: each.rate_per_second)
    there = queue.quantile_seconds(busiest.rate_per_second)
    factor = busiest.p95_seconds / there if there else 1.0
    told = queue.quantile_seconds(rate_per_second)
    broken = None if bound_seconds is None else queue.breaks_at(bound_seconds / factor)
    reason = _doubt(points, queue, rate_per_second)
    return Outlook(
        rate_per_second,
        None if told is None else told * factor,
        queue.utilisation(rate_per_second),
        broken,
        not reason,
        reason,
    )


def _doubt(points: Sequence[LoadPoint], queue: Queue, rate: float) -> str:
    if queue.utilisation(rate) > FULLEST:
        return "the load is more than the service can do"
    ordered = sorted(points, key=lambda each: each.rate_per_second)
    if len(ordered) < 3 or ordered[-1].rate_per_second < 1.5 * ordered[0].rate_per_second:
        return "the load hardly varied so far: what more of it does was not seen"
    if ordered[-1].mean_seconds < SEEN_WAITING * ordered[0].mean_seconds:
        return "response time did not rise with load so far: how many servers there are is a guess"
    return ""
