"""Where a request's time goes: every instant is charged to exactly one share, so the parts add up.

A span is work of one latency type, opened and closed in the request's context; its parent is the
span it was opened in. While the request runs it is a list of a few values with two readings of the
clock, no more: whose each instant was, by the rule of `attribution`, is worked out once for all of
them when the response is out. A request with more spans than MAX_CALLS works it out on the way, so
that memory stays bounded however many there are.

The spans of operations leave their times, at most MAX_CALLS of them; what comes after is counted in
`more`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from itertools import compress
from operator import itemgetter
from typing import Any, Final

import msgspec

from api_performance.measure.attribution import STEP, Interval, shares
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

MAX_CALLS: Final = 128
"""Calls of a request whose times are kept: 25 kB until it ends. A listing of a hundred rows with a
call for each is seen whole."""

MAX_MORE: Final = 32
"""Different operations that are counted past MAX_CALLS."""

MAX_SEQUENCES: Final = 256
"""Sequences of operations that requests share: 2 MB if each has MAX_CALLS."""

_sequences: Final[dict[tuple[int, ...], Sequence[Operation]]] = {}
"""By the ids of the operations, which live as long as they are in it."""

NO_CALL: Final = -1
"""The place of what is around a call that was made in none."""

UNNAMED: Final = tuple([Operation(part, "", is_whole=False) for part in LATENCY_PARTS])
"""What a span that is no call stands for, by its type's index."""

_began_at: Final = itemgetter(BEGAN)


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
        return Calls(*some)  # Any: as in Span


