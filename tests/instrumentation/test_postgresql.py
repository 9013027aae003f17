"""asyncpg, psycopg and psycopg_pool on a real server: what each call took, and what was one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import psycopg
import psycopg_pool
import pytest

from api_performance.model import LatencyType

from .asked import Asked, ask_for, asked_for, asked_in_a_thread
from .measuring import HELD_SECONDS, nearest, while_held
from .postgresql_server import PostgreSQLServer

pytestmark = [pytest.mark.client_contract, pytest.mark.needs_system("pg_ctlcluster")]

Follow = Callable[..., None]
SLEEP = "SELECT pg_sleep(0.02)"
PARALLEL = 10
WAIT = "wait for a connection"


def seen(asked: Asked) -> list[tuple[str, bool]]:
    return [(call.text, call.has_failed) for call in asked.calls]


def test_what_asyncpg_does_is_seen(follow: Follow, postgresql: PostgreSQLServer) -> None:
    follow("asyncpg")

    async def work() -> None:
        connection = await asyncpg.connect(postgresql.address)
        async with connection.transaction():
            assert await connection.fetchval("SELECT $1::int + 1", 5) == 6
            async with connection.transaction():
                await connection.execute("CREATE TEMP TABLE t (a int)")
        await connection.executemany("INSERT INTO t VALUES ($1)", [(1,), (2,)])
        assert len(await connection.fetch("SELECT a FROM t WHERE a > 0")) == 2
        prepared = await connection.prepare("SELECT a FROM t WHERE a = $1")
        assert await prepared.fetchrow(2) == (2,)
        await connection.copy_records_to_table("t", records=[(3,)])
        with pytest.raises(asyncpg.UndefinedColumnError):
            await connection.fetchrow("SELECT nothing")
        await connection.close()

    asked = asked_for(work)
    assert seen(asked) == [
        ("connect", False),
        ("BEGIN", False),
        ("SELECT ?::int + ?", False),
        ("SAVEPOINT ?", False),
        ("CREATE TEMP TABLE t (a int)", False),
        ("RELEASE SAVEPOINT ?", False),
        ("COMMIT", False),
        ("INSERT INTO t VALUES (?)", False),
        ("SELECT a FROM t WHERE a > ?", False),
        ("SELECT a FROM t WHERE a = ?", False),
        ("COPY t FROM STDIN", False),
        ("SELECT nothing", True),
    ]
    assert {call.operation.system for call in asked.calls} == {"postgresql"}
    assert asked.calls[2].operation.source.endswith("<locals>.work")


def test_a_cursor_of_asyncpg_is_one_call_and_all_of_its_time(
    follow: Follow, postgresql: PostgreSQLServer
) -> None:
    follow("asyncpg")

    async def work() -> None:
        connection = await asyncpg.connect(postgresql.address)
        async with connection.transaction():
            rows = connection.cursor("SELECT pg_sleep(0.002), generate_series(1, 20)", prefetch=5)
            assert len([row async for row in rows]) == 20
        await connection.close()

    asked = asked_for(work)
    (cursor,) = [call for call in asked.calls if "generate_series" in call.text]
    total = sum(call.seconds for call in asked.calls)
    assert cursor.seconds is not None
    assert asked.seconds(LatencyType.DATABASE) > total


def work_of_psycopg(connection: Any, cursor: Any, sql: Any = psycopg.sql) -> None:
    """Any: of whatever row type."""
    connection.execute("CREATE TEMP TABLE t (a int)")
    composed = sql.SQL("SELECT {}, %s::int").format(sql.Literal("hunter2"))
    assert connection.execute(composed, (5,)).fetchone() == ("hunter2", 5)
    cursor.executemany("INSERT INTO t VALUES (%s)", [(1,), (2,)])
    with connection.transaction():
        assert cursor.execute(b"SELECT a FROM t WHERE a > %(a)s", {"a": 1}).fetchall() == [(2,)]
    connection.commit()
    connection.commit()  # nothing is open
    with connection.transaction():
        pass
    with pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute("SELECT nothing")
    connection.rollback()


def test_what_psycopg_does_is_seen(follow: Follow, postgresql: PostgreSQLServer) -> None:
    follow("psycopg")

    def work() -> None:
        with psycopg.connect(postgresql.address) as connection, connection.cursor() as cursor:
            work_of_psycopg(connection, cursor)

    assert seen(asked_in_a_thread(work)) == [
        ("connect", False),
        ("CREATE TEMP TABLE t (a int)", False),
        ("SELECT ?, ?::int", False),
        ("INSERT INTO t VALUES (?)", False),
        ("BEGIN", False),
        ("SELECT a FROM t WHERE a > ?", False),
        ("RELEASE ?", False),
        ("COMMIT", False),
        ("BEGIN", False),
        ("COMMIT", False),
        ("SELECT nothing", True),
        ("ROLLBACK", False),
    ]


def test_what_psycopg_does_on_a_loop_is_seen(follow: Follow, postgresql: PostgreSQLServer) -> None:
    follow("psycopg")

    async def work() -> None:
        async with await psycopg.AsyncConnection.connect(postgresql.address) as connection:
            cursor = await connection.execute("SELECT %s::int", (5,))
            assert await cursor.fetchone() == (5,)
            async with connection.cursor("by_the_server") as stream:
                await stream.execute("SELECT generate_series(1, 300)")
                assert len([row async for row in stream]) == 300
            await connection.rollback()

    assert seen(asked_for(work)) == [
        ("connect", False),
        ("SELECT ?::int", False),
        ("SELECT generate_series(?, ?)", False),
        ("ROLLBACK", False),
    ]


def test_rows_of_a_servers_cursor_are_database_time(
    follow: Follow, postgresql: PostgreSQLServer
) -> None:
    follow("psycopg")

    def work() -> None:
        with psycopg.connect(postgresql.address) as connection, connection.cursor("c") as cursor:
            cursor.itersize = 1
            cursor.execute("SELECT pg_sleep(0.01), generate_series(1, 4)")
            assert len(list(cursor)) == 4

    asked = asked_in_a_thread(work)
    total = sum(call.seconds for call in asked.calls)
    assert asked.seconds(LatencyType.DATABASE) > total + 0.03


async def once_in_asyncpg(address: str) -> Asked:
    connection = await asyncpg.connect(address)
    try:
        return await ask_for(lambda: connection.fetch(SLEEP))
    finally:
        await connection.close()


async def once_in_psycopg(address: str) -> Asked:
    async with await psycopg.AsyncConnection.connect(address) as connection:
        return await ask_for(lambda: connection.execute(SLEEP))


Once = Callable[[str], Awaitable[Asked]]


@pytest.mark.parametrize("once", [once_in_asyncpg, once_in_psycopg])
def test_what_a_call_takes_is_what_its_client_measured(
    once: Once, follow: Follow, postgresql: PostgreSQLServer
) -> None:
    follow("asyncpg", "psycopg")

    async def ask() -> Asked:
        return await once(postgresql.address)

    asked = nearest(lambda: asyncio.run(ask()))
    assert asked.seconds(LatencyType.DATABASE) == pytest.approx(asked.measured[0], rel=0.05)


def test_so_is_one_in_a_thread(follow: Follow, postgresql: PostgreSQLServer) -> None:
    follow("psycopg")
    with psycopg.connect(postgresql.address) as connection:
        asked = nearest(lambda: asked_in_a_thread(lambda: connection.execute(SLEEP)))
    assert asked.seconds(LatencyType.DATABASE) == pytest.approx(asked.measured[0], rel=0.05)


async def many_in_asyncpg(address: str) -> Asked:
    async with AsyncExitStack() as stack:
        connections = [await asyncpg.connect(address) for _ in range(PARALLEL)]
        for connection in connections:
            stack.push_async_callback(connection.close)
        return await ask_for(lambda: asyncio.gather(*(each.fetch(SLEEP) for each in connections)))


async def many_in_psycopg(address: str) -> Asked:
    async with AsyncExitStack() as stack:
        connections = [await psycopg.AsyncConnection.connect(address) for _ in range(PARALLEL)]
        for connection in connections:
            stack.push_async_callback(connection.close)
        return await ask_for(lambda: asyncio.gather(*(each.execute(SLEEP) for each in connections)))


@pytest.mark.parametrize("many", [many_in_asyncpg, many_in_psycopg])
def test_ten_at_once_are_one_of_the_time_and_ten_of_the_work(
    many: Once, follow: Follow, postgresql: PostgreSQLServer
) -> None:
    follow("asyncpg", "psycopg")

    async def ask() -> Asked:
        return await many(postgresql.address)

    asked = nearest(lambda: asyncio.run(ask()))
    assert [call.text for call in asked.calls] == ["SELECT pg_sleep(?)"] * PARALLEL
    assert sum(call.seconds for call in asked.calls) >= PARALLEL * 0.02
    assert asked.seconds(LatencyType.DATABASE) == pytest.approx(asked.measured[0], rel=0.05)


def test_the_wait_for_asyncpgs_pool_is_told_apart(
    follow: Follow, postgresql: PostgreSQLServer
) -> None:
    follow("asyncpg")

    async def ask() -> Asked:
        async with asyncpg.create_pool(postgresql.address, min_size=1, max_size=1) as pool:
            held = await pool.acquire()
            waiting = pool.fetch(SLEEP)
            return await ask_for(lambda: while_held(waiting, lambda: pool.release(held)))

    calls = asyncio.run(ask()).calls
    assert (calls[0].text, calls[-2].text) == (WAIT, "SELECT pg_sleep(?)")
    assert all("RESET ALL" in call.text for call in (calls[1], calls[-1]))  # asyncpg's own
    assert (calls[0].seconds or 0) >= HELD_SECONDS


def test_the_wait_for_psycopgs_pools_is_told_apart(
    follow: Follow, postgresql: PostgreSQLServer
) -> None:
    follow("psycopg", "psycopg_pool")

    async def ask() -> Asked:
        pool = psycopg_pool.AsyncConnectionPool(
            postgresql.address, min_size=1, max_size=1, open=False
        )
        async with pool:

            async def one() -> None:
                async with pool.connection() as connection:
                    await connection.execute(SLEEP)

            held = await pool.getconn()
            return await ask_for(lambda: while_held(one(), lambda: pool.putconn(held)))

    calls = asyncio.run(ask()).calls
    assert [call.text for call in calls] == [WAIT, "SELECT pg_sleep(?)", "COMMIT"]
    assert (calls[0].seconds or 0) >= HELD_SECONDS

    def in_a_thread() -> None:
        pool = psycopg_pool.ConnectionPool(postgresql.address, min_size=1, open=True)
        with pool, pool.connection() as connection:
            connection.execute(SLEEP)

    assert asked_in_a_thread(in_a_thread).texts == [WAIT, "SELECT pg_sleep(?)", "COMMIT"]
