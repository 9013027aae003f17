"""An hour of a service in a store, second by second, written, folded and compacted for real.

A blob does not depend on how many endpoints there are, so a fifth of them is simulated and counted
five times.
"""

from __future__ import annotations

from api_performance.model import Instance
from api_performance.stores.base import Batch, InstanceState, Lease, Store
from api_performance.stores.retention import LATE
from benchmarks.store_size.traffic import WORKERS, Worker

ENDPOINTS = 200
TIMES = 5  # as many endpoints as are simulated
START = 1_699_999_200.0  # an hour's start
HOUR = 3600
HOURS_A_DAY = 24
FOLD_EVERY = 5
COMPACT_EVERY = 60
MEGABYTE = 1e6


def keep_an_hour(store: Store) -> Lease:
    """Write every second of every worker, fold and compact; return the lease that did it."""
    workers = [(_instance(number), Worker(number, ENDPOINTS // TIMES)) for number in range(WORKERS)]
    lease = store.acquire("fold", "benchmark", START, 10 * HOUR)
    if lease is None:
        raise RuntimeError("a fresh store refused its lease")
    for second in range(HOUR):
        for instance, worker in workers:
            at = START + second
            state = InstanceState(instance, at + 1, second)
            store.append(Batch(state, second, worker.second(at)))
        _upkeep(store, lease, second)
    return lease


def pack_the_hour(store: Store, lease: Lease) -> None:
    """Fold what is left, and pack the hour as it is packed once it is over."""
    store.fold(START + 2 * HOUR, lease)
    store.compact(START + HOUR + LATE, lease)


def _upkeep(store: Store, lease: Lease, second: int) -> None:
    now = START + second + 1
    if second % FOLD_EVERY == 0:
        store.fold(now, lease)
    if second % COMPACT_EVERY == 0:
        store.compact(now, lease)


def _instance(number: int) -> Instance:
    return Instance("shop", "1.0", "production", "host", 1000 + number, START)
