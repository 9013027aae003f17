"""What more load would do to endpoints: the measured curve is their hours, quiet and busy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from api_performance.measure.buckets import SCALE
from api_performance.measure.sketch import Sketch
from api_performance.measure.window import Window, merged_sketch
from api_performance.queries.prediction_answers import Capacity
from api_performance.units import duration, rate

if TYPE_CHECKING:
    from api_performance.analysis.capacity import LoadPoint

MORE: Final = 1.5
"""The load that is asked about, as a multiple of the busiest hour's."""

POINTS: Final = 8
"""Points of the curve: of so many equal parts of the hours, from the quietest to the busiest."""

FEWEST_REQUESTS: Final = 200
"""Of a point: 10 of them lie above its p95."""

SHAPE_POINTS: Final = 100


def capacity_of(
    hours: Sequence[Window | None],
    seconds: float,
    counts: Sequence[int],
    bound_seconds: float | None,
) -> Capacity | None:
    """Tell p95 at 1.5 times the busiest hour's load, and the load at which it passes a bound.

    Each hour tells of `seconds`; `counts` are requests of short windows of late. None where fewer
    than two points of the curve have enough requests.
    """
    from api_performance.analysis.capacity import arrival_scv, fit, outlook

    curve = _curve([each for each in hours if each is not None and each.count], seconds)
    if len(curve) < 2:
        return None
    points = [point for point, _ in curve]
    quiet = curve[0][1]
    arrivals, service = arrival_scv(counts), _squared_variation(quiet)
    queue = fit(points, service, arrivals, shape=_shape(quiet))
    now = points[-1].rate_per_second
    told = outlook(points, queue, MORE * now, bound_seconds)
    return Capacity(
        rate_per_second=now,
        asked_rate_per_second=MORE * now,
        p95_seconds=told.p95_seconds,
        utilisation_ratio=queue.utilisation(now),
        servers=queue.servers,
        arrival_scv=arrivals,
        service_scv=service,
        bound_seconds=bound_seconds,
        breaks_at_per_second=told.breaks_at_per_second,
        is_reliable=told.is_reliable,
        reason=told.reason,
        text=_text(MORE * now, told.p95_seconds, bound_seconds, told.breaks_at_per_second),
    )


def _curve(hours: Sequence[Window], seconds: float) -> list[tuple[LoadPoint, Sketch]]:
    """Return the points, the quietest first, each with its response times."""
    from api_performance.analysis.capacity import LoadPoint

    ordered = sorted(hours, key=lambda each: each.count)
    size = max(1, -(-len(ordered) // POINTS))
    found = []
    for first in range(0, len(ordered), size):
        part = ordered[first : first + size]
        times = merged_sketch(each.response_time() for each in part)
        mean, p95 = times.mean, times.quantile(0.95)
        if times.count < FEWEST_REQUESTS or mean is None or p95 is None:
            continue
        load = sum(each.count for each in part) / len(part) / seconds
        found.append((LoadPoint(load, mean, p95, times.count), times))
    return found


def _squared_variation(times: Sketch) -> float:
    from api_performance.analysis.capacity import squared_variation

    square = sum(count * _middle(index) ** 2 for index, count in times.buckets.items())
    return squared_variation(times.mean or 0.0, square / times.count)


def _middle(index: int) -> float:
    return float(2.0 ** ((index - 0.5) / SCALE))


def _shape(times: Sketch) -> tuple[float, ...]:
    shares = [(each + 0.5) / SHAPE_POINTS for each in range(SHAPE_POINTS)]
    return tuple(each for each in times.quantiles(shares) if each is not None)


def _text(asked: float, p95: float | None, bound: float | None, breaks_at: float | None) -> str:
    if p95 is None:
        said = f"{rate(asked)} would be more than it can do"
    else:
        said = f"At {rate(asked)}, half as much again as the busiest hour, p95 would be"
        said += f" {duration(p95)}"
    if bound is None:
        return said
    if breaks_at is None:
        return f"{said}; the bound of {duration(bound)} is passed without load"
    return f"{said}; the bound of {duration(bound)} is passed at {rate(breaks_at)}"
