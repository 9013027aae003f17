"""Reading windows from SQLite: all is fetched in one view, then decoded as it is asked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from api_performance.stores.base import FINEST, Query
from api_performance.stores.decoding import Fetched, Folded
from api_performance.stores.slices import selected, span_seconds
from api_performance.stores.sqlite.catalogue import Catalogue


def fetch(
    connection: sqlite3.Connection, catalogue: Catalogue, query: Query, coarser: Query | None
) -> Fetched:
    """Fetch what answers the query, and whose users stand in; inside a read transaction."""
    numbers = selected(catalogue.series, query)
    if query.resolution == FINEST or query.instances:
        return Fetched(query, catalogue.series, numbers, _batches(connection, query))
    wanted = None if len(numbers) == len(catalogue.series) else numbers

    def folded(asked: Query) -> Folded:
        bounds = asked.resolution, asked.start, asked.end
        blocks = connection.execute(_BLOCKS, bounds).fetchall()
        return Folded(asked, numbers, blocks, _chunks(connection, asked, wanted))

    stand_in = folded(coarser) if coarser else None
    batches = unfolded(connection)
    return Fetched(query, catalogue.series, numbers, batches, folded(query), stand_in)


def unfolded(connection: sqlite3.Connection, host: str | None = None) -> list[bytes]:
    """Return the batches that no folding has taken yet, of one host or of all."""
    return [row[0] for row in connection.execute(_UNFOLDED, {"host": host})]


def _batches(connection: sqlite3.Connection, query: Query) -> list[bytes]:
    instances = json.dumps(sorted(query.instances))
    end = query.end + query.resolution
    return [row[0] for row in connection.execute(_BATCHES, (end, query.start, instances))]


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
SELECT block FROM batches JOIN instances ON instances.id = instance
WHERE NOT is_folded AND (:host IS NULL OR host = :host)
"""
_BATCHES = """
SELECT block FROM batches JOIN instances ON instances.id = instance
WHERE starts_at < ? AND ends_at > ?
AND (?3 = '[]' OR instance_id IN (SELECT value FROM json_each(?3)))
"""
