"""Seeded per-minute latency histograms with known regressions, as a request stream leaves them.

A minute is independent Poisson counts over logarithmic bins, so that an endpoint with little
traffic is noisy for the right reason. Latencies are two lognormal paths (a cache's hit and miss)
and a rare slow tail; all of them move with utilisation, an AR(1), spikes of a minute, incidents of
5 to 25 minutes and a cold start of 2 to 4 minutes after a deploy. Nothing is stored: a series is
made anew from its spec. The first week is history, the second is scored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.signal import lfilter
from scipy.special import ndtr

Numbers = NDArray[np.float64]

RATIO: Final = 1.03
"""Of a bin's bounds."""

DAY: Final = 1440
WEEK: Final = 7 * DAY
DAYS: Final = 14
MINUTES: Final = DAYS * DAY
BEGIN: Final = 1_700_006_400.0
"""15 November 2023, a Wednesday, 00:00 UTC."""

TRAFFIC: Final = {"low": 12.0, "mid": 150.0, "high": 2000.0}
"""Mean requests a minute."""

MARKED_SHARE: Final = 0.85
"""Of regressions, how many come with a deploy; the others have no marker."""

TUNING_SEED: Final = 20_000
"""What thresholds were made on; results are reported on others."""

_PIECE: Final = 4032


@dataclass(frozen=True, slots=True)
class Spec:
    """What a series holds: `kind` is none, step, tailstep (the slow path alone), drift or errstep.

    `size` is relative: 0.05 is +5 %.
    """

    kind: str
    size: float = 0.0
    traffic: str = "mid"
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Requests per minute (rows) and bin; `edges` are the bins' bounds in milliseconds.

    `deploys` are minutes, `change` is the regression's first one, None without; `bumps` are
    transient incidents from the scored week, first and last minute.
    """

    spec: Spec
    histogram: NDArray[np.uint16]
    edges: Numbers
    errors: NDArray[np.int64]
    deploys: NDArray[np.int64]
    change: int | None
    bumps: list[tuple[int, int]]

    @property
    def count(self) -> NDArray[np.int64]:
        """Requests per minute."""
        found: NDArray[np.int64] = self.histogram.sum(axis=1, dtype=np.int64)
        return found

    @property
    def is_marked(self) -> bool:
        """Tell whether the regression came with a deploy."""
        return self.change is not None and bool((self.deploys == self.change).any())

    def quantile(self, ratio: float) -> Numbers:
        """Return each minute's quantile in milliseconds; of an empty one the last before it."""
        cumulative = self.histogram.cumsum(axis=1, dtype=np.int64)
        total = cumulative[:, -1]
        target = np.maximum(ratio * total, 1e-9)[:, None]
        place = np.minimum((cumulative < target).sum(axis=1), cumulative.shape[1] - 1)
        rows = np.arange(len(place))
        below = np.where(place > 0, cumulative[rows, np.maximum(place - 1, 0)], 0)
        inside = np.maximum(cumulative[rows, place] - below, 1e-9)
        part = np.clip((target[:, 0] - below) / inside, 0, 1)
        bounds = np.log(self.edges)
        found = np.exp(bounds[place] + part * (bounds[place + 1] - bounds[place]))
        return _carried(np.where(total > 0, found, np.nan))


@dataclass(frozen=True, slots=True)
class _Law:
    """The two paths and the tail: medians, spreads and shares."""

    base: float
    slow_share: float
    ratio: float
    fast_spread: float
    slow_spread: float
    tail_share: float

    @classmethod
    def drawn(cls, rng: Generator) -> _Law:
        base = np.exp(rng.uniform(np.log(15), np.log(250)))
        slow_share, ratio = rng.uniform(0.15, 0.4), rng.uniform(2.0, 5.0)
        spreads = rng.uniform(0.2, 0.4), rng.uniform(0.3, 0.55)
        return cls(base, slow_share, ratio, *spreads, rng.uniform(0.002, 0.01))

    def shares(self, bounds: Numbers, shift: Numbers, slow_shift: Numbers) -> Numbers:
        """Return each minute's share of requests in each bin."""
        along = bounds - shift[:, None]
        slow = along - np.log(self.ratio) - slow_shift[:, None]
        fast_share = 1 - self.slow_share - self.tail_share
        below = fast_share * ndtr(along / self.fast_spread)
        below += self.slow_share * ndtr(slow / self.slow_spread)
        below += self.tail_share * ndtr((along - np.log(self.ratio * 5)) / 0.5)
        found: Numbers = np.maximum(np.diff(below, axis=1), 0)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What is drawn of a series before its counts; `rng` goes on to draw them."""

    rng: Generator
    load: Numbers
    law: _Law
    level: Numbers
    bumps: list[tuple[int, int]]
    deploys: list[int]
    change: int | None

    @classmethod
    def of(cls, spec: Spec) -> _Plan:
        name = sum(map(ord, spec.kind + spec.traffic))
        rng = np.random.default_rng([spec.seed, int(spec.size * 1000), name])
        load, weekend = _load(rng, TRAFFIC[spec.traffic])
        law = _Law.drawn(rng)
        level, bumps = _level(rng, load)
        deploys = _deploys(rng, weekend)
        change = None
        if spec.kind != "none":
            change = int(rng.integers(WEEK + 600, MINUTES - 2 * DAY))
            if rng.random() < MARKED_SHARE:
                deploys.append(change)
        return cls(rng, load, law, level, bumps, deploys, change)


def is_marked(spec: Spec) -> bool:
    """Tell whether the change of a spec's series comes with a deploy, without making it."""
    plan = _Plan.of(spec)
    return plan.change in plan.deploys


