"""Folding and compaction of one shard: long work outside, then one short script that writes.

What is about to be written was computed from a generation of the shard. The script writes only if
nobody wrote folded data in between, and nobody with a higher fencing number ever. One that is sent
again because its answer was lost therefore writes nothing: the generation has moved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from api_performance.errors import LeaseLost
from api_performance.stores.base import FINEST, Lease, Pace, Retention
from api_performance.stores.redis.commands import Commands
from api_performance.stores.redis.keys import Keys, host_of, last_sequences, lasting_seconds
from api_performance.stores.redis.server import Server
from api_performance.stores.retention import LATE, drop_order, expiries, is_packable
from api_performance.stores.rollup import Folding, PackedBatch, add_blocks, pack_span
from api_performance.stores.slices import slice_start, span_seconds

BATCHES_AT_ONCE: Final = 64
"""Batches in one folding: bounds its memory (about 3,000 windows, 15 MB) and its script's time."""

GONE_HOSTS: Final = ""
"""No host has this name: the totals of hosts that are gone."""

MOST_HOSTS: Final = 100
"""Past so many, those that are gone are added up: where each process has a host of its own, as in
a container, names would never end."""

_ATTEMPTS: Final = 3

T = TypeVar("T")


class _Outrun(Exception):
    """Folded data changed since it was read: read again."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Does the lease holder's work on one shard."""

    server: Server
    keys: Keys
    retention: Retention
    lease: Lease
    pace: Pace

    def fold(self, before: float) -> set[str]:
        """Fold all batches that ended at `before` or earlier; return their names."""
        folded: set[str] = set()
        while taken := self._again(lambda: self._fold_some(before)):
            folded |= taken
        return folded

    def _again(self, do: Callable[[], T]) -> T:
        for _ in range(_ATTEMPTS):
            try:
                return do()
            except _Outrun:
                continue
        raise LeaseLost(f"{self.lease.holder} was outrun {_ATTEMPTS} times by another folding")

    def _fold_some(self, before: float) -> set[str]:
        client, keys = self.server.client, self.keys
        generation = self._generation()
        batches = client.zrangebyscore(keys("waiting"), "-inf", before, 0, BATCHES_AT_ONCE)
        if not batches:
            return set()
        blocks = client.hmget(keys("batches"), batches)
        if None in blocks:
            raise _Outrun  # cleared in between
        names = [batch.decode() for batch in batches]
        self.pace()
        packed = (
            PackedBatch(host_of(name), block) for name, block in zip(names, blocks, strict=True)
        )
        folding = Folding(self.retention.folded, packed, self.pace)
        self._write_folded(generation, folding, names)
        self.pace()
        return set(names)

    def _write_folded(self, generation: int, folding: Folding, batches: list[str]) -> None:
        keys = self.keys
        hosts = sorted({host_of(name) for name in batches})
        slices, totals = folding.fold(
            _found(folding.slices, self._blocks(folding.slices)),
            _found(hosts, self.server.client.hmget(keys("totals"), hosts)),
        )
        called = self._called(folding)
        with self._writing(generation) as commands:
            for (step, start), block in slices.items():
                commands.set(keys("block", step, start), block, self._lifetime(step))
                commands.list_start(keys("blocks", step), start)
            commands.put(keys("totals"), totals)
            commands.put(keys("called"), called)
            commands.unlist(keys("waiting"), batches)

    def _blocks(self, slices: Collection[tuple[int, int]]) -> list[bytes | None]:
        names = [self.keys("block", *key) for key in slices]
        found: list[bytes | None] = self.server.client.mget(names) if names else []
        return found

    def _called(self, folding: Folding) -> dict[str, float]:
        """Return when the endpoints were called last, of those that now were."""
        names = self.server.client.hgetall(self.keys("series"))
        of_number = {int(number): name for name, number in names.items()}
        called: dict[str, float] = {}
        for number, at in folding.last_called.items():
            if number in of_number:
                endpoint_id = _endpoint_of(of_number[number])
                called[endpoint_id] = max(called.get(endpoint_id, 0.0), float(at))
        known = self.server.client.hmget(self.keys("called"), list(called)) if called else []
        return {
            endpoint_id: max(at, float(before or 0.0))
            for (endpoint_id, at), before in zip(called.items(), known, strict=True)
        }

    def _lifetime(self, resolution: int) -> int:
        """Return the seconds after which what nobody deleted goes by itself.

        That is later than `compact` deletes it, as long as there is one.
        """
        room = 2 * span_seconds(resolution) + LATE
        return int(self.retention.by_resolution[resolution] + room)

    def _generation(self) -> int:
        head = self.keys("head")
        generation, fencing = self.server.client.hmget(head, "generation", self._fence)
        if fencing is not None and int(fencing) > self.lease.fencing:
            raise LeaseLost(
                f"Another process holds the lease {self.lease.name} with fencing {int(fencing)},"
                f" past {self.lease.fencing}: nothing was written. Acquire it anew."
            )
        return int(generation or 0)

    @property
    def _fence(self) -> str:
        return f"fencing:{self.lease.name}"

    @contextmanager
    def _writing(self, generation: int) -> Iterator[Commands]:
        """Collect commands; they are done only if what was computed may still be written."""
        commands = Commands()
        yield commands
        for name in self._lasting():
            commands.expire(name, lasting_seconds(self.retention))
        arguments = [self._fence, self.lease.fencing, generation, *commands.words]
        if not self.server.script("write", self.keys.prefix, arguments):
            raise _Outrun

    def _lasting(self) -> list[str]:
        """Return the names of what has no age of its own, and that folding writes."""
        indexes = [
            (index, step) for index in ("blocks", "chunks") for step in self.retention.folded
        ]
        plain = [(name,) for name in ("head", "totals", "called", "forgotten")]
        return [self.keys(*parts) for parts in (*plain, *indexes)]

    def compact(self, now: float, alive: frozenset[str]) -> None:
        """Pack what is old, and delete what is out of date.

        `alive` are the ids of the processes that are still known.
        """
        for step in self.retention.folded:
            starts = self._starts("blocks", step)
            for span in sorted({slice_start(start, span_seconds(step)) for start in starts}):
                if is_packable(step, span, now):
                    self._again(lambda key=(step, span): self._pack_span(*key))  # type: ignore[misc] # a lambda has no types
        self._again(lambda: self._expire(now))
        self._again(lambda: self._forget_processes(alive))

    def _starts(self, index: str, step: int, last: str | float = "+inf") -> list[int]:
        found = self.server.client.zrangebyscore(self.keys(index, step), "-inf", last)
        return [int(start) for start in found]

    def _pack_span(self, step: int, span: int) -> None:
        client, keys, key = self.server.client, self.keys, (step, span)
        generation = self._generation()
        found = client.zrangebyscore(keys("blocks", step), span, f"({span + span_seconds(step)}")
        starts = [int(start) for start in found]
        blocks = zip(starts, self._blocks([(step, start) for start in starts]), strict=True)
        known = client.hgetall(keys("chunk", *key))
        packed = {int(number): chunk for number, chunk in known.items()}
        chunks = pack_span(key, [(at, block) for at, block in blocks if block], packed, self.pace)
        with self._writing(generation) as commands:
            if chunks:
                commands.put(
                    keys("chunk", *key), {str(number): each for number, each in chunks.items()}
                )
                commands.expire(keys("chunk", *key), self._lifetime(step))
                commands.list_start(keys("chunks", step), span)
            self._delete(commands, "block", step, starts)
        self.pace()

    def _delete(self, commands: Commands, item: str, step: int, starts: list[int]) -> None:
        commands.delete([self.keys(item, step, start) for start in starts])
        commands.unlist(self.keys(f"{item}s", step), starts)

    def _expire(self, now: float) -> None:
        generation = self._generation()
        batches = self._folded_before(now - self.retention.by_resolution[FINEST])
        old = {
            step: (
                self._starts("blocks", step, f"({before!r}"),
                self._starts("chunks", step, before - span_seconds(step)),
            )
            for step, before in expiries(self.retention, now).items()
        }
        if not batches and not any(blocks or chunks for blocks, chunks in old.values()):
            return
        forgotten = self._forgotten(batches)
        with self._writing(generation) as commands:
            for step, (blocks, chunks) in old.items():
                self._delete(commands, "block", step, blocks)
                self._delete(commands, "chunk", step, chunks)
            self._forget(commands, batches, forgotten)

    def _folded_before(self, before: float) -> list[str]:
        """Return the folded batches that ended before an instant."""
        client, keys = self.server.client, self.keys
        ended = client.zrangebyscore(keys("ends"), "-inf", f"({before!r}")
        waiting = set(self.waiting()) if ended else ()
        return [batch.decode() for batch in ended if batch not in waiting]

    def _forgotten(self, batches: Iterable[str]) -> dict[str, int]:
        """Return by instance the last sequence of which nothing will be known any more."""
        last = last_sequences(batches)
        known = self.server.client.hmget(self.keys("forgotten"), list(last)) if last else []
        return {
            instance_id: max(sequence, int(before or -1))
            for (instance_id, sequence), before in zip(last.items(), known, strict=True)
        }

    def _forget(self, commands: Commands, batches: list[str], forgotten: dict[str, int]) -> None:
        commands.put(self.keys("forgotten"), forgotten)
        commands.drop(self.keys("batches"), batches)
        for name in ("starts", "ends"):
            commands.unlist(self.keys(name), batches)

    def waiting(self) -> list[bytes]:
        """Return the names of the batches that wait to be folded."""
        found: list[bytes] = self.server.client.zrange(self.keys("waiting"), 0, -1)
        return found

    def _forget_processes(self, alive: frozenset[str]) -> None:
        """Forget the batches of processes that are gone; add up the totals of hosts that are."""
        client, keys = self.server.client, self.keys
        generation = self._generation()
        processes = [name for name in client.hkeys(keys("forgotten")) if name.decode() not in alive]
        kept = {host_of(instance_id) for instance_id in alive} | {GONE_HOSTS}
        every = client.hkeys(keys("totals"))
        is_many = len(every) > MOST_HOSTS
        hosts = [name for name in every if is_many and name.decode() not in kept]
        if not processes and not hosts:
            return
        together = self._together([GONE_HOSTS, *hosts]) if hosts else b""
        with self._writing(generation) as commands:
            commands.drop(keys("forgotten"), processes)
            if hosts:
                commands.put(keys("totals"), {GONE_HOSTS: together})
                commands.drop(keys("totals"), hosts)

    def _together(self, hosts: Sequence[str | bytes]) -> bytes:
        """Return the totals of some hosts in one block."""
        blocks = self.server.client.hmget(self.keys("totals"), hosts)
        return add_blocks((block or b"" for block in blocks), self.pace)

    def used_bytes(self) -> int:
        """Return the memory that the shard takes."""
        return int(self.server.script("usage", self.keys.prefix, self.retention.folded))

    def shrink(self, now: float, max_bytes: int) -> None:
        """Drop packed detail, what is missed least first, until the rest fits."""
        self._again(lambda: self._shrink(now, max_bytes))

    def _shrink(self, now: float, max_bytes: int) -> None:
        steps = self.retention.folded
        spans = [(step, span) for step in steps for span in self._starts("chunks", step)]
        for step, span in drop_order(spans, self.retention, now):
            if self.used_bytes() <= max_bytes:
                return
            with self._writing(self._generation()) as commands:
                self._delete(commands, "chunk", step, [span])
                commands.count(self.keys("head"), "dropped_for_size")
            self.pace()
        if self.used_bytes() <= max_bytes:
            return
        batches = self._folded_before(now)
        forgotten = self._forgotten(batches)
        with self._writing(self._generation()) as commands:
            self._forget(commands, batches, forgotten)


def _found(names: Iterable[T], blocks: Iterable[bytes | None]) -> dict[T, bytes]:
    return {name: block for name, block in zip(names, blocks, strict=True) if block}


def _endpoint_of(series: bytes) -> str:
    endpoint_id: str = json.loads(series)[0]
    return endpoint_id
