"""What a case is: a client library, a way to call it, and who may watch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from starlette.types import Receive, Scope, Send

from api_performance import PerformanceMiddleware
from api_performance.instrumentation.integrations import INTEGRATIONS, Integrations
from benchmarks.overhead.driver import Exchange, Request, scope_of

OPERATIONS_A_REQUEST = 10

START = 1_700_000_000.0
STEP_SECONDS = 0.00002
"""As long as uvicorn takes to copy a response: less than counts as a wait for the client."""


@dataclass(frozen=True, slots=True)
class Case:
    """A client library whose operations are counted.

    `run` calls it so many times. `integration` is ours, by its name in INTEGRATIONS, and
    `opentelemetry` switches theirs on, with an SDK whose exporter does nothing.
    """

    run: Callable[[int], None]
    integration: str
    opentelemetry: Callable[[], None]


class Following:
    """Switches our integration of a case on and off."""

    def __init__(self, case: Case) -> None:
        """Begin with it off."""
        assert case.integration in INTEGRATIONS
        self._names = [case.integration]
        self._integrations = Integrations()

    def switch(self, is_on: bool) -> None:
        """Follow the library, or leave it as it was; RuntimeError where it cannot be followed."""
        if not is_on:
            self._integrations.unwant(self._names)
            return
        self._integrations.want(self._names)
        if self._integrations.failed:
            raise RuntimeError(*self._integrations.failed.values())


class StepClock:
    """Moves by STEP_SECONDS at each reading, which costs 40 instructions more than the system's."""

    def __init__(self) -> None:
        """Begin at START."""
        self.perf: Callable[[], float] = count(START, STEP_SECONDS).__next__
        self.now = self.perf


class MeasuredApp:
    """An app whose handler runs a case's operations, measured as the product measures it."""

    def __init__(self, case: Case) -> None:
        """Wrap the app; nothing is followed yet."""
        self._case = case
        self._app = PerformanceMiddleware(
            self._handle, clock=StepClock(), store="memory://", runs_itself=False, integrations=[]
        )

    async def _handle(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self._case.run(OPERATIONS_A_REQUEST)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    async def ask(self, operations: int) -> None:
        """Run so many operations, OPERATIONS_A_REQUEST in each request."""
        for number in range(operations // OPERATIONS_A_REQUEST):
            exchange = Exchange()
            scope = scope_of(Request("/listing", f"10.0.0.{number % 100}"))
            await self._app(scope, exchange.receive, exchange.send)

    def drain(self) -> None:
        """Make windows of the requests so far."""
        assert self._app.runtime is not None
        self._app.runtime.recorder.drain()


def opentelemetrys_tracer_provider() -> Any:  # Any: only the instrumentors look at it
    """Return an SDK's provider that samples everything, in batches, for an exporter that drops."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class NoExporter(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:  # Any: of whatever span
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(NoExporter()))
    return provider
