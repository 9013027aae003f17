"""A month of ordinary traffic, made of windows directly: cycles, noise, retries, five workers.

What makes false alerts is all in it: a daily and a weekly cycle, days that are busier than others,
slow minutes, errors that come in threes because somebody tries again, a deploy each working day.
Nothing of it is a fault.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from api_performance.measure.window import Window
from api_performance.model import (
    RESPONSE_TIME_THRESHOLDS,
    Endpoint,
    Instance,
    MetricPriority,
    Pauses,
    PoolUse,
)
from api_performance.stores.base import InstanceState

HOUR: Final = 3600
DAY: Final = 24 * HOUR
BEGIN: Final = 1_699_833_600.0
"""Midnight of 13 November 2023 UTC, a Monday."""

WORKERS: Final = 5
DEPLOY_HOUR: Final = 14


@dataclass(frozen=True, slots=True)
class Load:
    """An endpoint with its requests per hour on an average day, and what is usual of them."""

    endpoint: Endpoint
    per_hour: float
    error_ratio: float
    slow_ratio: float


def an_endpoint(template: str, priority: MetricPriority, service: str = "shop") -> Endpoint:
    """Return an endpoint with the default thresholds of its priority."""
    thresholds = tuple(RESPONSE_TIME_THRESHOLDS[priority].values())
    return Endpoint("GET", template, service, priority, thresholds=thresholds)


LOADS: Final = (
    Load(an_endpoint("/reports/{id}", MetricPriority.LOW), 10, 0.01, 0.02),
    Load(an_endpoint("/refunds/{id}", MetricPriority.CRITICAL), 10, 0.002, 0.01),
    Load(an_endpoint("/invoices/{id}", MetricPriority.MEDIUM), 60, 0.01, 0.02),
    Load(an_endpoint("/orders/{id}", MetricPriority.HIGH), 600, 0.005, 0.02),
    Load(an_endpoint("/checkout", MetricPriority.CRITICAL), 3600, 0.0005, 0.01),
    Load(an_endpoint("/search", MetricPriority.HIGH), 36_000, 0.002, 0.03),
    Load(an_endpoint("/products/{id}", MetricPriority.MEDIUM), 180_000, 0.001, 0.01),
    Load(an_endpoint("/feed", MetricPriority.MEDIUM, "news"), 7200, 0.03, 0.02),
)
"""From ten requests an hour to fifty a second, on average over a day."""


def poisson(chance: random.Random, mean: float) -> int:
    """Draw a Poisson number; a normal one above 50, where they are alike."""
    if mean > 50:
        return max(round(chance.gauss(mean, math.sqrt(mean))), 0)
    count, product, least = 0, chance.random(), math.exp(-mean)
    while product > least:
        count, product = count + 1, product * chance.random()
    return count


def cycle(at: float) -> float:
    """Return how busy an instant is: by day three times the night, at weekends a half."""
    hour = at % DAY / HOUR
    daily = 1 + 0.6 * math.sin((hour - 9) / 24 * 2 * math.pi)
    return daily * (0.5 if (at - BEGIN) // DAY % 7 >= 5 else 1.1)


class Simulation:
    """The traffic of one seed: the same for whoever asks for the same slices in the same order."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._chance = random.Random(seed)
        self._noise = lru_cache(maxsize=10_000)(self._draw)

    def _draw(self, name: str, number: int, sigma: float) -> float:
        return random.Random(f"{self._seed} {name} {number}").lognormvariate(0, sigma)

    def rate(self, load: Load, at: float) -> float:
        """Return requests per second: cycle, a day's own level, a minute's noise."""
        day = self._noise("day", int(at // DAY), 0.12)
        minute = self._noise(load.endpoint.template, int(at // 60), 0.15)
        return load.per_hour / HOUR * cycle(at) * day * minute

    def window(self, load: Load, start: float, seconds: int) -> Window:
        """Return the window of a slice, without any sketch: no rule of these looks at one."""
        count = poisson(self._chance, self.rate(load, start) * seconds)
        slow = self._noise(f"slow {load.endpoint.template}", int(start // 60), 0.5)
        return filled(self._chance, load, start, count, load.slow_ratio * slow)


def filled(
    chance: random.Random, load: Load, start: float, count: int, slow_ratio: float
) -> Window:
    """Return a window of `count` requests: a few slow, a few failed, failures in ones to threes."""
    window = Window(start)
    failing = poisson(chance, count * load.error_ratio / 1.6)  # each in its own ones to threes
    errors = min(sum(chance.choices((1, 2, 3), (3, 1, 1), k=failing)), count)
    if count > errors:
        window.count_status(200, count - errors)
    if errors:
        window.count_status(500, errors)
    slow = min(poisson(chance, count * slow_ratio), count)
    very_slow = min(poisson(chance, slow * 0.1), slow)
    _, good, warning, critical = load.endpoint.thresholds
    window.under = {good: count - slow, warning: count - slow, critical: count - very_slow}
    return window


class Past:
    """Reads a simulation as a store is read; the ten seconds of a slice are made once."""

    def __init__(self, simulation: Simulation, loads: tuple[Load, ...] = LOADS) -> None:
        self.now = BEGIN
        self._loads = loads
        self._made = lru_cache(maxsize=20_000)(simulation.window)

    def read(self, start: float, end: float, resolution: int) -> Iterator[tuple[Endpoint, Window]]:
        """Yield the windows of [start, end) that are over, or have begun."""
        first = int(max(start, BEGIN))
        for at in range(first, int(min(end, self.now)), resolution):
            for load in self._loads:
                yield load.endpoint, self._made(load, float(at), resolution)


def workers(chance: random.Random, now: float) -> list[InstanceState]:
    """Return what five workers say; they were started anew at the last deploy."""
    day = (now - DEPLOY_HOUR * HOUR - BEGIN) // DAY
    started = BEGIN + day * DAY + DEPLOY_HOUR * HOUR
    return [
        _worker(chance, Instance("shop", f"1.{day:.0f}", "", "web-1", number, started), now)
        for number in range(WORKERS)
    ] + [_worker(chance, Instance("news", "7", "", "web-2", 1, BEGIN), now)]


def _worker(chance: random.Random, instance: Instance, now: float) -> InstanceState:
    age = now - instance.started_at
    lag = chance.lognormvariate(math.log(0.004), 0.5)
    waiting = poisson(chance, 0.05)
    return InstanceState(
        instance,
        seen_at=now,
        sequence=int(age),
        in_flight=poisson(chance, 4.0 * cycle(now)),
        cpu_seconds=0.01 * age,
        process_cpu_seconds=0.45 * age + chance.random(),
        resident_bytes=round(150e6 + 80e6 * (1 - math.exp(-age / 1800)) + chance.gauss(0, 3e6)),
        pauses=Pauses(
            loop_count=1,
            lag_p99_seconds=lag,
            lag_max_seconds=4 * lag,
            blocked_seconds=0.002 * age,
            pools=(PoolUse("anyio", 40 if waiting else 12, 40, waiting),),
        ),
    )
