"""Many packed windows of one endpoint added up at once, column by column.

A column is one number, or one sketch, of all the windows: adding it up happens in C. A window of a
few requests takes 10 microseconds so, and 100 unpacked and merged one by one; the result is equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from api_performance.measure.calls import OperationStats
from api_performance.measure.exemplars import merge_slowest, merge_typical
from api_performance.measure.sketch import Sketch
from api_performance.measure.users import UserSketch
from api_performance.measure.window import MAX_STATUSES, ClassStats, State, Window

_ADDED: Final = frozenset(
    {
        "start", "statuses", "classes", "under", "latency_nanoseconds", "latency", "bytes_in",
        "bytes_out", "in_flight_peak", "exceptions", "messages", "open_connections", "users",
        "background", "edge_wait", "plain", "operations", "slowest", "typical",
    }
)  # fmt: skip
_OTHERS: Final = [name for name in State.__struct_fields__ if name not in _ADDED]
"""What is not added up here: a window that has any of it is merged as ever."""

_Join = Callable[[list[int]], int]


def sum_of_packed(
    packed: Sequence[bytes],
    *,
    is_parallel: bool = False,
    with_latency: bool = True,
    with_operations: bool = True,
) -> Window:
    """Return the windows that `Window.pack` wrote as one; ValueError if one is not that.

    It begins where the first of them does. `is_parallel`: they cover one slice in several
    processes, as for `Window.merge`; what is left out is as for `Window.unpack`.
    """

    def unpack(data: bytes) -> Window:
        return Window.unpack(data, with_latency=with_latency, with_operations=with_operations)

    if len(packed) == 1:
        return unpack(packed[0])
    states = [State.read(each) for each in packed]
    statuses = _statuses(states)
    if len(statuses) > MAX_STATUSES or not _are_alike(states):
        return _merged(map(unpack, packed), is_parallel=is_parallel)
    whole = Window(states[0].start, statuses=statuses)
    _add_numbers(whole, states, sum if is_parallel else max)
    _add_sketches(whole, states)
    if with_latency:
        whole.latency = _sketches(pair for state in states for pair in state.latency)
    if with_operations:
        _add_operations(whole, states)
    whole.users = UserSketch.unpack(b"".join([state.users for state in states]))
    return whole


def _merged(windows: Iterable[Window], *, is_parallel: bool) -> Window:
    first, *others = windows
    for window in others:
        first.merge(window, is_parallel=is_parallel)
    return first


def _are_alike(states: Iterable[State]) -> bool:
    """Tell whether those with requests have the same thresholds, and none has what others lack."""
    bounds = {tuple(state.under) for state in states if state.statuses}
    return len(bounds) <= 1 and not any(
        getattr(state, name) for name in _OTHERS for state in states
    )


def _statuses(states: Iterable[State]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for state in states:
        for status, count in state.statuses.items():
            counts[status] = counts[status] + count if status in counts else count
    return counts


def _add_numbers(whole: Window, states: Sequence[State], at_once: _Join) -> None:
    called = [state.under for state in states if state.statuses]
    if called:
        sums = map(sum, zip(*(under.values() for under in called), strict=True))
        whole.under = dict(zip(called[0], sums, strict=True))
    columns = zip(*(state.latency_nanoseconds for state in states), strict=True)
    whole.latency_seconds = tuple([sum(column) / 1e9 for column in columns])
    whole.bytes_in = sum([state.bytes_in for state in states])
    whole.bytes_out = sum([state.bytes_out for state in states])
    whole.exceptions = sum([state.exceptions for state in states])
    whole.messages = sum([state.messages for state in states])
    whole.in_flight_peak = at_once([state.in_flight_peak for state in states])
    whole.open_connections = at_once([state.open_connections for state in states])


def _add_sketches(whole: Window, states: Sequence[State]) -> None:
    whole.plain = _sketches(pair for state in states for pair in state.plain)
    classes = [each for state in states for each in state.classes]
    response_times = _sketches((key, packed) for key, packed, _ in classes)
    ttfbs = _sketches((key, packed) for key, _, packed in classes)
    whole.classes = {key: ClassStats(each, ttfbs[key]) for key, each in response_times.items()}
    whole.background = Sketch.unpack_sum([each.background for each in states if each.background])
    whole.edge_wait = Sketch.unpack_sum([each.edge_wait for each in states if each.edge_wait])


def _add_operations(whole: Window, states: Iterable[State]) -> None:
    operations = whole.operations
    for state in states:
        for operation_id, stats in map(OperationStats.unpacked, state.operations):
            known = operations.setdefault(operation_id, stats)
            if known is not stats:
                known.merge(stats)
        merge_slowest(whole.slowest, state.slowest)
        merge_typical(whole.typical, state.typical)


def _sketches(pairs: Iterable[tuple[int, bytes]]) -> dict[int, Sketch]:
    packed: dict[int, list[bytes]] = {}
    for key, sketch in pairs:
        of_key = packed.setdefault(key, [])
        if sketch:
            of_key.append(sketch)
    return {key: Sketch.unpack_sum(its) for key, its in packed.items()}
