"""psycopg_pool: the wait for a connection, of pools that keep some and of pools that keep none."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from api_performance.instrumentation.integrations import Undo, require
from api_performance.instrumentation.statements import WAIT, statements_of
from api_performance.instrumentation.wrapping import Wrap, part_of, timed, wrap_all
from api_performance.measure.latency import Span


def attach(module: ModuleType) -> Undo:
    """Follow every pool, also those that are there already."""
    require("psycopg_pool", "3.1.6")
    pools = [part_of(module, name) for name in ("ConnectionPool", "AsyncConnectionPool")]
    return wrap_all(*(Wrap(pool, "getconn", timed(_begin_wait)) for pool in pools))


def _begin_wait(*_: Any, **__: Any) -> Span | None:  # Any: a pool, and how long to wait
    return statements_of("postgresql").begin_other(WAIT)