def make(spec: Spec) -> Series:
    """Make the series of a spec; the same every time."""
    plan = _Plan.of(spec)
    rng, load, law, level, bumps = plan.rng, plan.load, plan.law, plan.level, plan.bumps
    deploys, change = plan.deploys, plan.change
    if change is not None:
        bumps = [each for each in bumps if each[1] < change - 30 or each[0] > change + 480]
        level = _calmed(level, change)
    marks = np.array(sorted(set(deploys)), np.int64)
    for mark in marks:
        length = int(rng.integers(2, 5))
        level[mark : mark + length] += rng.uniform(0, 0.25)
    effect = _effect(spec, change)
    histogram, edges = _histogram(rng, law, load, level, effect)
    more_errors = spec.size if spec.kind == "errstep" else 0.0
    since = np.arange(MINUTES) >= (MINUTES if change is None else change)
    rate = np.clip(0.002 * np.exp(_ar1(rng, 0.95, 0.5)) + more_errors * since, 0, 1)
    errors = rng.binomial(histogram.sum(axis=1, dtype=np.int64), rate)
    scored = [each for each in bumps if each[0] >= WEEK - 60]
    return Series(spec, histogram, edges, errors, marks, change, scored)


def _load(rng: Generator, mean: float) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return requests a minute: a day's cycle with a second harmonic, weekends, slow noise."""
    minute = np.arange(MINUTES)
    hour = (minute % DAY) / 60.0
    weekend = ((minute // DAY + 3) % 7) >= 5
    peak, height = rng.uniform(11, 17), rng.uniform(0.35, 0.75)
    turn = 2 * np.pi * (hour - peak) / 24
    shape = 1 + height * np.cos(turn) + 0.15 * np.cos(2 * turn)
    shape = np.maximum(shape, 0.08) * np.where(weekend, rng.uniform(0.5, 0.9), 1.0)
    return mean * shape / shape.mean() * np.exp(_ar1(rng, 0.98, 0.05)), weekend


def _level(rng: Generator, load: Numbers) -> tuple[Numbers, list[tuple[int, int]]]:
    """Return by what logarithm all latencies move together, and the transient incidents."""
    used = rng.uniform(0.25, 0.6) * load / np.quantile(load, 0.99)
    level = -np.log1p(-used) * rng.uniform(0.3, 1.0)
    spread = rng.uniform(0.006, 0.02)
    level = level + _ar1(rng, rng.uniform(0.88, 0.975), spread) + rng.normal(0, 0.004, MINUTES)
    spikes = rng.random(MINUTES) < 0.003
    level = level + np.where(spikes, rng.exponential(0.5, MINUTES), 0)
    bumps = []
    for _ in range(rng.poisson(1.5)):
        begin = int(rng.integers(DAY, MINUTES - 60))
        end = begin + int(rng.integers(5, 26))
        bumps.append((begin, end))
        level[begin:end] += rng.uniform(0.2, 1.0)
    return level, bumps


def _deploys(rng: Generator, weekend: NDArray[np.bool_]) -> list[int]:
    """Return minutes of deploys: 1.3 on a working day."""
    return [
        day * DAY + int(rng.uniform(8, 20) * 60)
        for day in range(DAYS)
        for _ in range(rng.poisson(0.2 if weekend[day * DAY] else 1.3))
    ]


def _calmed(level: Numbers, change: int) -> Numbers:
    """Return a level without spikes and incidents in the eight hours after the change."""
    usual = median_filter(level, 61)
    after = np.zeros(MINUTES, bool)
    after[change : change + 480] = True
    found: Numbers = np.where(after & (np.abs(level - usual) > 0.15), usual, level)
    return found


def _effect(spec: Spec, change: int | None) -> tuple[Numbers, Numbers]:
    """Return by what logarithm all latencies, and the slow path's alone, are moved."""
    common, slow = np.zeros(MINUTES), np.zeros(MINUTES)
    if change is not None:
        if spec.kind == "step":
            common[change:] = np.log1p(spec.size)
        elif spec.kind == "tailstep":
            slow[change:] = np.log1p(spec.size)
        elif spec.kind == "drift":  # whole after a day
            since = np.arange(MINUTES - change) / DAY
            common[change:] = np.log1p(spec.size) * np.minimum(since, 1)
    return common, slow


def _histogram(
    rng: Generator, law: _Law, load: Numbers, level: Numbers, effect: tuple[Numbers, Numbers]
) -> tuple[NDArray[np.uint16], Numbers]:
    common, slow = effect
    low = np.log(law.base) + level.min() - 5.2 * law.fast_spread
    highest = max(common.max(), slow.max())
    high = np.log(law.base * law.ratio) + level.max() + highest + 5.2 * law.slow_spread
    high = max(high, np.log(law.base * 40))
    bounds = np.arange(low, high + np.log(RATIO), np.log(RATIO))
    histogram = np.empty((MINUTES, len(bounds) - 1), np.uint16)
    for piece in _pieces():
        shares = law.shares(bounds, np.log(law.base) + level[piece] + common[piece], slow[piece])
        histogram[piece] = np.minimum(rng.poisson(load[piece, None] * shares), 65535)
    return histogram, np.exp(bounds)


def _pieces() -> Iterator[slice]:
    for begin in range(0, MINUTES, _PIECE):
        yield slice(begin, min(begin + _PIECE, MINUTES))


def _ar1(rng: Generator, correlation: float, spread: float) -> Numbers:
    steps = rng.normal(0, spread * np.sqrt(1 - correlation**2), MINUTES + 500)
    found: Numbers = lfilter([1], [1, -correlation], steps)[500:]
    return found


def _carried(values: Numbers) -> Numbers:
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), 0))
    found = values[last]
    return np.where(np.isnan(found), np.nanmedian(values), found)
