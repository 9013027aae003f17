"""SQLAlchemy 2: statements, COMMIT and ROLLBACK at its dialects, and the wait for its pools.

The dialect is the public door to a driver: a statement passes it once, whoever asked, also of an
`insertmanyvalues` that is sent in parts. The driver below belongs to it. `AsyncSession` runs in a
greenlet, which shares the context of the coroutine that awaits it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.integrations import Undo, require
from api_performance.instrumentation.statements import WAIT, Statements, statements_of
from api_performance.instrumentation.wrapping import (
    BeginAsGiven,
    Wrap,
    part_of,
    timed,
    timed_as_given,
    wrap_all,
)
from api_performance.measure.latency import Span

SYSTEMS: Final = {"mssql": "microsoft.sql_server", "oracle": "oracle.db"}
"""What a dialect is called in OpenTelemetry's conventions, where that is another name."""


POOLS: Final = ("Pool", "SingletonThreadPool")
"""The classes that say how one connects to a pool: all others inherit it."""


def attach(module: ModuleType) -> Undo:
    """Follow every engine, also those that are there already."""
    require("sqlalchemy", "2.0")
    pools = import_module("sqlalchemy.pool")
    dialects = _Dialects(part_of(module, "Dialect"))
    dialects.follow(part_of(module, "default.DefaultDialect"), METHODS)

    def begin_wait(pool: Any) -> Span | None:  # Any: some pool
        dialect = getattr(pool, "_dialect", None)
        dialects.follow_overrides(type(dialect))
        return _statements(getattr(dialect, "name", "")).begin_other(WAIT)

    try:
        undo_pool = wrap_all(
            *(Wrap(part_of(pools, name), "connect", timed(begin_wait)) for name in POOLS)
        )
    except Exception:
        dialects.leave()
        raise

    def undo() -> None:
        undo_pool()
        dialects.leave()

    return undo


@cache
def _statements(name: str) -> Statements:
    return statements_of(SYSTEMS.get(name, name))


# Any, from here on: a dialect, and a cursor and parameters of whatever driver


def _begin_execute(args: tuple[Any, ...], _options: object) -> Span | None:
    dialect, _, statement, parameters = args[:4]
    return _statements(dialect.name).begin(statement, parameters)


def _begin_executemany(args: tuple[Any, ...], _options: object) -> Span | None:
    dialect, _, statement = args[:3]
    return _statements(dialect.name).begin_other(statement)


def _begin_execute_no_params(args: tuple[Any, ...], _options: object) -> Span | None:
    dialect, _, statement = args[:3]
    return _statements(dialect.name).begin(statement)


def _begin_commit(args: tuple[Any, ...], _options: object) -> Span | None:
    return _statements(args[0].name).begin_other("COMMIT")


def _begin_rollback(args: tuple[Any, ...], _options: object) -> Span | None:
    dialect, connection = args[:2]
    if _is_idle(getattr(connection, "driver_connection", None)):
        return None
    return _statements(dialect.name).begin_other("ROLLBACK")


def _is_idle(driver: Any) -> bool:
    """Tell whether a driver asks its server nothing, for no transaction is open.

    A pool rolls every connection back that it is given. Asked are sqlite3 and aiosqlite, asyncpg,
    and psycopg with its kin (0: IDLE).
    """
    if getattr(driver, "in_transaction", None) is False:
        return True
    is_in_transaction = getattr(driver, "is_in_transaction", None)
    if is_in_transaction is not None:
        return not is_in_transaction()
    return getattr(getattr(driver, "info", None), "transaction_status", None) == 0


METHODS: Final[Mapping[str, BeginAsGiven]] = {
    "do_execute": _begin_execute,
    "do_executemany": _begin_executemany,
    "do_execute_no_params": _begin_execute_no_params,
    "do_commit": _begin_commit,
    "do_rollback": _begin_rollback,
}


class _Dialects:
    """The classes of dialects that are wrapped: a few override what DefaultDialect does."""

    def __init__(self, interface: type) -> None:
        """Know none yet but the interface of all, which does nothing."""
        self._lock = threading.Lock()
        self._known = {interface, object}
        self._undo: list[Undo] = []

    def follow_overrides(self, dialect: type) -> None:
        """Wrap what a dialect and its bases do themselves; once for each."""
        if dialect not in self._known:
            for base in dialect.__mro__:
                own = METHODS.keys() & vars(base).keys()
                self.follow(base, {name: METHODS[name] for name in own})

    def follow(self, dialect: type, methods: Mapping[str, BeginAsGiven]) -> None:
        """Wrap methods of a class; NotFollowed, with nothing changed, if it lacks one of them."""
        with self._lock:
            if dialect not in self._known:
                wraps = [
                    Wrap(dialect, name, timed_as_given(begin)) for name, begin in methods.items()
                ]
                self._undo.append(wrap_all(*wraps))
                self._known.add(dialect)

    def leave(self) -> None:
        """Give all of them back."""
        with self._lock:
            while self._undo:
                self._undo.pop()()
