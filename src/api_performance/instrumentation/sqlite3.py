"""sqlite3: what cursors and connections of `sqlite3.connect` do.

Its classes are written in C and cannot be changed, so `connect` hands out a class derived from the
one that was asked for. SQLite looks for rows while they are read: reading many at once is charged
to the database, as part of no call; reading one is not, for that would cost more than the row.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from functools import cache, wraps
from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.integrations import NotFollowed, Undo
from api_performance.instrumentation.statements import begin_reading, statements_of
from api_performance.instrumentation.wrapping import Begin, Wrap, timed, wrap_all
from api_performance.measure.latency import Span

STATEMENTS: Final = statements_of("sqlite")

FACTORY: Final = 5
"""Where `connect` takes the connection's class, if not by its name."""

# Any, from here on: a connection or cursor, and whatever is asked of it


def attach(module: ModuleType) -> Undo:
    """Follow the connections that are made from now on."""
    for name in ("connect", "dbapi2", "Connection", "Cursor"):
        if not hasattr(module, name):
            raise NotFollowed(f"{module.__name__} has no {name}, which it should have")
    return wrap_all(
        Wrap(module, "connect", _connecting), Wrap(module.dbapi2, "connect", _connecting)
    )


def _connecting(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def connect(*args: Any, **kwargs: Any) -> Any:
        if _is_ours(sys._getframe(1).f_globals):
            return original(*args, **kwargs)
        if len(args) > FACTORY:
            factory = _followed_connection(args[FACTORY])
            return original(*args[:FACTORY], factory, *args[FACTORY + 1 :], **kwargs)
        kwargs["factory"] = _followed_connection(kwargs.get("factory") or sqlite3.Connection)
        return original(*args, **kwargs)

    return connect


def _is_ours(asking: dict[str, Any]) -> bool:
    """Tell whether our own store asks, which is no work of the program's."""
    return str(asking.get("__name__", "")).startswith("api_performance.")


@cache
def _followed_connection(factory: Any) -> Any:
    """Return a class that does what the given one does, and times it; a function is left alone."""
    if not isinstance(factory, type) or not issubclass(factory, sqlite3.Connection):
        return factory

    def cursor(self: Any, factory: Any = sqlite3.Cursor) -> Any:
        return super(followed, self).cursor(_followed_cursor(factory))

    followed: Any = _derived(
        factory,
        {
            "cursor": cursor,
            "execute": _through_cursor(factory, "execute", _begin_execute),
            "executemany": _through_cursor(factory, "executemany", _begin_other),
            "executescript": _through_cursor(factory, "executescript", _begin_other),
            "commit": timed(_begin_commit)(factory.commit),
            "rollback": timed(_begin_rollback)(factory.rollback),
            "__exit__": timed(_begin_exit)(factory.__exit__),
        },
    )
    return followed


def _through_cursor(factory: Any, name: str, begin: Begin) -> Any:
    """Return a connection's method: what it stands for is to make a cursor and call that's.

    In C it makes one of its own class, whose reading nobody would see.
    """
    original = getattr(factory, name)
    if original is not getattr(sqlite3.Connection, name):
        return timed(begin)(original)  # a class that does more

    @wraps(original)
    def execute(self: Any, *args: Any) -> Any:
        cursor = sqlite3.Connection.cursor(self, _followed_cursor(sqlite3.Cursor))
        return getattr(cursor, name)(*args)

    return execute


@cache
def _followed_cursor(factory: Any) -> Any:
    if not isinstance(factory, type) or not issubclass(factory, sqlite3.Cursor):
        return factory
    return _derived(
        factory,
        {
            "execute": timed(_begin_execute)(factory.execute),
            "executemany": timed(_begin_other)(factory.executemany),
            "executescript": timed(_begin_other)(factory.executescript),
            "fetchmany": timed(begin_reading)(factory.fetchmany),
            "fetchall": timed(begin_reading)(factory.fetchall),
        },
    )


def _derived(base: type, methods: dict[str, Any]) -> Any:
    """Derive a class that looks like its base to whoever prints or pickles its name."""
    names = {"__module__": base.__module__, "__qualname__": base.__qualname__}
    return type(base.__name__, (base,), methods | names | {"__doc__": base.__doc__})


def _begin_execute(_cursor: Any, sql: str, parameters: Any = (), /) -> Span | None:
    return STATEMENTS.begin(sql, parameters)


def _begin_other(_cursor: Any, sql: str, *_: Any) -> Span | None:
    return STATEMENTS.begin_other(sql)


def _begin_commit(connection: Any) -> Span | None:
    return STATEMENTS.begin_other("COMMIT") if connection.in_transaction else None


def _begin_rollback(connection: Any) -> Span | None:
    return STATEMENTS.begin_other("ROLLBACK") if connection.in_transaction else None


def _begin_exit(connection: Any, kind: Any, *_: Any) -> Span | None:
    return _begin_commit(connection) if kind is None else _begin_rollback(connection)
