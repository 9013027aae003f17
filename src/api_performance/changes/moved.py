"""What moved with a change: latency types, operations, statuses and instances, minute by minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from api_performance.analysis.minutes import Numbers
from api_performance.analysis.moved import Part
from api_performance.analysis.moved import what_moved as moved_of
from api_performance.changes.change import (
    BYTES_IN,
    BYTES_OUT,
    PART_METRICS,
    RESPONSE_TIME,
    THROUGHPUT,
)
from api_performance.changes.finding import Moved, MovedKind
from api_performance.measure.window import Window
from api_performance.model import LATENCY_PARTS, Operation

Minutes = Sequence[Window]
"""Windows of one endpoint, each of a minute."""

UNTIMED: Final = frozenset({THROUGHPUT, BYTES_IN, BYTES_OUT})
"""Metrics that no part of the time explains."""

MOST_OF_A_KIND: Final = 5

LEAST_POINTS: Final = 0.005
"""A status that half a request of a hundred more or less has moved."""


def what_moved(
    before: Minutes,
    after: Minutes,
    operations: Mapping[str, Operation],
    metric: str = RESPONSE_TIME,
) -> list[Moved]:
    """Return what moved beyond chance, of each kind the most first; nothing in a few minutes.

    Latency types and operations are told where they moved as the response time did, with a tenth
    of it or more; of a `metric` that is a part of the time, as that part did. What is no time has
    none of them.
    """
    found = []
    if metric not in UNTIMED:
        whole = _part("", before, after, seconds_of(metric))
        types = () if metric in PART_METRICS else _latency_types(before, after)
        found = [
            *_kept(MovedKind.LATENCY_TYPE, types, whole),
            *_kept(MovedKind.OPERATION, _operations(before, after, operations, metric), whole),
        ]
    statuses = _kept(MovedKind.STATUS, _statuses(before, after), None)
    return found + [each for each in statuses if abs(each.share) >= LEAST_POINTS]


def _kept(kind: MovedKind, parts: Iterable[Part], whole: Part | None) -> list[Moved]:
    """Return the parts of a kind that moved; the share of a status is by how much it did."""
    return [
        Moved(
            kind,
            each.name,
            each.before,
            each.after,
            each.after - each.before if each.share is None else min(each.share, 1.0),
        )
        for each in moved_of(parts, whole)
    ][:MOST_OF_A_KIND]


def seconds_of(metric: str) -> Callable[[Window], float]:
    """Return what reads of a window the seconds that a metric is of."""
    if metric in PART_METRICS:
        return partial(_latency_seconds, PART_METRICS.index(metric))
    return _response_seconds


def _response_seconds(window: Window) -> float:
    return window.response_seconds


def _part(name: str, before: Minutes, after: Minutes, amount: Callable[[Window], float]) -> Part:
    return Part(name, _per_request(before, amount), _per_request(after, amount))


def _per_request(minutes: Minutes, amount: Callable[[Window], float]) -> Numbers:
    return np.array([amount(each) / each.count for each in minutes if each.count], float)


def _latency_types(before: Minutes, after: Minutes) -> Iterator[Part]:
    for index, part in enumerate(LATENCY_PARTS):
        yield _part(part.value, before, after, partial(_latency_seconds, index))


def _latency_seconds(index: int, window: Window) -> float:
    return window.latency_seconds[index]


def _operations(
    before: Minutes, after: Minutes, operations: Mapping[str, Operation], metric: str
) -> Iterator[Part]:
    part = PART_METRICS.index(metric) if metric in PART_METRICS else None
    called = {each for window in (*before, *after) for each in window.operations}
    for operation_id in sorted(called):
        operation = operations.get(operation_id)
        if operation is None or operation.is_step:
            continue
        if part in (None, operation.part):
            seconds = partial(_exclusive_seconds, operation_id)
            yield _part(operation.text, before, after, seconds)


def _exclusive_seconds(operation_id: str, window: Window) -> float:
    stats = window.operations.get(operation_id)
    return stats.exclusive_seconds if stats else 0.0


def _statuses(before: Minutes, after: Minutes) -> Iterator[Part]:
    for status in sorted({each for window in (*before, *after) for each in window.statuses}):
        yield _part(str(status), before, after, partial(_requests_with, status))


def _requests_with(status: int, window: Window) -> float:
    return window.statuses.get(status, 0)
