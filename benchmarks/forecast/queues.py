"""Capacity beside a simulation: p95 at 1.5 times the load, over 18 services.

A service is a queue with 1 to 32 servers whose service times vary little, like exponential ones, or
much. It is simulated at five loads, as a day would show them; what those tell is all that the
forecast gets. The truth is the p95 of a longer simulation at 1.5 times the highest of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from api_performance.analysis.capacity import LoadPoint, fit, outlook, squared_variation
from benchmarks.forecast.families import Floats

SERVERS: Final = (1, 2, 4, 8, 16, 32)
VARIATIONS: Final = (0.25, 1.0, 4.0)
LEAST_LOAD: Final = 0.15


@dataclass(frozen=True, slots=True)
class Setting:
    """A service at a utilisation, and by how much its predicted p95 is off, as a ratio."""

    utilisation: float
    servers: int
    service_scv: float
    error_told: float
    error_found: float


def settings(seed: int, utilisation: float, measured: int, true: int) -> Iterator[Setting]:
    """Yield the 18 services with `measured` requests at each of five loads, `true` at the sixth.

    `error_told` is with the number of servers told, `error_found` with it found from the curve.
    """
    random = np.random.default_rng([seed, int(1000 * utilisation)])
    for servers in SERVERS:
        for scv in VARIATIONS:
            asked = utilisation * servers
            truth = float(np.quantile(_responses(random, true, servers, asked, scv), 0.95))
            loads = np.linspace(LEAST_LOAD, utilisation / 1.5, 5) * servers
            seen = {float(at): _responses(random, measured, servers, at, scv) for at in loads}
            told = [_predicted(seen, asked, count) / truth - 1 for count in (servers, None)]
            yield Setting(utilisation, servers, scv, *told)


def _predicted(seen: dict[float, Floats], asked: float, servers: int | None) -> float:
    points = [
        LoadPoint(rate, float(times.mean()), float(np.quantile(times, 0.95)), len(times))
        for rate, times in seen.items()
    ]
    quiet = seen[min(seen)]
    scv = squared_variation(float(quiet.mean()), float((quiet**2).mean()))
    shape = tuple(map(float, np.quantile(quiet, (np.arange(400) + 0.5) / 400)))
    queue = fit(points, scv, servers=servers, shape=shape)
    told = outlook(points, queue, asked).p95_seconds
    return float("inf") if told is None else told


def _responses(
    random: np.random.Generator, count: int, servers: int, rate: float, scv: float
) -> Floats:
    """Return response times of a queue that serves in 1 s on average, without its beginning."""
    service = _service(random, count, scv)
    arrivals = np.cumsum(random.exponential(1 / rate, count))
    free, responses = [0.0] * servers, np.empty(count)
    for index, (at, seconds) in enumerate(zip(arrivals.tolist(), service.tolist(), strict=True)):
        end = max(free[0], at) + seconds
        heapq.heapreplace(free, end)
        responses[index] = end - at
    return responses[count // 10 :]


def _service(random: np.random.Generator, count: int, scv: float) -> Floats:
    if scv <= 1:
        return random.gamma(1 / scv, scv, count)
    square = np.log1p(scv)
    return random.lognormal(-square / 2, np.sqrt(square), count)
