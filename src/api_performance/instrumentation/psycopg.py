"""psycopg 3, sync and async: statements with the rows that they bring, COMMIT and ROLLBACK.

Whatever else waits for the server is charged to the database as part of no call: the rows that a
server's cursor or a stream brings later, COPY, a pipeline's answers.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.integrations import Undo, require
from api_performance.instrumentation.statements import CONNECT, begin_reading, statements_of
from api_performance.instrumentation.wrapping import Begin, Wrap, part_of, timed, wrap_all
from api_performance.measure.latency import Span

STATEMENTS: Final = statements_of("postgresql")

# Any, from here on: a connection, cursor or transaction, and whatever is asked of it


def attach(module: ModuleType) -> Undo:
    """Follow every connection, also those that are there already."""
    require("psycopg", "3.1.8")
    wraps = [
        Wrap(part_of(module, owner), name, timed(begin))
        for owner, methods in METHODS.items()
        for name, begin in methods.items()
    ]
    return wrap_all(*wraps, Wrap(module, "connect", timed(_begin_connect)))


def _begin_execute(cursor: Any, query: Any, params: Any = None, *_: Any, **__: Any) -> Span | None:
    return STATEMENTS.begin(_text(query, cursor), params)


def _begin_executemany(cursor: Any, query: Any, *_: Any, **__: Any) -> Span | None:
    return STATEMENTS.begin_other(_text(query, cursor))


def _text(query: Any, cursor: Any) -> str:
    """Return the text of a query: a string, bytes, or composed of parts, values among them."""
    if isinstance(query, str):
        return query
    if isinstance(query, bytes):
        return query.decode("utf-8", "replace")
    as_string = getattr(query, "as_string", None)
    return as_string(cursor) if as_string is not None else "(template)"


def _begin_commit(connection: Any) -> Span | None:
    return None if _is_idle(connection) else STATEMENTS.begin_other("COMMIT")


def _begin_rollback(connection: Any) -> Span | None:
    return None if _is_idle(connection) else STATEMENTS.begin_other("ROLLBACK")


def _is_idle(connection: Any) -> bool:
    """Tell whether there is no transaction (0: IDLE), so that the server is asked nothing."""
    return bool(connection.pgconn.transaction_status == 0)


def _begin_transaction(_transaction: Any) -> Span | None:
    return STATEMENTS.begin_other("BEGIN")


def _begin_transactions_end(transaction: Any, kind: Any = None, *_: Any) -> Span | None:
    if transaction.savepoint_name:
        return STATEMENTS.begin_other("RELEASE ?" if kind is None else "ROLLBACK TO ?")
    return STATEMENTS.begin_other("COMMIT" if kind is None else "ROLLBACK")


def _begin_connect(*_: Any, **__: Any) -> Span | None:
    return STATEMENTS.begin_other(CONNECT)


_CURSOR: Final[dict[str, Begin]] = {
    "execute": _begin_execute,
    "executemany": _begin_executemany,
}
_CONNECTION: Final[dict[str, Begin]] = {
    "connect": _begin_connect,
    "commit": _begin_commit,
    "rollback": _begin_rollback,
    "wait": begin_reading,
}
METHODS: Final[dict[str, dict[str, Begin]]] = {
    "Cursor": _CURSOR,
    "AsyncCursor": _CURSOR,
    "ServerCursor": {"execute": _begin_execute},
    "AsyncServerCursor": {"execute": _begin_execute},
    "Connection": _CONNECTION,
    "AsyncConnection": _CONNECTION,
    "Transaction": {"__enter__": _begin_transaction, "__exit__": _begin_transactions_end},
    "AsyncTransaction": {"__aenter__": _begin_transaction, "__aexit__": _begin_transactions_end},
}
