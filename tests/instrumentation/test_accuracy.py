"""Of each client: 20 ms in it are within 5 % of what it measured itself, and ten at once are one.

Those that are not here have the same tests beside their others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from typing import Any

import aiohttp
import asyncpg
import httpx
import psycopg_pool
import pytest
import redis
import redis.asyncio as aredis
import requests
import sqlalchemy

from tests.stores.redis_cluster import a_redis_cluster
from tests.stores.redis_server import a_redis_server

from .asked import Asked, ask_for, asked_in_a_thread
from .measuring import nearest, tracked_seconds
from .other_service import another_service
from .postgresql_server import PostgreSQLServer

pytestmark = [
    pytest.mark.client_contract,
    pytest.mark.needs_system("redis-server", "pg_ctlcluster"),
]

SECONDS = 0.02
PARALLEL = 10
SLEEP = f"SELECT pg_sleep({SECONDS})"
ALL = "sqlalchemy", "asyncpg", "psycopg", "psycopg_pool", "redis", "httpx", "aiohttp", "requests"

Follow = Callable[..., None]
Ask = Callable[[], Awaitable[object]]
Address = Callable[[str], str]


@pytest.fixture(scope="module")
def address(
    postgresql: PostgreSQLServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Address]:
    """Where each server answers."""
    with (
        a_redis_server(tmp_path_factory.mktemp("redis")) as server,
        a_redis_cluster(tmp_path_factory.mktemp("cluster")) as cluster,
        another_service() as service,
    ):
        nodes = f"redis://127.0.0.1:{cluster.nodes[0].port}"
        yield {
            "postgresql": postgresql.address,
            "redis": server.address(),
            "cluster": nodes,
            "http": f"{service}/slow",
        }.__getitem__


@asynccontextmanager
async def redis_async(address: Address) -> AsyncIterator[Ask]:
    client: Any = aredis.Redis.from_url(address("redis"))  # Any: its stubs return values, too
    yield lambda: client.blpop("nothing", timeout=SECONDS)
    await client.aclose()


@asynccontextmanager
async def redis_cluster_async(address: Address) -> AsyncIterator[Ask]:
    client: Any = aredis.RedisCluster.from_url(address("cluster"))  # Any: likewise
    await client.initialize()  # parallel first calls of a cluster's client disturb each other
    yield lambda: client.blpop(["nothing"], timeout=SECONDS)
    await client.aclose()


@asynccontextmanager
async def asyncpg_pool(address: Address) -> AsyncIterator[Ask]:
    async with asyncpg.create_pool(address("postgresql"), max_size=PARALLEL) as pool:
        yield lambda: pool.fetch(SLEEP)


@asynccontextmanager
async def psycopg_pool_async(address: Address) -> AsyncIterator[Ask]:
    pool = psycopg_pool.AsyncConnectionPool(
        address("postgresql"), min_size=PARALLEL, open=False, kwargs={"autocommit": True}
    )

    async def ask() -> None:
        async with pool.connection() as connection:
            await connection.execute(SLEEP)

    async with pool:
        await pool.wait()
        yield ask


@asynccontextmanager
async def httpx_async(address: Address) -> AsyncIterator[Ask]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield lambda: client.get(address("http"))


@asynccontextmanager
async def aiohttp_session(address: Address) -> AsyncIterator[Ask]:
    async with aiohttp.ClientSession() as session:

        async def ask() -> None:
            async with session.get(address("http")) as response:
                await response.read()

        yield ask


ON_A_LOOP = [
    *(redis_async, redis_cluster_async, asyncpg_pool, psycopg_pool_async),
    *(httpx_async, aiohttp_session),
]


@pytest.mark.parametrize("count", [1, PARALLEL])
@pytest.mark.parametrize("client", ON_A_LOOP)
def test_calls_take_what_their_client_measured_however_many_run_at_once(
    client: Callable[[Address], AbstractAsyncContextManager[Ask]],
    count: int,
    follow: Follow,
    address: Address,
) -> None:
    follow(*ALL)

    async def ask() -> Asked:
        async with client(address) as once:
            for _ in range(2):  # connections, which cost more than what is measured
                await asyncio.gather(*(once() for _ in range(count)))
            return await ask_for(lambda: asyncio.gather(*(once() for _ in range(count))))

    asked = nearest(lambda: asyncio.run(ask()))
    assert tracked_seconds(asked) == pytest.approx(asked.measured[0], rel=0.05)
    work = sum(call.seconds or 0 for call in asked.calls if not call.around)
    assert work >= count * 0.95 * SECONDS


Call = Callable[[], object]


@contextmanager
def redis_cluster(address: Address) -> Iterator[Call]:
    client: Any = redis.RedisCluster.from_url(address("cluster"))  # Any: as above
    yield lambda: client.blpop(["nothing"], timeout=SECONDS)
    client.close()


@contextmanager
def psycopg_pool_sync(address: Address) -> Iterator[Call]:
    def ask() -> None:
        with pool.connection() as connection:
            connection.execute(SLEEP)

    with psycopg_pool.ConnectionPool(address("postgresql"), min_size=1, open=True) as pool:
        yield ask


@contextmanager
def sqlalchemy_sync(address: Address) -> Iterator[Call]:
    place = address("postgresql").replace("postgresql", "postgresql+psycopg")
    engine = sqlalchemy.create_engine(place)

    def ask() -> None:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(SLEEP))

    yield ask
    engine.dispose()


@contextmanager
def requests_session(address: Address) -> Iterator[Call]:
    with requests.Session() as session:
        yield lambda: session.get(address("http"), timeout=120)


IN_A_THREAD = [redis_cluster, psycopg_pool_sync, sqlalchemy_sync, requests_session]


@pytest.mark.parametrize("client", IN_A_THREAD)
def test_a_call_in_a_thread_takes_what_its_client_measured(
    client: Callable[[Address], AbstractContextManager[Call]], follow: Follow, address: Address
) -> None:
    follow(*ALL)
    with client(address) as once:
        once()
        asked = nearest(lambda: asked_in_a_thread(once))
    assert tracked_seconds(asked) == pytest.approx(asked.measured[0], rel=0.05)
    assert tracked_seconds(asked) >= 0.95 * SECONDS
