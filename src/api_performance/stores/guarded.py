"""A store behind a network, asked no more while it is away: then every call fails at once.

So neither the runner nor the threads that answer a page wait for time-outs, one after another. The
calls that write try the store again; those that read do so only where nothing writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from api_performance.errors import StoreAway
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Operation
from api_performance.stores.base import (
    Batch,
    Event,
    InstanceState,
    Lease,
    Pace,
    Query,
    Store,
    StoreStatus,
    no_pace,
)
from api_performance.stores.circuit import Circuit

READ_GRACE_SECONDS: Final = 2.0
"""A runner writes every second: where one lives, no reader has to try the store."""


class GuardedStore:
    """Asks `store` while its circuit lets calls pass; else raises StoreAway, in the last words."""

    def __init__(self, store: Store, circuit: Circuit, unasked: StoreStatus) -> None:
        """Guard `store`, of which `unasked` tells what is known before it ever answered."""
        self._store = store
        self._circuit = circuit
        self._status = unasked
        self._words = ""

    @contextmanager
    def _asking(self, grace_seconds: float = 0.0) -> Iterator[None]:
        admitted = self._circuit.admit(grace_seconds)
        if admitted is None:
            raise StoreAway(self._words)
        try:
            yield
        except StoreAway as error:
            self._words = str(error)
            self._circuit.failed(admitted)
            raise
        except BaseException:
            self._circuit.answered()  # it may be full or refuse us, and answers all the same
            raise
        self._circuit.answered()

    def append(self, batch: Batch, *, pace: Pace = no_pace) -> bool:
        """Keep a batch; False if it was there already."""
        with self._asking():
            return self._store.append(batch, pace=pace)

    def fold(self, now: float, lease: Lease, *, pace: Pace = no_pace, grace: float = 2.0) -> int:
        """Fold batches; return how many. LeaseLost."""
        with self._asking():
            return self._store.fold(now, lease, pace=pace, grace=grace)

    def compact(self, now: float, lease: Lease, *, pace: Pace = no_pace) -> None:
        """Pack what is old, apply retention and the size bound. LeaseLost."""
        with self._asking():
            self._store.compact(now, lease, pace=pace)

    def acquire(self, name: str, holder: str, now: float, seconds: float) -> Lease | None:
        """Take or renew a lease; None while another holds it."""
        with self._asking():
            return self._store.acquire(name, holder, now, seconds)

    def release(self, lease: Lease) -> None:
        """Give a lease back."""
        with self._asking():
            self._store.release(lease)

    def key(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return the installation's key of that name, inserting `make()` if there is none yet."""
        with self._asking():
            return self._store.key(name, make)

    def replace_key(self, name: str, value: bytes) -> None:
        """Set a key, whatever was there."""
        with self._asking():
            self._store.replace_key(name, value)

    def record_event(self, event: Event, lease: Lease | None = None) -> Event:
        """Append an event; return it with its id. LeaseLost."""
        with self._asking():
            return self._store.record_event(event, lease)

    def clear(self) -> None:
        """Delete all measured data and events."""
        with self._asking():
            self._store.clear()

    def windows(self, query: Query, *, pace: Pace = no_pace) -> Iterator[tuple[Endpoint, Window]]:
        """Yield windows at the query's resolution."""
        with self._asking(READ_GRACE_SECONDS):
            yield from self._store.windows(query, pace=pace)

    def totals(self, host: str | None = None) -> Iterator[tuple[Endpoint, Window]]:
        """Yield one cumulative window per endpoint."""
        with self._asking(READ_GRACE_SECONDS):
            yield from self._store.totals(host)

    def endpoints(self) -> list[Endpoint]:
        """Return every known endpoint."""
        with self._asking(READ_GRACE_SECONDS):
            return self._store.endpoints()

    def operations(self) -> Mapping[str, Operation]:
        """Return by id every operation that batches made known."""
        with self._asking(READ_GRACE_SECONDS):
            return self._store.operations()

    def last_called(self) -> Mapping[str, float]:
        """Return for each endpoint id that was ever called the start of its newest window."""
        with self._asking(READ_GRACE_SECONDS):
            return self._store.last_called()

    def instances(self, since: float) -> list[InstanceState]:
        """Return the processes that reported at `since` or later."""
        with self._asking(READ_GRACE_SECONDS):
            return self._store.instances(since)

    def revision(self) -> int:
        """Return a number that changes whenever a batch was applied."""
        with self._asking(READ_GRACE_SECONDS):
            return self._store.revision()

    def lease(self, name: str) -> Lease | None:
        """Return a lease as it was last taken; None before the first."""
        with self._asking(READ_GRACE_SECONDS):
            return self._store.lease(name)

    def events(self, start: float, end: float, kinds: Iterable[str] = ()) -> list[Event]:
        """Return the events of [start, end), oldest first."""
        with self._asking(READ_GRACE_SECONDS):
            return self._store.events(start, end, kinds)

    def latest_events(self, kind: str, after: int = 0) -> list[Event]:
        """Return the newest event of each subject of a kind."""
        with self._asking(READ_GRACE_SECONDS):
            return self._store.latest_events(kind, after)

    def status(self) -> StoreStatus:
        """Return the store's own health; while it is away the last one known, and the problem."""
        if self._circuit.is_open:
            problem, _, remedy = self._words.partition(". ")
            return replace(self._status, problem=f"{problem}.", remedy=remedy)
        self._status = self._store.status()
        return self._status

    def close(self) -> None:
        """Let go of connections."""
        self._store.close()
