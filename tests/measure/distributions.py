"""Named distributions of durations, in seconds, from 1 microsecond to 1 hour."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Distribution = Callable[[Random], float]


def _within(value: float) -> float:
    return min(max(value, 1e-6), 3600.0)


def _bimodal(random: Random) -> float:
    # a cache that hits four times in five
    return random.lognormvariate(-7, 0.2) if random.random() < 0.8 else random.gauss(0.3, 0.02)


DISTRIBUTIONS: dict[str, Distribution] = {
    "constant": lambda _: 0.25,
    "uniform": lambda random: random.uniform(0.001, 2.0),
    "uniform over nine decades": lambda random: 10 ** random.uniform(-6, 3.5),
    "lognormal narrow": lambda random: random.lognormvariate(-4, 0.3),
    "lognormal wide": lambda random: _within(random.lognormvariate(-3, 1.8)),
    "exponential": lambda random: _within(random.expovariate(20)),
    "normal": lambda random: _within(random.gauss(0.5, 0.05)),
    "bimodal": lambda random: _within(_bimodal(random)),
    "pareto, heavy tail": lambda random: _within(0.01 * random.paretovariate(1.1)),
    "weibull": lambda random: _within(random.weibullvariate(0.2, 0.7)),
    "microseconds": lambda random: _within(random.uniform(1e-6, 2e-5)),
    "up to an hour": lambda random: random.uniform(600, 3600),
    "two values": lambda random: random.choice((0.1, 30.0)),
}
