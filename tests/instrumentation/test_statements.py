"""What all clients of databases share: texts, marks, faults, and a library that changed."""

from __future__ import annotations

import asyncio
import gc
import logging
import sqlite3
import types
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.dialects.mssql.base import MSDialect
from sqlalchemy.dialects.postgresql.base import PGDialect

from api_performance.instrumentation import sqlalchemy as sqlalchemy_room
from api_performance.instrumentation import wrapping
from api_performance.instrumentation.integrations import INTEGRATIONS, Integrations, NotFollowed
from api_performance.instrumentation.statements import MAX_TEXTS, Statements
from api_performance.measure.latency import Span
from api_performance.measure.operations import end
from api_performance.model import LatencyType

from .asked import asked_for, asked_in_a_thread

pytestmark = pytest.mark.client_contract

ROOMS = ["sqlalchemy", "sqlite3", "aiosqlite", "asyncpg", "psycopg", "psycopg_pool"]


def test_statements_with_values_in_their_text_have_one_operation_and_fill_no_memory() -> None:
    statements = Statements("test_fills")

    def work() -> None:
        for number in range(MAX_TEXTS + 100):
            end(statements.begin(f"SELECT a FROM t WHERE id = {number}"))

    asked = asked_in_a_thread(work)
    assert {call.text for call in asked.calls} == {"SELECT a FROM t WHERE id = ?"}
    assert len(statements.known) == MAX_TEXTS


def test_equal_calls_share_a_mark_and_others_do_not() -> None:
    statements = Statements("test_marks")
    one, other = "SELECT a FROM t WHERE id = ?", "SELECT a FROM t WHERE id = 5"
    asked_of: list[tuple[str, Any]] = [
        (one, (1,)),
        (one, (1,)),
        (one, (2,)),
        (one, [1, 2]),
        (one, [1, 2]),
        (one, {"id": 1}),
        (one, {"id": 1}),
        (other, None),
        (other, None),
        (other.replace("5", "6"), None),
    ]

    def work() -> None:
        for sql, parameters in asked_of:
            end(statements.begin(sql, parameters))

    marks = [call.mark for call in asked_in_a_thread(work).calls]
    assert all(marks)
    assert marks[0] == marks[1] != marks[2]
    assert marks[3] == marks[4]
    assert marks[5] == marks[6]
    assert marks[7] == marks[8] != marks[9]


@pytest.mark.parametrize("parameters", [([1],), [{}], {"a": [1]}, iter([1])])
def test_what_cannot_be_hashed_or_is_used_up_has_no_mark(parameters: object) -> None:
    statements = Statements("test_no_marks")
    asked = asked_in_a_thread(lambda: end(statements.begin("SELECT ?", parameters)))
    assert [call.mark for call in asked.calls] == [0]


def test_outside_of_a_request_nothing_is_noted() -> None:
    statements = Statements("test_outside")
    for begin in (statements.begin, statements.begin_other):
        assert wrapped(begin, lambda sql: sql)("SELECT 1") == "SELECT 1"
    assert not statements.known


def wrapped(begin: Callable[..., Span | None], function: Callable[..., Any]) -> Callable[..., Any]:
    made: Callable[..., Any] = wrapping.timed(begin)(function)
    return made


def test_a_fault_of_ours_costs_one_line_in_the_log_and_no_call(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrapping, "_logged_at", -wrapping.LOG_EVERY_SECONDS)

    def failing(*_: object) -> Span | None:
        raise ZeroDivisionError("ours")

    call = wrapped(failing, lambda value: value * 2)
    results: list[int] = []
    with caplog.at_level(logging.WARNING, "api_performance"):
        asked_in_a_thread(lambda: results.extend(call(number) for number in (1, 2, 3)))
    assert results == [2, 4, 6]
    (line,) = [record.message for record in caplog.records]
    assert line.startswith("a call was not measured: ZeroDivisionError at test_statements.py:")


def test_an_error_of_the_call_comes_out_as_it_is_and_marks_it_failed() -> None:
    statements = Statements("test_errors")
    error = sqlite3.OperationalError("the database's own")

    async def failing(sql: str) -> None:
        raise error

    call = wrapped(lambda sql: statements.begin(sql), failing)

    async def work() -> None:
        with pytest.raises(sqlite3.OperationalError) as caught:
            await call("SELECT 1")
        assert caught.value is error

    asked = asked_for(work)
    assert [(call.text, call.has_failed) for call in asked.calls] == [("SELECT ?", True)]


