"""Reading windows from SQLite: all is fetched in one view, then decoded as it is asked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.stores.base import FINEST, Pace, Query
from api_performance.stores.packing import Part, read_block, read_chunk
from api_performance.stores.rollup import of_batch, selected, span_seconds, unpacked, wanted_slices
from api_performance.stores.sqlite.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Fetched:
    """The blobs that answer one query, out of one view of the database."""

    query: Query
    catalogue: Catalogue
    numbers: frozenset[int]
    blocks: list[tuple[int, bytes]]
    chunks: list[tuple[int, int, bytes]]
    batches: list[tuple[int, bytes]]

    def windows(self, pace: Pace) -> Iterator[tuple[Endpoint, Window]]:
        """Decode and yield what the query asks for."""
        with_latency = self.query.with_latency
        yield from unpacked(self._folded(), self.catalogue.series, pace, with_latency=with_latency)
        for _, block in self.batches:
            yield from of_batch(block, self.query, self.numbers, self.catalogue.series, pace)

    def _folded(self) -> Iterator[Part]:
        for _, block in self.blocks:
            yield from read_block(block, self.numbers)
        for span, series, chunk in self.chunks:
            for _, body in read_chunk(chunk, wanted_slices(self.query, span)):
                yield series, body


def fetch(connection: sqlite3.Connection, catalogue: Catalogue, query: Query) -> Fetched:
    """Fetch what answers the query; inside a read transaction."""
    numbers = selected(catalogue.series, query)
    if query.resolution == FINEST or query.instances:
        batches = _batches(connection, query)
        return Fetched(query, catalogue, numbers, [], [], batches)
    is_all = len(numbers) == len(catalogue.series)
    chunks = _chunks(connection, query, None if is_all else numbers)
    blocks = connection.execute(_BLOCKS, (query.resolution, query.start, query.end)).fetchall()
    return Fetched(query, catalogue, numbers, blocks, chunks, unfolded(connection))


def unfolded(connection: sqlite3.Connection, host: str | None = None) -> list[tuple[int, bytes]]:
    """Return the batches that no folding has taken yet, of one host or of all, with their ids."""
    return connection.execute(_UNFOLDED, {"host": host}).fetchall()


def _batches(connection: sqlite3.Connection, query: Query) -> list[tuple[int, bytes]]:
    instances = json.dumps(sorted(query.instances))
    end = query.end + query.resolution
    return connection.execute(_BATCHES, (end, query.start, instances)).fetchall()


def _chunks(
    connection: sqlite3.Connection, query: Query, numbers: Iterable[int] | None
) -> list[tuple[int, int, bytes]]:
    first = query.start - span_seconds(query.resolution)
    bounds = query.resolution, first, query.end
    if numbers is None:
        return connection.execute(_CHUNKS, bounds).fetchall()
    return connection.execute(_CHUNKS_OF_SOME, (*bounds, json.dumps(sorted(numbers)))).fetchall()


_BLOCKS = (
    "SELECT starts_at, block FROM blocks WHERE resolution = ? AND starts_at >= ? AND starts_at < ?"
)
_CHUNKS = """
SELECT starts_at, series, chunk FROM chunks
WHERE resolution = ? AND starts_at > ? AND starts_at < ?
"""
_CHUNKS_OF_SOME = f"{_CHUNKS} AND series IN (SELECT value FROM json_each(?))"  # noqa: S608  both are ours
_UNFOLDED = """
SELECT batches.id, block FROM batches JOIN instances ON instances.id = instance
WHERE NOT is_folded AND (:host IS NULL OR host = :host)
"""
_BATCHES = """
SELECT batches.id, block FROM batches JOIN instances ON instances.id = instance
WHERE starts_at < ? AND ends_at > ?
AND (?3 = '[]' OR instance_id IN (SELECT value FROM json_each(?3)))
"""