class Breakdown:
    """Charges a request's time to its latency types, whose spans open and close in any thread.

    A span is added to `spans` by one step of the interpreter, so no lock is held for it. Past
    `limit` of them all are charged, and those that ended are taken out; then the first `_seen` are
    those that are still open. `step` is the framework's step under way; `has_steps`: they are told
    apart.
    """

    __slots__ = (
        "_charged_until",
        "_kept",
        "_lock",
        "_more",
        "_seconds",
        "_seen",
        "_started",
        "has_steps",
        "limit",
        "perf",
        "spans",
        "step",
    )

    def __init__(self, started: float, perf: Callable[[], float]) -> None:
        """Charge from `started` on, a reading of `perf` in seconds."""
        self.perf = perf
        self.spans: list[Span] = []
        self.limit = MAX_CALLS
        self.step: Span | None = None
        self.has_steps = False
        self._started = self._charged_until = started
        self._seconds = [0.0] * len(LATENCY_PARTS)
        self._kept: list[Span] = []
        self._more: dict[Operation, list[float]] = {}
        self._seen = 0
        self._lock = threading.Lock()

    def charge_network(self, seconds: float) -> None:
        """Count network seconds that passed before the first span, when all else was processing."""
        self._seconds[NETWORK] += seconds

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

    def finish(self) -> tuple[float, tuple[float, ...], Calls | None]:
        """Return the reading of now, and until then what `so_far` does; the spans are let go.

        Each of them names this breakdown: kept in it, they would be left to the collector of
        garbage, and bring full collections about.
        """
        now = self.perf()
        parts, calls = self.so_far(now)
        self.spans.clear()
        self._kept.clear()
        return now, parts, calls

    def so_far(self, now: float) -> tuple[tuple[float, ...], Calls | None]:
        """Return the seconds per type and the calls until a reading of `perf`; None without any.

        The seconds stand in LATENCY_PARTS' order and add up to the reading less the start. Calls
        that are still under way lasted until then.
        """
        with self._lock:
            parts, calls = (not self._kept and self._in_sequence()) or self._swept(now)
        parts[PROCESSING] = 0.0
        others = sum(parts)
        parts[PROCESSING] = now - self._started - others
        if parts[PROCESSING] < 0.0:
            parts[PROCESSING] = 0.0
        return tuple(parts), calls

    def _in_sequence(self) -> tuple[list[float], Calls | None] | None:
        """Charge spans that ended one before the other, the usual case; None where they did not."""
        parts, until = self._seconds.copy(), 0.0
        exclusive = []
        for operation, around, began, ended, _, _, _, _ in self.spans:
            if around is not None or ended is None or began < until:
                return None
            until, seconds = ended, ended - began
            parts[operation.part] += seconds
            exclusive.append(seconds)
        if not exclusive:
            return parts, None
        columns: list[Any] = list(zip(*self.spans))  # noqa: B905  # `strict` costs as much as a span
        columns[AROUND] = (NO_CALL,) * len(exclusive)
        columns[EXCLUSIVE] = tuple(exclusive)
        if None in columns[MARK]:
            is_call = [mark is not None for mark in columns[MARK]]
            columns = [tuple(compress(column, is_call)) for column in columns]
        return parts, _calls_of(columns, is_in_sequence=True)

    def _swept(self, now: float) -> tuple[list[float], Calls | None]:
        """Charge spans however they lie."""
        self._charge(now)
        calls = sorted(self._kept, key=_began_at)
        if not calls:
            return self._seconds.copy(), None
        more = {operation: [*told] for operation, told in self._more.items()}
        for span in self._past_bound(self.spans):
            _count(span, now, more)
        columns: list[Sequence[Any]] = list(zip(*calls, strict=True))
        places = {id(span): place for place, span in enumerate(calls)}
        columns[AROUND] = tuple([places.get(id(span), NO_CALL) for span in columns[AROUND]])
        columns[ENDED] = tuple([now if ended is None else ended for ended in columns[ENDED]])
        return self._seconds.copy(), _calls_of(columns, more)

    def make_room(self) -> None:
        """Charge what passed since the last time, and take out the spans that ended."""
        with self._lock:
            if len(self.spans) > self.limit:
                self._charge(self.perf())

    def _charge(self, now: float) -> None:
        spans = self.spans[:]
        ends = [span[ENDED] for span in spans]
        parts, exclusive = shares(_intervals(spans, ends, self._charged_until, now))
        for part, seconds in enumerate(parts):
            self._seconds[part] += seconds
        for span, seconds in zip(spans, exclusive, strict=True):
            span[EXCLUSIVE] += seconds
        self._charged_until = now
        calls = [span for span in spans[self._seen :] if span[MARK] is not None]
        self._kept += calls[: MAX_CALLS - len(self._kept)]
        over = [span for span, ended in zip(spans, ends, strict=True) if ended is not None]
        for span in self._past_bound(over):
            _count(span, now, self._more)
        left = [span for span, ended in zip(spans, ends, strict=True) if ended is None]
        self.spans[: len(spans)] = left  # others may have been added behind them meanwhile
        self._seen = len(left)
        self.limit = max(MAX_CALLS, 2 * len(left))

    def _past_bound(self, spans: Sequence[Span]) -> list[Span]:
        """Return the calls whose times are not kept."""
        kept = set(map(id, self._kept))
        return [span for span in spans if span[MARK] is not None and id(span) not in kept]


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


def _calls_of(
    columns: Sequence[Sequence[Any]],
    more: Mapping[Operation, Sequence[float]] | None = None,
    *,
    is_in_sequence: bool = False,
) -> Calls | None:
    """Return the calls of some spans, given column by column; Any: as in Span."""
    operations, around, began, ended, marks, failed, _, exclusive = columns
    if not operations:
        return None
    shared = _shared(operations)
    return Calls(shared, around, began, ended, marks, failed, exclusive, more, is_in_sequence)


def _shared(operations: Sequence[Operation]) -> Sequence[Operation]:
    """Return one and the same tuple for the same operations in the same order."""
    ids = (*map(id, operations),)
    shared = _sequences.get(ids)
    if shared is None:
        if len(_sequences) >= MAX_SEQUENCES:
            _sequences.clear()
        shared = _sequences[ids] = (*operations,)
    return shared
