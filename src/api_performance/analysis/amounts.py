"""Changes of what an endpoint does and takes: requests, bytes and the parts of its time.

These follow people's week more than response times do, so each is compared with its usual level at
this hour of the week (`usual`), in means of ten minutes. Every ten minutes it is asked whether the
last half hour, hour, three and twelve hours lie off the day before them: further than the metric's
own floor, than BOUND standard deviations of the same difference in the week before, and than a
third more than that difference ever reached in the twelve days before the last. So what is
restless by itself, or jumps each night, is told only where it does what it never did.

What is usual are the week's shapes alone: how far a day lies off them is taken out before it is
learned. Else a level that changed would seem to change back once most remembered days have it.

Where few requests are measured, chance does more: what a single one tells is learned too, and at
night a change must be that much greater.

All metrics of an endpoint are looked at together; an endpoint keeps 0.6 kB for each and ten minutes
take some 0.4 ms. Three days are learned from, and nothing is told of an hour of whose kind of day
fewer than three are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import erfc, exp, sqrt
from typing import Final

import numpy as np

from api_performance.analysis.coarse import coarse, fine, unknown
from api_performance.analysis.finding import Direction, Finding
from api_performance.analysis.levels import HOUR_SECONDS
from api_performance.analysis.minutes import Numbers
from api_performance.analysis.usual import UsualWeek

BLOCK_SECONDS: Final = 600.0
DAY_BLOCKS: Final = 144
LAGS: Final = (3, 6, 18, 72)
"""Blocks that a change has lasted: half an hour to twelve hours."""

BOUND: Final = 5.0
"""Standard deviations; from the quiet months of `benchmarks.analysis.quiet`, docs/decisions.md."""

RECORD: Final = 4 / 3
"""Times the furthest of the days before."""

_RECORD_DAYS: Final = 14
_FRESH_DAYS: Final = 2  # of the record, which the change itself would set
_KEPT: Final = LAGS[-1] + DAY_BLOCKS
_LEARNING_BLOCKS: Final = 3 * DAY_BLOCKS
_KNOWN_SHARE: Final = 0.6  # of the blocks of a mean, and of the day that it is compared with
_FORGOTTEN: Final = 1 / (7 * DAY_BLOCKS)
_CLIPPED: Final = 4.0  # standard deviations
_REFINED_AFTER: Final = frozenset({3, 6, 18, 36})
_KEPT_OPEN: Final = 7 * DAY_BLOCKS  # then it is what is normal
_GONE_BLOCKS: Final = 3
_LIKELY: Final = 0.9  # of the highest score, at the blocks that a change may have begun with
_LOOKS_A_DAY: Final = 144.0


@dataclass(frozen=True, slots=True)
class Amount:
    """A metric, and by what logarithm it must change before it is anybody's concern.

    `is_mean`: of the requests, so that few of them say little of it.
    """

    metric: str
    floor: float
    is_mean: bool = True


@dataclass(slots=True)
class _Open:
    """A change that lasts: of the row's metric, by a logarithm, beyond `base`, since a block."""

    finding: Finding
    row: int
    base: float
    change: float
    began: int
    at: int


@dataclass(frozen=True, slots=True)
class _Away:
    """How far some newest blocks lie off `base`, and how far they usually do."""

    contrast: float
    base: float
    deviation: float

    @property
    def confidence(self) -> float:
        if self.deviation <= 0:
            return 1.0
        return 1 - min(1.0, _LOOKS_A_DAY * erfc(abs(self.contrast) / self.deviation / sqrt(2)))


