"""The store on Redis: written by processes of many hosts, read by any of them.

An endpoint's windows lie in one of a few shards, whose keys a cluster keeps on one node, and a
registry knows what belongs to no endpoint. A batch is written to its shards first and noted in the
registry last; each of them applies it once, so a write that broke off is simply repeated.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from api_performance.errors import ApiPerformanceError
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Operation
from api_performance.stores.base import (
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
from api_performance.stores.decoding import merge_totals
from api_performance.stores.redis.folding import Folder
from api_performance.stores.redis.keys import shard_of
from api_performance.stores.redis.registry import Registry
from api_performance.stores.redis.server import CONNECTIONS, PATIENCE_SECONDS, Server
from api_performance.stores.redis.shard import Shard
from api_performance.stores.trouble import Trouble
from api_performance.stores.unfolded import MOST_REMEMBERED

SHARDS: Final = 1
"""One server gains nothing from several, and each costs a call per batch and per question."""

CLUSTER_SHARDS: Final = 16
"""The most nodes of a cluster that a store can use; what a shard costs is the same with three."""


class RedisStore:
    """Keeps windows, keys and events in one database of a Redis server, or in a cluster."""

    def __init__(
        self,
        address: str,
        retention: Retention | None = None,
        *,
        shards: int | None = None,
        connections: int = CONNECTIONS,
        patience_seconds: float = PATIENCE_SECONDS,
        is_simulated: bool = False,
    ) -> None:
        """Use an address as redis_address.py has them; connect when it is needed, and again.

        StoreUnavailable if that is none. `shards` counts for a store that is new.
        `connections`: the most to a server, or to each node of a cluster.
        `patience_seconds`: how long a call waits for the server before it is StoreUnavailable.
        `is_simulated`: the callers' time is not the server's, so leases go by theirs.
        """
        self._retention = retention or Retention()
        self._server = Server(address, connections, patience_seconds)
        self._registry = Registry(self._server, is_simulated=is_simulated)
        self._wanted_shards = shards or (CLUSTER_SHARDS if self._server.is_cluster else SHARDS)
        self._opening = threading.Lock()
        self._opened: list[Shard] = []
        self._trouble = Trouble()

    @property
    def _shards(self) -> list[Shard]:
        """The shards, as many as the store began with; asked for once. StoreTooNew."""
        with self._opening:
            if not self._opened:
                count = self._registry.shards(self._wanted_shards)
                most = MOST_REMEMBERED // count
                self._opened = [
                    Shard(self._server, number, self._retention, most) for number in range(count)
                ]
            return self._opened

    def append(self, batch: Batch, *, pace: Pace = no_pace) -> bool:
        """Keep a batch; False if this (instance, sequence) was there already."""
        packed = []
        for endpoint, window in batch.windows:
            packed.append((endpoint, window.pack()))
            pace()
        with self._writing():
            if self._registry.is_applied(batch):
                return False
            count = len(self._shards)
            for number, shard in enumerate(self._shards):
                its = [pair for pair in packed if shard_of(pair[0].id, count) == number]
                new = [each for each in batch.declared if shard_of(each.id, count) == number]
                shard.append(batch, its, new)
                pace()
            self._registry.name(batch.operations)
            return self._registry.report(batch)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Translate errors, and remember for `status` how it ended."""
        with self._trouble.watched(), self._server.answering():
            yield

    def fold(self, now: float, lease: Lease, *, pace: Pace = no_pace, grace: float = 2.0) -> int:
        """Fold the batches that ended `grace` seconds before `now`; return how many. LeaseLost."""
        with self._writing():
            folders = self._folders(lease, pace)
            folded = {name for folder in folders for name in folder.fold(now - grace)}
        return len(folded)

    def compact(self, now: float, lease: Lease, *, pace: Pace = no_pace) -> None:
        """Pack old windows in chunks, apply retention and the size bound. LeaseLost."""
        with self._writing():
            folders = self._folders(lease, pace)
            waiting = frozenset[bytes]().union(*(folder.waiting() for folder in folders))
            self._registry.compact(now, self._retention, waiting)
            alive = self._registry.alive()
            for folder in folders:
                folder.compact(now, alive)
            self._keep_size(folders, now)

    def _keep_size(self, folders: list[Folder], now: float) -> None:
        """Shrink all shards alike if they are too large together, however unlike they are."""
        used = [folder.used_bytes() for folder in folders]
        ratio = self._retention.max_store_bytes / max(sum(used), 1)
        if ratio < 1:
            for folder, used_bytes in zip(folders, used, strict=True):
                folder.shrink(now, int(used_bytes * ratio))

    def _folders(self, lease: Lease, pace: Pace) -> list[Folder]:
        """Return who does the work on each shard, for the lease's holder. LeaseLost."""
        lease.check(self._registry.lease(lease.name))
        return [
            Folder(self._server, shard.keys, self._retention, lease, pace) for shard in self._shards
        ]

    def windows(self, query: Query, *, pace: Pace = no_pace) -> Iterator[tuple[Endpoint, Window]]:
        """Yield windows at the query's resolution, folded and not folded, in no set order."""
        with self._server.answering():
            fetched = [shard.fetch(query, pace) for shard in self._asked(query)]
        for each in fetched:
            yield from each.windows(pace)

    def _asked(self, query: Query) -> list[Shard]:
        """Return the shards in which the asked endpoints lie."""
        if query.endpoint_ids is None:
            return self._shards
        numbers = {shard_of(each, len(self._shards)) for each in query.endpoint_ids}
        return [self._shards[number] for number in numbers]

    def totals(self, host: str | None = None) -> Iterator[tuple[Endpoint, Window]]:
        """Yield one cumulative window per endpoint, of one host or of all."""
        with self._server.answering():
            found = [shard.totals(host) for shard in self._shards]
        for each in found:
            yield from merge_totals(each.totals, each.batches, each.series)

    def endpoints(self) -> list[Endpoint]:
        """Return every known endpoint, called or only declared."""
        with self._server.answering():
            return [endpoint for shard in self._shards for endpoint in shard.endpoints()]

    def operations(self) -> Mapping[str, Operation]:
        """Return by id every operation that batches made known."""
        with self._server.answering():
            return self._registry.operations()

    def last_called(self) -> Mapping[str, float]:
        """Return for each endpoint id that was ever called the start of its newest window."""
        with self._server.answering():
            found = [shard.last_called() for shard in self._shards]
        return {of: at for called in found for of, at in called.items()}

    def instances(self, since: float) -> list[InstanceState]:
        """Return the processes that reported at `since` (Unix seconds UTC) or later."""
        with self._server.answering():
            return self._registry.instances(since)

    def revision(self) -> int:
        """Return the number of batches that were ever applied."""
        with self._server.answering():
            return self._registry.revision()

    def acquire(self, name: str, holder: str, now: float, seconds: float) -> Lease | None:
        """Take or renew a lease, by the server's clock; None while another holds it."""
        with self._writing():
            return self._registry.acquire(name, holder, now, seconds)

    def lease(self, name: str) -> Lease | None:
        """Return a lease as it was last taken, also one that is over; None before the first."""
        with self._server.answering():
            return self._registry.lease(name)

    def release(self, lease: Lease) -> None:
        """Give a lease back; nothing happens if it is no longer ours."""
        with self._writing():
            self._registry.release(lease)

    def key(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return the installation's key of that name, inserting `make()` if there is none yet."""
        with self._server.answering():
            return self._registry.key(name, make)

    def replace_key(self, name: str, value: bytes) -> None:
        """Set a key, whatever was there."""
        with self._writing():
            self._registry.replace_key(name, value)

    def record_event(self, event: Event, lease: Lease | None = None) -> Event:
        """Append an event; return it with its id. LeaseLost."""
        with self._writing():
            return self._registry.record_event(event, lease)

    def events(self, start: float, end: float, kinds: Iterable[str] = ()) -> list[Event]:
        """Return the events of [start, end), oldest first; of some kinds or all."""
        with self._server.answering():
            return self._registry.events(start, end, kinds)

    def latest_events(self, kind: str, after: int = 0) -> list[Event]:
        """Return the newest event of each subject of a kind, in the order they were recorded."""
        with self._server.answering():
            return self._registry.latest_events(kind, after)

    def status(self) -> StoreStatus:
        """Return the store's own health; never raises, a problem is named in it."""
        trouble = self._trouble.error
        try:
            with self._server.answering():
                shards = [shard.state() for shard in self._shards]
        except ApiPerformanceError as error:
            trouble, shards = error, []
        problem, _, remedy = str(trouble or "").partition(". ")
        connections_in_use, max_connections = self._server.connections()
        oldest = [each.oldest_at for each in shards if each.oldest_at is not None]
        newest = [each.newest_at for each in shards if each.newest_at is not None]
        return StoreStatus(
            kind="redis",
            location=self._server.location,
            size_bytes=sum(each.size_bytes for each in shards),
            max_bytes=self._retention.max_store_bytes,
            unfolded_batches=len(frozenset[bytes]().union(*(each.waiting for each in shards))),
            oldest_at=min(oldest, default=None),
            newest_at=max(newest, default=None),
            dropped_for_size=sum(each.dropped_for_size for each in shards),
            problem=f"{problem}." if problem else "",
            remedy=remedy,
            connections_in_use=connections_in_use,
            max_connections=max_connections,
        )

    def clear(self) -> None:
        """Delete all measured data and events; keys stay."""
        with self._writing():
            for shard in self._shards:
                shard.clear(secrets.token_hex(8))
            self._registry.clear()

    def close(self) -> None:
        """Let go of connections; closing twice is fine."""
        self._registry.close()
        self._server.close()
