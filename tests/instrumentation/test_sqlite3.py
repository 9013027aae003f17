"""sqlite3 and aiosqlite: their calls are seen, and what they do stays what it was."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from api_performance.model import LatencyType

from .asked import Asked, ask_for, asked_in_a_thread
from .measuring import nearest

pytestmark = pytest.mark.client_contract

Follow = Callable[..., None]
TWENTY_MS = "SELECT slow(0.02)"


def test_statements_rows_and_transactions_are_seen(follow: Follow) -> None:
    follow("sqlite3")

    def work() -> None:
        connection = sqlite3.connect(":memory:")
        with connection:
            connection.execute("CREATE TABLE t (a)")
            connection.executemany("INSERT INTO t VALUES (?)", [(1,), (2,)])
        assert connection.execute("SELECT a FROM t WHERE a > ?", (0,)).fetchall() == [(1,), (2,)]
        cursor = connection.cursor()
        cursor.execute("DELETE FROM t WHERE a = 'hunter2'")
        connection.rollback()
        connection.commit()  # nothing is open
        cursor.executescript("SELECT 1; SELECT 2;")
        with pytest.raises(sqlite3.OperationalError):
            cursor.execute("SELECT nothing")
        connection.close()

    calls = asked_in_a_thread(work).calls
    assert [(call.text, call.has_failed) for call in calls] == [
        ("CREATE TABLE t (a)", False),
        ("INSERT INTO t VALUES (?)", False),
        ("COMMIT", False),
        ("SELECT a FROM t WHERE a > ?", False),
        ("DELETE FROM t WHERE a = ?", False),
        ("ROLLBACK", False),
        ("SELECT ?; SELECT ?", False),
        ("SELECT nothing", True),
    ]
    assert {call.operation.system for call in calls} == {"sqlite"}
    assert all(call.operation.source.endswith("<locals>.work") for call in calls[3:5])


def test_a_connection_does_all_that_it_did(follow: Follow, tmp_path: Path) -> None:
    class Mine(sqlite3.Connection):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            return super().execute(sql.replace("PING", "SELECT 1"), *args)

    class Cursor(sqlite3.Cursor):
        mood = "mine"

    def made(*args: Any, **kwargs: Any) -> Mine:
        return Mine(*args, **kwargs)

    follow("sqlite3")
    path = tmp_path / "file.sqlite3"
    plain = sqlite3.connect(path, 5.0, isolation_level=None)
    assert type(plain).__name__ == "Connection"
    assert plain.isolation_level is None
    assert plain.cursor(Cursor).mood == "mine"
    assert isinstance(plain.execute("SELECT 1"), sqlite3.Cursor)
    plain.row_factory = sqlite3.Row
    assert dict(plain.execute("SELECT 1 AS a").fetchone()) == {"a": 1}
    assert [tuple(row) for row in plain.execute("SELECT 1 UNION SELECT 2")] == [(1,), (2,)]
    by_name = sqlite3.connect(path, factory=Mine)
    by_place = sqlite3.connect(path, 5.0, 0, None, True, Mine)
    by_function: Any = sqlite3.connect(path, factory=made)  # type: ignore[call-overload]  # works too
    for mine in (by_name, by_place, by_function):
        assert isinstance(mine, Mine)
        assert mine.execute("PING").fetchone() == (1,)
    with sqlite3.connect(":memory:") as target:
        plain.backup(target)
    for connection in (plain, by_name, by_place, by_function, target):
        connection.close()


def test_our_own_store_is_no_work_of_the_program(follow: Follow, tmp_path: Path) -> None:
    from api_performance.stores.sqlite import SQLiteStore

    follow("sqlite3")

    def work() -> None:
        store = SQLiteStore(tmp_path / "store.sqlite3")
        store.revision()
        store.close()

    assert asked_in_a_thread(work).texts == []


def sleep(seconds: float) -> int:
    time.sleep(seconds)
    return 1


def slowly(connection: Any) -> Any:  # Any: one of sqlite3's, or a coroutine of aiosqlite's
    """Give it a slow function."""
    return connection.create_function("slow", 1, sleep)


def test_what_sqlite_takes_is_what_the_client_measured(follow: Follow) -> None:
    follow("sqlite3")
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    slowly(connection)
    asked = nearest(lambda: asked_in_a_thread(lambda: connection.execute(TWENTY_MS).fetchall()))
    assert asked.seconds(LatencyType.DATABASE) == pytest.approx(asked.measured[0], rel=0.05)
    connection.close()


def test_reading_many_rows_is_database_time_and_no_call(follow: Follow) -> None:
    follow("sqlite3")
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    slowly(connection)
    numbers = "WITH n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 5)"
    sql = f"{numbers} SELECT slow(0.01 * (i > 0)) FROM n"

    def work() -> None:
        assert len(connection.execute(sql).fetchall()) == 6

    asked = asked_in_a_thread(work)
    assert len(asked.calls) == 1
    assert asked.seconds(LatencyType.DATABASE) > asked.calls[0].seconds + 0.03
    connection.close()


def with_aiosqlite(work: Callable[[aiosqlite.Connection], Awaitable[object]]) -> Asked:
    async def ask() -> Asked:
        async with aiosqlite.connect(":memory:") as connection:
            await slowly(connection)
            return await ask_for(lambda: work(connection))

    return asyncio.run(ask())


def test_aiosqlites_statements_rows_and_transactions_are_seen(follow: Follow) -> None:
    follow("aiosqlite", "sqlite3")

    async def work(connection: aiosqlite.Connection) -> None:
        await connection.execute("CREATE TABLE t (a)")
        await connection.executemany("INSERT INTO t VALUES (?)", [(1,), (2,)])
        await connection.commit()
        await connection.rollback()  # nothing is open
        async with connection.execute("SELECT a FROM t WHERE a > ?", (0,)) as cursor:
            assert list(await cursor.fetchall()) == [(1,), (2,)]
        assert list(await connection.execute_fetchall("SELECT 'hunter2'")) == [("hunter2",)]
        await connection.execute_insert("INSERT INTO t VALUES (5)")
        with pytest.raises(sqlite3.OperationalError):
            await connection.execute("SELECT nothing")

    calls = with_aiosqlite(work).calls
    assert [(call.text, call.has_failed) for call in calls] == [
        ("CREATE TABLE t (a)", False),
        ("INSERT INTO t VALUES (?)", False),
        ("COMMIT", False),
        ("SELECT a FROM t WHERE a > ?", False),
        ("SELECT ?", False),
        ("INSERT INTO t VALUES (?)", False),
        ("SELECT nothing", True),
    ]
    assert calls[3].operation.source.endswith("<locals>.work")


def test_what_aiosqlite_takes_is_what_the_client_measured(follow: Follow) -> None:
    follow("aiosqlite", "sqlite3")
    asked = nearest(lambda: with_aiosqlite(lambda each: each.execute_fetchall(TWENTY_MS)))
    assert asked.seconds(LatencyType.DATABASE) == pytest.approx(asked.measured[0], rel=0.05)


def test_ten_at_once_are_one_of_the_time_and_ten_of_the_work(follow: Follow) -> None:
    follow("aiosqlite")

    async def ask() -> Asked:
        async with AsyncExitStack() as stack:
            open_one = stack.enter_async_context
            connections = [await open_one(aiosqlite.connect(":memory:")) for _ in range(10)]
            for connection in connections:
                await slowly(connection)

            async def work() -> None:
                await asyncio.gather(*(each.execute(TWENTY_MS) for each in connections))

            return await ask_for(work)

    asked = asyncio.run(ask())
    assert len(asked.calls) == 10
    assert sum(call.seconds for call in asked.calls) >= 10 * 0.02
    assert asked.seconds(LatencyType.DATABASE) <= asked.measured[0]
