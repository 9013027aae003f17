"""Where a request's time goes: every instant is charged to exactly one share, so the parts add up.

Rules of attribution. A span is work of one latency type, opened and closed in the request's
context; its parent is the span it was opened in. A span is *innermost* while it is open and none of
its children is. At every instant the types of the innermost spans share that instant equally (k
different types: 1/k each, however many spans of one type overlap); where no span is open it is
processing. This is computed as spans open and close, in constant memory however many there are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

from api_performance.model import LATENCY_PARTS, LatencyType

PART_INDEX: Final[dict[LatencyType, int]] = {
    part: index for index, part in enumerate(LATENCY_PARTS)
}
NETWORK: Final = PART_INDEX[LatencyType.NETWORK]
PROCESSING: Final = PART_INDEX[LatencyType.PROCESSING]

current_span: ContextVar[Span | None] = ContextVar("api_performance_span", default=None)


class Span:
    """One piece of work inside a request."""

    __slots__ = ("breakdown", "is_open", "open_children", "parent", "part")

    def __init__(self, breakdown: Breakdown, part: int, parent: Span | None) -> None:
        """Belong to a breakdown; `part` is the type's index in LATENCY_PARTS."""
        self.breakdown = breakdown
        self.part = part
        self.parent = parent
        self.open_children = 0
        self.is_open = True


class Breakdown:
    """Charges a request's time to its latency types while spans open and close, in any thread."""

    __slots__ = ("_innermost", "_is_closed", "_last", "_lock", "_perf", "seconds")

    def __init__(self, started: float, perf: Callable[[], float]) -> None:
        """Charge from `started` on, a reading of `perf` in seconds."""
        self.seconds = [0.0] * len(LATENCY_PARTS)
        self._innermost = [0] * len(LATENCY_PARTS)
        self._last = started
        self._perf = perf
        self._is_closed = False
        self._lock = threading.Lock()

    def charge_network(self, seconds: float) -> None:
        """Count network seconds that passed before the first span, when all else was processing."""
        self.seconds[NETWORK] += seconds
        self.seconds[PROCESSING] -= seconds

    def open(self, part: int, parent: Span | None = None) -> Span:
        """Open a span of a type (its index in LATENCY_PARTS) inside `parent`."""
        if parent is not None and (parent.breakdown is not self or not parent.is_open):
            parent = None
        span = Span(self, part, parent)
        with self._lock:
            self._charge(self._perf())
            self._innermost[part] += 1
            if parent is not None:
                parent.open_children += 1
                if parent.open_children == 1:
                    self._innermost[parent.part] -= 1
        return span

    def close(self, span: Span) -> None:
        """Close a span; a second time, or after the request, nothing happens."""
        with self._lock:
            if not span.is_open:
                return
            self._charge(self._perf())
            span.is_open = False
            if not span.open_children:
                self._innermost[span.part] -= 1
            parent = span.parent
            if parent is not None:
                parent.open_children -= 1
                if parent.is_open and not parent.open_children:
                    self._innermost[parent.part] += 1

    def finish(self) -> tuple[float, tuple[float, ...]]:
        """Charge up to now and stop; return that reading and the seconds per type.

        The seconds stand in LATENCY_PARTS' order and add up to the reading less the start.
        """
        with self._lock:
            self._charge(self._perf())
            self._is_closed = True
            return self._last, tuple(self.seconds)

    def _charge(self, now: float) -> None:
        elapsed = now - self._last
        if elapsed <= 0 or self._is_closed:
            return
        self._last = now
        parts = [part for part, count in enumerate(self._innermost) if count > 0]
        if not parts:
            self.seconds[PROCESSING] += elapsed
            return
        share = elapsed / len(parts)
        for part in parts:
            self.seconds[part] += share
