"""Work that was instrumented with OpenTelemetry counts as operations, too.

Who runs OpenTelemetry's SDK adds a `PerformanceSpanProcessor` to the provider. Without an SDK,
`tracer_provider()` is handed to the instrumentors of the libraries that are to count:
`PymongoInstrumentor().instrument(tracer_provider=tracer_provider())`. It keeps no trace, sends
nothing, and is never made the global provider, for that would wake every telemetry in the program.

Spans of outgoing work count (of kind client and producer); those of servers and FastAPI's own do
not. What we follow ourselves and OpenTelemetry follows too counts once, whichever is around the
other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api_performance.instrumentation.opentelemetry.provider import tracer_provider

if TYPE_CHECKING:
    from api_performance.instrumentation.opentelemetry.processor import PerformanceSpanProcessor

__all__ = ["PerformanceSpanProcessor", "tracer_provider"]


def __getattr__(name: str) -> object:
    """Load the processor once it is asked for: it needs the SDK, and the provider does not."""
    if name == "PerformanceSpanProcessor":
        from api_performance.instrumentation.opentelemetry.processor import PerformanceSpanProcessor

        return PerformanceSpanProcessor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
