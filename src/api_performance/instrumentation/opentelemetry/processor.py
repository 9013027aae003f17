"""For programs that run OpenTelemetry's SDK: its spans of outgoing work open and close operations.

Only what the SDK samples comes by: where it samples a tenth of the traces, nine in ten requests
tell of no such work. `tracer_provider()` sees all.
"""

from __future__ import annotations

from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import StatusCode

from api_performance.instrumentation.opentelemetry.spans import begin_span, end_span, is_outgoing
from api_performance.measure.latency import Span as OurSpan

MAX_OPEN: Final = 10_000
"""Spans that are remembered until they end; then the oldest is forgotten, for it never may."""


class PerformanceSpanProcessor(SpanProcessor):
    """`provider.add_span_processor(PerformanceSpanProcessor())`. Safe to call from any thread."""

    def __init__(self) -> None:
        """Begin with no open span."""
        self._open: dict[int, OurSpan] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Begin an operation in the request that the running code serves, if it serves one."""
        context = span.context
        if context is None or not is_outgoing(span.kind):
            return
        begun = begin_span(_scope_of(span), span.attributes)
        if begun is not None:
            if len(self._open) >= MAX_OPEN:
                self._open.pop(next(iter(self._open), 0), None)
            self._open[context.span_id] = begun

    def on_end(self, span: ReadableSpan) -> None:
        """End the operation; only now its attributes tell what it was."""
        context = span.context
        begun = self._open.pop(context.span_id, None) if context is not None else None
        if begun is not None:
            has_failed = span.status.status_code is StatusCode.ERROR
            end_span(begun, _scope_of(span), span.attributes, has_failed=has_failed)


def _scope_of(span: ReadableSpan) -> str:
    scope = span.instrumentation_scope
    return scope.name if scope is not None else ""
