"""What lies between the calls of a loop: work of the client library, which ends with the loop."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Final

from api_performance.measure.called import SomeCalls
from api_performance.model import Operation

MOST_SECONDS: Final = 0.001
"""What of a pause counts: an ORM takes some 0.1 to 0.5 ms around a statement. What is longer is
work of the loop's own, or a wait for a processor."""


def seconds_between(calls: SomeCalls) -> Iterable[tuple[Operation, list[float]]]:
    """Return the pause before each call that repeats an operation, for each such operation.

    A pause is the time since all calls that began before were over, 0.0 if one was not, and at most
    MOST_SECONDS. Nothing if no operation was called twice.
    """
    pauses: dict[str, tuple[Operation, list[float]]] = {}
    called: set[str] = set()
    until = inf
    for operation, began, ended in zip(calls.operations, calls.began, calls.ended, strict=True):
        if operation.id in called:
            pause = min(max(began - until, 0.0), MOST_SECONDS)
            pauses.setdefault(operation.id, (operation, []))[1].append(pause)
        called.add(operation.id)
        until = ended if until == inf else max(until, ended)
    return pauses.values()
