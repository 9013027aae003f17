"""Adds finished requests to a window, column by column, so that nearly all work happens in C."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import compress
from operator import itemgetter, sub
from typing import Any, Final, NamedTuple, Self

from api_performance.measure.cardinality import Slot
from api_performance.measure.latency import NETWORK, PROCESSING
from api_performance.measure.sketch import Sketch
from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import LATENCY_PARTS, Endpoint, LatencyType

_host_of: Final = itemgetter(0)


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

Client = tuple[str, int]
"""A client's address as ASGI tells it: host and port."""

PLAIN_WIDTH: Final = 6
"""Values that a plain request leaves: those of PlainColumns, in its order."""


class PlainColumns(NamedTuple):
    """Plain requests of one endpoint: a response of one body each, all of its time processing.

    Instants are readings of `perf`, sizes bytes of the response; requests have no body.
    """

    statuses: list[int]
    started: list[float]
    ended: list[float]
    sizes_bytes: list[int]
    clients: list[Client | None]
    in_flight: list[int]

    @classmethod
    def of(cls, rows: list[Any]) -> Self:
        """Read rows that were written one after another. Any: each column has its own type."""
        return cls(*(rows[column::PLAIN_WIDTH] for column in range(PLAIN_WIDTH)))

    def by_second(self, offset: float) -> Iterator[tuple[int, Self]]:
        """Yield what ended in each second; `offset` makes Unix seconds of readings."""
        start = 0
        while start < len(self.ended):
            second = int(self.ended[start] + offset)
            if int(self.ended[-1] + offset) == second:
                end = len(self.ended)
            else:
                end = max(start + 1, bisect_left(self.ended, second + 1 - offset, start))
            yield second, self if end - start == len(self.ended) else self._part(start, end)
            start = end

    def _part(self, start: int, end: int) -> Self:
        columns: Iterator[Any] = (column[start:end] for column in self)  # Any: each its own type
        return type(self)(*columns)

    def measurements(self, slot: Slot) -> Iterator[Measurement]:
        """Yield each request by itself."""
        for status, started, ended, size, client, in_flight in zip(*self, strict=True):
            seconds, user = ended - started, client[0] if client else None
            yield Measurement(
                *(slot, status, ended, seconds, seconds, 0.0, 0, size, user, in_flight, None, 0.0)
            )


def fill_plain(
    window: Window, endpoint: Endpoint, columns: PlainColumns, hasher: UserHasher
) -> None:
    """Add plain requests of one endpoint and second to its window."""
    statuses = columns.statuses
    seconds = list(map(sub, columns.ended, columns.started))
    ascending = sorted(seconds)
    window.count_under(ascending, endpoint.thresholds)
    codes = set(statuses)
    if len(codes) == 1:
        window.count_status(statuses[0], len(statuses))
        window.add_processing(statuses[0], Sketch.of_sorted(ascending))
    else:
        for status in codes:
            window.count_status(status, statuses.count(status))
        for status_class, some in _by_class(statuses, seconds):
            window.add_processing(status_class, Sketch.of_sorted(some))
    window.bytes_out += sum(columns.sizes_bytes)
    window.in_flight_peak = max(window.in_flight_peak, *columns.in_flight)
    window.users.add(hasher.marks(_hosts(columns.clients)))


def _hosts(clients: Sequence[Client | None]) -> set[str]:
    try:
        return set(map(_host_of, clients))  # type: ignore[arg-type]  # None is what fails
    except TypeError:  # a server on a Unix socket knows no client
        return {client[0] for client in clients if client}


def _by_class(
    statuses: Sequence[int], values: Sequence[float]
) -> Iterator[tuple[int, list[float]]]:
    """Yield the values of each status class (200 for 2xx), ascending."""
    classes = [status // 100 for status in statuses]
    for status_class in set(classes):
        is_chosen = [each == status_class for each in classes]
        yield status_class * 100, sorted(compress(values, is_chosen))


def fill(
    window: Window, endpoint: Endpoint, rows: Sequence[RawMeasurement], hasher: UserHasher
) -> None:
    """Add finished requests of one endpoint and second to its window."""
    _, statuses, _, seconds, ttfb, network, ins, outs, users, in_flight, parts, waits = zip(
        *rows, strict=True
    )
    window.count_under(sorted(seconds), endpoint.thresholds)
    for status in set(statuses):
        window.count_status(status, statuses.count(status))
    for status_class, some in _by_class(statuses, seconds):
        window.class_stats(status_class).response_time.add_sorted(some)
    for status_class, some in _by_class(statuses, ttfb):
        window.class_stats(status_class).ttfb.add_sorted(some)
    _fill_latency(window, seconds, network, parts, waits)
    window.bytes_in += sum(ins)
    window.bytes_out += sum(outs)
    window.in_flight_peak = max(window.in_flight_peak, *in_flight)
    window.users.add(hasher.marks(user for user in users if user is not None))


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
