"""A process that wants a lease, and acts for as long as it has it, until it is killed.

Run as `python -m tests.stores.lease_worker STORE SECONDS NAME`. Each act is an event of the store:
who acted, under which fencing number, and when.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress

from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.errors import LeaseLost, StoreUnavailable
from api_performance.stores.base import Event
from api_performance.wiring import make_store

ACTS_PER_LEASE = 10


def main(address: str, seconds: float, name: str) -> None:
    store = make_store(Config(store=address), SystemClock())
    while True:
        with suppress(LeaseLost, StoreUnavailable):
            lease = store.acquire("judge", name, time.time(), seconds)
            if lease is not None:
                act = Event(time.time(), "act", str(lease.fencing), name, "a test")
                store.record_event(act, lease)
        time.sleep(seconds / ACTS_PER_LEASE)  # the pace of its acts


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