def test_a_call_that_is_given_up_ends_and_did_not_fail() -> None:
    statements = Statements("test_cancelled")

    async def waiting(sql: str) -> None:
        await asyncio.Event().wait()

    call = wrapped(lambda sql: statements.begin(sql), waiting)

    async def work() -> None:
        task = asyncio.create_task(call("SELECT 1"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    (only,) = asked_for(work).calls
    assert not only.has_failed


DOCTORED = [
    ("sqlalchemy", "default.DefaultDialect", "do_commit"),
    ("aiosqlite", "Connection", "_execute"),
    ("asyncpg", "pool.Pool", "_acquire"),
    ("asyncpg", "connection.Connection", "fetchrow"),
    ("psycopg", "AsyncCursor", "execute"),
    ("psycopg", "Connection", "wait"),
    ("psycopg_pool", "AsyncConnectionPool", "getconn"),
]


@pytest.mark.parametrize(("room", "owner", "name"), DOCTORED)
def test_a_library_that_lacks_what_we_wrap_is_not_followed_and_stays_as_it_is(
    room: str,
    owner: str,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    module = __import__(INTEGRATIONS[room], fromlist=["x"])
    changed = wrapping.part_of(module, owner)
    for base in changed.__mro__:
        if name in vars(base):
            monkeypatch.delattr(base, name)
    before = {key: value for key, value in vars(changed).items() if callable(value)}
    integrations = Integrations()
    with caplog.at_level(logging.WARNING, "api_performance"):
        integrations.want([room])
        integrations.look()
    assert integrations.attached == []
    assert f"has no {name}" in integrations.failed[room]
    assert [record.message for record in caplog.records] == [integrations.failed[room]]
    assert {key: value for key, value in vars(changed).items() if callable(value)} == before


@pytest.mark.parametrize("missing", ["connect", "dbapi2", "Connection"])
def test_so_is_a_sqlite3_that_lacks_one(missing: str) -> None:
    from api_performance.instrumentation import sqlite3 as room

    module = types.ModuleType("sqlite3")
    vars(module).update({name: value for name, value in vars(sqlite3).items() if name != missing})
    with pytest.raises(NotFollowed, match=missing):
        room.attach(module)


@pytest.mark.parametrize("room", ["sqlalchemy", "aiosqlite", "asyncpg", "psycopg", "psycopg_pool"])
def test_a_release_that_is_too_old_is_named(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api_performance.instrumentation.integrations.version", lambda _: "0.9.2")
    __import__(INTEGRATIONS[room], fromlist=["x"])
    integrations = Integrations()
    integrations.want([room])
    assert "0.9.2 is older than" in integrations.failed[room]


def test_what_was_wrapped_is_given_back_whole() -> None:
    modules = [__import__(INTEGRATIONS[room], fromlist=["x"]) for room in ROOMS]

    def methods() -> list[dict[str, object]]:
        from sqlalchemy.engine.default import DefaultDialect
        from sqlalchemy.pool import Pool

        owners: list[Any] = [*modules, DefaultDialect, Pool]
        for module in modules:
            owners += [value for value in vars(module).values() if isinstance(value, type)]
        return [dict(vars(owner)) for owner in owners]

    gc.collect()
    before = methods()
    integrations = Integrations()
    integrations.want(ROOMS)
    assert integrations.attached == sorted(ROOMS)
    integrations.unwant(ROOMS)
    for was, now in zip(before, methods(), strict=True):
        assert was.keys() == now.keys()
        assert [name for name in was if was[name] is not now[name]] == []


def test_what_somebody_else_wrapped_after_us_stays_theirs() -> None:
    class Library:
        def call(self) -> str:
            return "library"

    undo = wrapping.wrap_all(wrapping.Wrap(Library, "call", wrapping.timed(lambda _: None)))
    ours = Library.call
    Library.call = lambda self: f"theirs around {ours(self)}"  # type: ignore[method-assign]  # a tracer does so
    undo()
    assert Library().call() == "theirs around library"


def test_systems_have_opentelemetrys_names() -> None:
    assert sqlalchemy_room.statements_for(MSDialect)[0]._system == "microsoft.sql_server"
    assert sqlalchemy_room.statements_for(PGDialect)[0]._system == "postgresql"


def test_a_statement_is_database_time() -> None:
    statements = Statements("test_type")
    asked = asked_in_a_thread(lambda: end(statements.begin("SELECT 1")))
    assert asked.calls[0].operation.latency_type is LatencyType.DATABASE
    assert asked.calls[0].operation.source.endswith(
        "in test_a_statement_is_database_time.<locals>.<lambda>"
    )
