"""A store with a full day of 200 endpoints, made in a minute.

The last ten minutes are written window by window as `benchmarks.overview` does. The time before is
copies of their folded windows, which the store itself packs, for a slice depends on no other.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from api_performance.stores.base import FOLD_LEASE
from api_performance.stores.sqlite import SQLiteStore
from benchmarks.overview import HOUR, fill

PIECE: Final = 600
DAY: Final = 24 * HOUR

_COPY: Final = """
INSERT OR IGNORE INTO blocks (resolution, starts_at, block)
SELECT resolution, starts_at - :seconds, block FROM blocks
WHERE resolution < :hour AND starts_at >= :since
"""


def fill_day(place: Path) -> None:
    """Write `metrics.sqlite3` in the folder `place`."""
    now = time.time()
    fill(place, PIECE)
    path = place / "metrics.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        written = {"hour": HOUR, "since": now - PIECE}
        for seconds in range(PIECE, DAY, PIECE):
            connection.execute(_COPY, {**written, "seconds": seconds})
    with closing(SQLiteStore(path)) as store:
        lease = store.acquire(FOLD_LEASE, "benchmark", now, HOUR)
        if lease is None:
            raise RuntimeError("the store of a benchmark that nobody else knows refused its lease")
        store.compact(now, lease)
        store.release(lease)
