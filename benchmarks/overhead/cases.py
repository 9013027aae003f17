"""The ways to watch an application that are compared, each in its usual, documented set-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_fastapi_instrumentator import Instrumentator
from starlette_exporter import PrometheusMiddleware

from benchmarks.overhead.apps import Shape, build_app
from benchmarks.overhead.bare import BareWrap
from benchmarks.overhead.driver import Application


def _nothing() -> None:
    """Do nothing after a thousand requests: there is nothing to keep up."""


@dataclass(frozen=True, slots=True)
class Watched:
    """An application as it is driven, and what its monitor does after every 1,000 requests."""

    app: Application
    upkeep: Callable[[], None] = _nothing


def alone(shape: Shape) -> Watched:
    """Watch nothing: the application by itself."""
    return Watched(build_app(shape))


def bare(shape: Shape) -> Watched:
    """Wrap `send`, read two clocks and the status, keep nothing."""
    return Watched(BareWrap(build_app(shape)))


def prometheus_fastapi_instrumentator(shape: Shape) -> Watched:
    """prometheus-fastapi-instrumentator with its defaults."""
    app = build_app(shape)
    Instrumentator().instrument(app)
    return Watched(app)


def starlette_exporter(shape: Shape) -> Watched:
    """starlette-exporter with its defaults, which group by route template."""
    app = build_app(shape)
    app.add_middleware(PrometheusMiddleware)
    return Watched(app)


def fastapi_metrics(shape: Shape) -> Watched:
    """FastAPI's own OpenTelemetry metrics; the provider is handed over, never set globally."""
    provider = MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False)
    app: FastAPI = build_app(
        shape, telemetry={"meter_provider": provider, "tracing": False, "logs": False}
    )
    return Watched(app)


CASES: dict[str, Callable[[Shape], Watched]] = {
    "alone": alone,
    "bare": bare,
    "prometheus-fastapi-instrumentator": prometheus_fastapi_instrumentator,
    "starlette-exporter": starlette_exporter,
    "fastapi-metrics": fastapi_metrics,
}
