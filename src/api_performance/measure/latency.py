"""Where a request's time goes: every instant is charged to exactly one share, so the parts add up.

A span is work of one latency type, opened and closed in the request's context; its parent is the
span it was opened in. While the request runs it is a list of a few values with two readings of the
clock, no more: whose each instant was, by the rule of `attribution`, is worked out once for all of
them when the response is out. A request with more spans than MAX_CALLS works it out on the way, so
that memory stays bounded however many there are.

A *blocking* call is one that returns before anything else can run in its thread. As long as a
request makes no others, one at a time, it needs no span: whatever begins in that thread meanwhile
lies in the call, and when it is over it leaves a row of values. Once there is a span, rows become
spans, too.

The spans of operations leave their times, at most MAX_CALLS of them; what comes after is counted in
`more`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from itertools import compress
from operator import itemgetter
from typing import Any, Final

from api_performance.measure.attribution import STEP, Interval, shares
from api_performance.measure.called import (
    NO_CALL,
    ROW,
    Calls,
    RowCalls,
    SomeCalls,
    course_of,
    operation_of,
)
from api_performance.model import LATENCY_PARTS, LatencyType, Operation

PART_INDEX: Final[dict[LatencyType, int]] = {
    part: index for index, part in enumerate(LATENCY_PARTS)
}
NETWORK: Final = PART_INDEX[LatencyType.NETWORK]
PROCESSING: Final = PART_INDEX[LatencyType.PROCESSING]

Span = list[Any]
"""One piece of work inside a request. Any: each value has its own type. It is a list, for to make
an object of a class of ours takes four times as many instructions. Its values:"""

OPERATION: Final = 0
"""The operation it is a call of, or one without a name that tells its type."""
AROUND: Final = 1
"""The span it was opened in, which was open then; None: in none."""
BEGAN: Final = 2
"""A reading of `perf`."""
ENDED: Final = 3
"""Likewise; None while it is open."""
MARK: Final = 4
"""A number that calls with equal arguments share, 0 where they are unknown; None: no call."""
FAILED: Final = 5
"""Whether the call failed."""
BREAKDOWN: Final = 6
"""What it belongs to."""
EXCLUSIVE: Final = 7
"""Its share of the response time in seconds, as far as that is worked out."""

current_span: ContextVar[Span | None] = ContextVar("api_performance_span", default=None)
"""The span begun last in this context. It stays when it has ended, for setting it costs as much as
all else at an end; then the innermost span that is open is one around it."""

Call = tuple[Operation, int]
"""An operation, and its mark: what a blocking call is."""

MAX_CALLS: Final = 128
"""Calls of a request whose times are kept: 25 kB until it ends. A listing of a hundred rows with a
call for each is seen whole."""

MAX_IN_ROWS: Final = MAX_CALLS * ROW

MAX_MORE: Final = 32
"""Different operations that are counted past MAX_CALLS."""

UNNAMED: Final = tuple([Operation(part, "", is_whole=False) for part in LATENCY_PARTS])
"""What a span that is no call stands for, by its type's index."""

_NOTHING: Final = [0.0] * len(LATENCY_PARTS)
_began_at: Final = itemgetter(BEGAN)


class _Charged:
    """What was charged on the way, of a request whose spans do not simply follow one another.

    `kept` are the calls whose times are, `more` those past the bound. The first `seen` of the spans
    were open when it was charged last, `until` a reading of `perf`.
    """

    __slots__ = ("kept", "lock", "more", "seconds", "seen", "until")

    def __init__(self, started: float) -> None:
        self.lock = threading.Lock()
        self.kept: list[Span] = []
        self.more: dict[Operation, list[float]] = {}
        self.seconds = _NOTHING.copy()
        self.seen = 0
        self.until = started


