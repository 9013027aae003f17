"""Requests, bytes, parts of the time and errors: false alarms in quiet months, and changes found.

    python -m benchmarks.analysis.quiet --endpoints 60 --seed 800000
    python -m benchmarks.gates quiet        the same gates on a fixed subset

An endpoint is simulated for eight weeks, minute by minute: load with a day's and a weekend's shape,
slow noise, days that differ, growth or decline; bytes a request of heavy tails whose mixture
follows the day; the parts of its time, which move with the load, wander together and each by
itself, and have spikes and incidents of 5 to 25 minutes; errors in bursts. Three weeks are history.
An alarm within two hours of an incident is transient, each other one is false.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import lfilter

from api_performance.analysis.bounds import ERRORS
from api_performance.analysis.finding import Direction
from api_performance.analysis.minutes import MINUTE_SECONDS
from api_performance.analysis.regression import Watch
from api_performance.changes.amounts import AmountChanges
from api_performance.changes.change import (
    BYTES_IN,
    BYTES_OUT,
    ERROR_RATIO,
    PART_METRICS,
    THROUGHPUT,
)
from api_performance.changes.minutes import Minutes
from api_performance.changes.watches import error_series
from benchmarks.analysis.generator import BEGIN, DAY, TRAFFIC, Numbers
from benchmarks.analysis.scoring import MONTH, Share
from benchmarks.result import GateResult, write_result

DAYS: Final = 56
HISTORY: Final = 21 * DAY
MINUTES: Final = DAYS * DAY
PADDED: Final = 120
SEED: Final = 600_000
ENDPOINTS: Final = 24
FALSE_GATE: Final = 0.1
"""False alarms per endpoint and month of all of these together: a fifth of the 0.5 that an
endpoint's detectors share."""

WITHIN: Final = 60
CHANGES: Final[Mapping[str, tuple[str, float]]] = {
    "40 % fewer requests": (THROUGHPUT, 0.6),
    "70 % more requests": (THROUGHPUT, 1.7),
    "responses 40 % larger": (BYTES_OUT, 1.4),
    "a part of the time 40 % longer": (PART_METRICS[2], 1.4),
}
FOUND_GATE: Final = 0.8
"""Of changes like these, within an hour."""


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm: of which metric, at which minute, from which on, whether in an incident."""

    metric: str
    minute: int
    began: int
    is_up: bool
    is_transient: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """One endpoint's alarms in the time that is judged, and where its change lay, if any."""

    told: tuple[Told, ...]
    change: int | None


def simulate(seed: int, traffic: float) -> tuple[Minutes, list[tuple[int, int]]]:
    """Make an endpoint's eight weeks, and its incidents' first and last minutes."""
    rng = np.random.default_rng([seed, int(traffic)])
    load = _load(rng, traffic)
    count = rng.poisson(load)
    common, incidents = _level(rng, load)
    shares = rng.dirichlet(np.ones(4)) * 0.9 + 0.025
    parts = np.zeros((MINUTES, len(PART_METRICS)))
    for place, share in zip((1, 2, 3, 4), shares, strict=True):
        own = common + _ar1(rng, rng.uniform(0.97, 0.998), rng.uniform(0.01, 0.04))
        noise = _mean_noise(rng, count, rng.uniform(0.4, 0.9))
        parts[:, place] = 0.1 * share * count * np.exp(own) * noise
    out, into = (
        count * size * np.exp(_mixture(rng)) * _mean_noise(rng, count, rng.uniform(0.5, 1.2))
        for size in (rng.uniform(300, 20_000), rng.choice([0.0, 500.0]))
    )
    errors = rng.binomial(count, np.clip(0.002 * np.exp(_ar1(rng, 0.95, 0.5)), 0, 1))
    made = Minutes(
        BEGIN,
        times=np.zeros((MINUTES, 0), np.float32),
        count=count.astype(np.float32),
        errors=errors.astype(np.float32),
        bytes_in=into,
        bytes_out=out,
        parts=parts.astype(np.float32),
    )
    return made, incidents


