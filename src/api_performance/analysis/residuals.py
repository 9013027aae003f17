"""An endpoint's minutes as distances from what is normal: what changes are looked for in.

A minute counts by its requests (one with half as many as usual lies half as far from normal), an
outlier for no more than three and a half standard deviations about the last three hours' median,
and the first minutes after a deploy, slow by themselves, for the ten before them.

Kept of a metric are four hours of minutes, three days of blocks of ten minutes, and two weeks of
hours: 6 kB, as distances need no more than three digits. What is told of a minute does not depend
on how many are handed over at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from api_performance.analysis.baseline import KEPT_HOURS, Baseline, Hours, fit_baseline
from api_performance.analysis.kept import halves, joined
from api_performance.analysis.minutes import Flags, Halves, Numbers, Stored, Wholes
from api_performance.analysis.noise import CORRELATIONS, Autocovariance, Noise
from api_performance.analysis.quantile import median

KEPT_MINUTES: Final = 240
BLOCK_MINUTES: Final = 10
KEPT_BLOCKS: Final = 432
HOUR: Final = 60
COLD_MINUTES: Final = 4
"""After a deploy; what they hide, `deploys` finds, which weighs them."""

_FIT_HOURS: Final = 6
_MIDDLE_MINUTES: Final = 180  # past any usual incident: its minutes stay outliers
_OUTLIER: Final = 3.5
_RUN: Final = 3  # minutes
_RUN_WIDENING: Final = 0.5  # of the bound, a minute
_SPIKE: Final = 3.0  # a single minute must not be a change
_LEAST_WEIGHT: Final = 0.3
_FORETELLING: Final = 5  # minutes
_COLD_BEFORE: Final = 10
_MOST_WEIGHT: Final = 3.0
_FORGOTTEN_AN_HOUR: Final = 0.992  # half of it after three and a half days
_MINUTE_LAGS: Final = (1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64)
_BLOCK_LAGS: Final = (1, 2, 3, 4, 6, 9, 12, 18, 24, 36)
_BLOCK_OUTLIER: Final = 3.0
_LOAD_NOISE: Final = 100.0  # minutes times root of requests a minute: see `_load`
_LOAD_MINUTES: Final = (2, 30)
_ABOUT_NOTHING: Final = 1e-9

_COUNTED: Final = HOUR + BLOCK_MINUTES
_BLOCKS: Final = KEPT_BLOCKS + HOUR // BLOCK_MINUTES  # what came within an hour, too

Kept = TypeVar("Kept", Stored, Flags)


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """What came of some minutes: all that is kept with them, and how many are new.

    `calm` are residuals as changes are looked for in them, `steady` without the mending of cold
    starts; `new` of them, and `blocks` of the blocks, came just now.
    """

    calm: Stored
    steady: Stored
    new: int
    blocks: int


class Residuals:
    """The distances of one metric's minutes, a logarithm, from its baseline."""

    __slots__ = (
        "_blocks",
        "_calm",
        "_counts",
        "_far_run",
        "_first_hour",
        "_first_level",
        "_foretold",
        "_gain",
        "_hour",
        "_kept",
        "_known",
        "_levels",
        "_loads",
        "_middle",
        "_noise_each",
        "_products",
        "_raw",
        "_spike_run",
        "_spread",
        "_steady",
        "_unforeseen",
        "baseline",
        "began",
        "block_noise",
        "level",
        "next",
        "noise",
        "offset",
        "sampling",
    )

    def __init__(self, first: int) -> None:
        """Begin with the minute `first`, counted since 1970, UTC; it must begin an hour."""
        self.next = first
        self.began: int | None = None
        self.baseline: Baseline | None = None
        self.noise: Noise | None = None
        self.block_noise: Noise | None = None
        self.offset = 0.0
        self.level = 0.0
        self.sampling = 0.0
        self._raw: Halves = np.zeros(0, np.float16)
        self._steady: Halves = np.zeros(0, np.float16)
        self._calm: Halves = np.zeros(0, np.float16)
        self._blocks: Halves = np.zeros(0, np.float16)
        self._counts: Stored = np.zeros(0, np.float32)
        self._known: Flags = np.zeros(0, bool)
        self._first_level: float | None = None
        self._levels: Halves = np.zeros(0, np.float16)  # of hours, from the first one
        self._loads: Halves = np.zeros(0, np.float16)  # of hours, as logarithms of 1 more
        self._hour: Stored = np.zeros((2, HOUR), np.float32)
        self._middle, self._spread = 0.0, 0.0
        self._foretold, self._spike_run, self._far_run = 0.0, 0, 0
        self._unforeseen, self._gain, self._kept = 0.0, 0.0, 1.0
        self._noise_each = 0.0  # sampling variance times requests: what one request tells
        self._first_hour = first // HOUR
        self._products = Autocovariance.of(_MINUTE_LAGS)

    @property
    def raw(self) -> Stored:
        """The last minutes, as far off as they lie."""
        return self._raw.astype(np.float32)

    @property
    def steady(self) -> Stored:
        """The last minutes without outliers."""
        return self._steady.astype(np.float32)

    @property
    def calm(self) -> Stored:
        """The last minutes without outliers and cold starts."""
        return self._calm.astype(np.float32)

    @property
    def blocks(self) -> Stored:
        """Means of ten calm minutes each, of those in which there were requests."""
        return self._blocks.astype(np.float32)

    def add(self, value: Numbers, noise: Numbers, count: Numbers, cold: Sequence[int]) -> Added:
        """Take the next minutes, none beyond the hour; `cold` are minutes with a deploy.

        Returns no rows before there is a baseline.
        """
        if self.next % HOUR == 0:
            self._begin_hour()
        new = len(value)
        known = np.isfinite(value) & (count > 0)
        if self.began is None and known.any():
            self.began = self.next
        counts = np.concatenate([self._counts, np.where(known, count, 0.0)])
        usual, load = self._trailing(counts, new)
        if (known & np.isfinite(noise)).any():
            told = float(np.mean((noise * count)[known & np.isfinite(noise)]))
            self._noise_each += (told - self._noise_each) * (0.02 if self._noise_each else 1.0)
        place = self.next % HOUR
        self._hour[:, place : place + new] = np.where(known, value, np.nan), load
        sampling = self._noise_each / np.maximum(usual, _ABOUT_NOTHING)
        if self.baseline is not None and self.noise is not None:
            self._add_residuals(
                value, known, counts[-new:] / np.maximum(usual, 1e-9), load, sampling
            )
            self._mend_cold(new, cold)
        self._counts = counts[-_COUNTED:].astype(np.float32)
        self._known = np.concatenate([self._known, known])[-KEPT_MINUTES:].copy()
        self.next += new
        is_told = self.noise is not None
        added = Added(self.calm, self.steady, new if is_told else 0, 0)
        return replace(added, blocks=self._end(new))

    def _trailing(self, counts: Numbers, new: int) -> tuple[Numbers, Numbers]:
        """Return for each new minute the requests a minute of the last hour, and the load.

        The load is the mean of as many minutes as follow it best: few where many requests say how
        many there are, more where chance does (a local level whose steps are 1 %).
        """
        sums = np.concatenate([[0.0], np.cumsum(counts)])
        ends = np.arange(len(counts) - new + 1, len(counts) + 1)
        begins = np.maximum(ends - HOUR, 0)
        usual = (sums[ends] - sums[begins]) / (ends - begins)
        minutes = _LOAD_NOISE / np.sqrt(np.maximum(usual, 1.0))
        begins = np.maximum(ends - np.clip(minutes.round(), *_LOAD_MINUTES).astype(int), 0)
        return usual, (sums[ends] - sums[begins]) / (ends - begins)

    def _normal(self, load: Numbers) -> Numbers:
        hour = (self.next + np.arange(len(load), dtype=np.int64)) // HOUR
        return np.zeros(len(load)) if self.baseline is None else self.baseline.at(load, hour)

    def _add_residuals(
        self, value: Numbers, known: Flags, weight: Numbers, load: Numbers, sampling: Numbers
    ) -> None:
        noise = self.noise
        if noise is None:
            return
        weight = np.minimum(weight, _MOST_WEIGHT)
        normal = self._normal(load) + self.offset
        self.level = float(normal[-1])
        away = np.where(known, value, 0.0) - normal
        raw = np.where(known, weight * away, 0.0)
        independent = sampling * np.maximum(weight, _LEAST_WEIGHT) + noise.white
        spread = _OUTLIER * np.sqrt(independent + noise.variance)
        bounded = self._without_outliers(raw, spread)
        steady = self._without_spikes(bounded, np.sqrt(independent + self._unforeseen))
        self._raw = joined(self._raw, raw)
        self._steady = joined(self._steady, steady)
        self._calm = joined(self._calm, steady)

    def _without_outliers(self, minutes: Numbers, spread: Numbers) -> Numbers:
        """Let no minute lie further than `spread` from the last hours' median, unless that lasts.

        From the fourth of a run on, each may lie further: else a jump beyond all that noise does
        would look like the greatest that it does, and take half an hour to be told from that.
        """
        found, run = np.clip(minutes, self._middle - spread, self._middle + spread), self._far_run
        for place in range(len(minutes)):
            is_above, is_below = found[place] < minutes[place], found[place] > minutes[place]
            run = max(run, 0) + 1 if is_above else min(run, 0) - 1 if is_below else 0
            if abs(run) > _RUN:
                most = spread[place] * (1 + _RUN_WIDENING * (abs(run) - _RUN))
                found[place] = np.clip(minutes[place], self._middle - most, self._middle + most)
        self._far_run = run
        return found

    def _without_spikes(self, minutes: Numbers, deviation: Numbers) -> Numbers:
        """Let no minute lie further than so much from what those before it foretell.

        A Kalman filter's steady state foretells it. Each further minute that lies as far off, to
        the same side, may lie further: what lasts is no spike.
        """
        found, level, run = minutes.copy(), self._foretold, self._spike_run
        for place, (minute, bound) in enumerate(
            zip(minutes.tolist(), (_SPIKE * deviation).tolist(), strict=True)
        ):
            away = minute - level
            if away > bound:
                run = max(run, 0) + 1
                away = min(away, run * bound)
            elif away < -bound:
                run = min(run, 0) - 1
                away = max(away, run * bound)
            else:
                run = 0
            found[place] = level + away
            level = self._kept * (level + self._gain * away)
        self._foretold, self._spike_run = level, run
        return found

    def _mend_cold(self, new: int, cold: Sequence[int]) -> None:
        calm, begin = self._calm, len(self._calm) - new
        for minute in sorted({each + later for each in cold for later in range(COLD_MINUTES)}):
            place = begin + minute - self.next
            if begin <= place < len(calm) and place >= _COLD_BEFORE:
                calm[place] = calm[place - _COLD_BEFORE : place].mean(dtype=np.float32)

    def _end(self, new: int) -> int:
        """Close the blocks and the hour that end here, let go of what is too old; count blocks."""
        ended = self.next // BLOCK_MINUTES - (self.next - new) // BLOCK_MINUTES
        ended = min(ended, len(self._calm) // BLOCK_MINUTES)
        if ended:
            known = self._blocks_of(self._known, ended).any(axis=1)
            means = self._blocks_of(self.calm, ended)[known].mean(axis=1)
            ended = len(means)
            self._blocks = joined(self._blocks, means)[-_BLOCKS:].copy()
        if self.next % HOUR == 0:
            self._end_hour()
        self._raw, self._steady, self._calm = (
            each[-KEPT_MINUTES:].copy() for each in (self._raw, self._steady, self._calm)
        )
        return ended

    def _blocks_of(self, minutes: Kept, number: int) -> Kept:
        """Return the last whole blocks of minutes, a row each."""
        last = len(minutes) - self.next % BLOCK_MINUTES
        begin = last - number * BLOCK_MINUTES
        return minutes[begin:last].reshape(number, BLOCK_MINUTES)

    def _end_hour(self) -> None:
        value, load = self._hour.astype(float)
        known = np.isfinite(value)
        level = np.nan
        if known.any():
            if len(self._steady) >= HOUR:
                normal = (
                    self.baseline.at(load, np.full(HOUR, self.next // HOUR - 1))
                    if self.baseline
                    else 0
                )
                level = float(np.mean(normal + self.steady[-HOUR:]))
            else:
                level = median(value[known])
        if self._first_level is None and known.any():
            self._first_level = level
        away = np.array([level - (self._first_level or 0.0)])
        self._levels = joined(self._levels, away)[-KEPT_HOURS:].copy()
        self._loads = joined(self._loads, np.log1p(load[None].mean(axis=1)))[-KEPT_HOURS:].copy()
        if not known.any():
            self._begin_anew()
        elif len(self._calm) >= HOUR:
            self._products.forget(_FORGOTTEN_AN_HOUR)
            self._products.add(self.calm.astype(float), HOUR)

    def _begin_anew(self) -> None:
        """Let go of the minutes before an hour without requests: what follows is not like them."""
        self._raw = self._steady = self._calm = np.zeros(0, np.float16)
        self._counts, self._known = np.zeros(0, np.float32), np.zeros(0, bool)
        self._foretold = self._middle = 0.0

    def _begin_hour(self) -> None:
        hour = self.next // HOUR
        if self.noise is None or hour % _FIT_HOURS == 0:
            self._fit(hour)
        recent = self._counts[-HOUR:]
        self.sampling = self._noise_each / max(float(recent.mean()) if len(recent) else 0.0, 1e-9)
        if self.noise is not None:
            self._unforeseen, self._gain = self.noise.steady_state(self.sampling)
            self._kept = CORRELATIONS[self.noise.correlation]
            variance = self.sampling + self.noise.white + self.noise.variance
            self._spread = _OUTLIER * float(np.sqrt(variance))
        if len(self._calm):
            self._middle = median(self.calm[-_MIDDLE_MINUTES:])

    def _fit(self, hour: int) -> None:
        level = self._levels.astype(float) + (self._first_level or 0.0)
        load = np.expm1(self._loads.astype(float))
        noise = self._noise_each / np.maximum(load * HOUR, 1.0)
        noise[np.isnan(level)] = np.nan
        fitted = fit_baseline(Hours(hour - len(level), level, noise, load))
        if fitted is None:
            return
        if self.baseline is not None:
            self._rebase(self.baseline, fitted)
            if len(fitted.curve) != len(self.baseline.curve):  # what it left over was no noise
                self._products = Autocovariance.of(_MINUTE_LAGS)
        self.baseline = fitted
        sampling = float(np.nanmean(noise[-KEPT_HOURS // 2 :])) * HOUR
        if self._products.weights[0] >= _FIT_HOURS * HOUR / 2:
            self.noise = self._products.fit(sampling)
        elif self.noise is None:
            self.noise = Noise(CORRELATIONS.index(0.9), 0.02**2, 0.0)
        if len(self._blocks) >= 2 * 144:
            self.block_noise = self._fit_blocks(sampling / BLOCK_MINUTES)

    def _rebase(self, before: Baseline, after: Baseline) -> None:
        """Measure what is kept from another baseline, so that the exchange is no change."""
        minute = self.next - np.arange(len(self._raw), 0, -1, dtype=np.int64)
        lower = self._lower(before, after, minute // HOUR)
        self._raw, self._steady, self._calm = (
            halves(each + lower) for each in (self._raw, self._steady, self._calm)
        )
        block = self.next - BLOCK_MINUTES * np.arange(len(self._blocks), 0, -1, dtype=np.int64)
        lower = self._lower(before, after, block // HOUR)
        self._blocks = halves(self._blocks + lower)

    def _lower(self, before: Baseline, after: Baseline, hour: Wholes) -> Stored:
        """Return how much lower `after` is than `before` in each of some hours, at their loads."""
        place = np.maximum(hour - (self.next // HOUR - len(self._loads)), 0)
        loads = np.expm1(self._loads[place].astype(float))
        found: Stored = (before.at(loads, hour) - after.at(loads, hour)).astype(np.float32)
        return found

    def _fit_blocks(self, sampling: float) -> Noise:
        blocks = self.blocks - median(self.blocks)
        bound = _BLOCK_OUTLIER * 1.4826 * median(np.abs(blocks)) + _ABOUT_NOTHING
        products = Autocovariance.of(_BLOCK_LAGS)
        blocks = np.clip(blocks, -bound, bound).astype(float)
        products.add(blocks, len(blocks))
        found = products.fit(0.0)
        return Noise(found.correlation, found.variance, max(found.white, 0.3 * sampling))

    def copy(self) -> Residuals:
        """Return one that goes on from here by itself."""
        found = copy(self)
        found._hour = self._hour.copy()
        found._products = self._products.copy()
        return found

    def accept(self, change: float) -> None:
        """Take a change that was found, and taken out, for what is normal from now on."""
        self.offset -= change
        self._levels = halves(self._levels.astype(float) + change)
        if self.baseline is not None:
            self.baseline = self.baseline.higher(change)

    def shift(self, minutes: int, change: float) -> None:
        """Take the last `minutes` for lying `change` higher than before from now on."""
        self.offset += change
        kept = min(minutes, len(self._raw))
        older = (minutes - kept) // BLOCK_MINUTES
        if older > 0:
            inside = len(self._raw) // BLOCK_MINUTES
            end = len(self._blocks) - inside
            blocks = self.blocks
            blocks[max(end - older, 0) : end] -= np.float32(change)
            self._blocks = halves(blocks)
        if kept:
            low, high = self._middle - self._spread, self._middle + self._spread
            lower = self.raw[-kept:] - np.float32(change)
            self._replace(kept, lower, np.clip(lower, low, high))

    def blank(self, minutes: int) -> None:
        """Take the last `minutes` for as calm as those before them."""
        kept = min(minutes, len(self._raw))
        before = self.calm[: len(self.calm) - kept][-HOUR:]
        level = np.full(kept, before.mean() if len(before) else 0.0, np.float32)
        self._replace(kept, level, level)

    def _replace(self, minutes: int, raw: Stored, steady: Stored) -> None:
        """Put others in place of the last minutes, and of the blocks that they are in."""
        begin = len(self._raw) - minutes
        self._raw = joined(self._raw[:begin], raw)
        self._steady = joined(self._steady[:begin], steady)
        self._calm = joined(self._calm[:begin], steady)
        recent = steady[-_FORETELLING:]
        self._foretold = median(recent) if len(recent) else 0.0
        whole = (len(self._calm) - self.next % BLOCK_MINUTES) // BLOCK_MINUTES
        if whole > 0:
            known = self._blocks_of(self._known[-len(self._calm) :], whole).any(axis=1)
            means = self._blocks_of(self.calm, whole)[known].mean(axis=1)
            older = max(len(self._blocks) - len(means), 0)
            self._blocks = joined(self._blocks[:older], means[-len(self._blocks) :])
