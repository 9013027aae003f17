"""Looks at an application without starting it: its routes, decorators, and what measures it."""

from __future__ import annotations

import gc
import inspect
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final

from uvicorn.importer import ImportFromStringError, import_from_string

from api_performance.config import Config
from api_performance.errors import ConfigError
from api_performance.findings import Finding, Level
from api_performance.instrumentation.attachment import attachment_of, is_wrappable, routes_of
from api_performance.instrumentation.routes import DECLARATION, DECLARED_ENDPOINT, FoundRoute, walk
from api_performance.instrumenting import PerformanceMiddleware, runtime_of
from api_performance.measure.priority import Prioritizer
from api_performance.model import Endpoint
from api_performance.runtime import Runtime, keep_still
from api_performance.wiring import make_prioritizer

MOST_NAMED: Final = 10
"""Names in one sentence; the rest is counted."""

_DEEPEST: Final = 100  # as deep as any stack of middleware or decorators goes

App = Any  # Any: whatever ASGI application the user has


@dataclass(frozen=True, slots=True)
class Application:
    """An imported application, and the settings and the service under which it is measured."""

    app: App
    config: Config
    service: str

    @property
    def routes(self) -> list[FoundRoute]:
        """Every route, below mounts and in included routers too."""
        return list(walk(routes_of(self.app)))


def load(target: str, config: Config, *, is_factory: bool = False) -> Application | Finding:
    """Import `module:name` from the working directory, as a server would; a finding if it fails.

    Nothing of ours is started by it; `config` holds where the application states no settings.
    """
    keep_still()
    sys.path.insert(0, os.getcwd())
    try:
        with redirect_stdout(sys.stderr):  # what it prints is not our answer
            app = import_from_string(target)
            app = app() if is_factory else app
    except ConfigError as error:
        hint = "Mend the settings that the application gives to instrument()."
        return Finding("Application", Level.ERROR, str(error), hint)
    except ImportFromStringError as error:
        hint = "Name it as for a server, main:app, in the directory in which it is started."
        return Finding("Application", Level.ERROR, str(error), hint)
    except (Exception, SystemExit) as error:  # noqa: BLE001 # whatever the user's code raises
        told = f"{target} cannot be imported: {type(error).__name__}: {error}"
        return Finding("Application", Level.ERROR, told, "Mend that, then ask again.")
    return _found(app, config)


def _found(app: App, config: Config) -> Application:
    runtime = _runtime(app)
    if runtime is not None:
        return Application(app, runtime.config, runtime.service)
    title = next((str(each.title) for each in _layers(app) if getattr(each, "title", "")), "")
    return Application(app, config, config.service_name(title))


def _runtime(app: App) -> Runtime | None:
    found = (getattr(layer, "runtime", None) or runtime_of(layer) for layer in _layers(app))
    return next((each for each in found if isinstance(each, Runtime)), None)


def _layers(app: App) -> Iterator[App]:
    """Yield an application from outside in: itself, then what each middleware is around."""
    for _ in range(_DEEPEST):
        if app is None:
            return
        yield app
        app = getattr(app, "app", None)


def check_application(application: Application) -> Iterator[Finding]:
    """Yield what there is to say without a store: routes, exclusions, decorators, wraps."""
    routes = application.routes
    if not routes:
        told = "The application tells no routes: every request is counted as (unmatched)."
        hint = "Nothing to mend where its framework tells them per request, as Litestar does."
        yield Finding("Routes", Level.NOTE, told, hint)
    else:
        yield _monitored(application, routes)
    yield from check_decorators(routes)
    yield from check_wraps(application.app)


def _monitored(application: Application, routes: Iterable[FoundRoute]) -> Finding:
    endpoints = list(endpoints_of(application, routes))
    left_out = [endpoint.name for endpoint in endpoints if not endpoint.is_monitored]
    if not left_out:
        return Finding("Routes", Level.OK, f"All {len(endpoints)} are monitored.")
    told = f"{len(left_out)} of {len(endpoints)} are not monitored: {named(left_out)}."
    hint = "If that is not meant: see include, exclude and minimum_priority."
    return Finding("Routes", Level.NOTE, told, hint)


def endpoints_of(application: Application, routes: Iterable[FoundRoute]) -> Iterator[Endpoint]:
    """Yield the endpoints of some routes, as the application declares them at its start."""
    rules = make_prioritizer(application.config)
    for found in routes:
        for method in found.listed_methods:
            yield _endpoint(application.service, rules, found, method)


def _endpoint(service: str, rules: Prioritizer, found: FoundRoute, method: str) -> Endpoint:
    hints = found.hints
    priority = rules.priority(
        method, found.template, explicit=hints.explicit, extra=hints.extra, tags=hints.tags
    )
    is_monitored = rules.is_monitored(method, found.template, priority)
    return Endpoint(method, found.template, service, priority, found.kind, is_monitored)


