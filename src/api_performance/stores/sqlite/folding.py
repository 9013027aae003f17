"""Folding and compaction in SQLite: long work outside of any lock, then one short write.

What is about to be written was computed from a generation of the database. The write checks that
nobody wrote folded data in between and that nobody holds the lease with a higher fencing number.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from api_performance.errors import LeaseLost
from api_performance.stores.base import FINEST, Lease, Pace, Retention
from api_performance.stores.retention import (
    FORGET_INSTANCES_SECONDS,
    drop_order,
    expiries,
    is_packable,
)
from api_performance.stores.rollup import Blocks, Folding, PackedBatch, pack_span
from api_performance.stores.slices import slice_start, span_seconds
from api_performance.stores.sqlite.catalogue import bump
from api_performance.stores.sqlite.connections import Connections

BATCHES_AT_ONCE: Final = 64
"""Batches in one folding: bounds its memory (about 3,000 windows, 15 MB) and its transaction."""

_ATTEMPTS: Final = 3
_VACUUM_PAGES: Final = 256  # half a megabyte per transaction, so that writers wait milliseconds
_SLACK_BYTES: Final = 1 << 20  # free pages that are kept for what the next minutes write


class _Outrun(Exception):
    """Folded data changed since it was read: read again."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Does the lease holder's work on one database; `retention` says what is filled and kept."""

    connections: Connections
    retention: Retention
    lease: Lease
    pace: Pace

    def fold(self, before: float) -> int:
        """Fold all batches that ended at `before` or earlier; return how many."""
        folded, taken = 0, BATCHES_AT_ONCE
        while taken == BATCHES_AT_ONCE:
            taken = self._again(before)
            folded += taken
        return folded

    def _again(self, before: float) -> int:
        for _ in range(_ATTEMPTS):
            try:
                return self._fold_some(before)
            except _Outrun:
                continue
        raise LeaseLost(f"{self.lease.holder} was outrun {_ATTEMPTS} times by another folding")

    def _fold_some(self, before: float) -> int:
        with self.connections.reading() as connection:
            generation = self._generation(connection)
            rows = connection.execute(_UNFOLDED, (before, BATCHES_AT_ONCE)).fetchall()
        if not rows:
            return 0
        self.pace()
        batches = (PackedBatch(host, block) for _, host, block in rows)
        folding = Folding(self.retention.folded, batches, self.pace)
        with self.connections.reading() as connection:
            existing = _blocks(connection, folding.slices)
            totals = dict(connection.execute("SELECT host, block FROM totals").fetchall())
        self.pace()
        blocks, totals = folding.fold(existing, totals)
        with self.connections.writing() as connection:
            self._check(connection, generation)
            connection.executemany(
                "INSERT OR REPLACE INTO blocks (resolution, starts_at, block) VALUES (?, ?, ?)",
                [(*key, block) for key, block in blocks.items()],
            )
            connection.executemany("INSERT OR REPLACE INTO totals VALUES (?, ?)", totals.items())
            connection.execute(_CALLED, (json.dumps(folding.last_called),))
            connection.execute(_FOLDED, (json.dumps([row[0] for row in rows]),))
        self.pace()
        return len(rows)

    def _generation(self, connection: sqlite3.Connection) -> int:
        row = connection.execute(
            "SELECT fencing, holder FROM leases WHERE name = ?", (self.lease.name,)
        ).fetchone()
        if row and row[0] > self.lease.fencing:
            raise LeaseLost(
                f"{row[1]} holds the lease {self.lease.name} with fencing {row[0]},"
                f" past {self.lease.fencing}: nothing was written. Acquire it anew."
            )
        found = connection.execute("SELECT value FROM counters WHERE name = 'generation'")
        return int(found.fetchone()[0])

    def _check(self, connection: sqlite3.Connection, generation: int) -> None:
        """Make sure, inside a write transaction, that what was computed may be written."""
        if self._generation(connection) != generation:
            raise _Outrun
        bump(connection, "generation")

    def compact(self, now: float) -> None:
        """Pack what is old, delete what is out of date, and keep the size."""
        self._pack_spans(now)
        self._expire(now)
        self._keep_size(now)
        self._vacuum()

    def _pack_spans(self, now: float) -> None:
        with self.connections.reading() as connection:
            self._generation(connection)
            keys = connection.execute("SELECT resolution, starts_at FROM blocks").fetchall()
        spans = {(step, slice_start(start, span_seconds(step))) for step, start in keys}
        for resolution, span in sorted(spans):
            if is_packable(resolution, span, now):
                self._pack_span(resolution, span)

    def _pack_span(self, resolution: int, span: int) -> None:
        bounds = resolution, span, span + span_seconds(resolution)
        with self.connections.reading() as connection:
            generation = self._generation(connection)
            blocks = connection.execute(_SPAN_BLOCKS, bounds).fetchall()
            packed = connection.execute(_SPAN_CHUNKS, bounds[:2]).fetchall()
        chunks = pack_span((resolution, span), blocks, dict(packed), self.pace)
        rows = [(resolution, span, series, chunk) for series, chunk in chunks.items()]
        with self.connections.writing() as connection:
            self._check(connection, generation)
            connection.executemany("INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?)", rows)
            connection.execute(_DELETE_SPAN_BLOCKS, bounds)

    def _expire(self, now: float) -> None:
        before = expiries(self.retention, now)
        with self.connections.writing() as connection:
            self._check(connection, self._generation(connection))
            for resolution, instant in before.items():
                _delete_before(connection, resolution, instant)
            _delete_batches(connection, now - self.retention.by_resolution[FINEST])
            connection.execute(
                "DELETE FROM instances WHERE seen_at < ?"
                " AND id NOT IN (SELECT instance FROM batches)",
                (now - FORGET_INSTANCES_SECONDS,),
            )
            longest = max(self.retention.by_resolution.values())
            connection.execute("DELETE FROM events WHERE at < ?", (now - longest,))

    def _keep_size(self, now: float) -> None:
        """Drop packed detail, what is missed least first, until the rest fits."""
        with self.connections.reading() as connection:
            if _used_bytes(connection) <= self.retention.max_store_bytes:
                return
            found = connection.execute("SELECT DISTINCT resolution, starts_at FROM chunks")
            spans = drop_order(found.fetchall(), self.retention, now)
        for resolution, span in spans:
            if self._drop(resolution, span):
                return
            self.pace()
        with self.connections.writing() as connection:
            self._check(connection, self._generation(connection))
            _delete_batches(connection, now)

    def _drop(self, resolution: int, span: int) -> bool:
        """Drop one span; tell whether the rest fits now."""
        with self.connections.writing() as connection:
            self._check(connection, self._generation(connection))
            connection.execute(
                "DELETE FROM chunks WHERE resolution = ? AND starts_at = ?", (resolution, span)
            )
            bump(connection, "dropped_for_size")
            return _used_bytes(connection) <= self.retention.max_store_bytes

    def _vacuum(self) -> None:
        """Give free pages back to the file system, a little at a time."""
        while True:
            with self.connections.plain() as connection:
                page, _, free = _pages(connection)
                if page * free <= _SLACK_BYTES:
                    return
                connection.execute(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})").fetchall()
                if _pages(connection)[2] >= free:
                    return
            self.pace()


