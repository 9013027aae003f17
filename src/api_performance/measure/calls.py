"""What the calls of some requests come to, per operation, and how much of the time is whose.

A call's *exclusive* seconds are its share of the response time, by the rule of `attribution`: what
is innermost counts, types in parallel share each instant, and calls of one type share their type's.
So ten parallel calls of 20 ms each are 200 ms of work and 20 ms of exclusive time. A step of the
framework gets what no call takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from math import inf
from operator import sub
from typing import Any, Final

import msgspec

from api_performance.measure.attribution import are_in_sequence
from api_performance.measure.between import seconds_between
from api_performance.measure.called import ROW, Calls, Course, RowCalls, SomeCalls
from api_performance.measure.operations import known
from api_performance.measure.sketch import Sketch
from api_performance.model import OTHER, Operation

MAX_PER_ENDPOINT: Final = 100
"""Operations that a window tells apart; what comes after counts as `(other)` of its type."""

AT_ONCE: Final = 500
"""Calls that are summed up at a stretch: some 0.1 ms of work before the interpreter is yielded."""


class Work(msgspec.Struct, frozen=True, gc=False):
    """What a request leaves of its calls, and its trace's id: empty without a trace."""

    calls: SomeCalls
    trace_id: str = ""


class OperationStats(msgspec.Struct, eq=False, gc=False):
    """What is kept of one operation in a window.

    `requests` called it at all, `calls` times; the most of one request is `most_calls`. `repeats`
    are the calls that began after another of the same request had ended; of those
    `exact_repeats` had the same arguments as an earlier one. `wall_seconds` is for how long any of
    a request's was under way. `between_seconds` are the pauses before repeats, as
    `measure.between` has them: of one request at a time, taken for the others too. `seconds` are
    the durations of the calls, past the bound of a request all of them alike.
    """

    requests: int = 0
    calls: int = 0
    failures: int = 0
    repeats: int = 0
    exact_repeats: int = 0
    most_calls: int = 0
    wall_seconds: float = 0.0
    exclusive_seconds: float = 0.0
    between_seconds: float = 0.0
    seconds: Sketch = msgspec.field(default_factory=Sketch)

    def merge(self, other: OperationStats) -> None:
        """Add what other requests did."""
        self.requests += other.requests
        self.calls += other.calls
        self.failures += other.failures
        self.repeats += other.repeats
        self.exact_repeats += other.exact_repeats
        self.most_calls = max(self.most_calls, other.most_calls)
        self.wall_seconds += other.wall_seconds
        self.exclusive_seconds += other.exclusive_seconds
        self.between_seconds += other.between_seconds
        self.seconds.merge(other.seconds)

    def copy(self) -> OperationStats:
        """Return an independent copy."""
        twin = OperationStats()
        twin.merge(self)
        return twin

    def scaled(self, factor: float) -> OperationStats:
        """Return what `factor` times as many requests would have done alike; same durations."""
        return OperationStats(
            requests=round(self.requests * factor),
            calls=round(self.calls * factor),
            failures=round(self.failures * factor),
            repeats=round(self.repeats * factor),
            exact_repeats=round(self.exact_repeats * factor),
            most_calls=self.most_calls,
            wall_seconds=self.wall_seconds * factor,
            exclusive_seconds=self.exclusive_seconds * factor,
            between_seconds=self.between_seconds * factor,
            seconds=self.seconds,
        )

    def packed(self, operation_id: str, *, compact: bool) -> PackedStats:
        """Return it as values that msgpack knows."""
        return PackedStats(
            operation_id,
            self.requests,
            self.calls,
            self.failures,
            self.repeats,
            self.exact_repeats,
            self.most_calls,
            round(self.wall_seconds * 1e9),
            round(self.exclusive_seconds * 1e9),
            self.seconds.pack(compact=compact),
            round(self.between_seconds * 1e9),
        )

    @classmethod
    def unpacked(cls, packed: PackedStats) -> tuple[str, OperationStats]:
        """Return the operation's id and what `packed` made values of."""
        return packed.operation_id, cls(
            requests=packed.requests,
            calls=packed.calls,
            failures=packed.failures,
            repeats=packed.repeats,
            exact_repeats=packed.exact_repeats,
            most_calls=packed.most_calls,
            wall_seconds=packed.wall / 1e9,
            exclusive_seconds=packed.exclusive / 1e9,
            between_seconds=packed.between / 1e9,
            seconds=Sketch.unpack(packed.seconds),
        )


