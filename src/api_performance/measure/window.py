"""A window: everything measured of one endpoint in one closed slice of time.

Windows merge by addition, over time and over processes, in any order; nothing is ever averaged.
One of 20 requests packs to about 250 bytes before compression and takes 6 kB in memory.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import add, attrgetter
from typing import Any, Final, Self

import msgspec

from api_performance.measure.calls import OperationStats, PackedStats
from api_performance.measure.exemplars import Kept, merge_slowest, merge_typical
from api_performance.measure.sketch import Sketch
from api_performance.measure.users import UserSketch
from api_performance.model import LATENCY_PARTS, LatencyType

MAX_STATUSES: Final = 16
"""Status codes kept apart in a window; what comes after counts as its class (`5xx`: 500)."""

MAX_BOUNDS: Final = 8
"""Different thresholds whose counts a merged window keeps: two sets of four, after a change."""


class ClassStats(msgspec.Struct, eq=False, gc=False):
    """One status class (2 for 2xx) of a window: response times and times to first byte, seconds."""

    response_time: Sketch = msgspec.field(default_factory=Sketch)
    ttfb: Sketch = msgspec.field(default_factory=Sketch)

    def merge(self, other: ClassStats) -> None:
        """Add another's requests."""
        self.response_time.merge(other.response_time)
        self.ttfb.merge(other.ttfb)


