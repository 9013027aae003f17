"""aiosqlite: what is handed to a connection's own thread, its turn there included.

Everything passes one coroutine. Reading rows is charged to the database as part of no call.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.integrations import Undo, require
from api_performance.instrumentation.statements import begin_reading, statements_of
from api_performance.instrumentation.wrapping import Wrap, part_of, timed, wrap_all
from api_performance.measure.latency import Span

STATEMENTS: Final = statements_of("sqlite")

WITH_SQL: Final = frozenset({"execute", "_execute_fetchall", "_execute_insert"})
MANY: Final = frozenset({"executemany", "executescript"})
TRANSACTION: Final = {"commit": "COMMIT", "rollback": "ROLLBACK"}


def attach(module: ModuleType) -> Undo:
    """Follow every connection, also those that are there already."""
    require("aiosqlite", "0.19")
    connection = part_of(module, "Connection")
    return wrap_all(Wrap(connection, "_execute", timed(_begin)))


def _begin(connection: Any, function: Any, *args: Any, **_: Any) -> Span | None:
    """Any: a connection, a method of sqlite3's and its arguments."""
    name = getattr(function, "__name__", "")
    if name in WITH_SQL:
        return STATEMENTS.begin(*args[:2])
    if name in MANY:
        return STATEMENTS.begin_other(args[0])
    if name in TRANSACTION:
        return STATEMENTS.begin_other(TRANSACTION[name]) if connection.in_transaction else None
    return begin_reading()
