"""A service as a queue: its response time at any load, by the formulas of queueing theory.

The mean wait is that of Allen and Cunneen (Allen, 1990): Erlang's for as many servers, times (ca2 +
cs2) / 2, of which ca2 tells how unevenly requests arrive and cs2 how unevenly they keep a server
busy. Those who wait do so exponentially, which is exact for exponential service and nearly so near
saturation; a percentile of the response time is that of service and wait added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from api_performance.errors import ConfigError

Floats = NDArray[np.float64]

FULLEST: Final = 0.98
"""Utilisation past which nothing is told: response time then depends on how long it lasts."""

POINTS: Final = 400
"""Equally probable points of a distribution; with it a percentile is right to 0.5 %."""

_ALWAYS_THE_SAME: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Queue:
    """A service as a queue. `service_seconds` is how long a request keeps one of `servers` busy.

    `service_scv` and `arrival_scv` are squared coefficients of variation: 1.0 for times that are
    distributed exponentially, 0.0 for times that are always the same. `shape` are equally probable
    service times, ascending, in any unit, where they were measured; without them a gamma
    distribution is taken up to 1.0, a lognormal one above.
    """

    service_seconds: float
    service_scv: float = 1.0
    arrival_scv: float = 1.0
    servers: int = 1
    shape: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no queue."""
        if not self.service_seconds > 0 or self.servers < 1:
            raise ConfigError(
                f"a queue of {self.servers} servers with {self.service_seconds} s is refused:"
                " give at least one server and more than 0 s"
            )

    def utilisation(self, rate_per_second: float) -> float:
        """Return the part of the time that a server is busy; from 1.0 on it never catches up."""
        return rate_per_second * self.service_seconds / self.servers

    def mean_seconds(self, rate_per_second: float) -> float | None:
        """Return the mean response time; None past FULLEST."""
        if self.utilisation(rate_per_second) > FULLEST:
            return None
        return self.service_seconds + self._wait_seconds(rate_per_second)

    def quantile_seconds(self, rate_per_second: float, share: float = 0.95) -> float | None:
        """Return the response time that `share` of requests stay below; None past FULLEST."""
        if self.utilisation(rate_per_second) > FULLEST:
            return None
        service = self._service_times()
        chance = self._chance_to_wait(rate_per_second)
        if chance <= 1e-9:
            return float(np.quantile(service, share))
        wait = self._wait_seconds(rate_per_second) / chance
        return _quantile_of_sum(service, wait, chance, share)

    def breaks_at(self, bound_seconds: float, share: float = 0.95) -> float | None:
        """Return the requests per second at which `share` of them no longer stay below a bound.

        None: they do not even without load. At most the load of FULLEST.
        """
        least, most = 0.0, FULLEST * self.servers / self.service_seconds
        if float(np.quantile(self._service_times(), share)) > bound_seconds:
            return None
        for _ in range(24):
            middle = (least + most) / 2
            reached = self.quantile_seconds(middle, share)
            if reached is None or reached > bound_seconds:
                most = middle
            else:
                least = middle
        return least

    def _wait_seconds(self, rate_per_second: float) -> float:
        busy, count = self.utilisation(rate_per_second), self.servers
        per_server = self.service_seconds / (count * (1 - busy))
        return erlang_c(count, busy) * per_server * (self.arrival_scv + self.service_scv) / 2

    def _chance_to_wait(self, rate_per_second: float) -> float:
        """Return the share of requests that wait: Erlang's; with one server Whitt's (1983, QNA)."""
        busy, uneven, service = (
            self.utilisation(rate_per_second),
            self.arrival_scv,
            self.service_scv,
        )
        if self.servers > 1:
            return erlang_c(self.servers, busy)
        square = busy**2 * (4 * uneven + service)
        if uneven < 1:
            factor = (1 + uneven + busy * service) / (1 + busy * (service - 1) + square)
        else:
            factor = 4 * busy / (uneven + square)
        return min(max(busy + (uneven - 1) * busy * (1 - busy) * factor, 0.0), 1.0)

    def _service_times(self) -> Floats:
        if self.shape:
            shape = np.asarray(self.shape)
        elif self.service_scv <= 1:
            shape = _gamma_times(round(self.service_scv, 3))
        else:
            shape = _lognormal_times(round(self.service_scv, 3))
        times: Floats = shape * (self.service_seconds / shape.mean())
        return times


def erlang_c(servers: int, utilisation: float) -> float:
    """Return the chance that all servers are busy (Erlang, 1917), 0..1."""
    if utilisation >= 1:
        return 1.0
    blocked, load = 1.0, servers * utilisation
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked / (1 - utilisation * (1 - blocked))


@lru_cache(64)
def _gamma_times(scv: float) -> Floats:
    """Return equally probable times of a gamma distribution with mean 1.0."""
    if scv < _ALWAYS_THE_SAME:
        return np.ones(POINTS)
    shape = 1 / scv
    logarithm = np.linspace(-40 * max(1.0, scv), np.log(60 * max(1.0, scv)), 20_000)
    density = shape * logarithm - shape * np.exp(logarithm)  # of the logarithm of the time
    chance = np.cumsum(np.exp(density - density.max()))
    times: Floats = np.exp(np.interp(_SHARES, chance / chance[-1], logarithm))
    return times


@lru_cache(64)
def _lognormal_times(scv: float) -> Floats:
    """Return equally probable times of a lognormal distribution with mean 1.0."""
    spread = np.sqrt(np.log1p(scv))
    normal = np.linspace(-9, 9, 20_000)
    chance = np.cumsum(np.exp(-(normal**2) / 2))
    logarithm = np.interp(_SHARES, chance / chance[-1], normal) * spread - spread**2 / 2
    times: Floats = np.exp(logarithm)
    return times


_SHARES: Final = (np.arange(POINTS) + 0.5) / POINTS


def _quantile_of_sum(service: Floats, wait: float, chance: float, share: float) -> float:
    """Return a percentile of equally probable times plus, with a chance, an exponential wait."""
    least, most = 0.0, float(service[-1]) + 40 * wait
    for _ in range(40):
        middle = (least + most) / 2
        rest = middle - service
        over = np.where(rest < 0, 1.0, chance * np.exp(-np.maximum(rest, 0.0) / wait))
        if over.mean() > 1 - share:
            least = middle
        else:
            most = middle
    return most
