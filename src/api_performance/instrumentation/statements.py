"""What the clients of databases have in common: a call for each statement, by its fingerprint."""

from __future__ import annotations

import sys
import threading
from functools import cache
from typing import Any, Final

from api_performance.instrumentation.sql_text import MAX_RAW, fingerprint
from api_performance.measure.latency import Call, Span
from api_performance.measure.operations import begin, known
from api_performance.measure.places import calling_place, place_of
from api_performance.model import LatencyType, Operation

MAX_TEXTS: Final = 2_000
"""Texts of a database whose fingerprints are remembered: then the oldest goes."""

WAIT: Final = "wait for a connection"
"""The operation in which a request waits for its turn, or for a connection to be made."""

CONNECT: Final = "connect"

READING: Final = Operation(LatencyType.DATABASE, "")
"""What is no call of its own."""


class Statements:
    """The operations of one database's statements, by their raw text. Safe in any thread."""

    def __init__(self, system: str) -> None:
        """Know none yet, in the SQL of `system`, a name of OpenTelemetry's."""
        self._system = system
        self._lock = threading.Lock()
        self.known: dict[str, Operation] = {}
        """By the raw text: to be read where it is asked for most."""

    def begin(self, sql: str, parameters: object = None) -> Span | None:
        """Begin the call of a statement; None outside of a request and inside of another call."""
        return begin(*self.tell(sql, parameters))

    def begin_other(self, sql: str) -> Span | None:
        """Likewise of one whose arguments are many, or are none."""
        return begin(self.operation(sql))

    def tell(self, sql: str, parameters: object = None) -> Call:
        """Tell what the call of a statement is."""
        try:
            operation = self.known[sql]
        except KeyError:
            operation = self._learned(sql)
        if type(parameters) is tuple:  # as most drivers are given
            try:
                return operation, hash((sql, parameters))
            except TypeError:
                return operation, 0
        return operation, _mark(sql, parameters)

    def operation(self, sql: str) -> Operation:
        """Return the operation of a statement."""
        return self.known.get(sql) or self._learned(sql)

    def _learned(self, sql: str) -> Operation:
        sql = sql[:MAX_RAW]
        operation = self.known.get(sql)
        if operation is None:
            text = fingerprint(sql, self._system)
            # A pool has many who wait for it: whoever was first says nothing of the others.
            source = "" if sql == WAIT else _asking_place()
            operation = known(LatencyType.DATABASE, text, self._system, source=source)
            with self._lock:
                if len(self.known) >= MAX_TEXTS:
                    del self.known[next(iter(self.known))]
                self.known[sql] = operation
        return operation


@cache
def statements_of(system: str) -> Statements:
    """Return those of a database, the same for all of its clients."""
    return Statements(system)


def _mark(sql: str, parameters: Any) -> int:  # Any: whatever a driver takes
    """Return what equal calls share: a hash of the text, which may hold values, and of all values.

    0 where one of them cannot be hashed, or looking at them would use them up.
    """
    try:
        kind = type(parameters)
        if kind is tuple or parameters is None:
            return hash((sql, parameters))
        if kind is list:
            return hash((sql, *parameters))
        return hash((sql, *parameters.items())) if kind is dict else 0
    except TypeError:
        return 0


def _asking_place() -> str:
    return calling_place() or _place_around_greenlet()


def _place_around_greenlet() -> str:
    """Return the place that awaits SQLAlchemy, which runs in a greenlet with a stack of its own."""
    greenlet = sys.modules.get("greenlet")
    parent = greenlet.getcurrent().parent if greenlet is not None else None
    return place_of(parent.gr_frame) if parent is not None else ""


def begin_reading(*_args: Any, **_kwargs: Any) -> Span | None:  # Any: whatever the call's are
    """Begin to wait for the database in what is no call of its own: rows that a call left there."""
    return begin(READING, None)