def _blocks(connection: sqlite3.Connection, keys: Iterable[tuple[int, int]]) -> Blocks:
    query = "SELECT block FROM blocks WHERE resolution = ? AND starts_at = ?"
    found = {key: connection.execute(query, key).fetchone() for key in keys}
    return {key: row[0] for key, row in found.items() if row}


def _delete_before(connection: sqlite3.Connection, resolution: int, instant: float) -> None:
    """Delete slices that began before the instant; chunks when all of their span did."""
    connection.execute(
        "DELETE FROM blocks WHERE resolution = ? AND starts_at < ?", (resolution, instant)
    )
    connection.execute(
        "DELETE FROM chunks WHERE resolution = ? AND starts_at <= ?",
        (resolution, instant - span_seconds(resolution)),
    )


def _delete_batches(connection: sqlite3.Connection, before: float) -> None:
    """Delete folded batches, and remember of each instance which sequences are gone."""
    connection.execute(_FORGET, (before,))
    connection.execute("DELETE FROM batches WHERE is_folded AND ends_at < ?", (before,))


def _pages(connection: sqlite3.Connection) -> tuple[int, int, int]:
    names = ("page_size", "page_count", "freelist_count")
    size, count, free = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return size, count, free


def _used_bytes(connection: sqlite3.Connection) -> int:
    size, count, free = _pages(connection)
    return size * (count - free)


_UNFOLDED: Final = """
SELECT batches.id, host, block FROM batches JOIN instances ON instances.id = instance
WHERE NOT is_folded AND ends_at <= ? ORDER BY batches.id LIMIT ?
"""
_FOLDED: Final = """
UPDATE batches SET is_folded = 1 WHERE id IN (SELECT value FROM json_each(?))
"""
_CALLED: Final = """
UPDATE endpoints SET last_called_at = max(coalesce(last_called_at, 0), called.at)
FROM (
    SELECT endpoint_id AS id, max(value) AS at
    FROM json_each(?) JOIN series ON series.id = CAST(key AS INTEGER) GROUP BY endpoint_id
) AS called
WHERE endpoint_id = called.id
"""
_SPAN_BLOCKS: Final = """
SELECT starts_at, block FROM blocks
WHERE resolution = ? AND starts_at >= ? AND starts_at < ? ORDER BY starts_at
"""
_SPAN_CHUNKS: Final = "SELECT series, chunk FROM chunks WHERE resolution = ? AND starts_at = ?"
_DELETE_SPAN_BLOCKS: Final = """
DELETE FROM blocks WHERE resolution = ? AND starts_at >= ? AND starts_at < ?
"""
_FORGET: Final = """
UPDATE instances SET forgotten_sequence = max(forgotten_sequence, gone.last)
FROM (
    SELECT instance, max(sequence) AS last FROM batches
    WHERE is_folded AND ends_at < ? GROUP BY instance
) AS gone
WHERE gone.instance = instances.id
"""
