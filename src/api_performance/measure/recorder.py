"""From finished requests to windows: one append per request, and a drain once a second.

Two buffers, both bounded. A request that was all processing, with a response of one body, leaves
six values in its endpoint's `plain_rows`; every other request leaves the values of a `Measurement`
in `queue`. No object stays behind for a request, so the garbage collector has nothing to look at,
and the drain reads them column by column. What does not fit is counted, never waited for.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from random import random
from typing import Final, Protocol

from api_performance.clock import Clock
from api_performance.errors import told
from api_performance.measure.blocks import MAX_BLOCKS, add_blocks
from api_performance.measure.called import ROW, RowCalls, SomeCalls
from api_performance.measure.calls import Work
from api_performance.measure.cardinality import Slot
from api_performance.measure.filling import (
    PLAIN_WIDTH,
    SLICE,
    WIDTH,
    Filler,
    Measurement,
    Memory,
    Rows,
    measurements,
    plain_measurements,
    taken_parts,
)
from api_performance.measure.pauses import Blocked
from api_performance.measure.recent import Recent
from api_performance.measure.repeated_responses import Looked, RepeatedResponses, Sameness
from api_performance.measure.responses import LARGE_BYTES, add_large
from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import Endpoint

logger: Final = logging.getLogger("api_performance")

_ENDED: Final = 2  # of a Measurement
_AT_ONCE: Final = 50 * WIDTH  # sorted by endpoint and second in less than 0.05 ms

MAX_WAITING_CALLS: Final = 33_000
"""Calls that wait for the drain: some 5 MB."""

Pace = Callable[[], None]
Drained = list[tuple[Endpoint, Window]]


def no_pace() -> None:
    """Go on without a break."""


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
    blocks: list[Blocked] = field(default_factory=list)
    large_compressed: int = 0
    large_others: int = 0
    looked: Looked | None = None


class Recorder:
    """A process' bounded buffers of finished requests, and what is going on right now.

    `begun` counts the requests of this process, and the edge takes none past `full_at`, which every
    drain moves `limit` ahead. `unfinished` are in flight: few, so counting them makes no objects.
    """

    def __init__(
        self,
        clock: Clock,
        hasher: UserHasher,
        slots: Callable[[], Iterable[Slot]],
        limit: int = 20_000,
        wake: Callable[[], None] = lambda: None,
        random: Callable[[], float] = random,
    ) -> None:
        """Buffer at most `limit` requests between drains; users are marked by `hasher`.

        `slots` tells every endpoint that may hold rows. `wake` starts the draining in this process;
        it is called at the first request. `random` draws the typical requests that are kept, and
        the newest, of which `recent` are.
        """
        self._random = random
        self.recent = Recent(random)
        self.repeated = RepeatedResponses()
        self._memories: dict[Slot, Memory] = {}
        self._wake = wake
        self._slots = slots
        self.begun = self._begun_before = 0
        self.unfinished = 0
        self.full_at = 0
        self.queue: Rows = []
        self.limit = limit
        self.open_connections: set[OpenConnection] = set()
        self.dropped_requests = 0
        self.requests_without_calls = 0
        self._waiting_calls = 0
        self.internal_errors = 0
        self.last_error = ""
        self.debug_mode = False
        self.hasher = hasher
        self._clock = clock
        self._windows = Windows()
        self._beside: dict[Slot, Beside] = {}

    @property
    def in_flight(self) -> int:
        """Requests that began and did not finish."""
        return max(0, self.unfinished)

    def make_room(self) -> bool:
        """Tell whether a request past `full_at` may be measured; else it counts as dropped.

        It may when nothing drains yet: that is begun here, at no cost to the other requests.
        """
        if not self.full_at:
            self.full_at = self.begun + self.limit
            self._wake()
            return True
        self.begun -= 1
        self.dropped_requests += 1
        return False

    def begin_process(self) -> None:
        """Forget what another process was doing: the child's start after a fork."""
        for slot in self._slots():
            slot.plain_rows.clear()
        self.queue.clear()
        self.open_connections.clear()
        self._windows = Windows()
        self._memories = {}
        self.recent = Recent(self._random)
        self.repeated = RepeatedResponses()
        self._beside = {}
        self.begun = self.unfinished = self.full_at = self._begun_before = 0

    def rest(self) -> None:
        """Have the next request start the draining anew: when it was stopped."""
        self.full_at = 0

    def add(self, measurement: Measurement) -> None:
        """Buffer a request that did not pass the edge, or count it as dropped."""
        if not self.full_at:
            self.make_room()
        if len(self.queue) < self.limit * WIDTH:
            self.queue.extend(measurement)
        else:
            self.dropped_requests += 1

    def work_of(self, calls: SomeCalls, trace_id: str = "") -> Work | None:
        """Return a request's calls, to be kept until the drain.

        Past MAX_WAITING_CALLS none are kept, and the request is counted: all else of it is kept.
        """
        count = len(calls.values) // ROW if isinstance(calls, RowCalls) else len(calls.operations)
        if self._waiting_calls + count > MAX_WAITING_CALLS:
            self.requests_without_calls += 1
            return None
        self._waiting_calls += count
        return Work(calls, trace_id)

    def add_background(self, slot: Slot, seconds: float) -> None:
        """Note the seconds a request's background tasks ran after its last byte."""
        times = self._of(slot).background_seconds
        if len(times) < self.limit:
            times.append(seconds)

    def add_exception(self, slot: Slot) -> None:
        """Count an exception that no handler of the app took."""
        self._of(slot).exceptions += 1

    def add_block(self, slot: Slot, blocked: Blocked) -> None:
        """Note that the event loop was blocked in a request; past MAX_BLOCKS it is passed over."""
        blocks = self._of(slot).blocks
        if len(blocks) < MAX_BLOCKS:
            blocks.append(blocked)

    def add_large(self, slot: Slot, is_compressed: bool) -> None:
        """Count a large response that was looked at."""
        beside = self._of(slot)
        if is_compressed:
            beside.large_compressed += 1
        else:
            beside.large_others += 1

    def add_looked(self, slot: Slot, found: Sameness, seconds: float) -> None:
        """Count a response that was looked at for repeats, to a request that took `seconds`."""
        beside = self._of(slot)
        if beside.looked is None:
            beside.looked = Looked()
        beside.looked.add(found, seconds)

    def add_messages(self, slot: Slot, count: int) -> None:
        """Count messages of a stream or WebSocket."""
        self._of(slot).messages += count

    def _of(self, slot: Slot) -> Beside:
        beside = self._beside.get(slot)
        return self._beside.setdefault(slot, Beside([])) if beside is None else beside

    def note_error(self, error: BaseException) -> None:
        """Count a failure of our own, or of a callable we were given; the request goes on."""
        self.internal_errors += 1
        self.last_error = told(error)

    def drain(self, pace: Pace = no_pace, *, before: float = inf) -> Drained:
        """Take the windows of the seconds that ended by an instant (Unix seconds); may be none.

        `pace` is called between pieces of at most SLICE requests.
        """
        self._gather(pace, before)
        self.recent.close(min(before, self._clock.now()))
        self.repeated.move_on(self._clock.perf())
        self._begun_before = self.begun
        pace()
        return self._windows.taken(before)

    def peek(self) -> Drained:
        """Return copies of the windows of all that is not drained yet."""
        self._gather(no_pace, inf)
        return self._windows.copies()

    def _gather(self, pace: Pace, before: float) -> None:
        """Add to the windows what ended before an instant; the rest stays in the buffers."""
        now = self._clock.now()
        offset = now - self._clock.perf()
        until, left = before - offset, 0
        self.recent.expect(self.begun - self._begun_before)
        filler = Filler(
            self.hasher.mark_of(), self._memories, self._random, offset, pace, self.recent
        )
        for slot in self._slots():
            if slot.plain_rows:
                self._gather_plain(slot, until, filler)
                left += len(slot.plain_rows)
        self._waiting_calls = 0
        self._gather_queue(until, filler)
        second = int(min(now, before - 1))
        self._add_beside(second, filler)
        self._add_open_connections(second)
        if self.full_at:
            left = left // PLAIN_WIDTH + len(self.queue) // WIDTH
            self.full_at = self.begun + max(self.limit - left, 0)

    def _gather_plain(self, slot: Slot, until: float, filler: Filler) -> None:
        for second, rows in taken_parts(slot.plain_rows, until, filler.offset):
            if self.debug_mode:
                _log(plain_measurements(slot, rows))
            window = filler.plain_window(slot, second, rows)
            if window.bytes_out * PLAIN_WIDTH > LARGE_BYTES * len(rows):
                slot.plain_route = None  # so the edge looks at the next of its responses
            self._windows.add(slot, second, window)
            filler.pace()

    def _gather_queue(self, until: float, filler: Filler) -> None:
        """Gather what is waiting now; what arrives meanwhile waits for the next time."""
        groups = self._grouped(until, filler.offset, filler.pace)
        while groups:  # taken apart on the way, for letting go of all at once takes long, too
            (slot, second), rows = groups.popitem()
            while rows:
                part = rows[-SLICE * WIDTH :]
                del rows[-SLICE * WIDTH :]
                if self.debug_mode:
                    _log(measurements(part))
                filler.fill(self._windows.of(slot, second), slot, part)
                filler.pace()

    def _grouped(self, until: float, offset: float, pace: Pace) -> dict[tuple[Slot, int], Rows]:
        """Take out of the queue what ended before a reading of `perf`, by endpoint and second."""
        groups: defaultdict[tuple[Slot, int], Rows] = defaultdict(list)
        left = len(self.queue)
        while taken := _ended_before(until, self.queue[: min(left, _AT_ONCE)]):
            del self.queue[: len(taken)]
            left -= len(taken)
            for row in range(0, len(taken), WIDTH):
                key = taken[row], int(taken[row + _ENDED] + offset)
                groups[key] += taken[row : row + WIDTH]
            pace()
        return groups

    def _add_beside(self, second: int, filler: Filler) -> None:
        beside, self._beside = self._beside, {}
        for slot, extra in beside.items():
            window = self._windows.of(slot, second)
            window.background.add(extra.background_seconds)
            window.exceptions += extra.exceptions
            window.messages += extra.messages
            if extra.blocks:
                add_blocks(window.operations, extra.blocks, filler.memory(slot).told_apart)
            large = extra.large_compressed, extra.large_others
            if any(large):
                add_large(window.operations, *large, filler.memory(slot).told_apart)
            if extra.looked is not None:
                extra.looked.into(window.operations, filler.memory(slot).told_apart)

    def _add_open_connections(self, second: int) -> None:
        if not self.open_connections:
            return
        for slot, count in Counter(each.open_slot for each in list(self.open_connections)).items():
            self._windows.of(slot, second).open_connections = count


