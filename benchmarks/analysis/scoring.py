"""Scores alarms: what was detected how soon, and how often an alarm was false.

Alarms closer than half an hour to the one before are one. Those of the scored week before the
change are false, but for those in a transient incident or within half an hour of its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from benchmarks.analysis.generator import DAY, MINUTES, WEEK, Series, Spec

MONTH: Final = 30 * DAY
MERGED: Final = 30
PADDED: Final = 30
NORMAL: Final = 1.96

Detect = Callable[[Series], Sequence[int]]
"""Returns the minutes at which a detector raises an alarm."""


@dataclass(frozen=True, slots=True)
class Score:
    """Of one series: false and transient alarms, and the minutes from the change to an alarm."""

    spec: Spec
    is_marked: bool
    false_alarms: int
    transient_alarms: int
    bumps: int
    quiet_minutes: int
    delay: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `number`, with Wilson's 95 % interval (1927)."""

    hits: int
    number: int

    @property
    def ratio(self) -> float:
        return self.hits / self.number if self.number else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.number:
            return 0.0, 1.0
        square = NORMAL**2 / self.number
        middle = (self.ratio + square / 2) / (1 + square)
        half = sqrt(self.ratio * (1 - self.ratio) * square + square**2 / 4) / (1 + square)
        return max(middle - half, 0.0), min(middle + half, 1.0)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{100 * self.ratio:3.0f} % ({100 * low:.0f}-{100 * high:.0f})"


def score(series: Series, alarms: Iterable[int]) -> Score:
    """Score the alarms of one series."""
    end = MINUTES if series.change is None else series.change
    false = transient = 0
    delay: int | None = None
    for alarm in _events(alarms):
        if alarm >= end:
            delay = alarm - end if alarm <= end + DAY else None
            break
        if any(first <= alarm <= last + PADDED for first, last in series.bumps):
            transient += 1
        else:
            false += 1
    bumps = sum(WEEK <= first < end for first, _ in series.bumps)
    return Score(
        series.spec, series.is_marked, false, transient, bumps, end - WEEK,
        None if series.change is None else delay,
    )  # fmt: skip


def _events(alarms: Iterable[int]) -> Iterator[int]:
    last = -MERGED - 1
    for alarm in sorted(set(alarms)):
        if alarm >= WEEK:
            if alarm - last > MERGED:
                yield alarm
            last = alarm


@dataclass(frozen=True, slots=True)
class Cell:
    """Series of one kind, and what of them must be detected within so many minutes."""

    name: str
    kind: str
    size: float
    traffic: tuple[str, ...]
    minutes: int
    gate: float
    aim: float
    is_marked: bool | None = None

    def holds(self, each: Score) -> bool:
        """Tell whether a series is of this cell."""
        return (
            (each.spec.kind, each.spec.size) == (self.kind, self.size)
            and each.spec.traffic in self.traffic
            and self.is_marked in (None, each.is_marked)
        )

    def share(self, scores: Iterable[Score]) -> Share:
        """Return how many of its series were detected in time."""
        held = [each for each in scores if self.holds(each)]
        hits = sum(each.delay is not None and each.delay <= self.minutes for each in held)
        return Share(hits, len(held))


_USUAL: Final = ("mid",)
_BUSY: Final = ("high",)
_ANY: Final = ("low", *_USUAL, *_BUSY)
_STEP_5: Final = ("step", 0.05)
_STEP_10: Final = ("step", 0.1, _USUAL + _BUSY)
CELLS: Final = (
    Cell("+5 % at a deploy, 2,000 a minute, in 10 min", *_STEP_5, _BUSY, 10, 0.8, 0.9, True),
    Cell("+5 % at a deploy, 2,000 a minute, in 60 min", *_STEP_5, _BUSY, 60, 0.95, 0.95, True),
    Cell("+5 % at a deploy, 150 a minute, in 10 min", *_STEP_5, _USUAL, 10, 0.25, 0.4, True),
    Cell("+5 % at a deploy, 150 a minute, in 60 min", *_STEP_5, _USUAL, 60, 0.8, 0.85, True),
    Cell("+10 % at a deploy, from 150 a minute, in 10 min", *_STEP_10, 10, 0.85, 0.95, True),
    Cell("+10 % unmarked, from 150 a minute, in 30 min", *_STEP_10, 30, 0.6, 0.8, False),
    Cell("+20 %, 12 a minute, in 60 min", "step", 0.2, ("low",), 60, 0.75, 0.9),
    Cell("+50 %, any traffic, in 10 min", "step", 0.5, _ANY, 10, 0.9, 1.0),
    Cell("tail alone +10 %, any traffic, in 60 min", "tailstep", 0.1, _ANY, 60, 0.65, 0.8),
    Cell("drift of +20 % over a day, within it", "drift", 0.2, _ANY, DAY, 0.7, 0.9),
)  # fmt: skip

FALSE_GATE: Final = 0.5
FALSE_AIM: Final = 0.25
"""False alarms per endpoint and month."""


def false_alarms_a_month(scores: Sequence[Score]) -> float:
    """Return false alarms per endpoint and month of 30 days; 0.0 without any minutes."""
    minutes = sum(each.quiet_minutes for each in scores)
    return MONTH * sum(each.false_alarms for each in scores) / minutes if minutes else 0.0


def endpoint_months(scores: Iterable[Score]) -> float:
    """Return how many endpoint-months were quiet, in which every alarm is false."""
    return sum(each.quiet_minutes for each in scores) / MONTH
