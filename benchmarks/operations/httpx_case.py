"""httpx: a GET of one of a hundred items, answered by a transport that has no server."""

from __future__ import annotations

import httpx

from benchmarks.operations.case import Case, opentelemetrys_tracer_provider


def case() -> Case:
    """Make a client."""
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)))

    def run(count: int) -> None:
        for number in range(count):
            client.get(f"https://api.example/items/{number % 100}?page=3")

    def opentelemetry() -> None:
        from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

        provider = opentelemetrys_tracer_provider()
        HTTPXClientInstrumentor.instrument_client(client, tracer_provider=provider)

    return Case(run, "httpx", opentelemetry)
