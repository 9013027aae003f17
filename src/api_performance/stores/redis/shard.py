"""The endpoints of one shard: their batches kept, and read in one view with what was folded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from api_performance.errors import StoreUnavailable
from api_performance.model import Endpoint
from api_performance.stores.base import FINEST, Batch, Pace, Query, Retention
from api_performance.stores.decoding import (
    Fetched,
    Folded,
    newest_calls,
    newest_starts,
)
from api_performance.stores.packing import pack_block
from api_performance.stores.redis.catalogue import (
    Catalogue,
    State,
    extended,
    knows_all,
    load,
    state_of,
)
from api_performance.stores.redis.keys import Keys, batch_id, lasting_seconds, shard_keys
from api_performance.stores.redis.server import Argument, Server
from api_performance.stores.slices import Series, covered, selected, span_seconds, users_query
from api_performance.stores.unfolded import Form, Remembered, Sums, Waiting, joined, summed

_ATTEMPTS: Final = 5
_STALE: Final = -1

Packed = Sequence[tuple[Endpoint, bytes]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Totals:
    """What was folded for good, and what was not folded yet, out of one view."""

    series: Mapping[int, Series]
    totals: list[bytes]
    batches: list[bytes]


class _Outrun(Exception):
    """What was to be read is gone: the shard was emptied meanwhile."""


@dataclass(frozen=True, slots=True)
class ShardState:
    """A shard's own health: what waits to be folded, what it holds, and what it takes."""

    waiting: frozenset[bytes]
    oldest_at: float | None
    newest_at: float | None
    dropped_for_size: int
    size_bytes: int


