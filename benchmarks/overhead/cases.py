"""The ways to watch an application that are compared, each in its usual, documented set-up."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any  # Settings are as various as their names.

from fastapi import FastAPI
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_fastapi_instrumentator import Instrumentator
from starlette_exporter import PrometheusMiddleware

from api_performance import instrument
from api_performance.instrumenting import runtime_of
from benchmarks.overhead.apps import Shape, build_app
from benchmarks.overhead.bare import BareWrap
from benchmarks.overhead.driver import Application
from benchmarks.overhead.tape import CLOCK


def _nothing() -> None:
    """Do nothing: there is nothing to keep up."""


@dataclass(frozen=True, slots=True)
class Watched:
    """An application as it is driven, and what its monitor does once for many requests.

    `drain` works off what requests left behind, `write` puts the outcome where it is kept.
    """

    app: Application
    drain: Callable[[], object] = _nothing
    write: Callable[[], object] = _nothing


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


def ours(shape: Shape, **settings: Any) -> Watched:
    """The whole product as `instrument` sets it up, its runner's work done here by hand."""
    app = build_app(shape)
    folder = tempfile.mkdtemp(prefix="overhead-")
    store = f"sqlite:///{folder}/metrics.sqlite3"
    instrument(app, clock=CLOCK, store=store, runs_itself=False, **settings)
    runtime = runtime_of(app)
    if runtime is None:
        raise RuntimeError("instrument() left the application without a runtime")
    engine = runtime.engine()
    return Watched(app, engine.collect, engine.tick)


def ours_excluded(shape: Shape) -> Watched:
    """The product with the endpoint excluded from monitoring."""
    return ours(shape, exclude=("/api/*",))


CASES: dict[str, Callable[[Shape], Watched]] = {
    "ours": ours,
    "ours-excluded": ours_excluded,
    "bare": bare,
    "prometheus-fastapi-instrumentator": prometheus_fastapi_instrumentator,
    "starlette-exporter": starlette_exporter,
    "fastapi-metrics": fastapi_metrics,
}