def check_never_measured(
    application: Application, last_called: Mapping[str, float], services: Iterable[str]
) -> Finding:
    """Name the monitored routes of which the store knows no request; `services` are those it has.

    `last_called`: by endpoint id, when it was called last.
    """
    theirs = (route for route in application.routes if not _is_the_frameworks(route))
    monitored = [each for each in endpoints_of(application, theirs) if each.is_monitored]
    never = [endpoint.name for endpoint in monitored if endpoint.id not in last_called]
    if not never:
        return Finding("Calls", Level.OK, "Every monitored route was measured at least once.")
    told = f"{len(never)} of {len(monitored)} routes were never measured: {named(never)}."
    hint = "If they are called: does another instance, store or version of the code serve them?"
    known = sorted(set(services))
    if known and application.service not in known:
        told += f" The store knows no service {application.service!r}, but {named(known)}."
        hint = "Ask in the directory in which the application starts, or set service in settings."
    return Finding("Calls", Level.WARNING, told, hint)


def _is_the_frameworks(route: FoundRoute) -> bool:
    """Tell whether FastAPI added a route by itself: its documentation, which few ever open."""
    return str(getattr(_endpoint_of(route), "__module__", "")).startswith("fastapi.")


def check_decorators(routes: Iterable[FoundRoute]) -> Iterator[Finding]:
    """Name the functions under `monitor_api_performance` that no route calls."""
    called = {id(each) for route in routes for each in _chain(_endpoint_of(route))}
    bare, above = list[str](), list[str]()
    for function in _decorated():
        chain = [id(each) for each in _chain(function)]
        if chain[0] in called:
            continue
        (above if called.intersection(chain[1:]) else bare).append(_told(function))
    if above:
        told = f"monitor_api_performance is above the route's decorator: {named(above)}."
        hint = "Put it below @app.get(…), next to the function; so it is not called."
        yield Finding("Decorators", Level.WARNING, told, hint)
    if bare:
        told = f"Decorated, but no route calls it: {named(bare)}."
        hint = "Well for jobs outside of requests; else add the route, or take the decorator off."
        yield Finding("Decorators", Level.WARNING, told, hint)
    if not bare and not above:
        yield Finding("Decorators", Level.OK, "Every decorated function belongs to a route.")


def _endpoint_of(route: FoundRoute) -> object:
    return getattr(route.route, "endpoint", None)


def _chain(function: object) -> Iterator[object]:
    """Yield a callable and what its decorators and partials are around; a class' handlers too."""
    for _ in range(_DEEPEST):
        if function is None:
            return
        yield function
        if inspect.isclass(function):
            yield from (item for item in vars(function).values() if inspect.isfunction(item))
        if inspect.ismethod(function):
            function = function.__func__
        else:
            function = getattr(function, "__wrapped__", None) or getattr(function, "func", None)


def _decorated() -> list[FunctionType]:
    """Return the outermost functions that carry our mark, which wrapping hands on."""
    marked = [
        each
        for each in gc.get_objects()
        if isinstance(each, FunctionType) and DECLARATION in each.__dict__
    ]
    inside = {id(getattr(each, "__wrapped__", None)) for each in marked}
    return [each for each in marked if id(each) not in inside]


def _told(function: FunctionType) -> str:
    stated = function.__dict__.get(DECLARED_ENDPOINT, "")
    return f"{function.__module__}.{function.__qualname__} ({stated})"


def check_wraps(app: App) -> Iterator[Finding]:
    """Tell whether the application is measured, and by more than one wrap of ours."""
    wraps = list(_wraps(app, ""))
    if len(wraps) > 1:
        told = f"It is instrumented more than once: {', '.join(wraps)}."
        hint = "Keep the outermost: each request counts once, but every wrap costs its time."
        yield Finding("Instrumentation", Level.WARNING, told, hint)
    elif wraps:
        yield Finding("Instrumentation", Level.OK, f"Measured by {wraps[0]}.")
    else:
        told = "The code does not instrument it."
        hint = "Start it by api-performance run, or call instrument(app)."
        yield Finding("Instrumentation", Level.NOTE, told, hint)


def _wraps(app: App, place: str) -> Iterator[str]:
    """Name every wrap of ours around an application, in its middleware, and around its mounts."""
    for layer in _layers(app):
        if isinstance(layer, PerformanceMiddleware):
            yield f"PerformanceMiddleware(app){place}"
        if attachment_of(layer) is not None:
            yield f"instrument(app){place}"
        if is_wrappable(layer):
            for middleware in getattr(layer, "user_middleware", ()):
                if getattr(middleware, "cls", None) is PerformanceMiddleware:
                    yield f"add_middleware(PerformanceMiddleware){place}"
            for route in layer.routes:
                inner = getattr(route, "app", None)
                if inner is not None and not hasattr(route, "endpoint"):
                    yield from _wraps(inner, f" of the mount {route.path}")


def named(names: Iterable[str]) -> str:
    """Return names as a sentence has them, the first of many."""
    known = list(names)
    shown = ", ".join(known[:MOST_NAMED])
    return shown if len(known) <= MOST_NAMED else f"{shown} and {len(known) - MOST_NAMED} more"
