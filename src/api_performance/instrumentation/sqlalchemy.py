"""SQLAlchemy 2: statements, COMMIT and ROLLBACK at its dialects, and the wait for its pools.

The dialect is the public door to a driver: a statement passes it once, whoever asked, also of an
`insertmanyvalues` that is sent in parts. The driver below belongs to it. `AsyncSession` runs in a
greenlet, which shares the context of the coroutine that awaits it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.integrations import Undo, require
from api_performance.instrumentation.statements import WAIT, Statements, statements_of
from api_performance.instrumentation.wrapping import (
    Tell,
    Wrap,
    part_of,
    timed_call,
    wrap_all,
)
from api_performance.measure.operations import Told, begin

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

    def tell_wait(args: tuple[Any, ...], _options: object) -> Told:  # Any: some pool
        dialect = getattr(args[0], "_dialect", None)
        dialects.follow_overrides(type(dialect))
        return _tell_other(dialect, WAIT)

    try:
        undo_pool = wrap_all(
            *(Wrap(part_of(pools, name), "connect", timed_call(tell_wait)) for name in POOLS)
        )
    except Exception:
        dialects.leave()
        raise

    def undo() -> None:
        undo_pool()
        dialects.leave()

    return undo


KNOWN: Final[dict[type, tuple[Statements, bool]]] = {}
"""The statements of a class of dialects, and whether its calls may leave their thread.

To ask a dialect for its name and nature takes a sixth of all that a call costs.
"""


def statements_for(dialect: type) -> tuple[Statements, bool]:
    """Return what KNOWN has of a class, which is asked at its first use."""
    if dialect not in KNOWN:
        name = getattr(dialect, "name", "")
        system = SYSTEMS.get(name, name)
        KNOWN[dialect] = statements_of(system), getattr(dialect, "is_async", True)
    return KNOWN[dialect]


# Any, from here on: a dialect, and a cursor and parameters of whatever driver


def _tell_execute(args: tuple[Any, ...], _options: object) -> Told:
    sql, parameters = args[2], args[3]
    try:  # what is asked for most, without a call
        statements, is_async = KNOWN[type(args[0])]
        if type(parameters) is tuple and not is_async:
            return statements.known[sql], hash((sql, parameters))
    except (KeyError, TypeError):  # it is new, or has a value without a hash
        statements, is_async = statements_for(type(args[0]))
    told = statements.tell(sql, parameters)
    return begin(*told) if is_async else told


def _tell_executemany(args: tuple[Any, ...], _options: object) -> Told:
    dialect, _, statement = args[:3]
    return _tell_other(dialect, statement)


def _tell_execute_no_params(args: tuple[Any, ...], _options: object) -> Told:
    statements, is_async = statements_for(type(args[0]))
    told = statements.tell(args[2])
    return begin(*told) if is_async else told


def _tell_commit(args: tuple[Any, ...], _options: object) -> Told:
    return _tell_other(args[0], "COMMIT")


def _tell_rollback(args: tuple[Any, ...], _options: object) -> Told:
    dialect, connection = args[:2]
    if _is_idle(getattr(connection, "driver_connection", None)):
        return None
    return _tell_other(dialect, "ROLLBACK")


def _tell_other(dialect: Any, statement: str) -> Told:
    """Tell of what is called in a greenlet, which others may run beside, as a span."""
    statements, is_async = statements_for(type(dialect))
    operation = statements.operation(statement)
    return begin(operation) if is_async else (operation, 0)


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


METHODS: Final[Mapping[str, Tell]] = {
    "do_execute": _tell_execute,
    "do_executemany": _tell_executemany,
    "do_execute_no_params": _tell_execute_no_params,
    "do_commit": _tell_commit,
    "do_rollback": _tell_rollback,
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

    def follow(self, dialect: type, methods: Mapping[str, Tell]) -> None:
        """Wrap methods of a class; NotFollowed, with nothing changed, if it lacks one of them."""
        with self._lock:
            if dialect not in self._known:
                wraps = [Wrap(dialect, name, timed_call(tell)) for name, tell in methods.items()]
                self._undo.append(wrap_all(*wraps))
                self._known.add(dialect)

    def leave(self) -> None:
        """Give all of them back."""
        with self._lock:
            while self._undo:
                self._undo.pop()()
