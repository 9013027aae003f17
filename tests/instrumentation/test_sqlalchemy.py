"""SQLAlchemy: a statement is seen once, by its own name, whatever driver and loop it takes."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import text
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import QueuePool

from api_performance.model import LatencyType

from .asked import Asked, ask_for, asked_for, asked_in_a_thread
from .measuring import HELD_SECONDS, nearest, while_held
from .postgresql_server import PostgreSQLServer

pytestmark = pytest.mark.client_contract

Follow = Callable[..., None]
WAIT = "wait for a connection"
ALL = ("sqlalchemy", "sqlite3", "aiosqlite", "asyncpg", "psycopg")


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sqlalchemy.Engine]:
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def seen(asked: Asked) -> list[tuple[str, bool]]:
    return [(call.text, call.has_failed) for call in asked.calls]


def test_what_a_session_does_is_seen_once(follow: Follow, engine: sqlalchemy.Engine) -> None:
    follow(*ALL)

    def work() -> None:
        with Session(engine) as session:
            session.add(Item(name="hunter2"))
            session.commit()
            assert session.scalars(sqlalchemy.select(Item).where(Item.id == 1)).one().id == 1
            session.execute(text("DELETE FROM item WHERE name = 'hunter2'"))
            session.rollback()
            with pytest.raises(sqlalchemy.exc.OperationalError):
                session.execute(text("SELECT nothing"))

    asked = asked_in_a_thread(work)
    assert {call.operation.system for call in asked.calls} == {"sqlite"}
    assert seen(asked) == [
        (WAIT, False),
        ("INSERT INTO item (name) VALUES (?)", False),
        ("COMMIT", False),
        (WAIT, False),
        ("SELECT item.id, item.name FROM item WHERE item.id = ?", False),
        ("DELETE FROM item WHERE name = ?", False),
        ("ROLLBACK", False),
        (WAIT, False),
        ("SELECT nothing", True),
    ]
    assert asked.calls[5].operation.source.endswith("<locals>.work")


def test_executemany_is_one_call(follow: Follow, engine: sqlalchemy.Engine) -> None:
    follow(*ALL)

    def work() -> None:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM item WHERE id = :id"), [{"id": 1}, {"id": 2}])

    assert seen(asked_in_a_thread(work)) == [
        (WAIT, False),
        ("DELETE FROM item WHERE id = ?", False),
        ("COMMIT", False),
    ]


def test_lists_of_any_length_are_one_statement(follow: Follow, engine: sqlalchemy.Engine) -> None:
    follow(*ALL)

    def work() -> None:
        with engine.connect() as connection:
            for count in (1, 2, 30):
                connection.execute(sqlalchemy.select(Item.id).where(Item.id.in_(range(count))))

    asked = asked_in_a_thread(work)
    selects = {call.text for call in asked.calls if call.text.startswith("SELECT")}
    assert selects == {"SELECT item.id FROM item WHERE item.id IN (?)"}


def test_the_wait_for_a_pool_is_told_apart(follow: Follow, tmp_path: Path) -> None:
    follow(*ALL)
    engine = sqlalchemy.create_engine(
        f"sqlite:///{tmp_path / 'pool.sqlite3'}",
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )

    def one() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    async def ask() -> Asked:
        held = engine.connect()
        waiting = asyncio.to_thread(one)
        return await ask_for(lambda: while_held(waiting, lambda: asyncio.to_thread(held.close)))

    asked = asyncio.run(ask())
    engine.dispose()
    assert asked.texts == [WAIT, "SELECT ?"]
    assert asked.calls[0].operation.source == ""
    assert asked.calls[0].seconds >= HELD_SECONDS


def test_a_dialect_that_overrides_is_followed_from_its_first_connection_and_given_back(
    tmp_path: Path,
) -> None:
    from api_performance.instrumentation import sqlalchemy as room

    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'own.sqlite3'}")

    class Own(type(engine.dialect)):  # type: ignore[misc]  # a class made of an instance's
        supports_statement_cache = True

        def do_execute(self, cursor: Any, statement: Any, parameters: Any, context: Any) -> None:
            cursor.execute(statement, parameters)

    own = vars(Own)["do_execute"]
    engine.dialect.__class__ = Own
    undo = room.attach(sqlalchemy.engine)

    def work() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    try:
        assert "SELECT ?" in asked_in_a_thread(work).texts
    finally:
        undo()
        engine.dispose()
    assert vars(Own)["do_execute"] is own
    assert not hasattr(DefaultDialect.do_execute, "__wrapped__")


def test_an_async_session_is_seen_with_the_line_that_awaits_it(
    follow: Follow, tmp_path: Path
) -> None:
    follow(*ALL)
    address = f"sqlite+aiosqlite:///{tmp_path / 'async.sqlite3'}"

    async def work() -> None:
        engine = create_async_engine(address)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with AsyncSession(engine) as session:
            await session.execute(text("SELECT 'the line that awaits', name FROM item"))
            await session.rollback()
        await engine.dispose()

    asked = asked_for(work)
    (select,) = [call for call in asked.calls if call.text == "SELECT ?, name FROM item"]
    assert select.operation.source.startswith("instrumentation/test_sqlalchemy.py:")
    assert select.operation.source.endswith("<locals>.work")
    assert not any(call.around for call in asked.calls)


@pytest.mark.needs_system("pg_ctlcluster")
@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_what_a_driver_does_below_belongs_to_the_statement(
    driver: str, follow: Follow, postgresql: PostgreSQLServer
) -> None:
    follow(*ALL)
    address = postgresql.address.replace("postgresql", f"postgresql+{driver}")

    async def ask() -> Asked:
        engine = create_async_engine(address)
        async with engine.connect() as first:
            await first.execute(text("SELECT 1"))

        async def work() -> None:
            async with engine.begin() as connection:
                await connection.execute(text("SELECT pg_sleep(0.02), CAST(:a AS int)"), {"a": 5})
                async with connection.begin_nested():
                    await connection.execute(text("SELECT 2"))

        asked = await ask_for(work)
        await engine.dispose()
        return asked

    assert seen(asyncio.run(ask())) == [
        (WAIT, False),
        ("SELECT pg_sleep(?), CAST(? AS int)", False),
        ("SAVEPOINT ?", False),
        ("SELECT ?", False),
        ("RELEASE SAVEPOINT ?", False),
        ("COMMIT", False),
    ]


@pytest.mark.needs_system("pg_ctlcluster")
@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_what_a_statement_takes_is_what_was_measured_around_it(
    driver: str, follow: Follow, postgresql: PostgreSQLServer
) -> None:
    follow(*ALL)
    address = postgresql.address.replace("postgresql", f"postgresql+{driver}")

    async def ask(parallel: int) -> Asked:
        engine = create_async_engine(address, pool_size=parallel)
        connections = [await engine.connect() for _ in range(parallel)]

        async def sleep(connection: AsyncConnection) -> None:
            await connection.execute(text("SELECT pg_sleep(0.02)"))

        for connection in connections:
            await connection.execute(text("SELECT 1"))
        asked = await ask_for(lambda: asyncio.gather(*map(sleep, connections)))
        for connection in connections:
            await connection.close()
        await engine.dispose()
        return asked

    one = nearest(lambda: asyncio.run(ask(1)))
    assert one.texts == ["SELECT pg_sleep(?)"]
    assert one.seconds(LatencyType.DATABASE) == pytest.approx(one.measured[0], rel=0.05)
    ten = asyncio.run(ask(10))
    assert ten.texts == ["SELECT pg_sleep(?)"] * 10
    assert sum(call.seconds for call in ten.calls) >= 10 * 0.02
    assert ten.seconds(LatencyType.DATABASE) <= ten.measured[0]


@pytest.mark.needs_system("pg_ctlcluster")
def test_a_statement_that_is_given_up_ends_with_the_request_going_on(
    follow: Follow, postgresql: PostgreSQLServer
) -> None:
    follow(*ALL)

    async def work() -> None:
        engine = create_async_engine(postgresql.address.replace("sql:", "sql+asyncpg:"))
        async with engine.connect() as connection:
            sleep = connection.execute(text("SELECT pg_sleep(9)"))
            with suppress(TimeoutError):
                await asyncio.wait_for(sleep, 0.05)
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        await engine.dispose()

    calls = {call.text: call for call in asked_for(work).calls}
    assert calls["SELECT pg_sleep(?)"].seconds is not None
    assert not calls["SELECT pg_sleep(?)"].has_failed
    assert calls["SELECT ?"].seconds is not None


def test_sqlite_itself_is_not_seen_below(follow: Follow, engine: sqlalchemy.Engine) -> None:
    follow(*ALL)

    def work() -> None:
        with engine.connect() as connection:
            raw: object = connection.connection.dbapi_connection
            assert isinstance(raw, sqlite3.Connection)
            connection.execute(text("SELECT 1")).all()

    assert asked_in_a_thread(work).texts == [WAIT, "SELECT ?"]