class Breakdown:
    """Charges a request's time to its latency types, whose spans open and close in any thread.

    A span is added to `spans`, and a row to `rows`, by one step of the interpreter, so no lock is
    held for it; rows that become spans may stand behind later ones. `blocking` is the blocking call
    under way, or the span that it became; `since` the reading at its begin, None until it is set;
    `thread` is the one it keeps. Past `limit` spans all are charged, and those that ended are
    taken out. `step` is the framework's step under way; `has_steps`: they are told apart.
    """

    __slots__ = (
        "_charged",
        "_network_seconds",
        "_started",
        "blocking",
        "has_steps",
        "limit",
        "perf",
        "rows",
        "since",
        "spans",
        "step",
        "thread",
    )

    def __init__(
        self, started: float, perf: Callable[[], float], network_seconds: float = 0.0
    ) -> None:
        """Charge from `started` on, a reading of `perf` in seconds.

        `network_seconds` passed before the first span, when all else was processing.
        """
        self.perf = perf
        self.rows: list[Any] = []  # Any: as in Span
        self.blocking: Call | Span | None = None
        self.since: float | None = None
        self.thread: int | None = None
        self.spans: list[Span] = []
        self.limit = MAX_CALLS
        self.step: Span | None = None
        self.has_steps = False
        self._started = started
        self._network_seconds = network_seconds
        self._charged: _Charged | None = None

    def open(self, part: int, parent: Span | None = None) -> Span:
        """Open a span of a type (its index in LATENCY_PARTS) inside `parent`; it is no call."""
        return self.begin(UNNAMED[part], parent, None)

    def add(self, part: int, began: float, ended: float, parent: Span | None) -> None:
        """Add a span of a type that is over; it is no call. Instants are readings of `perf`."""
        self.spans.append([UNNAMED[part], parent, began, ended, None, False, self, 0.0])

    def begin(self, operation: Operation, parent: Span | None = None, mark: int | None = 0) -> Span:
        """Open a span of an operation's call inside `parent`; equal arguments have equal marks."""
        if parent is not None:
            parent = self.innermost(parent)
        span = [operation, parent, self.perf(), None, mark, False, self, 0.0]
        self.spans.append(span)
        if len(self.spans) > self.limit:
            self.make_room()
        return span

    def innermost(self, span: Span | None) -> Span | None:
        """Return the innermost span of this request that is open, from one outwards."""
        while span is not None and (span[ENDED] is not None or span[BREAKDOWN] is not self):
            span = span[AROUND]
        return span

    def begin_step(self, step: Operation) -> Span:
        """Open a span of a step of the framework inside of the one under way.

        It lies around whatever the request does, but nothing lies in it: what runs meanwhile is
        charged as if it were not told apart.
        """
        return self.begin(step, self.step)

    @staticmethod
    def close(span: Span, *, has_failed: bool = False) -> None:
        """Close a span; a second time nothing happens."""
        if span[ENDED] is None:
            if has_failed:
                span[FAILED] = True
            span[ENDED] = span[BREAKDOWN].perf()

    def blocking_span(self, thread: int) -> Span | None:
        """Return the span that the thread's blocking call becomes, if it has one under way.

        Then others may lie in it.
        """
        if self.blocking is None or self.thread != thread:
            return None
        self._take_rows()
        return self.blocking if isinstance(self.blocking, list) else None

    def end_blocking(self, thread: int, ended: float, *, has_failed: bool) -> None:
        """End the thread's blocking call at a reading of `perf`, other than by a row.

        It became a span, or does so now, for it failed.
        """
        span = self.blocking_span(thread)
        if span is not None:
            self.since = self.thread = self.blocking = None
            span[ENDED], span[FAILED] = ended, has_failed

    def finish(self) -> tuple[float, tuple[float, ...], SomeCalls | None]:
        """Return the reading of now, and until then what `so_far` does; the spans are let go.

        Each of them names this breakdown: kept in it, they would be left to the collector of
        garbage, and bring full collections about.
        """
        now = self.perf()
        parts, calls = self.so_far(now)
        if self.spans or self._charged is not None:
            self.spans.clear()
            self.since = self.thread = self.blocking = self._charged = None
        return now, parts, calls

    def so_far(self, now: float) -> tuple[tuple[float, ...], SomeCalls | None]:
        """Return the seconds per type and the calls until a reading of `perf`; None without any.

        The seconds stand in LATENCY_PARTS' order and add up to the reading less the start. Calls
        that are still under way lasted until then.
        """
        parts = _NOTHING.copy()
        parts[NETWORK] = self._network_seconds
        rows = self.rows
        if self.spans or self.blocking is not None or self._charged is not None:
            calls = self._calls_of_spans(now, parts)
        elif rows:  # of which each began when the one before had ended
            course, seconds = course_of(tuple(rows[::ROW])), rows[3::ROW]
            for part, is_of_it in course.parts:
                parts[part] += sum(seconds if is_of_it is None else compress(seconds, is_of_it))
            calls = RowCalls(course, tuple(rows))
        else:
            calls = None
        parts[PROCESSING] = 0.0
        processing = now - self._started - sum(parts)
        parts[PROCESSING] = processing if processing > 0.0 else 0.0
        return tuple(parts), calls

    def _calls_of_spans(self, now: float, parts: list[float]) -> SomeCalls | None:
        is_in_sequence, calls = False, None
        if self._charged is None:
            is_in_sequence, calls = self._spans_in_sequence(parts)
        return calls if is_in_sequence else self._swept(now, parts)

    def _spans_in_sequence(self, parts: list[float]) -> tuple[bool, SomeCalls | None]:
        spans = self.spans
        if self.rows or self.blocking is not None:
            self._take_rows()
            spans.sort(key=_began_at)
        charged, until = parts.copy(), 0.0
        exclusive = []
        for operation, around, began, ended, _, _, _, _ in spans:
            if around is not None or ended is None or began < until:
                return False, None
            until, seconds = ended, ended - began
            charged[operation.part] += seconds
            exclusive.append(seconds)
        parts[:] = charged
        if not exclusive:
            return True, None
        columns: list[Any] = list(zip(*spans))  # noqa: B905  # `strict` costs as much as a span
        columns[EXCLUSIVE] = tuple(exclusive)
        if None in columns[MARK]:
            is_call = [mark is not None for mark in columns[MARK]]
            columns = [tuple(compress(column, is_call)) for column in columns]
        operations, _, began, ended, marks, failed, _, exclusive = columns
        if not operations:
            return True, None
        course = course_of(_ids_of(operations), operations)
        first = course.operations, course.around, began, ended
        return True, Calls(*first, marks, failed, exclusive, None, True)

    def _swept(self, now: float, parts: list[float]) -> Calls | None:
        """Charge spans however they lie."""
        charged = self._charged_so_far()
        with charged.lock:
            self._charge(charged, now)
        for part, seconds in enumerate(charged.seconds):
            parts[part] += seconds
        calls = sorted(charged.kept, key=_began_at)
        if not calls:
            return None
        more = {operation: [*told] for operation, told in charged.more.items()}
        for span in _past_bound(self.spans, charged.kept):
            _count(span, now, more)
        columns: list[Sequence[Any]] = list(zip(*calls, strict=True))
        places = {id(span): place for place, span in enumerate(calls)}
        columns[AROUND] = tuple([places.get(id(span), NO_CALL) for span in columns[AROUND]])
        columns[ENDED] = tuple([now if ended is None else ended for ended in columns[ENDED]])
        operations, around, began, ended, marks, failed, _, exclusive = columns
        shared = course_of(_ids_of(operations), operations).operations
        return Calls(shared, around, began, ended, marks, failed, exclusive, more)

    def make_room(self) -> None:
        """Charge what passed since the last time, and take out the spans that ended.

        Not while another thread does, nor where the collector of garbage calls somebody from there.
        """
        if len(self.spans) + len(self.rows) // ROW > self.limit:
            charged = self._charged_so_far()
            if charged.lock.acquire(blocking=False):
                try:
                    self._charge(charged, self.perf())
                finally:
                    charged.lock.release()

    def _charged_so_far(self) -> _Charged:
        made = _Charged(self._started)
        if self._charged is None:  # nothing is called before it is set, so no other thread sets it
            self._charged = made
        return self._charged

    def _charge(self, charged: _Charged, now: float) -> None:
        self._take_rows()
        spans = self.spans[:]
        ends = [span[ENDED] for span in spans]
        parts, exclusive = shares(_intervals(spans, ends, charged.until, now))
        for part, seconds in enumerate(parts):
            charged.seconds[part] += seconds
        for span, seconds in zip(spans, exclusive, strict=True):
            span[EXCLUSIVE] += seconds
        charged.until = now
        calls = [span for span in spans[charged.seen :] if span[MARK] is not None]
        charged.kept += calls[: MAX_CALLS - len(charged.kept)]
        over = [span for span, ended in zip(spans, ends, strict=True) if ended is not None]
        for span in _past_bound(over, charged.kept):
            _count(span, now, charged.more)
        left = [span for span, ended in zip(spans, ends, strict=True) if ended is None]
        self.spans[: len(spans)] = left  # others may have been added behind them meanwhile
        charged.seen = len(left)
        self.limit = max(MAX_CALLS, 2 * len(left))

    def _take_rows(self) -> None:
        """Make spans of the rows, and of the blocking call under way in whatever thread.

        Each step is one of the interpreter, as what a call does at its end is: see `wrapping`.
        """
        later: list[Any] = []
        rows, self.rows = self.rows, later
        columns = [rows[column::ROW] for column in range(ROW)]
        found: list[Span] = [
            [operation_of(operation_id), None, began, began + seconds, mark, False, self, 0.0]
            for operation_id, mark, began, seconds in zip(*columns, strict=True)
        ]
        call, since = self.blocking, self.since
        if isinstance(call, tuple):
            operation, mark = call
            began = self.perf() if since is None else since
            span: Span = [operation, None, began, None, mark, False, self, 0.0]
            if self.blocking is call:
                self.blocking = span
                found.append(span)
        self.spans += found


