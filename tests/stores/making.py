"""Batches, windows and sums for the tests of the stores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance, LatencyType
from api_performance.stores.base import Batch, InstanceState, Lease, Query, Store

NOW: Final = 1_700_000_040.0
"""A minute's start: the tests count from here."""

HOUR_START: Final = 1_699_999_200.0

HASHER: Final = UserHasher(b"0123456789abcdef")


def an_endpoint(template: str = "/items/{item_id}", **fields: object) -> Endpoint:
    return Endpoint("GET", template, **fields)  # type: ignore[arg-type]  # a test's own fields


def an_instance(pid: int = 1, **fields: object) -> Instance:
    known: dict[str, object] = {
        "service": "default",
        "version": "1",
        "environment": "test",
        "host": "host-a",
        "started_at": NOW - 60,
    }
    return Instance(pid=pid, **{**known, **fields})  # type: ignore[arg-type]  # as above


def a_window(start: float, seconds: Sequence[float] = (0.1, 0.2), *, users: str = "") -> Window:
    ascending = sorted(seconds)
    window = Window(start)
    window.count_status(200, len(ascending))
    window.class_stats(200).response_time.add(ascending)
    window.count_under(ascending, (0.5, 2.0, 5.0, 10.0))
    window.add_latency(LatencyType.DATABASE, [value / 2 for value in ascending])
    window.bytes_out = 10 * len(ascending)
    window.in_flight_peak = 1
    window.users.add(HASHER.marks(users.split()))
    return window


def a_batch(
    sequence: int,
    windows: Iterable[tuple[Endpoint, Window]],
    instance: Instance | None = None,
    declared: Sequence[Endpoint] = (),
) -> Batch:
    windows = list(windows)
    seen_at = max((window.start + 1 for _, window in windows), default=NOW)
    state = InstanceState(instance or an_instance(), seen_at, sequence)
    return Batch(state, sequence, windows, declared)


def a_flush(sequence: int, at: float, instance: Instance | None = None, calls: int = 2) -> Batch:
    """One endpoint called `calls` times in the second that begins at `at`."""
    return a_batch(sequence, [(an_endpoint(), a_window(at, [0.1] * calls))], instance)


def the_lease(store: Store, now: float = NOW) -> Lease:
    lease = store.acquire("judge", "holder", now, 30.0)
    assert lease is not None
    return lease


def merged(parts: Iterable[tuple[Endpoint, Window]]) -> dict[tuple[str, float], Window]:
    """Merge the parts of each endpoint and start."""
    whole: dict[tuple[str, float], Window] = {}
    for endpoint, window in parts:
        key = endpoint.id, window.start
        whole.setdefault(key, Window(window.start)).merge(window)
    return whole


def read(
    store: Store, resolution: int, start: float, end: float
) -> dict[tuple[str, float], Window]:
    return merged(store.windows(Query(start, end, resolution)))


def count(store: Store, resolution: int, start: float = 0, end: float = 2e9) -> int:
    return sum(w.count for _, w in store.windows(Query(start, end, resolution)))


def total(store: Store, host: str | None = None) -> int:
    return sum(window.count for _, window in store.totals(host))
