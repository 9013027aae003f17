"""Every store passes the same tests: `open_store` makes one of each kind in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from api_performance.clock import SystemClock
from api_performance.stores.base import Retention, Store
from api_performance.stores.circuit import Circuit
from api_performance.stores.guarded import GuardedStore
from api_performance.stores.memory import MemoryStore
from api_performance.stores.redis import RedisStore
from api_performance.stores.sqlite import SQLiteStore

from .redis_server import RedisServer, a_redis_server

OpenStore = Callable[..., Store]


REDIS = [
    pytest.param(name, marks=pytest.mark.needs_system("redis-server"))
    for name in ("redis", "redis of three shards")
]


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with a_redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["memory", "memory, guarded", "sqlite", *REDIS])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """Open a fresh store, with a retention if given; all are closed in the end."""
    with ExitStack() as stack:
        made = 0

        def fresh(retention: Retention | None = None) -> Store:
            nonlocal made
            made += 1
            if request.param == "memory":
                return MemoryStore(retention or Retention())
            store: Store
            if request.param == "memory, guarded":
                memory = MemoryStore(retention or Retention())
                return GuardedStore(memory, Circuit(SystemClock.perf), memory.status())
            if request.param == "sqlite":
                store = SQLiteStore(tmp_path / f"store-{made}.sqlite3", retention)
            else:
                address = request.getfixturevalue("redis_server").fresh()
                shards = 3 if "three" in request.param else 1
                store = RedisStore(address, retention, shards=shards, is_simulated=True)
            stack.callback(store.close)
            return store

        yield fresh


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    return open_store()
