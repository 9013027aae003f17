"""What moved with a change: latency types, operations and statuses, before it and after.

Numbers to numbers: two windows of one endpoint, each of many minutes, merged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from api_performance.changes.finding import Moved, MovedKind
from api_performance.measure.window import Window
from api_performance.model import LATENCY_PARTS, Operation

LEAST_SHARE: Final = 0.1
"""What has less than a tenth of a change explains nothing."""

LEAST_POINTS: Final = 0.005
"""A status that half a request of a hundred more or less has moved."""

LEAST_CHANGE: Final = 0.005
"""Of the mean response time: of less no part can be told."""

MOST_OF_A_KIND: Final = 5


def what_moved(before: Window, after: Window, operations: Mapping[str, Operation]) -> list[Moved]:
    """Return what moved between two windows, of each kind the most first; nothing without requests.

    Latency types and operations are told where they moved in the direction of the response time.
    """
    if not before.count or not after.count:
        return []
    usual = before.response_seconds / before.count
    slower = after.response_seconds / after.count - usual
    found = [*_statuses(before, after)]
    if abs(slower) > LEAST_CHANGE * usual:
        found += _latency_types(before, after, slower)
        found += _operations(before, after, slower, operations)
    ranked = sorted(found, key=lambda moved: -abs(moved.share))
    return [
        moved
        for kind in MovedKind
        for moved in [each for each in ranked if each.kind is kind][:MOST_OF_A_KIND]
    ]


def _latency_types(before: Window, after: Window, slower: float) -> Iterator[Moved]:
    for index, part in enumerate(LATENCY_PARTS):
        was = before.latency_seconds[index] / before.count
        now = after.latency_seconds[index] / after.count
        yield from _timed(MovedKind.LATENCY_TYPE, part.value, was, now, slower)


def _operations(
    before: Window, after: Window, slower: float, operations: Mapping[str, Operation]
) -> Iterator[Moved]:
    for operation_id in before.operations.keys() | after.operations.keys():
        operation = operations.get(operation_id)
        if operation is None or operation.is_step:
            continue
        was, now = _a_request(before, operation_id), _a_request(after, operation_id)
        yield from _timed(MovedKind.OPERATION, operation.text, was, now, slower)


def _a_request(window: Window, operation_id: str) -> float:
    stats = window.operations.get(operation_id)
    return stats.exclusive_seconds / window.count if stats else 0.0


def _timed(kind: MovedKind, name: str, was: float, now: float, slower: float) -> Iterator[Moved]:
    share = (now - was) / slower
    if share >= LEAST_SHARE:
        yield Moved(kind, name, was, now, min(share, 1.0))


def _statuses(before: Window, after: Window) -> Iterator[Moved]:
    for status in sorted(before.statuses.keys() | after.statuses.keys()):
        was = before.statuses.get(status, 0) / before.count
        now = after.statuses.get(status, 0) / after.count
        if abs(now - was) >= LEAST_POINTS:
            yield Moved(MovedKind.STATUS, str(status), was, now, now - was)
