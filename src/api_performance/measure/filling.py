"""Adds finished requests to a window, column by column, so that nearly all work happens in C."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import itemgetter, sub
from random import random
from typing import Any, Final, NamedTuple

from api_performance.measure.calls import CallTally, Work
from api_performance.measure.cardinality import Slot
from api_performance.measure.exemplars import Contest, Exemplar, shown
from api_performance.measure.latency import NETWORK, PROCESSING
from api_performance.measure.recent import Recent, RecentRequest, Why
from api_performance.measure.sketch import Sketch
from api_performance.measure.users import UserSketch
from api_performance.measure.window import Window
from api_performance.model import LATENCY_PARTS, LatencyType, TrafficKind

_host_of: Final = itemgetter(0)


class Measurement(NamedTuple):
    """One finished request. Instants are readings of `perf`, durations seconds, sizes bytes.

    `parts` are its exclusive seconds per latency type when spans were opened, else None: then what
    is not `network_seconds` was processing. `work` are its calls, if it made any. The request path
    leaves the values in this order.
    """

    slot: Slot
    status: int
    ended: float
    seconds: float
    ttfb_seconds: float
    network_seconds: float
    bytes_in: int
    bytes_out: int
    user: str | None
    in_flight: int
    parts: Sequence[float] | None
    edge_wait_seconds: float
    work: Work | None = None


WIDTH: Final = len(Measurement._fields)
"""Values that a request leaves, one after another, if it is not plain."""

_STATUS_OF_ROW: Final = Measurement._fields.index("status")
_SECONDS_OF_ROW: Final = Measurement._fields.index("seconds")

Rows = list[Any]
"""The values of some requests, one request after another. Any: each has its own type."""

SLICE: Final = 500
"""Requests summed up at a stretch: about 0.2 ms of work before the interpreter is yielded."""

PLAIN_WIDTH: Final = 6
"""Values that a plain request leaves, one after another: status, seconds, end, bytes out, client
and requests in flight. Plain is a response of one body whose time was all processing, without bytes
in. Instants are readings of `perf`."""

_STATUS, _SECONDS, _ENDED, _SIZE, _CLIENT, _IN_FLIGHT = range(PLAIN_WIDTH)
_STATUSES, _RESPONSE_TIMES, _ENDS, _SIZES, _CLIENTS, _AT_ONCE = (
    slice(column, None, PLAIN_WIDTH) for column in range(PLAIN_WIDTH)
)
_NO_SECONDS: Final = (0.0,) * len(LATENCY_PARTS)
_AFTER_PROCESSING: Final = _NO_SECONDS[PROCESSING + 1 :]


def taken_parts(rows: Rows, until: float, offset: float) -> list[tuple[int, Rows]]:
    """Take the rows of requests that ended before a reading of `perf` out of the buffer.

    They come by the second in which they ended, at most SLICE of them together; `offset` makes Unix
    seconds of readings. The buffer stays the same list, for the edge may be about to extend it.
    """
    length = len(rows) // PLAIN_WIDTH * PLAIN_WIDTH
    if rows[length - PLAIN_WIDTH + _ENDED] >= until:
        length = bisect_left(rows[_ENDED:length:PLAIN_WIDTH], until) * PLAIN_WIDTH
    taken = rows[:length]
    del rows[:length]
    return _parts(taken, offset) if taken else []


def _parts(rows: Rows, offset: float) -> list[tuple[int, Rows]]:
    first, last = int(rows[_ENDED] + offset), int(rows[_ENDED - PLAIN_WIDTH] + offset)
    if first == last and len(rows) <= SLICE * PLAIN_WIDTH:
        return [(first, rows)]
    middle = max(1, bisect_left(rows[_ENDS][:SLICE], first + 1 - offset)) * PLAIN_WIDTH
    rest = rows[middle:]
    return [(first, rows[:middle]), *(_parts(rest, offset) if rest else ())]


def measurements(rows: Rows) -> Iterator[Measurement]:
    """Yield each request by itself."""
    for row in range(0, len(rows), WIDTH):
        yield Measurement(*rows[row : row + WIDTH])


def plain_measurements(slot: Slot, rows: Rows) -> Iterator[Measurement]:
    """Yield each plain request by itself."""
    for row in range(0, len(rows), PLAIN_WIDTH):
        status, seconds, ended, size, client, in_flight = rows[row : row + PLAIN_WIDTH]
        user = client[0] if client else None
        yield Measurement(
            *(slot, status, ended, seconds, seconds, 0.0, 0, size, user, in_flight, None, 0.0)
        )


@dataclass(slots=True)
class Memory:
    """What a process remembers of an endpoint from one filling to the next: both are bounded.

    `endpoint_id` names it, `contest` decides on its exemplars, `told_apart` are the ids of its
    operations.
    """

    endpoint_id: str
    contest: Contest
    told_apart: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Filler:
    """Adds finished requests to windows.

    `mark` is of users, as a `UserHasher` gives it, `offset` makes Unix seconds of readings of
    `perf`, `random` draws exemplars, `pace` is called between small pieces of work, `recent` takes
    the newest requests.
    """

    mark: Callable[[str], int]
    memories: dict[Slot, Memory] = field(default_factory=dict)
    random: Callable[[], float] = random
    offset: float = 0.0
    pace: Callable[[], None] = lambda: None
    recent: Recent = field(default_factory=lambda: Recent(random))

    def memory(self, slot: Slot) -> Memory:
        """Return what is remembered of an endpoint."""
        memory = self.memories.get(slot)
        if memory is None:
            memory = self.memories[slot] = Memory(slot.endpoint.id, Contest(self.random))
        return memory

    def plain_window(self, slot: Slot, second: int, rows: Rows) -> Window:
        """Return plain requests of one endpoint that ended in a second (Unix time)."""
        statuses, seconds = rows[_STATUSES], rows[_RESPONSE_TIMES]
        ascending, status = sorted(seconds), statuses[0]
        count, longest = len(ascending), ascending[-1]
        if statuses.count(status) == count:
            summary = Sketch.of_ascending(ascending)
            window = self._new_window(second, rows, {status: count}, {status // 100: summary})
            window.latency_seconds = (*_NO_SECONDS[:PROCESSING], summary.sum, *_AFTER_PROCESSING)
        else:
            window = self._new_window(second, rows, {}, {})
            for status in set(statuses):
                window.count_status(status, statuses.count(status))
            for status_class, some in _by_class(statuses, seconds):
                window.add_plain(status_class, Sketch.of(some))
            status = max(statuses)
        window.count_under(ascending, slot.endpoint.thresholds)
        memory = self.memories.get(slot) or self.memory(slot)  # a call less for most windows
        if memory.contest.has_winner(window.start, count, longest):
            self._keep_plain(window, memory.contest, rows, seconds)
        if self.recent.is_wanted(count, longest, status):
            rest = _PlainRows(memory.endpoint_id, rows, self.offset)
            self.recent.take(rest, count, longest, status)
        return window

    def _new_window(
        self, second: int, rows: Rows, statuses: dict[int, int], plain: dict[int, Sketch]
    ) -> Window:
        """Return a window with what needs no look at a status; made at once, it costs half."""
        return Window(
            float(second),
            statuses,
            plain,
            bytes_out=sum(rows[_SIZES]),
            in_flight_peak=sorted(rows[_AT_ONCE])[-1],  # half the cost of max
            users=self._users(rows[_CLIENTS]),
        )

    def _users(self, clients: Rows) -> UserSketch:
        try:
            return UserSketch(tuple(map(self.mark, map(_host_of, clients))))
        except TypeError:  # a server on a Unix socket knows no client
            return UserSketch.of(self.mark(client[0]) for client in clients if client)

    def _keep_plain(
        self, window: Window, contest: Contest, rows: Rows, seconds: Sequence[float]
    ) -> None:
        """Keep the exemplars among plain requests; `seconds` in the order of the rows."""

        def packed(place: int) -> bytes:
            row = place * PLAIN_WIDTH
            ended = rows[row + _ENDED] + self.offset
            return Exemplar(ended, seconds[place], rows[row + _STATUS]).pack()

        contest.settle(window, seconds, packed)

    def fill(self, window: Window, slot: Slot, rows: Rows) -> None:
        """Add finished requests of one endpoint and second to its window."""
        columns = [rows[column::WIDTH] for column in range(WIDTH)]
        _, statuses, _, seconds, ttfb, network, ins, outs, users, *rest = columns
        in_flight, parts, waits, works = rest
        window.count_under(sorted(seconds), slot.endpoint.thresholds)
        for status in set(statuses):
            window.count_status(status, statuses.count(status))
        for status_class, some in _by_class(statuses, seconds):
            window.class_stats(status_class).response_time.add(some)
        for status_class, some in _by_class(statuses, ttfb):
            window.class_stats(status_class).ttfb.add(some)
        _fill_latency(window, seconds, network, parts, waits)
        window.bytes_in += sum(ins)
        window.bytes_out += sum(outs)
        window.note_in_flight(max(in_flight))
        window.users.add(self.mark(user) for user in users if user is not None)
        if any(works):
            self._tally(window, slot, works)
        self._keep(window, slot, rows, seconds)

    def _tally(self, window: Window, slot: Slot, works: Sequence[Work | None]) -> None:
        self.pace()
        tally = CallTally(self.memory(slot).told_apart)
        for work in works:
            if work is not None and tally.add(work):
                self.pace()
        tally.into(window.operations)
        self.pace()

    def _keep(self, window: Window, slot: Slot, rows: Rows, seconds: Sequence[float]) -> None:
        """Keep the exemplars among requests that were not plain, and take the newest."""
        if slot.endpoint.kind is not TrafficKind.HTTP:
            return

        def packed(place: int) -> bytes:
            one = Measurement(*rows[place * WIDTH : (place + 1) * WIDTH])
            return _exemplar(one, self.offset).pack()

        memory = self.memory(slot)
        most = len(seconds), max(seconds), max(rows[_STATUS_OF_ROW::WIDTH])
        if memory.contest.has_winner(window.start, *most[:2]):
            memory.contest.settle(window, seconds, packed)
        if self.recent.is_wanted(*most):
            self.recent.take(_OtherRows(memory.endpoint_id, rows, self.offset), *most)


class _PlainRows:
    """Plain requests, of which the newest are taken."""

    __slots__ = ("endpoint_id", "offset", "rows")

    def __init__(self, endpoint_id: str, rows: Rows, offset: float) -> None:
        self.endpoint_id = endpoint_id
        self.rows = rows
        self.offset = offset

    def statuses(self) -> Sequence[int]:
        return self.rows[_STATUSES]

    def seconds(self) -> Sequence[float]:
        return self.rows[_RESPONSE_TIMES]

    def recent(self, place: int, number: int, why: Why) -> RecentRequest:
        row = place * PLAIN_WIDTH
        status, seconds, ended = self.rows[row : row + _ENDED + 1]
        at, microseconds = ended + self.offset, int(seconds * 1e6)
        return RecentRequest(number, why, self.endpoint_id, at, microseconds, status)


class _OtherRows(_PlainRows):
    """Likewise requests that were not plain."""

    __slots__ = ()

    def statuses(self) -> Sequence[int]:
        return self.rows[_STATUS_OF_ROW::WIDTH]

    def seconds(self) -> Sequence[float]:
        return self.rows[_SECONDS_OF_ROW::WIDTH]

    def recent(self, place: int, number: int, why: Why) -> RecentRequest:
        one = Measurement(*self.rows[place * WIDTH : (place + 1) * WIDTH])
        at, microseconds = one.ended + self.offset, int(one.seconds * 1e6)
        of = number, why, self.endpoint_id, at, microseconds, one.status, _microseconds(one)
        return RecentRequest(*of, one.work.trace_id if one.work else "")


def _microseconds(one: Measurement) -> tuple[int, ...]:
    """Return a request's exclusive microseconds per latency type, edge wait included."""
    parts = list(one.parts) if one.parts is not None else [0.0] * len(LATENCY_PARTS)
    if one.parts is None:
        parts[NETWORK] = one.network_seconds
        parts[PROCESSING] = one.seconds - one.network_seconds
    parts[NETWORK] += one.edge_wait_seconds
    return tuple([round(part * 1e6) for part in parts])


