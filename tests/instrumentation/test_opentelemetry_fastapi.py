"""FastAPI makes spans of its own, of the request and of its steps: they are no operations."""

from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from api_performance import instrument
from api_performance.instrumentation.opentelemetry import PerformanceSpanProcessor
from tests.instrumentation.following import Seen, ask, noted_so_far


def test_fastapis_own_spans_are_not_counted() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(PerformanceSpanProcessor())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("opentelemetry.instrumentation.redis")
    app = FastAPI(telemetry={"tracer_provider": provider})
    seen: list[Seen] = []

    @app.get("/run")
    async def run() -> str:
        with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT) as span:
            span.set_attributes({"db.system": "redis", "db.statement": "GET ?"})
        seen.append(noted_so_far())
        return "done"

    instrument(app, store="memory://", runs_itself=False, integrations=[])
    ask(app)

    kinds = {span.kind for span in exporter.get_finished_spans()}
    assert {SpanKind.SERVER, SpanKind.INTERNAL, SpanKind.CLIENT} <= kinds
    assert seen[0].texts == ["GET"]