def _past_bound(spans: Sequence[Span], kept: Sequence[Span]) -> list[Span]:
    """Return the calls whose times are not kept."""
    ids = set(map(id, kept))
    return [span for span in spans if span[MARK] is not None and id(span) not in ids]


def _ids_of(operations: Sequence[Operation]) -> tuple[str, ...]:
    return tuple([operation.id for operation in operations])


def _intervals(
    spans: Sequence[Span], ends: Sequence[float | None], since: float, until: float
) -> list[Interval]:
    """Return the part of each span that lies between two readings."""
    places = {id(span): place for place, span in enumerate(spans)}
    found = []
    for span, ended in zip(spans, ends, strict=True):
        began = max(span[BEGAN], since)
        around = places.get(id(span[AROUND]), NO_CALL)
        ended = max(until if ended is None else ended, began)
        operation = span[OPERATION]
        part = STEP if operation.is_step else operation.part
        found.append(Interval(part, around, began, ended))
    return found


def _count(span: Span, now: float, more: dict[Operation, list[float]]) -> None:
    """Count a call past MAX_CALLS; past MAX_MORE different operations it is forgotten."""
    operation = span[OPERATION]
    if operation in more or len(more) < MAX_MORE:
        told = more.setdefault(operation, [0, 0.0])
        told[0] += 1
        told[1] += (now if span[ENDED] is None else span[ENDED]) - span[BEGAN]
