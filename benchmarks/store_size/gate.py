"""A simulated day in the SQLite store: at most 300 MB for 200 endpoints and four workers.

A manual clock runs through a whole hour of every second's batches, folded every 5 s and compacted
every minute as in production, and on until that hour is packed. A packed hour depends on no other,
so a day is 24 of them, beside what is not packed yet (the young hour, the last ten minutes' batches
and the totals, all at their largest) and the write-ahead log.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from api_performance.stores.sqlite import SQLiteStore
from benchmarks.result import GateResult, write_result
from benchmarks.store_size.simulation import (
    ENDPOINTS,
    HOURS_A_DAY,
    MEGABYTE,
    TIMES,
    keep_an_hour,
    pack_the_hour,
)
from benchmarks.store_size.traffic import WORKERS

LIMIT_MEGABYTES = 300.0


def run() -> list[GateResult]:
    """Simulate, extrapolate, and hold the day against its limit."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        sizes = _simulate(Path(folder) / "metrics.sqlite3")
    day = HOURS_A_DAY * sizes["packed_hour"] + sizes["young"] + sizes["write_ahead_log"]
    write_result(
        "store_size",
        {
            **{f"{name}_megabytes": size / MEGABYTE for name, size in sizes.items()},
            "day_megabytes": day / MEGABYTE,
            "seconds_to_measure": time.perf_counter() - began,
        },
    )
    name = f"the SQLite store after a day of {ENDPOINTS} endpoints and {WORKERS} workers"
    return [GateResult(name, day / MEGABYTE, LIMIT_MEGABYTES, "MB")]


def _simulate(path: Path) -> dict[str, float]:
    with closing(SQLiteStore(path)) as store:
        lease = keep_an_hour(store)
        young = _young_bytes(path)
        pack_the_hour(store, lease)
        log = path.with_name(path.name + "-wal").stat().st_size
        return {
            "young": young,
            "packed_hour": _packed_bytes(path),
            "write_ahead_log": log,
        }


def _young_bytes(path: Path) -> float:
    """Return what is not packed, for all endpoints. A batch's row has half a page to spare."""
    with closing(sqlite3.connect(path)) as connection:
        half_a_page = connection.execute("PRAGMA page_size").fetchone()[0] / 2
        rows, batches = connection.execute(
            "SELECT count(*), sum(length(block)) FROM batches"
        ).fetchone()
        rest = _pages(connection, "name NOT LIKE '%batches%'")
    return float(TIMES * (batches + rest) + rows * half_a_page)


def _packed_bytes(path: Path) -> float:
    """Return the pages of the hour's chunks and their index, and the hour's own windows in full."""
    with closing(sqlite3.connect(path)) as connection:
        chunks = _pages(connection, "name IN ('chunks', 'sqlite_autoindex_chunks_1')")
        hours = connection.execute("SELECT sum(length(block)) FROM blocks").fetchone()[0]
    return float(TIMES * (chunks + hours))


def _pages(connection: sqlite3.Connection, where: str) -> float:
    query = f"SELECT sum(pgsize) FROM dbstat WHERE {where}"
    return float(connection.execute(query).fetchone()[0])