class PackedStats(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The packed form, times in nanoseconds. Fields are only appended, with a default."""

    operation_id: str
    requests: int
    calls: int
    failures: int
    repeats: int
    exact_repeats: int
    most_calls: int
    wall: int
    exclusive: int
    seconds: bytes
    between: int = 0


class _Sums:
    """What the drain collects of one operation before it goes into a window at once.

    The lists have a value for each request, but `durations` for each call.
    """

    __slots__ = (
        *("calls", "durations", "exact_repeats", "exclusive", "failures", "operation"),
        *("past_bound", "pauses", "repeats", "wall"),
    )

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.calls: list[int] = []
        self.durations: list[float] = []
        self.wall: list[float] = []
        self.exclusive: list[float] = []
        self.pauses: Sequence[float] = ()
        self.failures = self.repeats = self.exact_repeats = 0
        self.past_bound: Sketch | None = None

    def stats(self) -> OperationStats:
        stats = OperationStats(
            requests=len(self.calls),
            calls=sum(self.calls),
            failures=self.failures,
            repeats=self.repeats,
            exact_repeats=self.exact_repeats,
            most_calls=max(self.calls),
            wall_seconds=sum(self.wall),
            exclusive_seconds=sum(self.exclusive),
            between_seconds=self._between_seconds(),
            seconds=Sketch.of(self.durations),
        )
        if self.past_bound is not None:
            stats.seconds.merge(self.past_bound)
        return stats

    def _between_seconds(self) -> float:
        return sum(self.pauses) / len(self.pauses) * self.repeats if self.pauses else 0.0


class CallTally:
    """Sums up the calls of some requests of one endpoint, to go into a window at once."""

    def __init__(self, told_apart: set[str]) -> None:
        """Begin with nothing.

        `told_apart` are the ids of the operations that the endpoint's windows have: at most
        MAX_PER_ENDPOINT, to which new ones are added.
        """
        self._told_apart = told_apart
        self._sums: dict[str, _Sums] = {}
        self._rows: dict[Course, list[Any]] = {}  # Any: as of a row
        self._alike: dict[int, list[Calls]] = {}

    def add(self, work: Work) -> bool:
        """Add one request's calls; tell whether some were summed up, which takes longer."""
        calls = work.calls
        if isinstance(calls, RowCalls):
            rows = self._rows.get(calls.course)
            if rows is None:
                rows = self._rows[calls.course] = []
            rows += calls.values
            if len(rows) < AT_ONCE * ROW:
                return False
            self._add_rows(calls.course, rows)
            rows.clear()
        elif calls.is_in_sequence:
            self._add_in_sequence(calls)
        else:
            self._add_by_itself(calls)
        return True

    def _add_in_sequence(self, calls: Calls) -> None:
        alike = self._alike.setdefault(id(calls.operations), [])
        alike.append(calls)
        if len(alike) * len(calls.operations) >= AT_ONCE:
            self._add_alike(alike)
            alike.clear()

    def _add_alike(self, requests: Sequence[Calls]) -> None:
        """Add requests of the same calls in the same order, one after another."""
        width = len(requests[0].operations)
        seconds = list(chain.from_iterable([calls.exclusive for calls in requests]))
        with_failures = [calls.failed for calls in requests if True in calls.failed]
        with_repeats = [calls.marks for calls in requests if len(set(calls.marks)) < width]
        self._look_between(requests[0])
        self._sum_up(requests[0].operations, seconds, with_failures, with_repeats)

    def _add_rows(self, course: Course, rows: list[Any]) -> None:
        """Likewise of blocking calls, given by their rows: the usual case."""
        width, with_repeats = len(course.operations), []
        if course.has_repeats:
            self._look_between(RowCalls(course, tuple(rows[: width * ROW])))
            marks = iter(rows[1::ROW])
            of_requests = zip(*(marks,) * width, strict=True)
            with_repeats = [each for each in of_requests if len(set(each)) < width]
        self._sum_up(course.operations, rows[3::ROW], (), with_repeats)

    def _sum_up(
        self,
        operations: Sequence[Operation],
        seconds: list[float],
        with_failures: Sequence[Sequence[bool]],
        with_repeats: Sequence[Sequence[int]],
    ) -> None:
        """Add requests of some operations in turn, column by column, which C code does.

        `seconds` are those of all of their calls. Of requests in which calls failed it is given
        whether each did, and the marks of those in which some are equal.
        """
        width = len(operations)
        requests = len(seconds) // width
        for places in _places(operations):
            sums = self._of(operations[places[0]])
            durations = seconds
            if len(places) < width:
                durations = list(chain.from_iterable([seconds[place::width] for place in places]))
            sums.durations += durations
            sums.calls += [len(places)] * requests
            sums.wall.append(sum(durations))
            sums.exclusive.append(sums.wall[-1])
            sums.failures += sum([failed[place] for failed in with_failures for place in places])
            sums.repeats += (len(places) - 1) * requests
            for marks in with_repeats:
                sums.exact_repeats += _equal([marks[place] for place in places])

    def _look_between(self, calls: SomeCalls) -> None:
        """Note the pauses between a request's calls, unless those of another are known."""
        last = self._sums.get(calls.operations[-1].id)
        if last is None or not last.pauses:
            for operation, pauses in seconds_between(calls):
                self._of(operation).pauses = pauses

    def _add_by_itself(self, calls: Calls) -> None:
        """Add a request's calls however they lie."""
        ids = list(map(id, calls.operations))  # to compare operations takes longer than all else
        if len(set(ids)) < len(ids):
            self._look_between(calls)
        if ids.count(ids[0]) == len(ids):
            self._add_calls(calls)
        else:
            for places in _places(calls.operations):
                self._add_calls(calls.at(places))
        for operation, (count, seconds) in (calls.more or {}).items():
            self._add_more(operation, int(count), seconds, calls.operations.count(operation))

    def _add_calls(self, calls: Calls) -> None:
        """Add a request's calls of one operation."""
        began, ended = calls.began, calls.ended
        sums = self._of(calls.operations[0])
        durations = list(map(sub, ended, began))
        sums.calls.append(len(durations))
        sums.durations += durations
        sums.exclusive.append(sum(calls.exclusive))
        sums.failures += calls.failed.count(True)
        if len(durations) == 1:
            sums.wall.append(durations[0])
        elif are_in_sequence(began, ended):
            sums.wall.append(sum(durations))
            sums.repeats += len(durations) - 1
            sums.exact_repeats += _equal(calls.marks)
        else:
            sums.wall.append(union_seconds(zip(began, ended, strict=True)))
            _count_repeats(sums, calls)

    def _add_more(self, operation: Operation, count: int, seconds: float, before: int) -> None:
        """Add calls whose times were not kept: one after another, of which each took the same."""
        sums = self._of(operation)
        if before:
            sums.calls[-1] += count
        else:
            sums.calls.append(count)
        sums.repeats += count if before else count - 1
        sums.wall.append(seconds)
        sums.exclusive.append(seconds)
        equal = Sketch.of_equal(seconds / count, count)
        if sums.past_bound is None:
            sums.past_bound = equal
        else:
            sums.past_bound.merge(equal)

    def _of(self, operation: Operation) -> _Sums:
        sums = self._sums.get(operation.id)
        if sums is None:
            sums = self._sums[operation.id] = self._new(operation)
        return sums

    def _new(self, operation: Operation) -> _Sums:
        if operation.id in self._told_apart:
            return _Sums(operation)
        if len(self._told_apart) < MAX_PER_ENDPOINT:
            self._told_apart.add(operation.id)
            return _Sums(operation)
        other = known(operation.latency_type, OTHER)
        return self._sums.setdefault(other.id, _Sums(other))

    def into(self, operations: dict[str, OperationStats]) -> None:
        """Add what was summed up to a window's operations."""
        for course, rows in self._rows.items():
            if rows:
                self._add_rows(course, rows)
        for alike in filter(None, self._alike.values()):
            self._add_alike(alike)
        self._rows.clear()
        self._alike.clear()
        for sums in {id(sums): sums for sums in self._sums.values()}.values():
            there = operations.get(sums.operation.id)
            if there is None:
                operations[sums.operation.id] = sums.stats()
            else:
                there.merge(sums.stats())


def _places(operations: Sequence[Operation]) -> Iterable[list[int]]:
    """Return the places of each operation: the same is the same object in a request."""
    places: dict[int, list[int]] = {}
    for place, operation in enumerate(operations):
        places.setdefault(id(operation), []).append(place)
    return places.values()


def _equal(marks: Sequence[int]) -> int:
    """Return how many calls had the arguments of an earlier one; 0 is the mark of unknown ones."""
    known = [mark for mark in marks if mark]
    return len(known) - len(set(known))


def _count_repeats(sums: _Sums, calls: Calls) -> None:
    """Count the calls that began after another had ended, and those with arguments seen before."""
    first_end = min(calls.ended)
    marks: set[int] = set()
    for began, mark in zip(calls.began, calls.marks, strict=True):
        if began >= first_end:
            sums.repeats += 1
            sums.exact_repeats += mark in marks
        if mark:
            marks.add(mark)


def union_seconds(intervals: Iterable[tuple[float, float]]) -> float:
    """Return for how long any of some intervals, begin and end, lasts; ordered by their begin."""
    seconds, until = 0.0, -inf
    for began, ended in intervals:
        seconds += max(0.0, ended - max(until, began))
        until = max(until, ended)
    return seconds
