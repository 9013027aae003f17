"""The ways to watch an application that are compared, each in its usual, documented set-up."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any  # Settings are as various as their names.

import fastapi.concurrency
import fastapi.dependencies.utils
import fastapi.routing
from fastapi import FastAPI
from fastapi.responses import JSONResponse
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


def _nothing(*_: object) -> None:
    """Do nothing: there is nothing to switch or to keep up."""


@dataclass(frozen=True, slots=True)
class Watched:
    """An application watched and alone, and what its monitor does once for many requests.

    `alone` is what `app` is compared with: where it is the same object, `switch(False)` takes the
    monitor out of it and `switch(True)` puts it back. `drain` works off what requests left behind,
    `write` puts the outcome where it is kept.
    """

    app: Application
    alone: Application
    switch: Callable[[bool], object] = _nothing
    drain: Callable[[], object] = _nothing
    write: Callable[[], object] = _nothing


def bare(shape: Shape) -> Watched:
    """Wrap `send`, read two clocks and the status, keep nothing."""
    app = build_app(shape)
    return Watched(BareWrap(app), app)


def prometheus_fastapi_instrumentator(shape: Shape) -> Watched:
    """prometheus-fastapi-instrumentator with its defaults."""
    app = build_app(shape)
    Instrumentator().instrument(app)
    return Watched(app, build_app(shape))


def starlette_exporter(shape: Shape) -> Watched:
    """starlette-exporter with its defaults, which group by route template."""
    app = build_app(shape)
    app.add_middleware(PrometheusMiddleware)
    return Watched(app, build_app(shape))


def fastapi_metrics(shape: Shape) -> Watched:
    """FastAPI's own OpenTelemetry metrics; the provider is handed over, never set globally."""
    provider = MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False)
    app: FastAPI = build_app(
        shape, telemetry={"meter_provider": provider, "tracing": False, "logs": False}
    )
    return Watched(app, build_app(shape))


def ours(shape: Shape, **settings: Any) -> Watched:
    """The whole product as `instrument` sets it up, its runner's work done here by hand."""
    app = build_app(shape)
    inner = app.middleware_stack = app.build_middleware_stack()
    folder = tempfile.mkdtemp(prefix="overhead-")
    store = f"sqlite:///{folder}/metrics.sqlite3"
    instrument(app, clock=CLOCK, store=store, runs_itself=False, **settings)
    runtime = runtime_of(app)
    if runtime is None:
        raise RuntimeError("instrument() left the application without a runtime")
    outer, engine = app.middleware_stack, runtime.engine()
    switch_steps = _switch_of_steps()

    def switch(is_watched: bool) -> None:
        app.middleware_stack = outer if is_watched else inner
        switch_steps(is_watched)

    return Watched(app, app, switch, engine.collect, engine.tick)


def _switch_of_steps() -> Callable[[bool], None]:
    """Return what exchanges the functions of FastAPI's that we follow for its own, and back.

    They are there for every application of a process, so they would not count as added by ours.
    """
    owners = fastapi.routing, fastapi.dependencies.utils, fastapi.concurrency, JSONResponse
    wrapped = [
        (owner, name, found, found.__wrapped__)
        for owner in owners
        for name, found in vars(owner).items()
        if name in FOLLOWED and hasattr(found, "__wrapped__")
    ]

    def switch(is_watched: bool) -> None:
        for owner, name, ours, own in wrapped:
            setattr(owner, name, ours if is_watched else own)

    return switch


FOLLOWED = (
    *("solve_dependencies", "run_endpoint_function", "serialize_response"),
    *("run_in_threadpool", "render"),
)


def ours_steps(shape: Shape) -> Watched:
    """The product with the steps of FastAPI told apart, which is asked for by a setting."""
    return ours(shape, steps=True)


def ours_excluded(shape: Shape) -> Watched:
    """The product with the endpoint excluded from monitoring."""
    return ours(shape, exclude=("/api/*",))


CASES: dict[str, Callable[[Shape], Watched]] = {
    "ours": ours,
    "ours-excluded": ours_excluded,
    "ours-steps": ours_steps,
    "bare": bare,
    "prometheus-fastapi-instrumentator": prometheus_fastapi_instrumentator,
    "starlette-exporter": starlette_exporter,
    "fastapi-metrics": fastapi_metrics,
}