class Shard:
    """Reads and writes one shard. Safe to share between threads."""

    def __init__(
        self, server: Server, number: int, retention: Retention, most_remembered: int
    ) -> None:
        """Use the shard of that number; remember so many windows of batches that wait."""
        self.keys: Keys = shard_keys(server.namespace, number)
        self._remembered = Remembered(most_remembered)
        self._server = server
        self._retention = retention
        self._catalogue = Catalogue()

    def append(self, batch: Batch, packed: Packed, declared: Iterable[Endpoint]) -> None:
        """Keep what a batch brings for this shard, once."""
        called = {endpoint.id: endpoint for endpoint, _ in packed}
        brought = called, list(declared)
        if brought[1]:
            self._refresh()  # what we know may be of a shard that was emptied since
        for _ in range(_ATTEMPTS):
            catalogue = extended(
                self._server, self.keys, self._catalogue, batch.state.instance, brought
            )
            self._catalogue = catalogue
            if not knows_all(catalogue, batch.state.instance, called):
                continue  # the shard was emptied: what we knew is gone, too
            if not packed or self._put(batch, packed, catalogue) != _STALE:
                return
            self._catalogue = Catalogue()
        raise self._changing()

    def _put(self, batch: Batch, packed: Packed, catalogue: Catalogue) -> int:
        of, numbers = batch.state.instance, catalogue.numbers
        block = pack_block(
            (numbers[endpoint.id, of.version, of.environment], body) for endpoint, body in packed
        )
        arguments: list[Argument] = [catalogue.epoch, batch_id(of.id, batch.sequence), of.id]
        arguments += [batch.sequence, *map(repr, covered(batch)), block]
        arguments.append(lasting_seconds(self._retention))
        return int(self._server.script("append", self.keys.prefix, arguments))

    def _changing(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"{self._server.location} was changed {_ATTEMPTS} times in the middle of a call."
            " We try again by ourselves."
        )

    def fetch(self, query: Query, pace: Pace) -> Fetched:
        """Fetch what answers the query, and whose users stand in."""
        is_folded_asked = query.resolution != FINEST and not query.instances
        coarser = users_query(query, self._retention) if is_folded_asked else None
        asked = [each for each in (query, coarser) if each] if is_folded_asked else []

        def ask(known: Catalogue) -> Any:  # Any: a script's answer
            return self._server.script("read", self.keys.prefix, _arguments(query, asked, known))

        def read(known: Catalogue, answer: Any) -> Fetched:  # Any: as above
            batches, *slices = answer
            numbers = selected(known.series, query)
            folded = [
                _folded(one, numbers, *found) for one, found in zip(asked, slices, strict=True)
            ]
            if not asked:
                return Fetched(query, known.series, numbers, batches)
            sums = self._sums(query, self._waiting(known, batches), pace)
            return Fetched(query, known.series, numbers, [], *_pair(folded), sums)

        return self._consistent(ask, read)

    def _sums(self, query: Query, waiting: Waiting, pace: Pace) -> Sums:
        form = Form.of(query)

        def add(known: Sums | None, blocks: list[bytes]) -> Sums:
            added = summed(blocks, form, pace)
            return joined(known, added, pace) if known else added

        return self._remembered.sum(form, waiting, add)

    def _waiting(self, known: Catalogue, names: list[bytes]) -> Waiting:
        def fetch(some: list[bytes]) -> list[bytes]:
            blocks: list[bytes]
            epoch, *blocks = self._server.script("blocks", self.keys.prefix, some)
            if epoch.decode() != known.epoch or len(blocks) < len(some):
                raise _Outrun
            return blocks

        return Waiting(known.epoch, names, fetch)

    def _consistent(
        self, ask: Callable[[Catalogue], Any], read: Callable[[Catalogue, Any], T]
    ) -> T:  # Any: an answer, whose first two parts are the shard's state
        """Return what is read of an answer by the catalogue of its very state."""
        catalogue = self._catalogue
        for _ in range(_ATTEMPTS):
            epoch, state, *answer = ask(catalogue)
            if catalogue.state == state_of(epoch, state):
                self._catalogue = catalogue
                with suppress(_Outrun):
                    return read(catalogue, answer)
            catalogue = load(self._server, self.keys)
        raise self._changing()

    def totals(self, host: str | None = None) -> Totals:
        """Return totals and the batches that wait to be folded, of a host or of all."""

        def ask(_: Catalogue) -> Any:  # Any: a script's answer
            return self._server.script("unfolded", self.keys.prefix, [host or ""])

        return self._consistent(ask, lambda known, answer: Totals(known.series, *answer))

    def last_called(self) -> dict[str, float]:
        """Return for each endpoint id that was ever called the start of its newest window."""

        def ask(_: Catalogue) -> Any:  # Any: a script's answer
            return self._server.script("called", self.keys.prefix)

        def read(known: Catalogue, answer: Any) -> dict[str, float]:  # Any: as above
            names, folded = answer
            pairs = zip(folded[::2], folded[1::2], strict=True)
            called = {name.decode(): float(at) for name, at in pairs}
            waiting = self._waiting(known, names)
            return newest_calls(
                self._remembered.sum("called", waiting, newest_starts), known.series, called
            )

        return self._consistent(ask, read)

    def endpoints(self) -> list[Endpoint]:
        """Return every endpoint that this shard knows."""
        self._refresh()
        return list(self._catalogue.endpoints.values())

    def _refresh(self) -> None:
        """Have the catalogue be of the shard's present state."""
        known = self._server.client.hmget(self.keys("catalogue"), "epoch", "state")
        state: State = state_of(*known)
        if self._catalogue.state != state:
            self._catalogue = load(self._server, self.keys)

    def state(self) -> ShardState:
        """Return the shard's own health."""
        keys, steps = self.keys, self._retention.folded
        with self._server.client.pipeline(transaction=False) as pipeline:
            pipeline.zrange(keys("waiting"), 0, -1)
            pipeline.hget(keys("head"), "dropped_for_size")
            pipeline.zrange(keys("ends"), -1, -1, withscores=True)
            firsts = [keys(index, step) for index in ("blocks", "chunks") for step in steps]
            for name in (keys("starts"), *firsts):
                pipeline.zrange(name, 0, 0, withscores=True)
            waiting, dropped, newest, *oldest = pipeline.execute()
        return ShardState(
            frozenset(waiting),
            min((score for found in oldest for _, score in found), default=None),
            max((score for _, score in newest), default=None),
            int(dropped or 0),
            int(self._server.script("usage", keys.prefix, steps)),
        )

    def clear(self, epoch: str) -> None:
        """Delete what was measured."""
        self._server.script("clear", self.keys.prefix, [epoch, *self._retention.folded])


def _pair(folded: list[Folded]) -> tuple[Folded, Folded | None]:
    """Return what was asked, and whose users stand in, if any do."""
    return folded[0], folded[1] if len(folded) > 1 else None


def _arguments(query: Query, asked: Sequence[Query], known: Catalogue) -> list[Argument]:
    numbers = selected(known.series, query)
    is_all = len(numbers) == len(known.series)
    which = "all" if query.instances or query.resolution == FINEST else "waiting"
    found: list[Argument] = [which, f"({query.start!r}", repr(query.end + query.resolution)]
    found += [json.dumps(sorted(query.instances)), json.dumps([] if is_all else sorted(numbers))]
    for each in asked:
        end, span = f"({each.end!r}", span_seconds(each.resolution)
        found += [each.resolution, repr(each.start), end, f"({each.start - span!r}", end]
    return found


def _folded(
    query: Query, numbers: frozenset[int], blocks: list[bytes], chunks: list[Any]
) -> Folded:  # Any: spans, and lists of series and chunk
    spans = zip(chunks[::2], chunks[1::2], strict=True)
    return Folded(
        query,
        numbers,
        [(int(start), block) for start, block in zip(blocks[::2], blocks[1::2], strict=True)],
        [
            (int(span), int(series), chunk)
            for span, found in spans
            for series, chunk in zip(found[::2], found[1::2], strict=True)
            if int(series) in numbers
        ],
    )
