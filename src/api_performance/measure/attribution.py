"""Whose an instant is: the rule by which spans that overlap share the time of a request.

A span is *innermost* while it is open and none of the spans made in it is. At every instant the
types of the innermost spans share that instant equally (k different types: 1/k each, however many
spans of one type overlap), and the innermost spans of one type share what their type has. What no
span covers is processing. A step of the framework lies around whatever a request does: it has what
no other span has, and its type is charged nothing for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from operator import le
from typing import Final, NamedTuple

from api_performance.model import LATENCY_PARTS

STEP: Final = len(LATENCY_PARTS)
"""The place, after those of the types, of the framework's steps."""


class Interval(NamedTuple):
    """When a span was open, readings of a clock in seconds.

    `part` is its type's place in LATENCY_PARTS, or STEP; `around` the place of the span that it was
    made in, among all of them; negative: none.
    """

    part: int
    around: int
    began: float
    ended: float


def are_in_sequence(began: Sequence[float], ended: Sequence[float]) -> bool:
    """Tell whether each span began when the one before had ended.

    Then its share is all of the time it was open: the usual case, which is told by C code.
    """
    return all(map(le, ended, islice(began, 1, None)))


def shares(intervals: Sequence[Interval]) -> tuple[list[float], list[float]]:
    """Return the seconds of each type in LATENCY_PARTS' order, and of each span.

    The seconds of both add up to the time that any span was open. Goes through the instants at
    which spans began and ended, in time linear in their number once they are sorted.
    """
    sweep = _Sweep(intervals)
    begins = [(each.began, 0, place) for place, each in enumerate(intervals)]
    ends = [(each.ended, 1, place) for place, each in enumerate(intervals)]
    for at, is_end, place in sorted(begins + ends):
        sweep.advance(at)
        if is_end:
            sweep.end(place)
        else:
            sweep.begin(place)
    return sweep.parts[:STEP], sweep.shares


class _Sweep:
    """Who is innermost at an instant, and what an innermost span of each type got so far."""

    def __init__(self, intervals: Sequence[Interval]) -> None:
        self.parts = [0.0] * (STEP + 1)
        self.shares = [0.0] * len(intervals)
        self._intervals = intervals
        self._at = 0.0
        self._is_open = [False] * len(intervals)
        self._open_inside = [0] * len(intervals)
        self._since = [0.0] * len(intervals)
        self._innermost = [0] * (STEP + 1)
        self._got = [0.0] * (STEP + 1)

    def advance(self, at: float) -> None:
        types = [part for part, count in enumerate(self._innermost) if count]
        if len(types) > 1 and types[-1] == STEP:
            types.pop()
        for part in types:
            seconds = (at - self._at) / len(types)
            self.parts[part] += seconds
            self._got[part] += seconds / self._innermost[part]
        self._at = at

    def begin(self, place: int) -> None:
        around = self._intervals[place].around
        if around >= 0 and self._is_open[around]:
            self._open_inside[around] += 1
            if self._open_inside[around] == 1:
                self._leave(around)
        self._is_open[place] = True
        self._enter(place)

    def end(self, place: int) -> None:
        self._is_open[place] = False
        if not self._open_inside[place]:
            self._leave(place)
        around = self._intervals[place].around
        if around >= 0 and self._open_inside[around]:
            self._open_inside[around] -= 1
            if self._is_open[around] and not self._open_inside[around]:
                self._enter(around)

    def _enter(self, place: int) -> None:
        part = self._intervals[place].part
        self._innermost[part] += 1
        self._since[place] = self._got[part]

    def _leave(self, place: int) -> None:
        part = self._intervals[place].part
        self._innermost[part] -= 1
        self.shares[place] += self._got[part] - self._since[place]
