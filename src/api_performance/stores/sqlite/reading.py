"""Reading windows from SQLite: all is fetched in one view, then decoded as it is asked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.stores.base import FINEST, Pace, Query
from api_performance.stores.decoding import CoarserUsers, SlicePart, of_batch, unpacked_slices
from api_performance.stores.packing import read_block
from api_performance.stores.slices import selected, span_seconds, wanted_slices
from api_performance.stores.sqlite.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Folded:
    """The blobs of folded slices that answer one query."""

    query: Query
    numbers: frozenset[int]
    blocks: list[tuple[int, bytes]]
    chunks: list[tuple[int, int, bytes]]

    def parts(self) -> Iterator[SlicePart]:
        """Yield the packed windows that the query asks for."""
        for start, block in self.blocks:
            for series, body in read_block(block, self.numbers):
                yield series, start, body
        step = self.query.resolution
        for span, series, chunk in self.chunks:
            for number, body in read_block(chunk, wanted_slices(self.query, span)):
                yield series, span + number * step, body


@dataclass(frozen=True, slots=True)
class Fetched:
    """The blobs that answer one query, out of one view of the database."""

    query: Query
    catalogue: Catalogue
    numbers: frozenset[int]
    batches: list[tuple[int, bytes]]
    folded: Folded | None = None
    coarser: Folded | None = None

    def windows(self, pace: Pace) -> Iterator[tuple[Endpoint, Window]]:
        """Decode and yield what the query asks for."""
        if self.folded is not None:
            yield from unpacked_slices(
                self.folded.parts(),
                self.catalogue.series,
                self._users(pace),
                pace,
                with_latency=self.query.with_latency,
            )
        for _, block in self.batches:
            yield from of_batch(block, self.query, self.numbers, self.catalogue.series, pace)

    def _users(self, pace: Pace) -> CoarserUsers | None:
        if self.coarser is None:
            return None
        return CoarserUsers(self.coarser.parts(), self.coarser.query.resolution, pace)


def fetch(
    connection: sqlite3.Connection, catalogue: Catalogue, query: Query, coarser: Query | None
) -> Fetched:
    """Fetch what answers the query, and whose users stand in; inside a read transaction."""
    numbers = selected(catalogue.series, query)
    if query.resolution == FINEST or query.instances:
        return Fetched(query, catalogue, numbers, _batches(connection, query))
    wanted = None if len(numbers) == len(catalogue.series) else numbers

    def folded(asked: Query) -> Folded:
        bounds = asked.resolution, asked.start, asked.end
        blocks = connection.execute(_BLOCKS, bounds).fetchall()
        return Folded(asked, numbers, blocks, _chunks(connection, asked, wanted))

    stand_in = folded(coarser) if coarser else None
    return Fetched(query, catalogue, numbers, unfolded(connection), folded(query), stand_in)


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
