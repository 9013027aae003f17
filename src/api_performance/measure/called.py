"""What a finished request leaves of its calls: columns of plain values, and the operations shared.

Most requests of an endpoint call the same operations in the same order, so what follows from that
order alone is worked out once, as a `Course`, and shared by all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any, Final

import msgspec

from api_performance.model import Operation

MAX_COURSES: Final = 256
"""Courses that requests share: 2 MB if each has as many calls as a request may have."""

NO_CALL: Final = -1
"""The place of what is around a call that was made in none."""


class Calls(msgspec.Struct, frozen=True, gc=False):
    """The calls of a request in the order they began, column by column, and those past the bound.

    Requests wait by the hundred for the drain, so none of this is kept in what the collector of
    garbage looks through again and again: columns are tuples of plain values, `operations` shared.

    `around` is the place of the call that each was made in (-1: none), instants are readings of
    `perf`, a mark is shared by equal arguments (0: unknown), `exclusive` are seconds of the
    response time. `more` are number and seconds by operation. Of calls that are known to have
    followed one another (`is_in_sequence`) there are no more, and each has all of its time.
    """

    operations: Sequence[Operation]
    around: Sequence[int]
    began: Sequence[float]
    ended: Sequence[float]
    marks: Sequence[int]
    failed: Sequence[bool]
    exclusive: Sequence[float]
    more: Mapping[Operation, Sequence[float]] | None = None
    is_in_sequence: bool = False

    def at(self, places: Sequence[int]) -> Calls:
        """Return those at some places alone."""
        first = self.operations, self.around, self.began, self.ended
        columns = (*first, self.marks, self.failed, self.exclusive)
        some: list[Any] = [[column[at] for at in places] for column in columns]
        return Calls(*some)  # Any: each column has a type of its own


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Operations one after another, and what calls of them have in common that went well.

    `parts` are the places in LATENCY_PARTS of the types, each with what tells its calls from the
    others; None: all of them are of the one type. `has_repeats`: one is there more than once.
    """

    operations: tuple[Operation, ...]
    parts: tuple[tuple[int, tuple[bool, ...] | None], ...]
    around: tuple[int, ...]
    failed: tuple[bool, ...]
    has_repeats: bool


ROW: Final = 4
"""Values of a row, which is a call that went well: the operation's id, the mark, the reading of its
begin, and its seconds. The end that follows from them is rounded, by less than a nanosecond where
`perf` counts from the start of the machine."""


class RowCalls(msgspec.Struct, frozen=True, gc=False):
    """Calls of a request as `Calls` tells them, that followed one another and went well.

    To part their values into columns costs as much as all else at a request's end, so it is left to
    who asks: most are summed up and forgotten.
    """

    course: Course
    values: tuple[Any, ...]  # Any: as of a row

    @property
    def operations(self) -> Sequence[Operation]:
        """As of `Calls`."""
        return self.course.operations

    @property
    def around(self) -> Sequence[int]:
        """Likewise."""
        return self.course.around

    @property
    def began(self) -> Sequence[float]:
        """Likewise."""
        return self.values[2::ROW]

    @property
    def ended(self) -> Sequence[float]:
        """Likewise."""
        return tuple(map(add, self.began, self.exclusive))

    @property
    def marks(self) -> Sequence[int]:
        """Likewise."""
        return self.values[1::ROW]

    @property
    def failed(self) -> Sequence[bool]:
        """Likewise."""
        return self.course.failed

    @property
    def exclusive(self) -> Sequence[float]:
        """Likewise."""
        return self.values[3::ROW]

    @property
    def more(self) -> None:
        """None are past the bound."""

    @property
    def is_in_sequence(self) -> bool:
        """They are."""
        return True


SomeCalls = Calls | RowCalls

_courses: Final[dict[tuple[str, ...], Course]] = {}
"""By the ids of the operations."""

_by_id: Final[dict[str, Operation]] = {}
"""Those that `known` made, and no others."""


def remember(operation: Operation) -> None:
    """Have an operation be found by its id: it may be in rows, and is never forgotten."""
    _by_id[operation.id] = operation


def operation_of(operation_id: str) -> Operation:
    """Return an operation that is remembered; KeyError if it is not."""
    return _by_id[operation_id]


def course_of(ids: tuple[str, ...], operations: Sequence[Operation] | None = None) -> Course:
    """Return one and the same course for operations in the same order, given by their ids.

    Unless all are remembered, they are to be given themselves, too.
    """
    course = _courses.get(ids)
    if course is None:
        if len(_courses) >= MAX_COURSES:
            _courses.clear()
        course = _courses[ids] = _course(tuple(operations or map(operation_of, ids)))
    return course


def _course(operations: tuple[Operation, ...]) -> Course:
    places = [operation.part for operation in operations]
    different = sorted(set(places))
    parts = [
        (part, tuple([part == each for each in places]) if len(different) > 1 else None)
        for part in different
    ]
    width = len(operations)
    has_repeats = len({operation.id for operation in operations}) < width
    return Course(operations, tuple(parts), (NO_CALL,) * width, (False,) * width, has_repeats)
