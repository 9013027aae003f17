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

from .redis_cluster import RedisCluster, a_redis_cluster
from .redis_server import RedisServer, a_redis_server

OpenStore = Callable[..., Store]


REDIS = [
    pytest.param(name, marks=pytest.mark.needs_system("redis-server"))
    for name in ("redis", "redis of three shards", "redis cluster")
]


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    with a_redis_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with a_redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


def a_fresh_redis_store(
    request: pytest.FixtureRequest, kind: str, retention: Retention | None = None
) -> RedisStore:
    """Open an empty store in the server or in the cluster that the tests share."""
    server = "redis_cluster" if "cluster" in kind else "redis_server"
    address = request.getfixturevalue(server).fresh()
    shards = 3 if "three" in kind else None
    return RedisStore(address, retention, shards=shards, is_simulated=True)


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
                store = a_fresh_redis_store(request, request.param, retention)
            stack.callback(store.close)
            return store

        yield fresh


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    return open_store()