class Windows:
    """The windows of what was gathered and not taken yet, one per endpoint and second."""

    def __init__(self) -> None:
        """Begin without any."""
        self._by_second: dict[int, dict[Slot, Window]] = {}

    def of(self, slot: Slot, second: int) -> Window:
        """Return the endpoint's window of a second (Unix time), made at its first use."""
        by_slot = self._by_second.setdefault(second, {})
        window = by_slot.get(slot)
        if window is None:
            window = by_slot[slot] = Window(float(second))
        return window

    def add(self, slot: Slot, second: int, window: Window) -> None:
        """Take over what was gathered of an endpoint in a second."""
        known = self._by_second.setdefault(second, {}).setdefault(slot, window)
        if known is not window:
            known.merge(window)

    def taken(self, before: float) -> Drained:
        """Remove and return those of seconds before an instant, Unix seconds.

        Those that seem to be of the future too: somebody has set the clock back.
        """
        over = [second for second in self._by_second if not before <= second < before + 2]
        return [pair for second in over for pair in _pairs(self._by_second.pop(second))]

    def copies(self) -> Drained:
        """Return copies of all."""
        whole = [pair for by_slot in self._by_second.values() for pair in _pairs(by_slot)]
        return [(endpoint, window.copy()) for endpoint, window in whole]


def _pairs(by_slot: dict[Slot, Window]) -> Drained:
    return [(slot.endpoint, window) for slot, window in by_slot.items()]


def _ended_before(until: float, rows: Rows) -> Rows:
    """Return the rows up to the first that ended at a reading of `perf` or later."""
    for row, ended in enumerate(rows[_ENDED::WIDTH]):
        if ended >= until:
            return rows[: row * WIDTH]
    return rows


def _log(measurements: Iterable[Measurement] | Iterator[Measurement]) -> None:
    for one in measurements:
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
