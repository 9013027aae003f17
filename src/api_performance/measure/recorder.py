"""From finished requests to windows: one append per request, and a drain once a second.

The buffer is bounded: what does not fit is counted, never waited for. Draining works on columns, so
that nearly all work per request happens in C; for 1,000 requests it costs 4 to 6 microseconds each.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import sub
from typing import Any, Final, NamedTuple, Protocol

from api_performance.clock import Clock
from api_performance.measure.cardinality import Slot
from api_performance.measure.latency import NETWORK, PROCESSING
from api_performance.measure.sketch import Sketch
from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import LATENCY_PARTS, Endpoint, LatencyType

logger: Final = logging.getLogger("api_performance")

SLICE: Final = 200
"""Requests drained at a stretch: about 0.2 ms of work before the interpreter is yielded."""


class Measurement(NamedTuple):
    """One finished request. Instants are readings of `perf`, durations seconds, sizes bytes.

    `parts` are its exclusive seconds per latency type when spans were opened, else None: then what
    is not `network_seconds` was processing. On the request path a plain tuple of this order is
    appended, which costs a third of making the named one.
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


RawMeasurement = tuple[
    Slot, int, float, float, float, float, int, int, str | None, int, Sequence[float] | None, float
]


class OpenConnection(Protocol):
    """A stream or WebSocket that lives: counted at every drain until it is discarded."""

    @property
    def open_slot(self) -> Slot:
        """The endpoint it belongs to."""
        ...


@dataclass(slots=True)
class Beside:
    """What belongs to an endpoint beside its requests, collected until the next drain."""

    background_seconds: list[float]
    exceptions: int = 0
    messages: int = 0