class Window(msgspec.Struct, eq=False, gc=False):
    """Counts and sketches of one endpoint from `start` (Unix seconds UTC) on; empty as it is made.

    `statuses`: requests per status code. `plain`: per status class the response times of requests
    that were all processing, their first byte the last: one sketch says all of their times.
    `classes`: times of the others per status class. `under`: for each threshold in seconds the
    exact count of requests within it. `latency_seconds`: total seconds per latency type, in the
    order of LATENCY_PARTS; `latency`: by place in it, a sketch of each type that the others had.
    Sizes are bytes of bodies. `in_flight_peak`: most requests at once in one process. `messages`
    and `open_connections` are for event streams and WebSockets. Background tasks and edge wait are
    beside the response time, never in it. `operations`: what the requests called, by operation's
    id. `slowest` and `typical`: requests kept as they were, as `exemplars` says.
    """

    start: float
    statuses: dict[int, int] = {}
    plain: dict[int, Sketch] = {}
    classes: dict[int, ClassStats] = {}
    under: dict[float, int] = {}
    latency_seconds: tuple[float, ...] = (0.0,) * len(LATENCY_PARTS)
    latency: dict[int, Sketch] = {}
    bytes_in: int = 0
    bytes_out: int = 0
    in_flight_peak: int = 0
    exceptions: int = 0
    messages: int = 0
    open_connections: int = 0
    users: UserSketch = msgspec.field(default_factory=UserSketch)
    background: Sketch = msgspec.field(default_factory=Sketch)
    edge_wait: Sketch = msgspec.field(default_factory=Sketch)
    operations: dict[str, OperationStats] = {}
    slowest: Kept = {}
    typical: Kept = {}

    def __repr__(self) -> str:
        """Show start and number of requests."""
        return f"Window(start={self.start:.0f}, count={self.count})"

    def __eq__(self, other: object) -> bool:
        """Two windows are equal when they pack alike."""
        return isinstance(other, Window) and self._state() == other._state()

    __hash__ = None  # type: ignore[assignment]  # mutable

    @property
    def count(self) -> int:
        """Number of requests."""
        return sum(self.statuses.values())

    @property
    def error_count(self) -> int:
        """Number of requests the server failed: status 500 and above."""
        return sum(count for status, count in self.statuses.items() if status >= 500)

    @property
    def response_seconds(self) -> float:
        """The sum of all response times in seconds, for which no sketch has to be merged."""
        others = sum(stats.response_time.sum for stats in self.classes.values())
        return others + sum(sketch.sum for sketch in self.plain.values())

    def response_time(self) -> Sketch:
        """Return the response times of all status classes, merged; seconds."""
        others = (stats.response_time for stats in self.classes.values())
        return merged_sketch((*self.plain.values(), *others))

    def ttfb(self) -> Sketch:
        """Return the times to first byte of all status classes, merged; seconds."""
        others = (stats.ttfb for stats in self.classes.values())
        return merged_sketch((*self.plain.values(), *others))

    def response_times(self) -> dict[int, Sketch]:
        """Return the response times in seconds of each status class that occurred, ascending."""
        found = {}
        for status_class in sorted(self.plain.keys() | self.classes.keys()):
            found[status_class] = merged_sketch(
                (
                    self.plain.get(status_class, _NOTHING),
                    self.classes.get(status_class, _NO_TIMES).response_time,
                )
            )
        return found

    def latencies(self) -> dict[LatencyType, Sketch]:
        """Return the requests' exclusive seconds of each latency type that occurred.

        None at all where they are not kept of requests that were not plain.
        """
        if self.classes and not self.latency:
            return {}
        found: dict[LatencyType, Sketch] = {
            LATENCY_PARTS[index]: sketch.copy() for index, sketch in self.latency.items()
        }
        for sketch in self.plain.values():
            found.setdefault(LatencyType.PROCESSING, Sketch()).merge(sketch)
            found.setdefault(LatencyType.NETWORK, Sketch()).merge(Sketch.of_nothing(sketch.count))
        return found

    def class_stats(self, status: int) -> ClassStats:
        """Return the times of the status' class, made empty at its first use."""
        stats = self.classes.get(status // 100)
        if stats is None:
            stats = self.classes[status // 100] = ClassStats()
        return stats

    def count_status(self, status: int, added: int) -> None:
        """Count `added` requests with a status; past MAX_STATUSES they count as x00."""
        statuses = self.statuses
        if status not in statuses and len(statuses) >= MAX_STATUSES:
            status = status // 100 * 100
        statuses[status] = statuses.get(status, 0) + added

    def count_under(self, ascending: Sequence[float], bounds: Sequence[float]) -> None:
        """Count exactly how many of the response times, in seconds, stay within each bound."""
        under = self.under
        if not under and ascending[-1] <= bounds[0]:  # as is so of a quick endpoint
            self.under = dict.fromkeys(bounds, len(ascending))
            return
        for bound in bounds:
            under[bound] = under.get(bound, 0) + bisect_right(ascending, bound)

    def note_in_flight(self, count: int) -> None:
        """Note how many requests were under way at once in this process."""
        if count > self.in_flight_peak:
            self.in_flight_peak = count

    def add_latency(self, part: LatencyType, seconds: Sequence[float]) -> None:
        """Add the requests' exclusive seconds of one latency type."""
        index = _PART_INDEX[part]
        self._add_latency_seconds(index, sum(seconds))
        self._add_latency(index, Sketch.of(seconds))

    def add_plain(self, status: int, summary: Sketch) -> None:
        """Take over response times, in seconds, of a status' class that were all processing."""
        known = self.plain.get(status // 100)
        if known is None:
            self.plain[status // 100] = summary
        else:
            known.merge(summary)
        self._add_latency_seconds(_PROCESSING, summary.sum)

    def _add_latency_seconds(self, index: int, added: float) -> None:
        seconds = [*self.latency_seconds]
        seconds[index] += added
        self.latency_seconds = (*seconds,)

    def _add_latency(self, index: int, summary: Sketch) -> None:
        """Take a sketch over as one latency type's, or merge it with what is there."""
        known = self.latency.get(index)
        if known is None:
            self.latency[index] = summary
        else:
            known.merge(summary)

    def merge(self, other: Window, *, is_parallel: bool = False) -> None:
        """Add another window of the same endpoint.

        `is_parallel`: it covers the same slice in another process, so what was in flight adds up;
        else it is another slice, and the higher peak counts.
        """
        self._merge_under(other)
        for status, count in other.statuses.items():
            self.count_status(status, count)
        _merge_sketches(self.plain, other.plain)
        for status_class, stats in other.classes.items():
            self.class_stats(status_class * 100).merge(stats)
        self.latency_seconds = (*map(add, self.latency_seconds, other.latency_seconds),)
        _merge_sketches(self.latency, other.latency)
        self._merge_scalars(other, is_parallel=is_parallel)
        self.users.merge(other.users)
        self.background.merge(other.background)
        self.edge_wait.merge(other.edge_wait)
        for operation_id, operation in other.operations.items():
            self._merge_operation(operation_id, operation)
        merge_slowest(self.slowest, other.slowest)
        merge_typical(self.typical, other.typical)

    def _merge_operation(self, operation_id: str, stats: OperationStats) -> None:
        known = self.operations.get(operation_id)
        if known is None:
            self.operations[operation_id] = stats.copy()
        else:
            known.merge(stats)

    def _merge_scalars(self, other: Window, *, is_parallel: bool) -> None:
        self.bytes_in += other.bytes_in
        self.bytes_out += other.bytes_out
        self.exceptions += other.exceptions
        self.messages += other.messages
        if is_parallel:
            self.in_flight_peak += other.in_flight_peak
            self.open_connections += other.open_connections
        else:
            self.in_flight_peak = max(self.in_flight_peak, other.in_flight_peak)
            self.open_connections = max(self.open_connections, other.open_connections)

    def _merge_under(self, other: Window) -> None:
        """Add threshold counts; a bound only one side knows is read from the other's sketch."""
        if not other.count:
            return
        if self.count and self.under.keys() != other.under.keys():
            mine, its = self.response_time(), other.response_time()
            bounds = sorted(
                other.under.keys() | self.under.keys(), key=lambda b: b not in other.under
            )
            self.under = {
                bound: self.under.get(bound, mine.count_up_to(bound))
                + other.under.get(bound, its.count_up_to(bound))
                for bound in bounds[:MAX_BOUNDS]
            }
            return
        for bound, count in other.under.items():
            self.under[bound] = self.under.get(bound, 0) + count

    def copy(self, start: float | None = None) -> Window:
        """Return an independent copy, placed at `start` if given."""
        twin = Window(self.start if start is None else start)
        twin.merge(self)
        return twin

    def _state(self, *, compact: bool = False) -> tuple[Any, ...]:  # Any: msgpack's own types
        def pack(sketch: Sketch) -> bytes:
            return sketch.pack(compact=compact) if sketch.count else b""

        classes = [
            (key, pack(stats.response_time), pack(stats.ttfb))
            for key, stats in sorted(self.classes.items())
        ]
        latency = [(index, pack(sketch)) for index, sketch in self.latency.items()]
        return (
            self.start,
            self.statuses,
            classes,
            self.under,
            [round(seconds * 1e9) for seconds in self.latency_seconds],
            sorted(latency),
            self.bytes_in,
            self.bytes_out,
            self.in_flight_peak,
            self.exceptions,
            self.messages,
            self.open_connections,
            self.users.pack(),
            pack(self.background),
            pack(self.edge_wait),
            [(key, pack(sketch)) for key, sketch in sorted(self.plain.items())],
            [stats.packed(key, compact=compact) for key, stats in sorted(self.operations.items())],
            self.slowest,
            self.typical,
        )

    def pack(self, *, compact: bool = False) -> bytes:
        """Return the window as bytes; `compact` for what is not compressed as a whole later."""
        return _encoder.encode(self._state(compact=compact))

    @staticmethod
    def start_of(data: bytes) -> float:
        """Read of what `pack` wrote when the window began."""
        return _head_decoder.decode(data).start

    @staticmethod
    def start_and_count(data: bytes) -> tuple[float, int]:
        """Read of what `pack` wrote when the window began and its requests, and no sketch."""
        head = _head_decoder.decode(data)
        return head.start, sum(head.statuses.values())

    @classmethod
    def unpack(
        cls, data: bytes, *, with_latency: bool = True, with_operations: bool = True
    ) -> Self:
        """Read what `pack` wrote; ValueError if it is not that.

        Without `with_latency` the sketches per latency type are left out, a third of the work;
        without `with_operations` the operations and exemplars.
        """
        state = State.read(data)
        window = cls(state.start)
        window.statuses = state.statuses
        for status_class, response_time, ttfb in state.classes:
            stats = window.classes[status_class] = ClassStats()
            stats.response_time = _unpack(response_time)
            stats.ttfb = _unpack(ttfb)
        window.plain = {key: _unpack(data) for key, data in state.plain}
        window.under = state.under
        window.latency_seconds = tuple([each / 1e9 for each in state.latency_nanoseconds])
        if with_latency:
            window.latency = {index: _unpack(data) for index, data in state.latency}
        window.bytes_in, window.bytes_out = state.bytes_in, state.bytes_out
        window.in_flight_peak, window.exceptions = state.in_flight_peak, state.exceptions
        window.messages, window.open_connections = state.messages, state.open_connections
        window.users = UserSketch.unpack(state.users)
        window.background = _unpack(state.background)
        window.edge_wait = _unpack(state.edge_wait)
        if with_operations:
            window.operations = dict(map(OperationStats.unpacked, state.operations))
            window.slowest, window.typical = state.slowest, state.typical
        return window


class _Head(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How the packed form begins; what follows is passed over, a third of the time."""

    start: float
    statuses: dict[int, int]


class State(_Head, array_like=True, frozen=True, gc=False):
    """The packed form. Fields are only appended, with a default, so old data stays readable."""

    classes: list[tuple[int, bytes, bytes]]
    under: dict[float, int]
    latency_nanoseconds: list[int]
    latency: list[tuple[int, bytes]]
    bytes_in: int
    bytes_out: int
    in_flight_peak: int
    exceptions: int
    messages: int
    open_connections: int
    users: bytes
    background: bytes
    edge_wait: bytes
    plain: list[tuple[int, bytes]] = []
    operations: list[PackedStats] = []
    slowest: Kept = {}
    typical: Kept = {}

    @staticmethod
    def read(data: bytes) -> State:
        """Read what `pack` wrote; ValueError if it is not that."""
        try:
            return _decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise ValueError(f"these {len(data)} bytes are no packed window: {error}") from error


_PART_INDEX: Final[dict[LatencyType, int]] = {
    part: index for index, part in enumerate(LATENCY_PARTS)
}
_PROCESSING: Final = _PART_INDEX[LatencyType.PROCESSING]
_NOTHING: Final = Sketch()
_NO_TIMES: Final = ClassStats()
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(State)
_head_decoder: Final = msgspec.msgpack.Decoder(_Head)


def _unpack(data: bytes) -> Sketch:
    return Sketch.unpack(data) if data else Sketch()


def _merge_sketches(mine: dict[int, Sketch], its: dict[int, Sketch]) -> None:
    for key, sketch in its.items():
        known = mine.get(key)
        if known is None:
            mine[key] = sketch.copy()
        else:
            known.merge(sketch)


def merged_sketch(sketches: Iterable[Sketch]) -> Sketch:
    """Return a new sketch of all the durations; empty without any."""
    whole = Sketch()
    for sketch in sorted(sketches, key=_count_of, reverse=True):  # the largest is only copied
        whole.merge(sketch)
    return whole


_count_of: Final = attrgetter("count")
