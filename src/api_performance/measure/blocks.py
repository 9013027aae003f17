"""Blocks of an event loop as an endpoint's windows keep them: beside its operations, by their line.

Of each line that blocked there is one operation, and one for each endpoint whose requests waited.
They have no exclusive time: what blocked is processing, or the call that it stood in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from api_performance.measure.calls import MAX_PER_ENDPOINT, OperationStats
from api_performance.measure.operations import known
from api_performance.measure.pauses import Blocked
from api_performance.measure.sketch import Sketch
from api_performance.model import EVENT_LOOP, WAITED_FOR_LOOP, LatencyType, Operation

MAX_BLOCKS: Final = 64
"""Blocks of an endpoint that wait for the drain: at the default bound three seconds of them."""

UNSEEN: Final = "code that was not seen"


def add_blocks(
    operations: dict[str, OperationStats], blocks: Iterable[Blocked], told_apart: set[str]
) -> None:
    """Add blocks to a window's operations; what `told_apart` has no room for is passed over.

    So is a collection of garbage: whichever line it begins in, it is not that line's.
    """
    for blocked in blocks:
        if blocked.is_collection:
            continue
        place = str(blocked.place or UNSEEN)
        found = [(_operation(EVENT_LOOP, place, place), 1)]
        for endpoint, count in blocked.waiting:
            waited = _operation(WAITED_FOR_LOOP, f"{place} {endpoint.name}", place)
            found.append((waited, count))
        for operation, count in found:
            if operation.id not in told_apart and len(told_apart) < MAX_PER_ENDPOINT:
                told_apart.add(operation.id)
            if operation.id in told_apart:
                stats = operations.setdefault(operation.id, OperationStats())
                stats.merge(_stats(blocked.seconds, count))


def _operation(system: str, text: str, place: str) -> Operation:
    return known(LatencyType.PROCESSING, text, system, source=place)


def _stats(seconds: float, count: int) -> OperationStats:
    return OperationStats(
        requests=count,
        calls=count,
        most_calls=1,
        wall_seconds=seconds * count,
        seconds=Sketch.of_equal(seconds, count),
    )