class AmountWatch:
    """Looks for changes of some metrics of one endpoint, in order, in bounded memory."""

    __slots__ = (
        "_amounts",
        "_blocks",
        "_levels",
        "_looks",
        "_next",
        "_offset",
        "_open",
        "_records",
        "_requests",
        "_seen",
        "_squares",
        "_usual",
    )

    def __init__(self, amounts: Sequence[Amount]) -> None:
        """Know nothing yet."""
        number = len(amounts)
        self._amounts = tuple((each.metric, each.floor, each.is_mean) for each in amounts)
        self._usual = UsualWeek(number)
        self._blocks = unknown(number, _KEPT)
        self._requests = np.zeros(LAGS[-1], np.float16)  # of blocks, as logarithms of 1 more
        self._offset = np.zeros(number)  # of the last day, from what is usual
        self._levels = np.full((number, HOUR_SECONDS // int(BLOCK_SECONDS)), np.nan, np.float32)
        self._squares = np.zeros((2, number, len(LAGS)), np.float32)  # and times the requests
        self._looks = np.zeros((number, len(LAGS)), np.float32)
        self._records = coarse(np.zeros((_RECORD_DAYS, number, len(LAGS))))
        self._open: dict[int, _Open] = {}
        self._next: int | None = None
        self._seen = 0

    def learn(self, hour: int, levels: Numbers) -> None:
        """Take the levels of an hour before all blocks (its number since 1970); NaN: unknown."""
        if self._next is None:
            self._usual.add(hour, levels)

    def update(
        self, block: int, levels: Numbers, deploys: Sequence[float] = (), requests: float = 0.0
    ) -> Iterator[Finding]:
        """Take the levels (logarithms) of ten minutes; yield new and changed findings.

        `block` is their number since 1970, `requests` how many they were measured on; NaN where
        nothing is known. A block that was taken, or is older, is passed over; those left out are
        unknown.
        """
        if self._next is not None and block < self._next:
            return
        if self._next is not None:
            for missing in range(max(self._next, block - _KEPT), block):
                self._add(missing, np.full(len(self._amounts), np.nan), 0.0)
        self._add(block, np.where(np.isfinite(levels), levels, np.nan), requests)
        for opened in list(self._open.values()):
            yield from self._develop(opened)
        yield from self._look(deploys)

    def _add(self, block: int, levels: Numbers, requests: float) -> None:
        residual = levels - self._usual.at((block + 0.5) * BLOCK_SECONDS)
        self._blocks[:, :-1] = self._blocks[:, 1:]
        self._blocks[:, -1] = coarse(residual)
        self._requests[:-1] = self._requests[1:]
        self._requests[-1] = np.log1p(requests)
        self._next, self._seen = block + 1, self._seen + 1
        place = block % self._levels.shape[1]
        self._levels[:, place] = levels
        self._levels[list(self._open), place] = np.nan  # nothing is learned of what is open
        if place + 1 == self._levels.shape[1]:
            hour = int(block * BLOCK_SECONDS // HOUR_SECONDS)
            self._usual.add(hour, _middle(self._levels.astype(float)) - self._offset)
            self._levels[:] = np.nan
        if block % DAY_BLOCKS == 0:
            self._records[1:] = self._records[:-1]
            self._records[0] = 0  # steps, as `coarse` has them

    def _contrasts(self) -> tuple[Numbers, Numbers]:
        """Return how far each lag's mean lies off the day before it, and that day's level."""
        contrasts = np.empty((len(self._amounts), len(LAGS)))
        bases = np.empty_like(contrasts)
        blocks = fine(self._blocks)
        for place, lag in enumerate(LAGS):
            end = blocks.shape[1] - lag
            bases[:, place] = _middle(blocks[:, end - DAY_BLOCKS : end])
            newest, base = blocks[:, end:], bases[:, place]
            contrasts[:, place] = _nearer(_mean(newest) - base, _middle(newest) - base)
        self._offset = np.where(np.isfinite(bases[:, 0]), bases[:, 0], self._offset)
        return contrasts, bases

    def _look(self, deploys: Sequence[float]) -> Iterator[Finding]:
        contrasts, bases = self._contrasts()
        sizes = np.abs(np.nan_to_num(contrasts))
        deviation = self._deviation()
        furthest = fine(self._records[_FRESH_DAYS:].max(axis=0))
        floors = np.array([floor for _, floor, _ in self._amounts])[:, None]
        scores = sizes / np.maximum(deviation, 1e-9)
        is_beyond = (scores >= BOUND) & (sizes >= floors) & (sizes >= RECORD * furthest)
        is_beyond &= self._looks >= _LEARNING_BLOCKS - DAY_BLOCKS
        is_beyond[list(self._open)] = False
        if self._seen >= _LEARNING_BLOCKS:
            for row in map(int, np.flatnonzero(is_beyond.any(axis=1))):
                place = int(np.where(is_beyond[row], scores[row], 0).argmax())
                away = _Away(*(float(each[row, place]) for each in (contrasts, bases, deviation)))
                yield from self._raise(row, away, deploys)
        self._remember(contrasts, sizes)

    def _lag_requests(self) -> Numbers:
        """Return of each lag how many requests its blocks had, at least one."""
        requests = np.expm1(self._requests.astype(float))
        return np.array([max(requests[-lag:].sum(), 1.0) for lag in LAGS])

    def _deviation(self) -> Numbers:
        """Return how far contrasts usually lie: at any hour, and where there are so few requests.

        Of means the greater of both counts, for at night chance does more than by day.
        """
        usual, of_one = np.sqrt(self._squares / np.maximum(self._looks, 1))
        is_mean = np.array([is_mean for _, _, is_mean in self._amounts])[:, None]
        found: Numbers = np.maximum(usual, is_mean * of_one / np.sqrt(self._lag_requests()))
        return found

    def _remember(self, contrasts: Numbers, sizes: Numbers) -> None:
        """Learn how far contrasts usually lie, unless something is the matter just now."""
        known = np.isfinite(contrasts)
        known[list(self._open)] = False
        is_warm = self._looks >= DAY_BLOCKS
        usual = np.sqrt(self._squares[0] / np.maximum(self._looks, 1))
        squares = np.where(is_warm, np.minimum(sizes, _CLIPPED * usual), sizes) ** 2
        kept = np.where(known, 1 - _FORGOTTEN, 1.0)
        added = np.stack([squares, squares * self._lag_requests()]) * known
        self._squares = (self._squares * kept + added).astype(np.float32)
        self._looks = (self._looks * kept + known).astype(np.float32)
        newest = np.maximum(self._records[0], coarse(sizes))
        self._records[0] = np.where(known, newest, self._records[0])

    # -- telling

    def _raise(self, row: int, away: _Away, deploys: Sequence[float]) -> Iterator[Finding]:
        """Tell a change, unless the blocks since it began say that it is none to speak of."""
        began, first, last = self._located(row, away)
        since = fine(self._blocks[None, row, began - self._end :])
        change = float(_mean(since)[0]) - away.base
        metric, floor, _ = self._amounts[row]
        if not abs(change) >= floor or change * away.contrast <= 0:
            return
        usual = float(self._usual.at((began + 0.5) * BLOCK_SECONDS)[row]) + away.base
        deploy = _nearest(deploys, began, first, last)
        finding = Finding(
            metric=metric,
            direction=Direction.UP if change > 0 else Direction.DOWN,
            began=began * BLOCK_SECONDS if deploy is None else deploy,
            began_from=(first - 1) * BLOCK_SECONDS,
            began_until=(last + 1) * BLOCK_SECONDS,
            found=self._end * BLOCK_SECONDS,
            ratio=exp(change),
            ratio_low=exp(change - 1.96 * away.deviation),
            ratio_high=exp(change + 1.96 * away.deviation),
            before=exp(usual),
            after=exp(usual + change),
            confidence=away.confidence,
            deploy=deploy,
        )
        self._open[row] = _Open(finding, row, away.base, change, began, self._end)
        yield finding

    @property
    def _end(self) -> int:
        return self._next or 0

    def _located(self, row: int, found: _Away) -> tuple[int, int, int]:
        """Return the block that a change most likely began with, and the first and last that may.

        Where the mean since then, times the root of its length, lies furthest off.
        """
        away = fine(self._blocks[row, -DAY_BLOCKS:])[::-1] - found.base
        away *= np.sign(found.contrast)
        known = np.isfinite(away)
        sums = np.cumsum(np.where(known, away, 0))
        number = np.maximum(np.cumsum(known), 1)
        scores = np.where(known, sums / np.sqrt(number), 0)
        best = int(scores.argmax())
        likely = np.flatnonzero(scores >= _LIKELY * scores[best])
        end = self._end - 1
        return end - best, end - int(likely.max()), end - int(likely.min())

    # -- what is open

    def _develop(self, each: _Open) -> Iterator[Finding]:
        """Weigh an open finding anew: it may be over, or be told more precisely."""
        age = self._end - each.at
        away = fine(self._blocks[each.row]) - each.base
        if age >= _KEPT_OPEN:
            del self._open[each.row]  # the day before is like it by now
            return
        is_gone = away * np.sign(each.change) < abs(each.change) / 2
        if is_gone[-_GONE_BLOCKS:].all():
            run = int(np.argmin(is_gone[::-1])) if not is_gone.all() else len(is_gone)
            yield self._close(each, max(self._end - run, each.began))
        elif age in _REFINED_AFTER:
            yield from self._refine(each, away)

    def _close(self, each: _Open, since: int) -> Finding:
        del self._open[each.row]
        length = min(self._end - each.began, _KEPT)
        self._blocks[each.row, _KEPT - length : _KEPT - (self._end - since)] = unknown()
        each.finding = replace(each.finding, closed=since * BLOCK_SECONDS)
        return each.finding

    def _refine(self, each: _Open, away: Numbers) -> Iterator[Finding]:
        mean = float(_mean(away[None, each.began - self._end :])[0])
        if not np.isfinite(mean) or mean * each.change <= 0:
            return
        low, high = (
            each.finding.ratio_low / each.finding.ratio,
            each.finding.ratio_high / each.finding.ratio,
        )
        each.change = mean
        each.finding = replace(
            each.finding, ratio=exp(mean), ratio_low=exp(mean) * low, ratio_high=exp(mean) * high,
            after=each.finding.before * exp(mean),
        )  # fmt: skip
        yield each.finding


def _nearest(deploys: Sequence[float], began: int, first: int, last: int) -> float | None:
    """Return the deploy that a change may have come with, None without one."""
    low, high = (first - 1) * BLOCK_SECONDS, (last + 1) * BLOCK_SECONDS
    near = [each for each in deploys if low <= each < high]
    return min(near, key=lambda each: abs(each - began * BLOCK_SECONDS), default=None)


def _nearer(one: Numbers, other: Numbers) -> Numbers:
    """Return of two the one nearer to nothing, 0 where they disagree: a single block is neither."""
    nearer = np.where(np.abs(one) < np.abs(other), one, other)
    return np.where(one * other < 0, 0.0, nearer)


def _middle(values: Numbers) -> Numbers:
    """Return each row's median of what is known; NaN where that is too little."""
    ordered = np.sort(values, axis=1)  # NaN come last
    known = np.isfinite(ordered).sum(axis=1)
    found = ordered[np.arange(len(ordered)), np.maximum(known - 1, 0) // 2]
    return np.where(known >= _KNOWN_SHARE * values.shape[1], found, np.nan)


def _mean(values: Numbers) -> Numbers:
    """Return each row's mean of what is known; NaN where that is too little."""
    known = np.isfinite(values)
    number = known.sum(axis=1)
    found = np.where(known, values, 0).sum(axis=1) / np.maximum(number, 1)
    return np.where(number >= _KNOWN_SHARE * values.shape[1], found, np.nan)