def _exemplar(one: Measurement, offset: float) -> Exemplar:
    whole = one.ended + offset, one.seconds, one.status, _microseconds(one)
    if one.work is None:
        return Exemplar(*whole)
    calls, more = shown(one.work.calls, one.ended - one.seconds)
    return Exemplar(*whole, calls, more, one.work.trace_id)


def _by_class(
    statuses: Sequence[int], values: Sequence[float]
) -> Iterator[tuple[int, list[float]]]:
    """Yield the values of each status class (200 for 2xx)."""
    classes = [status // 100 for status in statuses]
    for status_class in set(classes):
        is_chosen = [each == status_class for each in classes]
        yield status_class * 100, list(compress(values, is_chosen))


def _fill_latency(
    window: Window,
    seconds: Sequence[float],
    network: Sequence[float],
    parts: Sequence[Sequence[float] | None],
    waits: Sequence[float],
) -> None:
    if any(waits):
        window.edge_wait.add([wait for wait in waits if wait])
        network = [blocked + wait for blocked, wait in zip(network, waits, strict=True)]
        seconds = [whole + wait for whole, wait in zip(seconds, waits, strict=True)]
    if not any(parts):
        window.add_latency(LatencyType.PROCESSING, list(map(sub, seconds, network)))
        window.add_latency(LatencyType.NETWORK, network)
        return
    known = [part for part in parts if part is not None]
    if any(waits):
        known = [_with_wait(part, wait) for part, wait in zip(parts, waits, strict=True) if part]
    columns = [list(filter(None, column)) for column in zip(*known, strict=True)]
    columns[PROCESSING] = [part[PROCESSING] for part in known]
    if len(known) < len(parts):
        plain = [part is None for part in parts]
        columns[NETWORK] += compress(network, plain)
        columns[PROCESSING] += compress(map(sub, seconds, network), plain)
    for part_type, column in zip(LATENCY_PARTS, columns, strict=True):
        if column:
            window.add_latency(part_type, column)


def _with_wait(part: Sequence[float], wait: float) -> Sequence[float]:
    with_wait = list(part)
    with_wait[NETWORK] += wait
    return with_wait
