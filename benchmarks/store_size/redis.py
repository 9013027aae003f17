"""What a day of 200 endpoints and four workers takes in Redis' memory, and what one endpoint does.

Reported, no gate: `python -m benchmarks.store_size.redis`. A day is 24 packed hours, beside what is
not packed yet, as for SQLite (gate.py).
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import redis

from api_performance.stores.redis import RedisStore
from benchmarks.result import write_result
from benchmarks.store_size.simulation import (
    ENDPOINTS,
    HOURS_A_DAY,
    MEGABYTE,
    TIMES,
    keep_an_hour,
    pack_the_hour,
)
from tests.stores.redis_server import a_redis_server


def measure() -> dict[str, float]:
    """Return megabytes of what is not packed yet, of a packed hour, and of a day."""
    with (
        tempfile.TemporaryDirectory() as folder,
        a_redis_server(Path(folder)) as server,
        closing(RedisStore(server.address())) as store,
    ):
        lease = keep_an_hour(store)
        young = TIMES * _bytes(server.port, "*")
        pack_the_hour(store, lease)
        packed = TIMES * _bytes(server.port, "*:chunk:*")
    day = young + HOURS_A_DAY * packed
    return {
        "young_megabytes": young / MEGABYTE,
        "packed_hour_megabytes": packed / MEGABYTE,
        "day_megabytes": day / MEGABYTE,
        "kilobytes_per_endpoint_and_day": day / ENDPOINTS / 1e3,
    }


def _bytes(port: int, pattern: str) -> int:
    """Return the memory of all keys that match."""
    with redis.Redis(port=port) as client:
        return sum(client.memory_usage(key, samples=0) or 0 for key in client.scan_iter(pattern))


if __name__ == "__main__":
    figures = measure()
    write_result("store_size_redis", figures)
    for name, value in figures.items():
        print(f"{name}: {value:.1f}")
