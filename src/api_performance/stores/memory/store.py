"""The store of one process: the same contract in dictionaries, gone when the process ends.

Windows are kept packed, and compressed once their hour is over, as in SQLite: 200 endpoints called
once a second take about 6 MB per hour at the default retention, and never more than
`max_store_bytes`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from api_performance.measure.window import Window
from api_performance.model import Endpoint, Operation
from api_performance.stores.base import (
    FINEST,
    Batch,
    Event,
    InstanceState,
    Lease,
    Pace,
    Query,
    Retention,
    StoreStatus,
    no_pace,
)
from api_performance.stores.decoding import (
    CoarserUsers,
    SlicePart,
    merge_totals,
    newest_calls,
    newest_starts,
    of_batches,
    unpacked_slices,
)
from api_performance.stores.leases import next_lease
from api_performance.stores.memory.content import Content, asks, kept
from api_performance.stores.packing import pack_block
from api_performance.stores.retention import (
    FORGET_INSTANCES_SECONDS,
    drop_order,
    expiries,
)
from api_performance.stores.rollup import Folding, PackedBatch
from api_performance.stores.slices import (
    Series,
    selected,
    span_seconds,
    users_query,
)

MEMORY_RETENTION: Final = Retention(
    {1: 120.0, 10: 3_600.0, 60: 86_400.0, 3600: 14 * 86_400.0}, max_store_bytes=64 << 20
)
"""What fits in a process beside an application: about 25 MB for 200 busy endpoints."""

_MAX_EVENTS: Final = 10_000


class MemoryStore:
    """Keeps windows in this process alone; every method holds one lock, reads only to copy."""

    def __init__(self, retention: Retention | None = None) -> None:
        """Begin empty, with MEMORY_RETENTION unless told otherwise."""
        self._retention = retention or MEMORY_RETENTION
        self._lock = threading.RLock()
        self._content = Content()
        self._instances: dict[str, InstanceState] = {}
        self._forgotten: dict[str, int] = {}
        self._keys: dict[str, bytes] = {}
        self._leases: dict[str, Lease] = {}
        self._revision = 0
        self._last_event = 0

    def append(self, batch: Batch, *, pace: Pace = no_pace) -> bool:
        """Keep a batch; False if this (instance, sequence) was there already."""
        packed = []
        for endpoint, window in batch.windows:
            packed.append((endpoint, window.pack()))
            pace()
        of = batch.state.instance
        with self._lock:
            is_gone = batch.sequence <= self._forgotten.get(of.id, -1)
            if is_gone or (of.id, batch.sequence) in self._content.batches:
                return False
            for endpoint in batch.declared:
                self._content.declare(endpoint)
            self._content.operations |= {each.id: each for each in batch.operations}
            block = pack_block(
                (self._content.number(endpoint, batch), body) for endpoint, body in packed
            )
            self._content.batches[of.id, batch.sequence] = kept(batch, block)
            known = self._instances.get(of.id)
            if known is None or known.seen_at <= batch.state.seen_at:
                self._instances[of.id] = batch.state
            self._revision += 1
        return True

    def fold(self, now: float, lease: Lease, *, pace: Pace = no_pace, grace: float = 2.0) -> int:
        """Fold the batches that ended `grace` seconds before `now`; return how many. LeaseLost."""
        with self._lock:
            lease.check(self._leases.get(lease.name))
            content = self._content
            ready = [
                batch
                for batch in content.batches.values()
                if not batch.is_folded and batch.ends_at <= now - grace
            ]
            batches = (PackedBatch(batch.host, batch.block) for batch in ready)
            folding = Folding(self._retention.folded, batches, pace)
            blocks, totals = folding.fold(content.blocks, content.totals)
            content.blocks.update(blocks)
            content.totals.update(totals)
            self._content.note_called(folding.last_called)
            for batch in ready:
                batch.is_folded = True
        return len(ready)

    def compact(self, now: float, lease: Lease, *, pace: Pace = no_pace) -> None:
        """Pack old windows in chunks, apply retention and the size bound. LeaseLost."""
        with self._lock:
            lease.check(self._leases.get(lease.name))
            self._content.pack_spans(now, pace)
            self._expire(now)
            self._keep_size(now)

    def _expire(self, now: float) -> None:
        content = self._content
        for step, before in expiries(self._retention, now).items():
            old = [key for key in content.blocks if key[0] == step and key[1] < before]
            for key in old:
                del content.blocks[key]
            before -= span_seconds(step)
            for key in [key for key in content.chunks if key[0] == step and key[1] <= before]:
                del content.chunks[key]
        longest = max(self._retention.by_resolution.values())
        content.forget_events(now - longest)
        self._forget_batches(now - self._retention.by_resolution[FINEST])
        alive = {instance for instance, _ in content.batches}
        for instance, state in list(self._instances.items()):
            if state.seen_at < now - FORGET_INSTANCES_SECONDS and instance not in alive:
                del self._instances[instance]
                self._forgotten.pop(instance, None)

    def _forget_batches(self, before: float) -> None:
        for key, batch in list(self._content.batches.items()):
            if batch.is_folded and batch.ends_at < before:
                instance, sequence = key
                self._forgotten[instance] = max(self._forgotten.get(instance, -1), sequence)
                del self._content.batches[key]

    def _keep_size(self, now: float) -> None:
        content, bound = self._content, self._retention.max_store_bytes
        for key in drop_order(content.chunks, self._retention, now):
            if content.size_bytes() <= bound:
                return
            del content.chunks[key]
            content.dropped_for_size += 1
        if content.size_bytes() > bound:
            self._forget_batches(now)

    def windows(self, query: Query, *, pace: Pace = no_pace) -> Iterator[tuple[Endpoint, Window]]:
        """Yield windows at the query's resolution, folded and not folded, in no set order."""
        with self._lock:
            series = dict(self._content.series)
            numbers = selected(series, query)
            folded = list(self._content.folded(query, numbers))
            coarser = users_query(query, self._retention)
            users = list(self._content.folded(coarser, numbers)) if coarser else []
            batches = [
                batch.block for batch in self._content.batches.values() if asks(query, batch)
            ]
        stand_in = CoarserUsers(users, coarser.resolution, pace) if coarser else None
        return _decoded(_Found(query, series, numbers, folded, batches, stand_in), pace)

    def totals(self, host: str | None = None) -> Iterator[tuple[Endpoint, Window]]:
        """Yield one cumulative window per endpoint, of one host or of all."""
        with self._lock:
            content = self._content
            blocks = [block for of, block in content.totals.items() if host in (None, of)]
            batches = [
                batch.block for batch in self._content.unfolded() if host in (None, batch.host)
            ]
            series = dict(content.series)
        return merge_totals(blocks, batches, series)

    def endpoints(self) -> list[Endpoint]:
        """Return every known endpoint, called or only declared."""
        with self._lock:
            return list(self._content.endpoints.values())

    def operations(self) -> Mapping[str, Operation]:
        """Return by id every operation that batches made known."""
        with self._lock:
            return dict(self._content.operations)

    def last_called(self) -> Mapping[str, float]:
        """Return for each endpoint id that was ever called the start of its newest window."""
        with self._lock:
            content = self._content
            starts = newest_starts(None, (batch.block for batch in content.unfolded()))
            return newest_calls(starts, content.series, content.last_called)

    def instances(self, since: float) -> list[InstanceState]:
        """Return the processes that reported at `since` (Unix seconds UTC) or later."""
        with self._lock:
            return [state for state in self._instances.values() if state.seen_at >= since]

    def revision(self) -> int:
        """Return the number of batches that were ever applied."""
        return self._revision

    def acquire(self, name: str, holder: str, now: float, seconds: float) -> Lease | None:
        """Take or renew a lease for `seconds`; None while another holds it."""
        with self._lock:
            lease = next_lease(self._leases.get(name), name, holder, now, seconds)
            if lease is not None:
                self._leases[name] = lease
            return lease

    def lease(self, name: str) -> Lease | None:
        """Return a lease as it was last taken, also one that is over; None before the first."""
        return self._leases.get(name)

    def release(self, lease: Lease) -> None:
        """Give a lease back; nothing happens if it is no longer ours."""
        with self._lock:
            known = self._leases.get(lease.name)
            if known and (known.holder, known.fencing) == (lease.holder, lease.fencing):
                self._leases[lease.name] = replace(known, expires_at=0.0)

    def key(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return this process' key of that name, inserting `make()` if there is none yet."""
        with self._lock:
            if name not in self._keys:
                self._keys[name] = make()
            return self._keys[name]

    def replace_key(self, name: str, value: bytes) -> None:
        """Set a key, whatever was there."""
        with self._lock:
            self._keys[name] = value

    def record_event(self, event: Event, lease: Lease | None = None) -> Event:
        """Append an event; return it with its id. LeaseLost. The oldest of 10,000 makes room."""
        with self._lock:
            if lease is not None:
                lease.check(self._leases.get(lease.name))
            self._last_event += 1
            event = replace(event, id=self._last_event)
            self._content.events.append(event)
            del self._content.events[:-_MAX_EVENTS]
            self._note_latest(event)
            return event

    def _note_latest(self, event: Event) -> None:
        latest, subject = self._content.latest_events, (event.kind, event.subject)
        latest.pop(subject, None)  # a key that is set again would keep its old place
        latest[subject] = event
        if len(latest) > _MAX_EVENTS:
            del latest[next(iter(latest))]

    def events(self, start: float, end: float, kinds: Iterable[str] = ()) -> list[Event]:
        """Return the events of [start, end), oldest first; of some kinds or all."""
        wanted = frozenset(kinds)
        with self._lock:
            found = [event for event in self._content.events if start <= event.at < end]
        found = [event for event in found if not wanted or event.kind in wanted]
        return sorted(found, key=lambda event: (event.at, event.id))

    def latest_events(self, kind: str, after: int = 0) -> list[Event]:
        """Return the newest event of each subject of a kind, in the order they were recorded."""
        with self._lock:
            latest = list(self._content.latest_events.values())
        return [event for event in latest if event.kind == kind and event.id > after]

    def status(self) -> StoreStatus:
        """Return the store's own health."""
        with self._lock:
            content = self._content
            starts: list[float] = [start for _, start in (*content.blocks, *content.chunks)]
            starts += [batch.starts_at for batch in content.batches.values()]
            return StoreStatus(
                kind="memory",
                location="memory://",
                size_bytes=content.size_bytes(),
                max_bytes=self._retention.max_store_bytes,
                unfolded_batches=len(self._content.unfolded()),
                oldest_at=min(starts, default=None),
                newest_at=max((b.ends_at for b in content.batches.values()), default=None),
                dropped_for_size=content.dropped_for_size,
            )

    def clear(self) -> None:
        """Delete all measured data and events; keys stay."""
        with self._lock:
            self._content = Content()

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What answers one query, copied out of the store."""

    query: Query
    series: Mapping[int, Series]
    numbers: frozenset[int]
    folded: list[SlicePart]
    batches: list[bytes]
    users: CoarserUsers | None


def _decoded(found: _Found, pace: Pace) -> Iterator[tuple[Endpoint, Window]]:
    query, series = found.query, found.series
    yield from unpacked_slices(found.folded, series, query, found.users, pace)
    yield from of_batches(found.batches, query, found.numbers, series, pace)
