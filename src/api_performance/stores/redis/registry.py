"""What belongs to no endpoint: processes and their batches, leases, keys and events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import msgspec

from api_performance.errors import StoreTooNew
from api_performance.model import Operation
from api_performance.stores.base import FINEST, Batch, Event, InstanceState, Lease, Retention
from api_performance.stores.redis.keys import batch_id, last_sequences, registry_keys
from api_performance.stores.redis.news import News
from api_performance.stores.redis.server import Argument, Server
from api_performance.stores.retention import FORGET_INSTANCES_SECONDS
from api_performance.stores.slices import covered

VERSION: Final = 1
"""The layout of keys that this release writes."""


class Registry:
    """Reads and writes the registry. Safe to share between threads."""

    def __init__(self, server: Server, *, is_simulated: bool = False) -> None:
        """Use the server's registry. `is_simulated`: leases go by the callers' clocks."""
        self._is_simulated = is_simulated
        self._server = server
        self._keys = registry_keys(server.namespace)
        self._news = News(server.another_client, self._keys("news"), self._asked_revision)

    @property
    def _client(self) -> Any:  # Any: as the server has it
        return self._server.client

    def shards(self, wanted: int) -> int:
        """Return the number of shards, `wanted` if the store is new. StoreTooNew."""
        layout = self._keys("layout")
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.hsetnx(layout, "version", VERSION)
            pipeline.hsetnx(layout, "shards", wanted)
            pipeline.hmget(layout, "version", "shards")
            version, shards = (int(found) for found in pipeline.execute()[-1])
        if version > VERSION:
            raise StoreTooNew(
                f"{self._server.location} has layout version {version}, this api-performance knows"
                f" {VERSION}. Upgrade api-performance, or name another database; nothing was"
                " changed."
            )
        return shards

    def is_applied(self, batch: Batch) -> bool:
        """Tell whether a batch was there already."""
        of = batch.state.instance.id
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.zscore(self._keys("applied"), batch_id(of, batch.sequence))
            pipeline.hget(self._keys("forgotten"), of)
            applied, forgotten = pipeline.execute()
        return applied is not None or batch.sequence <= int(forgotten or -1)

    def report(self, batch: Batch) -> bool:
        """Note a batch as applied, and what its process says; False if it was there already."""
        state = batch.state
        of, ends_at = state.instance.id, covered(batch)[1]
        name, text = batch_id(of, batch.sequence), msgspec.json.encode(state)
        arguments: list[Argument] = [name, of, batch.sequence]
        arguments += [repr(ends_at), repr(state.seen_at), text]
        revision = int(self._server.script("report", self._keys.prefix, arguments))
        if revision:
            self._news.note(revision)
        return bool(revision)

    def name(self, operations: Iterable[Operation]) -> None:
        """Make operations known; what is said last of one counts."""
        texts: dict[Argument, Argument] = {each.id: each.as_text() for each in operations}
        if texts:
            self._client.hset(self._keys("operations"), mapping=texts)

    def operations(self) -> Mapping[str, Operation]:
        """Return by id every operation that batches made known."""
        found = self._client.hgetall(self._keys("operations"))
        return {name.decode(): Operation.from_text(text) for name, text in found.items()}

    def revision(self) -> int:
        """Return how many batches were ever applied, as heard from the server or asked for."""
        return self._news.revision()

    @property
    def hears_news(self) -> bool:
        """Whether `revision` costs nothing now."""
        return self._news.is_live

    def _asked_revision(self) -> int:
        return int(self._client.get(self._keys("revision")) or 0)

    def close(self) -> None:
        """Listen to the server no longer."""
        self._news.close()

    def instances(self, since: float) -> list[InstanceState]:
        """Return the processes that reported at `since` (Unix seconds UTC) or later."""
        seen = self._client.zrangebyscore(self._keys("seen"), since, "+inf")
        texts = self._client.hmget(self._keys("instances"), sorted(seen)) if seen else []
        return [msgspec.json.decode(text, type=InstanceState) for text in texts if text]

    def alive(self) -> frozenset[str]:
        """Return the ids of all processes that are not forgotten yet."""
        return frozenset(name.decode() for name in self._client.hkeys(self._keys("instances")))

    def acquire(self, name: str, holder: str, now: float, seconds: float) -> Lease | None:
        """Take or renew a lease for `seconds`; None while another holds it."""
        arguments: list[Argument] = [holder, repr(seconds)]
        if self._is_simulated:
            arguments.append(repr(now))
        fencing = self._server.script("acquire", self._keys("lease", name), arguments)
        return None if fencing is None else Lease(name, holder, int(fencing), now + seconds)

    def lease(self, name: str) -> Lease | None:
        """Return a lease as it was last taken, also one that is over; None before the first."""
        names = "holder", "fencing", "expires_at"
        holder, fencing, expires_at = self._client.hmget(self._keys("lease", name), *names)
        if holder is None:
            return None
        return Lease(name, holder.decode(), int(fencing), float(expires_at))

    def release(self, lease: Lease) -> None:
        """Give a lease back; nothing happens if it is no longer ours."""
        arguments: list[Argument] = [lease.holder, lease.fencing]
        self._server.script("release", self._keys("lease", lease.name), arguments)

    def key(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return the installation's key of that name, inserting `make()` if there is none yet."""
        keys = self._keys("keys")
        known: bytes | None = self._client.hget(keys, name)
        if known is None:
            self._client.hsetnx(keys, name, make())
            known = self._client.hget(keys, name)
        return bytes(known or b"")

    def replace_key(self, name: str, value: bytes) -> None:
        """Set a key, whatever was there."""
        self._client.hset(self._keys("keys"), name, value)

    def record_event(self, event: Event, lease: Lease | None = None) -> Event:
        """Append an event; return it with its id. LeaseLost."""
        content = asdict(event)
        del content["id"]
        arguments: list[Argument] = [repr(event.at), event.kind, event.subject, json.dumps(content)]
        if lease is not None:
            arguments += [lease.name, lease.fencing]
        given = self._server.script("record", self._keys.prefix, arguments)
        if lease is not None and given is None:
            lease.check(self.lease(lease.name))
        return replace(event, id=int(given))

    def events(self, start: float, end: float, kinds: Iterable[str] = ()) -> list[Event]:
        """Return the events of [start, end), oldest first; of some kinds or all."""
        wanted = frozenset(kinds)
        texts = self._client.zrangebyscore(self._keys("events"), start, f"({end!r}")
        found = [msgspec.json.decode(text, type=Event) for text in texts]
        kept = [event for event in found if not wanted or event.kind in wanted]
        return sorted(kept, key=lambda event: (event.at, event.id))

    def latest_events(self, kind: str, after: int = 0) -> list[Event]:
        """Return the newest event of each subject of a kind, in the order they were recorded."""
        texts = self._client.hvals(self._keys("latest", kind))
        found = [msgspec.json.decode(text, type=Event) for text in texts]
        return sorted((event for event in found if event.id > after), key=lambda event: event.id)

    def compact(self, now: float, retention: Retention, waiting: frozenset[bytes]) -> None:
        """Forget batches, processes and events that are out of date.

        `waiting` are the batches that were not folded yet: they and their processes are kept.
        """
        keys = self._keys
        before = now - retention.by_resolution[FINEST]
        ended = self._client.zrangebyscore(keys("applied"), "-inf", f"({before!r}")
        old = [batch for batch in ended if batch not in waiting]
        silent = f"({now - FORGET_INSTANCES_SECONDS!r}"
        quiet = self._client.zrangebyscore(keys("seen"), "-inf", silent)
        alive = last_sequences(batch.decode() for batch in waiting)
        gone = [name for name in quiet if name.decode() not in alive]
        last = last_sequences(batch.decode() for batch in old)
        known = self._client.hmget(keys("forgotten"), list(last)) if last else []
        with self._client.pipeline(transaction=False) as pipeline:
            for (instance_id, sequence), forgotten in zip(last.items(), known, strict=True):
                sequence = max(sequence, int(forgotten or -1))
                pipeline.hset(keys("forgotten"), instance_id, sequence)
            if old:
                pipeline.zrem(keys("applied"), *old)
            if gone:
                pipeline.zrem(keys("seen"), *gone)
                pipeline.hdel(keys("instances"), *gone)
                pipeline.hdel(keys("forgotten"), *gone)
            pipeline.execute()
        longest = max(retention.by_resolution.values())
        while self._server.script("forget_events", keys.prefix, [repr(now - longest)]):
            pass

    def clear(self) -> None:
        """Delete events and operations; leases, keys and which batches were applied stay known."""
        keys = self._keys
        kinds = self._client.smembers(keys("event_kinds"))
        latest = [keys("latest", kind.decode()) for kind in kinds]
        self._client.delete(keys("events"), keys("event_kinds"), keys("operations"), *latest)
