"""A checkout that was called for some days, hour by hour, more by day than by night."""

from __future__ import annotations

from math import pi, sin

from api_performance.measure.window import Window
from api_performance.model import Endpoint
from tests.queries.making import CHECKOUT, START, Service

HOUR = 3600


def calls(hour: int) -> int:
    """Return how many calls an hour has: 40 to 360, most in the middle of the day."""
    return 200 - round(160 * sin(2 * pi * hour / 24))


def a_past(
    days: float, *, growth: float = 0.0, endpoint: Endpoint = CHECKOUT, seconds: float = 0.2
) -> Service:
    """Return a service with so many days behind it, the last hour just over.

    Response times lie evenly up to a p95 of `seconds`, which grows by the ratio `growth` a day and
    rises a little with the number of calls.
    """
    service = Service()
    service.clock.advance(-START % HOUR)
    first = service.clock.now()
    for hour in range(round(days * 24)):
        count = calls(hour)
        top = seconds * (1 + growth) ** (hour / 24) * (1 + count / 4000)
        window = Window(first + HOUR * hour)
        window.count_status(200, count)
        times = [top * (each + 1) / (0.95 * count) for each in range(count)]
        window.class_stats(200).response_time.add(times)
        service.clock.advance(HOUR)
        service.flush((endpoint, window))
        service.fold()
    return service
