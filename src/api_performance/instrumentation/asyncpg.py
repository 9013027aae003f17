"""asyncpg: statements with all of their rows, cursors, COPY, and the wait for its pools.

A transaction's BEGIN, COMMIT and ROLLBACK are statements to it. What a cursor fetches after the
first rows is charged to the database as part of no call.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.integrations import Undo, require
from api_performance.instrumentation.statements import CONNECT, WAIT, begin_reading, statements_of
from api_performance.instrumentation.wrapping import Begin, Wrap, part_of, timed, wrap_all
from api_performance.measure.latency import Span

STATEMENTS: Final = statements_of("postgresql")

# Any, from here on: a connection, statement, cursor or pool, and whatever is asked of it


def attach(module: ModuleType) -> Undo:
    """Follow every connection, also those that are there already."""
    require("asyncpg", "0.27")
    wraps = [
        Wrap(part_of(module, owner), name, timed(begin))
        for owner, methods in METHODS.items()
        for name, begin in methods.items()
    ]
    return wrap_all(*wraps, Wrap(module, "connect", timed(_begin_connect)))


def _begin_query(_connection: Any, query: str, *args: Any, **_: Any) -> Span | None:
    return STATEMENTS.begin(query, args)


def _begin_many(_connection: Any, query: str, *_: Any, **__: Any) -> Span | None:
    return STATEMENTS.begin_other(query)


def _begin_prepared(statement: Any, *args: Any, **_: Any) -> Span | None:
    return STATEMENTS.begin(statement.get_query(), args)


def _begin_prepared_many(statement: Any, *_: Any, **__: Any) -> Span | None:
    return STATEMENTS.begin_other(statement.get_query())


def _begin_cursor(cursor: Any, *_: Any, **__: Any) -> Span | None:
    return STATEMENTS.begin(cursor._query, tuple(cursor._args))


def _begin_copy_from(_connection: Any, table: str, *_: Any, **__: Any) -> Span | None:
    return STATEMENTS.begin_other(f"COPY {table} TO STDOUT")


def _begin_copy_to(_connection: Any, table: str, *_: Any, **__: Any) -> Span | None:
    return STATEMENTS.begin_other(f"COPY {table} FROM STDIN")


def _begin_wait(*_: Any, **__: Any) -> Span | None:
    return STATEMENTS.begin_other(WAIT)


def _begin_connect(*_: Any, **__: Any) -> Span | None:
    return STATEMENTS.begin_other(CONNECT)


METHODS: Final[dict[str, dict[str, Begin]]] = {
    "connection.Connection": {
        "execute": _begin_query,
        "executemany": _begin_many,
        "fetch": _begin_query,
        "fetchval": _begin_query,
        "fetchrow": _begin_query,
        "prepare": begin_reading,
        "copy_from_query": _begin_query,
        "copy_from_table": _begin_copy_from,
        "copy_to_table": _begin_copy_to,
        "copy_records_to_table": _begin_copy_to,
    },
    "prepared_stmt.PreparedStatement": {
        "fetch": _begin_prepared,
        "fetchval": _begin_prepared,
        "fetchrow": _begin_prepared,
        "executemany": _begin_prepared_many,
    },
    "cursor.BaseCursor": {
        "_bind_exec": _begin_cursor,
        "_bind": _begin_cursor,
        "_exec": begin_reading,
    },
    "pool.Pool": {"_acquire": _begin_wait},
}
