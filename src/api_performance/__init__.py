"""Measures every endpoint of a FastAPI or ASGI service: one line, `instrument(app)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api_performance.release import RELEASE

if TYPE_CHECKING:
    from api_performance.instrumenting import PerformanceMiddleware, instrument, uninstrument
    from api_performance.metrics import (
        LatencyType,
        MetricPriority,
        get_api_monitor,
        monitor_api_performance,
        track_latency,
    )

__all__ = [
    "LatencyType",
    "MetricPriority",
    "PerformanceMiddleware",
    "__version__",
    "get_api_monitor",
    "instrument",
    "monitor_api_performance",
    "track_latency",
    "uninstrument",
]

__version__ = RELEASE

_INSTRUMENTING = frozenset({"PerformanceMiddleware", "instrument", "uninstrument"})


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    """Load a name's room at its first use, so that importing the package costs next to nothing."""
    if name in _INSTRUMENTING:
        from api_performance import instrumenting as room
    elif name in __all__:
        from api_performance import metrics as room  # type: ignore[no-redef]  # one of two rooms
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(room, name)
