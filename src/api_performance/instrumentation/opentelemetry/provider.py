"""A tracer provider without an SDK: its spans are operations of the request, and no traces.

A span has its parent's identity, so what is sent with an outgoing call is what was there before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import TracebackType

from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    TracerProvider,
    get_current_span,
    use_span,
)
from opentelemetry.util.types import Attributes, AttributeValue

from api_performance.instrumentation.opentelemetry.spans import begin_span, end_span, is_outgoing
from api_performance.measure.latency import Span as OurSpan


@lru_cache(maxsize=1)
def tracer_provider() -> LocalTracerProvider:
    """Return the provider of this process, to be handed to instrumentors by name."""
    return LocalTracerProvider()


class LocalSpan(Span):
    """A span that is a call of an operation; what it is told is forgotten at its end.

    What the SDK's spans can be asked, and this one too, is what instrumentations ask: that of redis
    reads `name` without looking whether there is one.
    """

    __slots__ = ("_begun", "_context", "_scope", "attributes", "kind", "name", "parent", "status")

    def __init__(self, begun: OurSpan, scope: str, context: SpanContext, name: str) -> None:
        """Stand for a call that was begun, with the identity of the span around it."""
        self._begun = begun
        self._scope = scope
        self._context = context
        self.name = name
        self.kind = SpanKind.CLIENT
        self.parent = context
        self.attributes: dict[str, object] = {}
        self.status = Status()

    def end(self, end_time: int | None = None) -> None:
        """End the call; a second time nothing happens."""
        has_failed = self.status.status_code is StatusCode.ERROR
        end_span(self._begun, self._scope, self.attributes, has_failed=has_failed)

    def get_span_context(self) -> SpanContext:
        """Return the identity of the span around it."""
        return self._context

    def is_recording(self) -> bool:
        """Tell instrumentors to say what they know."""
        return True

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """Take what tells the operation's name."""
        self.attributes[key] = value

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Take what tells the operation's name."""
        self.attributes.update(attributes)

    def add_event(
        self, name: str, attributes: Attributes = None, timestamp: int | None = None
    ) -> None:
        """Pass over an event."""

    def update_name(self, name: str) -> None:
        """Take a name, for who asks for it: as an operation's it may hold values."""
        self.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Take whether it failed."""
        self.status = status if isinstance(status, Status) else Status(status)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Pass over an exception; the status tells whether it counts."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it, failed if an exception left it."""
        if isinstance(error, Exception):
            self.status = Status(StatusCode.ERROR)
        self.end()


class LocalTracer(Tracer):
    """Makes the spans of one instrumentation."""

    def __init__(self, scope: str) -> None:
        """Belong to an instrumentation, by its name."""
        self._scope = scope

    def start_span(  # noqa: PLR0913  # OpenTelemetry's signature
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        """Begin a call where the span is of outgoing work inside a request; else note nothing."""
        around = get_current_span(context).get_span_context()
        begun = begin_span(self._scope, attributes) if is_outgoing(kind) else None
        if begun is None:
            return NonRecordingSpan(around)
        span = LocalSpan(begun, self._scope, around, name)
        span.attributes.update(attributes or {})
        return span

    @contextmanager
    def start_as_current_span(  # type: ignore[override]  # noqa: PLR0913  # theirs is a private type
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> Iterator[Span]:
        """Begin a span, and make it the current one for a block."""
        span = self.start_span(name, context, kind, attributes)
        with use_span(span, end_on_exit, record_exception, set_status_on_exception):
            yield span


class LocalTracerProvider(TracerProvider):
    """Gives each instrumentation its tracer."""

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes = None,
    ) -> LocalTracer:
        """Return the tracer of an instrumentation."""
        return LocalTracer(instrumenting_module_name)
