"""Hourly series of simulated services, each with the 24 hours that follow it.

A family is one kind of trouble. Load has a daily shape with two harmonics, a weekend of its own and
noise with memory; requests are counted by Poisson; p95 follows load by utilisation and carries the
noise of a quantile of so many requests. The two families of the judge (`judge p95`, `judge
throughput`) are the hourly view of the per-minute generator that detection is measured on: the same
laws with the same ranges, 14 days long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HORIZON: Final = 24
_DAY, _WEEK = 24, 168


@dataclass(frozen=True, slots=True)
class Case:
    """`past` is known, NaN where nothing was measured; `future` is to be forecast."""

    family: str
    past: Floats
    future: Floats


@dataclass(frozen=True, slots=True)
class _Clock:
    """Hours since a random instant of the week."""

    hour: Floats
    is_weekend: NDArray[np.bool_]
    day: NDArray[np.int64]


def cases(seed: int, per_family: int) -> Iterator[Case]:
    """Yield `per_family` cases of every family, the same for the same seed."""
    for number, (name, make) in enumerate(_FAMILIES.items()):
        for each in range(per_family):
            random = np.random.default_rng([seed, number, each])
            days = 14 if name.startswith("judge") else int(random.choice((14, 21, 28, 42, 70)))
            values = make(random, days * _DAY + int(random.integers(0, _DAY)) + HORIZON)
            yield Case(name, values[:-HORIZON], values[-HORIZON:])


def _memory(random: np.random.Generator, size: int, keep: float, spread: float) -> Floats:
    """Noise that keeps the share `keep` of itself from hour to hour; `spread` is its deviation."""
    pushes = random.normal(0, spread * np.sqrt(1 - keep * keep), size)
    noise = np.empty(size)
    last = random.normal(0, spread)
    for index, push in enumerate(pushes):
        last = keep * last + push
        noise[index] = last
    return noise


def _clock(random: np.random.Generator, size: int) -> _Clock:
    hours = np.arange(size) + int(random.integers(0, _WEEK))
    day = hours // _DAY
    return _Clock((hours % _DAY).astype(float), day % 7 >= 5, day - day[0])


def _shape(random: np.random.Generator, clock: _Clock, weekend: float | None = None) -> Floats:
    """Return the load of each hour, 1.0 on average over a weekday."""
    peak, swing = random.uniform(11, 17), random.uniform(0.35, 0.75)
    turn = 2 * np.pi * (clock.hour - peak) / _DAY
    shape = np.maximum(1 + swing * np.cos(turn) + 0.15 * np.cos(2 * turn), 0.08)
    quiet = random.uniform(0.5, 0.9) if weekend is None else weekend
    later = np.roll(shape, int(random.integers(0, 3)))  # people rise later at weekends
    load: Floats = np.where(clock.is_weekend, quiet * later, shape)
    return load


def _rate(random: np.random.Generator, size: int, weekend: float | None = None) -> Floats:
    """Return requests per minute, as asked for, without the chance of counting them."""
    clock = _clock(random, size)
    level = np.exp(random.uniform(np.log(12), np.log(2000)))
    noise = np.exp(_memory(random, size, random.uniform(0.5, 0.95), random.uniform(0.02, 0.08)))
    rate: Floats = level * _shape(random, clock, weekend) * noise
    return rate


def _counted(random: np.random.Generator, rate: Floats) -> Floats:
    """Return requests per second of hours in which so many per minute were expected."""
    counted: Floats = random.poisson(np.maximum(rate, 0) * 60) / 3600
    return counted


def _p95(random: np.random.Generator, rate: Floats, busiest: float | None = None) -> Floats:
    """Return the p95 in seconds: utilisation, a memory of its own, rare bumps and chance."""
    size = len(rate)
    top = random.uniform(0.25, 0.6) if busiest is None else busiest
    utilisation = np.minimum(top * rate / np.quantile(rate, 0.99), 0.97)
    centre = np.log(random.uniform(0.03, 0.8)) - np.log1p(-utilisation) * random.uniform(0.3, 1)
    centre += _memory(random, size, random.uniform(0.3, 0.8), random.uniform(0.005, 0.02))
    bumps = random.random(size) < 1.5 / (14 * _DAY)
    centre += np.where(bumps, random.uniform(0.05, 0.4, size), 0)
    centre += random.normal(0, 1.3 / np.sqrt(np.maximum(rate * 60, 4)))
    seconds: Floats = np.exp(centre)
    return seconds


def _judge_p95(random: np.random.Generator, size: int) -> Floats:
    return _p95(random, _rate(random, size))


def _judge_throughput(random: np.random.Generator, size: int) -> Floats:
    return _counted(random, _rate(random, size))


def _growth(random: np.random.Generator, size: int) -> Floats:
    weekly = random.uniform(-0.03, 0.12)
    return _counted(random, _rate(random, size) * np.exp(weekly * np.arange(size) / _WEEK))


def _growth_p95(random: np.random.Generator, size: int) -> Floats:
    weekly = random.uniform(0.01, 0.08)
    rate = _rate(random, size) * np.exp(weekly * np.arange(size) / _WEEK)
    return _p95(random, rate, busiest=random.uniform(0.6, 0.85))


def _holidays(random: np.random.Generator, size: int) -> Floats:
    rate = _rate(random, size, weekend=random.uniform(0.3, 0.7))
    day = np.arange(size) // _DAY
    free = random.random(day[-1] + 1) < 0.06  # now and then the last day or the one asked for
    return _counted(random, np.where(free[day], rate * random.uniform(0.4, 0.8), rate))


def _outages(random: np.random.Generator, size: int) -> Floats:
    values = _counted(random, _rate(random, size))
    for begin in random.integers(0, size - HORIZON, random.poisson(size / _WEEK) + 1):
        lost = slice(int(begin), min(int(begin) + int(random.integers(1, 9)), size - HORIZON))
        values[lost] = np.nan if random.random() < 0.5 else values[lost] * random.uniform(0, 0.3)
    return values


def _outages_p95(random: np.random.Generator, size: int) -> Floats:
    values = _p95(random, _rate(random, size))
    for begin in random.integers(0, size - HORIZON, random.poisson(size / _WEEK) + 1):
        lost = slice(int(begin), min(int(begin) + int(random.integers(1, 9)), size - HORIZON))
        values[lost] = np.nan if random.random() < 0.3 else values[lost] * random.uniform(2, 20)
    return values


def _shifts(random: np.random.Generator, size: int) -> Floats:
    moves = np.where(random.random(size) < 1 / _WEEK, random.normal(0, 0.15, size), 0)
    moves[-HORIZON:] = 0
    return _p95(random, _rate(random, size)) * np.exp(np.cumsum(moves, dtype=np.float64))


def _batch(random: np.random.Generator, size: int) -> Floats:
    """A job at night makes p95 some times as high for two hours."""
    values = _p95(random, _rate(random, size))
    hours = (np.arange(size) + int(random.integers(0, _DAY))) % _DAY
    return np.where(hours < 2, values * random.uniform(1.5, 6), values)


def _sparse(random: np.random.Generator, size: int) -> Floats:
    return random.poisson(random.uniform(0.3, 6) * _shape(random, _clock(random, size))) / 3600


def _errors(random: np.random.Generator, size: int) -> Floats:
    ratio = 0.002 * np.exp(_memory(random, size, 0.8, 0.5))
    requests = random.poisson(_rate(random, size) * 60)
    return random.binomial(requests, ratio) / np.maximum(requests, 1)


def _wander(random: np.random.Generator, size: int) -> Floats:
    """No season at all: memory (in flight, queue lengths)."""
    return 5 * np.exp(_memory(random, size, 0.995, 0.5) + random.normal(0, 0.03, size))


def _flat(random: np.random.Generator, size: int) -> Floats:
    return 0.12 * np.exp(_memory(random, size, 0.5, 0.03))


_FAMILIES: Final[dict[str, Callable[[np.random.Generator, int], Floats]]] = {
    "judge p95": _judge_p95,
    "judge throughput": _judge_throughput,
    "growth of throughput": _growth,
    "growth of p95": _growth_p95,
    "holidays": _holidays,
    "outages of throughput": _outages,
    "outages of p95": _outages_p95,
    "level shifts of p95": _shifts,
    "nightly job": _batch,
    "a call now and then": _sparse,
    "error rate": _errors,
    "no season, memory": _wander,
    "no season, noise": _flat,
}
