"""Operations inside requests: what is known of them, and when one begins and ends.

An instrumentation asks `known` once for each different statement, keeps the answer, and calls
`begin` and `end` around every call. Outside of a measured request, after its response, and inside
of an operation that is whole, `begin` returns None: then there is nothing to end.
"""

from __future__ import annotations

import threading
from threading import get_ident
from typing import Final

from api_performance.measure.called import remember
from api_performance.measure.current import current_request
from api_performance.measure.latency import (
    AROUND,
    BREAKDOWN,
    ENDED,
    FAILED,
    OPERATION,
    Call,
    Span,
    current_span,
)
from api_performance.measure.places import calling_place
from api_performance.model import OTHER, LatencyType, Operation

MAX_OPERATIONS: Final = 2_000
"""Different operations that a process tells apart: what comes after is `(other)` of its type."""

MAX_TEXT: Final = 2_000
"""Characters of a fingerprint that are kept; a longer one is cut, and says so."""

# A method of an imported name is bound anew at each call, which costs 500 instructions.
_serving: Final = current_request.get
_begun_last: Final = current_span.get
_set_begun_last: Final = current_span.set

Told = Call | Span | None
"""What an instrumentation tells of a call: what it is, or a span that it began; None: nothing."""

_lock: Final = threading.Lock()
_known: Final[dict[tuple[LatencyType, str, str], Operation]] = {}


def known(
    latency_type: LatencyType,
    text: str,
    system: str = "",
    *,
    is_whole: bool = True,
    source: str | None = None,
) -> Operation:
    """Return the operation of a fingerprint, which must hold no value; bounded per process.

    `is_whole`: what runs inside of it is no operation of its own. At its first use the line of the
    program that led here is noted, unless its `source` is given. ValueError for TOTAL.
    """
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]} …"
    key = latency_type, system, text
    operation = _known.get(key)
    if operation is None:
        source = calling_place() if source is None else source
        with _lock:
            if key not in _known and len(_known) >= MAX_OPERATIONS:
                key = latency_type, "", OTHER
            made = Operation(latency_type, key[2], key[1], source, is_whole=is_whole)
            operation = _known.setdefault(key, made)
            remember(operation)
    return operation


def begin(
    operation: Operation,
    mark: int | None = 0,
    is_inner: bool = False,  # by name alone costs 200 instructions more
) -> Span | None:
    """Begin a call in the request that the running code serves; None where it is none of its own.

    Calls with equal arguments have equal marks, such as `hash` gives; 0 where they are unknown. A
    mark is forgotten with the request. One that `is_inner` is told apart inside of an operation
    that is whole, too, as the wait for a connection is. Without a mark at all it is no call: its
    time is charged, and nothing else is told of it.
    """
    request = _serving()
    if request is None:
        return None
    breakdown = request.opened or request.open_breakdown()
    if breakdown is None:
        return None
    outer = _begun_last()
    if breakdown.blocking is not None and breakdown.thread == get_ident():
        # It keeps the thread until it returns, so this lies in it.
        outer = breakdown.blocking_span(get_ident()) if is_inner else None
        if outer is None:
            return None
    while outer is not None and (outer[ENDED] is not None or outer[BREAKDOWN] is not breakdown):
        outer = outer[AROUND]
    if outer is not None and outer[OPERATION].is_whole and not is_inner:
        return None
    # As `breakdown.begin` does, whose call would cost as much as the span.
    spans, perf = breakdown.spans, breakdown.perf
    span = [operation, outer, perf(), None, mark, False, breakdown, 0.0]
    spans.append(span)
    if len(spans) > breakdown.limit:
        breakdown.make_room()
    _set_begun_last(span)
    return span


def begun(told: Told) -> Span | None:
    """Begin a call that an instrumentation told of."""
    return begin(*told) if isinstance(told, tuple) else told


def end(span: Span | None, has_failed: bool = False) -> None:
    """End a call, in the context it began in or another; a second time nothing happens."""
    if span is not None and span[ENDED] is None:
        if has_failed:
            span[FAILED] = True
        perf = span[BREAKDOWN].perf  # a slot that is called as if it were a method is found slowly
        span[ENDED] = perf()


def settle(span: Span, operation: Operation) -> None:
    """Say, before its end, what a call turned out to be: of the type that it began as."""
    if span[ENDED] is None:
        span[OPERATION] = operation


def operations_by_id() -> dict[str, Operation]:
    """Return every operation that this process knows."""
    with _lock:
        return {operation.id: operation for operation in _known.values()}