def _load(rng: Generator, mean: float) -> Numbers:
    minute = np.arange(MINUTES)
    weekend = ((minute // DAY + 2) % 7) >= 5  # BEGIN is a Wednesday
    turn = 2 * np.pi * (minute % DAY / 60 - rng.uniform(11, 17)) / 24
    shape = 1 + rng.uniform(0.35, 0.75) * np.cos(turn) + 0.15 * np.cos(2 * turn)
    shape = np.maximum(shape, 0.08) * np.where(weekend, rng.uniform(0.5, 0.9), 1.0)
    growth = np.exp(rng.uniform(-0.03, 0.05) * minute / (7 * DAY))
    days = np.repeat(rng.normal(0, 0.05, DAYS), DAY)
    days = lfilter(np.ones(120) / 120, [1], days)  # no day begins with a jump
    load: Numbers = mean * shape * growth * np.exp(_ar1(rng, 0.98, 0.05) + days)
    return load


def _level(rng: Generator, load: Numbers) -> tuple[Numbers, list[tuple[int, int]]]:
    used = np.minimum(rng.uniform(0.25, 0.6) * load / np.quantile(load, 0.99), 0.9)
    level = -np.log1p(-used) * rng.uniform(0.3, 1.0)
    level = level + _ar1(rng, rng.uniform(0.88, 0.975), rng.uniform(0.006, 0.02))
    level += np.where(rng.random(MINUTES) < 0.003, rng.exponential(0.5, MINUTES), 0)
    incidents = []
    for _ in range(rng.poisson(1.5 * DAYS / 14)):
        begin = int(rng.integers(DAY, MINUTES - 60))
        incidents.append((begin, begin + int(rng.integers(5, 26))))
        level[slice(*incidents[-1])] += rng.uniform(0.2, 1.0)
    return level, incidents


def _mixture(rng: Generator) -> Numbers:
    turn = 2 * np.pi * (np.arange(MINUTES) / DAY - rng.random())
    return rng.uniform(0, 0.1) * np.cos(turn) + _ar1(rng, 0.99, rng.uniform(0.01, 0.04))


def _mean_noise(rng: Generator, count: NDArray[np.int64], spread: float) -> Numbers:
    """Return means of so many lognormal values each, nearly: a gamma of the same variance."""
    shape = np.maximum(count, 1) / np.expm1(spread**2)
    noise: Numbers = rng.gamma(shape) / shape
    return noise


def _ar1(rng: Generator, correlation: float, spread: float) -> Numbers:
    steps = rng.normal(0, spread * np.sqrt(1 - correlation**2), MINUTES + 2000)
    found: Numbers = lfilter([1], [1, -correlation], steps)[2000:]
    return found


def changed(minutes: Minutes, metric: str, ratio: float, at: int) -> Minutes:
    """Return minutes in which a metric is `ratio` times as high from `at` on."""
    after = np.arange(MINUTES) >= at
    factor = np.where(after, ratio, 1.0)
    if metric == THROUGHPUT:
        rng = np.random.default_rng(at)
        count = np.where(after, rng.poisson(minutes.count * ratio), minutes.count)
        scale = count / np.maximum(minutes.count, 1)
        return replace(
            minutes, count=count.astype(np.float32), bytes_in=minutes.bytes_in * scale,
            bytes_out=minutes.bytes_out * scale,
            parts=(minutes.parts * scale[:, None]).astype(np.float32),
        )  # fmt: skip
    if metric == BYTES_OUT:
        return replace(minutes, bytes_out=minutes.bytes_out * factor)
    parts = minutes.parts.copy()
    parts[:, PART_METRICS.index(metric)] *= factor.astype(np.float32)
    return replace(minutes, parts=parts)


def run_one(job: tuple[int, float], change: tuple[str, float] | None = None) -> Ran:
    """Follow an endpoint through its eight weeks."""
    minutes, incidents = simulate(*job)
    at = None
    if change is not None:
        rng = np.random.default_rng([*map(int, job), 1])
        at = int(rng.integers(HISTORY + 7 * DAY, MINUTES - 2 * DAY))
        minutes = changed(minutes, *change, at)
    padded = [(begin, end + PADDED) for begin, end in incidents]
    told = tuple(
        Told(each.metric, minute, began, each.is_up, any(b <= minute <= e for b, e in padded))
        for each, minute, began in _alarms(minutes, with_errors=change is None)
        if minute >= HISTORY
    )
    return Ran(told, at)


@dataclass(frozen=True, slots=True)
class _Alarm:
    metric: str
    is_up: bool


def _alarms(minutes: Minutes, *, with_errors: bool) -> Iterator[tuple[_Alarm, int, int]]:
    found = list(AmountChanges().update(minutes, ()))
    if with_errors:
        watch = Watch(ERROR_RATIO, ERRORS)
        found += watch.update(error_series(minutes), (), BEGIN + MINUTE_SECONDS * MINUTES)
    for each in {each.key: each for each in found}.values():
        at, began = (int((time - BEGIN) // MINUTE_SECONDS) for time in (each.found, each.began))
        yield _Alarm(each.metric, each.direction is Direction.UP), at, began


def endpoints(number: int, seed: int) -> list[tuple[int, float]]:
    """Return as many endpoints of each traffic."""
    traffic = list(TRAFFIC.values())
    return [(seed + index, traffic[index % len(traffic)]) for index in range(number)]


def gates_of(number: int, seed: int) -> list[GateResult]:
    """Measure, print, and return what the counts (95 %) must allow."""
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        quiet = list(pool.map(run_one, endpoints(number, seed)))
        results = [_false(quiet)]
        for place, (name, change) in enumerate(CHANGES.items(), 1):
            jobs = endpoints(number, seed + 10_000 * place)
            ran = list(pool.map(partial(run_one, change=change), jobs))
            results.append(_found(name, change, ran))
    return results


def _false(quiet: Sequence[Ran]) -> GateResult:
    months = len(quiet) * (MINUTES - HISTORY) / MONTH
    told = [each for ran in quiet for each in ran.told]
    print(f"{months:.0f} endpoint-months; false and transient alarms a month:")
    for metric in (THROUGHPUT, BYTES_IN, BYTES_OUT, *PART_METRICS, ERROR_RATIO):
        own = [each.is_transient for each in told if each.metric == metric]
        print(f"  {metric:22s} {own.count(False) / months:.3f} {own.count(True) / months:.3f}")
    false = sum(not each.is_transient for each in told)
    least = max(sqrt(false) - 1, 0.0) ** 2 / months
    name = f"false alarms of amounts and errors a month at least ({false / months:.2f} counted)"
    return GateResult(name, least, FALSE_GATE)


def _found(name: str, change: tuple[str, float], ran: Sequence[Ran]) -> GateResult:
    metric, ratio = change
    delays, off = [], []
    for each in ran:
        at = each.change or 0
        right = [
            told for told in each.told
            if told.metric == metric and told.is_up == (ratio > 1) and at <= told.minute <= at + DAY
        ]  # fmt: skip
        if right:
            delays.append(right[0].minute - at)
            off.append(abs(right[0].began - at))
    soon, day = Share(sum(each <= WITHIN for each in delays), len(ran)), Share(len(off), len(ran))
    print(
        f"  {name:32s} in an hour {soon}, in a day {day},"
        f" moment off {np.median(off or [0]):.0f} min"
    )
    missed = 100 * (1 - soon.interval[1])
    return GateResult(f"{name} missed at least ({soon})", missed, 100 * (1 - FOUND_GATE), "%")


def run() -> list[GateResult]:
    """Measure a fixed subset, write results/quiet.json, and return the gates."""
    results = gates_of(ENDPOINTS, SEED)
    write_result("quiet", {each.name: each.measured for each in results})
    return results


def main() -> None:
    """Measure as many endpoints as asked, and print the gates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--endpoints", type=int, default=60)
    asked = parser.parse_args()
    for result in gates_of(asked.endpoints, asked.seed):
        print(result.sentence())


if __name__ == "__main__":
    main()