class Recorder:
    """A process' bounded buffer of finished requests, and what is going on right now."""

    def __init__(
        self,
        clock: Clock,
        hasher: UserHasher,
        limit: int = 20_000,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """Buffer at most `limit` requests between drains; users are marked by `hasher`.

        `wake` starts the draining in this process; it is called at the first request.
        """
        self._wake = wake
        self.queue: deque[RawMeasurement] = deque()
        self.limit = 0
        self._full_limit = limit
        self.active: set[Any] = set()  # Any: request objects of the edges, only counted
        self.open_connections: set[OpenConnection] = set()
        self.dropped_requests = 0
        self.internal_errors = 0
        self.last_error = ""
        self.debug_mode = False
        self.hasher = hasher
        self._clock = clock
        self._beside: dict[Slot, Beside] = {}

    def make_room(self) -> bool:
        """Tell whether a full buffer takes one more, having begun to drain it; else count a drop.

        The limit is 0 until the first request of a process, so that the check for a full buffer is
        also what starts the draining, at no cost of its own.
        """
        if not self.limit:
            self.limit = self._full_limit
            self._wake()
            return True
        self.dropped_requests += 1
        return False

    def begin_process(self) -> None:
        """Forget what another process was doing: the child's start after a fork."""
        self.queue.clear()
        self.active.clear()
        self.open_connections.clear()
        self._beside = {}
        self.limit = 0

    def rest(self) -> None:
        """Have the next request start the draining anew: after a fork, or when it was stopped."""
        self.limit = 0

    def add(self, measurement: RawMeasurement) -> None:
        """Buffer a finished request, or count it as dropped when the buffer is full."""
        if len(self.queue) < self.limit or self.make_room():
            self.queue.append(measurement)

    def add_background(self, slot: Slot, seconds: float) -> None:
        """Note the seconds a request's background tasks ran after its last byte."""
        times = self._of(slot).background_seconds
        if len(times) < self._full_limit:
            times.append(seconds)

    def add_exception(self, slot: Slot) -> None:
        """Count an exception that no handler of the app took."""
        self._of(slot).exceptions += 1

    def add_messages(self, slot: Slot, count: int) -> None:
        """Count messages of a stream or WebSocket."""
        self._of(slot).messages += count

    def _of(self, slot: Slot) -> Beside:
        return self._beside.setdefault(slot, Beside([]))

    def note_error(self, error: BaseException) -> None:
        """Count a failure of our own, swallowed so that the request goes on."""
        self.internal_errors += 1
        self.last_error = f"{type(error).__name__}: {error}"

    def drain(self, pace: Callable[[], None] = lambda: None) -> list[tuple[Endpoint, Window]]:
        """Empty the buffer into one window per endpoint and second; nothing was done: no windows.

        `pace` is called between slices of at most SLICE requests.
        """
        offset = self._clock.now() - self._clock.perf()
        windows: dict[tuple[Slot, int], Window] = {}
        for slot, rows in self._take(pace).items():
            for start in range(0, len(rows), SLICE):
                self._fill(windows, slot, rows[start : start + SLICE], offset)
                pace()
        self._add_beside(windows)
        self._add_open_connections(windows)
        return [(slot.endpoint, window) for (slot, _), window in windows.items()]

    def _take(self, pace: Callable[[], None]) -> dict[Slot, list[RawMeasurement]]:
        """Take what is buffered now, by endpoint; what arrives meanwhile waits for the next."""
        groups: defaultdict[Slot, list[RawMeasurement]] = defaultdict(list)
        pop = self.queue.popleft
        waiting = len(self.queue)
        while waiting:
            taken = min(waiting, SLICE)
            for row in [pop() for _ in range(taken)]:
                groups[row[0]].append(row)
            waiting -= taken
            pace()
        return groups

    def _fill(
        self,
        windows: dict[tuple[Slot, int], Window],
        slot: Slot,
        rows: list[RawMeasurement],
        offset: float,
    ) -> None:
        if self.debug_mode:
            _log(rows)
        first, last = int(rows[0][2] + offset), int(rows[-1][2] + offset)
        if first == last:
            fill(_window(windows, slot, first), slot.endpoint, rows, self.hasher)
            return
        by_second: defaultdict[int, list[RawMeasurement]] = defaultdict(list)
        for row in rows:
            by_second[int(row[2] + offset)].append(row)
        for second, some in by_second.items():
            fill(_window(windows, slot, second), slot.endpoint, some, self.hasher)

    def _add_beside(self, windows: dict[tuple[Slot, int], Window]) -> None:
        second = int(self._clock.now())
        beside, self._beside = self._beside, {}
        for slot, extra in beside.items():
            window = _window(windows, slot, second)
            window.background.add_sorted(sorted(extra.background_seconds))
            window.exceptions += extra.exceptions
            window.messages += extra.messages

    def _add_open_connections(self, windows: dict[tuple[Slot, int], Window]) -> None:
        if not self.open_connections:
            return
        second = int(self._clock.now())
        for slot, count in Counter(each.open_slot for each in list(self.open_connections)).items():
            _window(windows, slot, second).open_connections = count


def _window(windows: dict[tuple[Slot, int], Window], slot: Slot, second: int) -> Window:
    window = windows.get((slot, second))
    if window is None:
        window = windows[slot, second] = Window(float(second))
    return window


def fill(
    window: Window, endpoint: Endpoint, rows: Sequence[RawMeasurement], hasher: UserHasher
) -> None:
    """Add finished requests of one endpoint and second to its window, column by column."""
    _, statuses, _, seconds, ttfb, network, ins, outs, users, in_flight, parts, waits = zip(
        *rows, strict=True
    )
    ascending = sorted(seconds)
    window.count_under(ascending, endpoint.thresholds)
    codes = set(statuses)
    if len(codes) == 1 and ttfb == seconds and not (any(network) or any(waits) or any(parts)):
        _fill_plain(window, statuses[0], ascending)
    else:
        for status in codes:
            window.count_status(status, statuses.count(status))
        _fill_classes(window, statuses, ascending, seconds, ttfb)
        _fill_latency(window, seconds, network, parts, waits)
    window.bytes_in += sum(ins)
    window.bytes_out += sum(outs)
    window.in_flight_peak = max(window.in_flight_peak, *in_flight)
    known = [user for user in users if user is not None] if None in users else users
    window.users.add(hasher.marks(known))


def _fill_plain(window: Window, status: int, ascending: Sequence[float]) -> None:
    """Add requests that were all processing, one body each: one sketch says it all."""
    count = len(ascending)
    window.count_status(status, count)
    summary = Sketch()
    summary.add_sorted(ascending)
    stats = window.class_stats(status)
    stats.response_time.merge(summary)
    stats.ttfb.merge(summary)
    window.add_summary(LatencyType.PROCESSING, summary)
    window.latency_sketch(LatencyType.NETWORK).add_nothing(count)


def _fill_classes(
    window: Window,
    statuses: Sequence[int],
    ascending: Sequence[float],
    seconds: Sequence[float],
    ttfb: Sequence[float],
) -> None:
    lowest, highest = min(statuses), max(statuses)
    if lowest // 100 == highest // 100:
        stats = window.class_stats(lowest)
        stats.response_time.add_sorted(ascending)
        stats.ttfb.add_sorted(sorted(ttfb))
        return
    for status_class in {status // 100 for status in statuses}:
        chosen = [index for index, status in enumerate(statuses) if status // 100 == status_class]
        stats = window.class_stats(status_class * 100)
        stats.response_time.add_sorted(sorted(seconds[index] for index in chosen))
        stats.ttfb.add_sorted(sorted(ttfb[index] for index in chosen))


def _fill_latency(
    window: Window,
    seconds: Sequence[float],
    network: Sequence[float],
    parts: Sequence[Sequence[float] | None],
    waits: Sequence[float],
) -> None:
    if any(waits):
        window.edge_wait.add_sorted(sorted(wait for wait in waits if wait))
        network = [blocked + wait for blocked, wait in zip(network, waits, strict=True)]
        seconds = [whole + wait for whole, wait in zip(seconds, waits, strict=True)]
    if not any(parts):
        window.add_latency(LatencyType.PROCESSING, sorted(map(sub, seconds, network)))
        window.add_latency(LatencyType.NETWORK, sorted(network))
        return
    columns: list[list[float]] = [[] for _ in LATENCY_PARTS]
    for whole, blocked, wait, known in zip(seconds, network, waits, parts, strict=True):
        if known is None:
            columns[NETWORK].append(blocked)
            columns[PROCESSING].append(whole - blocked)
            continue
        for index, part in enumerate(known):
            if part > 0 or index == PROCESSING:
                columns[index].append(part + wait if index == NETWORK else part)
        if wait and not known[NETWORK]:
            columns[NETWORK].append(wait)
    for part_type, column in zip(LATENCY_PARTS, columns, strict=True):
        if column:
            window.add_latency(part_type, sorted(column))


def _log(rows: Sequence[RawMeasurement]) -> None:
    for row in islice(rows, SLICE):
        one = Measurement(*row)
        logger.debug(
            "%s %d %.3f ms, first byte %.3f ms, %d bytes in, %d out, %d in flight",
            one.slot.endpoint.name,
            one.status,
            one.seconds * 1e3,
            one.ttfb_seconds * 1e3,
            one.bytes_in,
            one.bytes_out,
            one.in_flight,
        )
