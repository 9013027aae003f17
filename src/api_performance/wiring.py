"""Builds everything from Config; the only module that knows everyone, and loads them lazily."""

from __future__ import annotations

import atexit
import logging
import os
import secrets
import socket
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api_performance.clock import Clock, SystemClock
from api_performance.config import Config
from api_performance.config.sources import ADDRESS_VARIABLE
from api_performance.engine import Engine, Writing
from api_performance.errors import ApiPerformanceError, ConfigError
from api_performance.instrumentation.asgi import Edge
from api_performance.instrumentation.clients import Proxies
from api_performance.instrumentation.fastapi import (
    Attachment,
    attachment_of,
    is_wrappable,
    routes_of,
)
from api_performance.instrumentation.protocol import ASGIApp, Receive, Scope, Send
from api_performance.instrumentation.routes import RouteIndex
from api_performance.measure.cardinality import EndpointRegistry, Hints, Rank, Slot
from api_performance.measure.priority import Prioritizer, PriorityRules
from api_performance.measure.recorder import Recorder
from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance
from api_performance.runner import Runner, ThreadPacers
from api_performance.stores.base import Pace, Retention, Store

if TYPE_CHECKING:
    from api_performance.queries import Here, Queries
    from api_performance.server.auth import Auth

logger: Final = logging.getLogger("api_performance")

USER_KEY: Final = "users"
"""The name of the installation's key with which users are marked."""

UserOf = Callable[[Scope], str | None]


def make_store(config: Config, clock: Clock | None = None) -> Store:
    """Open the configured store. StoreUnavailable, StoreTooNew where that cannot be."""
    retention = Retention(config.retention, int(config.max_store_bytes))
    kind, _, place = config.store.partition("://")
    if kind == "memory":
        from api_performance.stores.memory import MemoryStore

        return MemoryStore(retention)
    from api_performance.stores.sqlite import SQLiteStore

    return SQLiteStore(Path(place[1:]), retention, clock=clock)


def make_prioritizer(config: Config) -> Prioritizer:
    """Return what ranks endpoints by the configuration."""
    return Prioritizer(
        PriorityRules(
            priorities=config.priorities,
            include=config.include,
            exclude=config.exclude,
            minimum_priority=config.minimum_priority,
            default_priority=config.default_priority,
        )
    )


class Runtime:
    """All of one measured app in this process: what the edge, the doors and the pages share."""

    def __init__(
        self,
        config: Config,
        *,
        app: object = None,
        user: UserOf | None = None,
        clock: Clock | None = None,
        runs_itself: bool = True,
    ) -> None:
        """Build what a request needs; store, thread and pages wait until they are used.

        Without `runs_itself` no thread is started: whoever holds this calls `tick` or `flush`.
        """
        self.config = config
        self._runs_itself = runs_itself
        self.clock: Clock = clock or SystemClock()
        self.perf = self.clock.perf
        self.store_problem = ""
        self._app = app
        self._lock = threading.RLock()
        self._prioritizer = make_prioritizer(config)
        self.service = config.service_name(str(getattr(app, "title", "") or ""))
        self.registry = EndpointRegistry(self.service, self._rank, config.max_endpoints)
        self.recorder = Recorder(
            self.clock,
            UserHasher(secrets.token_bytes(32)),
            self.registry.slots,
            config.max_buffered_requests,
            wake=self.start_runner,
        )
        self.recorder.debug_mode = config.debug_mode
        self.index = RouteIndex(self.registry, lambda: routes_of(app))
        self.slot_of: Callable[[Scope], Slot] = self.index.slot_of
        proxies = Proxies(config.trusted_proxies, self.clock) if config.trusted_proxies else None
        self.user_of: UserOf | None = user or (proxies.user_of if proxies else None)
        self.edge_wait_of: Callable[[Scope, float], float] | None = (
            proxies.edge_wait_of if proxies else None
        )
        asks_scope = self.user_of is not None or self.edge_wait_of is not None
        self.plain_slots: Mapping[int, Slot] = {} if asks_scope else self.index.plain_slots
        self.user_source = "user callable" if user else "client address"
        self._forget_process()
        _runtimes.add(self)

    def _forget_process(self) -> None:
        """Begin anew in this process: at first, and in the child after a fork."""
        self._lock = threading.RLock()
        self._runner: Runner | None = None
        self._engine: Engine | None = None
        self._store: Store | None = None
        self._queries: Queries | None = None
        self._pages: dict[str, ASGIApp] = {}
        self.instance = Instance(
            service=self.service,
            version=self.config.version or str(getattr(self._app, "version", "") or ""),
            environment=self.config.environment,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=self.clock.now(),
        )
        self.recorder.begin_process()
        self.registry.forget_taken()

    def _rank(self, method: str, template: str, hints: Hints) -> Rank:
        rules = self._prioritizer
        priority = rules.priority(
            method, template, explicit=hints.explicit, extra=hints.extra, tags=hints.tags
        )
        thresholds = self.config.response_time_thresholds[priority]
        return Rank(
            priority=priority,
            thresholds=tuple(thresholds.values()),
            is_monitored=rules.is_monitored(method, template, priority),
        )

    # What runs beside the app

    def wake(self) -> None:
        """Start what runs beside the app: a server begins to serve it in this process."""
        self.start_runner()
        if self._runs_itself and self.config.path:
            announce_page(self)

    def start_runner(self) -> None:
        """Start the runner of this process; called again it does nothing."""
        with self._lock:
            if self._runner is None and self._runs_itself:
                self._runner = Runner(self.engine, self.config.optimization_config.flush_interval)
                self._runner.start()

    def rest(self) -> None:
        """Flush and stop the runner of this process; the next request starts it anew."""
        with self._lock:
            runner, self._runner = self._runner, None
            self.recorder.rest()
        if runner is not None:
            runner.stop()

    def engine(self) -> Engine:
        """Return this process' engine, made at its first use: that opens the store."""
        with self._lock:
            if self._engine is None:
                store = self.store
                self.recorder.hasher = UserHasher(
                    store.key(USER_KEY, lambda: secrets.token_bytes(32))
                )
                self.index.declare()
                self._engine = Engine(
                    self.instance,
                    self.recorder,
                    self.registry,
                    store,
                    self.clock,
                    Writing(
                        self.config.optimization_config.batch_size,
                        self.config.max_buffered_batches,
                        self.user_source,
                    ),
                )
            return self._engine

    @property
    def store(self) -> Store:
        """The store, opened at its first use; one in memory where the configured one cannot be."""
        with self._lock:
            if self._store is None:
                self._store = self._open_store()
            return self._store

    def _open_store(self) -> Store:
        try:
            return make_store(self.config, self.clock)
        except ApiPerformanceError as error:
            self.store_problem = f"{error} Until then this process keeps its numbers in memory."
            logger.warning("%s", self.store_problem)
            from api_performance.stores.memory import MemoryStore

            return MemoryStore()

    def tick(self) -> None:
        """Do what the runner does every interval, now and in this thread."""
        self.engine().tick()

    def flush(self) -> None:
        """Write what was measured so far to the store, now and in this thread."""
        self.engine().flush()

    def pending_windows(self, since: float) -> list[tuple[Endpoint, Window]]:
        """Return what this process measured that the store did not have at `since`, Unix seconds.

        For reads on an event loop: it waits for no I/O. Nothing before the engine is made.
        """
        engine = self._engine
        return engine.windows_since(since) if engine is not None else []

    def has_written(self, since: float) -> bool:
        """Tell whether this process wrote to the store since an instant, Unix seconds UTC."""
        return self._engine is not None and self._engine.has_written(since)

    # What answers

    @property
    def queries(self) -> Queries:
        """Every question that may be asked, answered from the store."""
        with self._lock:
            if self._queries is None:
                self._queries = make_queries(
                    self.config, self.store, self.clock, ThreadPacers(), self._here()
                )
            return self._queries

    def _here(self) -> Here:
        from api_performance.queries import Here

        return Here(problem=lambda: self.store_problem, lease_holder=self._lease_holder)

    def _lease_holder(self) -> str | None:
        lease = self._engine.lease if self._engine is not None else None
        return lease.holder if lease is not None else None

    def page_for(self, scope: Scope) -> ASGIApp | None:
        """Return our own app where a path is ours, else None."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path == self.config.path or path.startswith(f"{self.config.path}/"):
            return self._page("dashboard") if self.config.path else None
        if path == self.config.metrics_path and scope["type"] == "http":
            return None if self._app_serves(path) else self._page("metrics")
        return None

    def _app_serves(self, path: str) -> bool:
        return any(getattr(route, "path", None) == path for route in routes_of(self._app))

    def _page(self, name: str) -> ASGIApp:
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = _PAGES[name](self)
        return page

    @property
    def own_paths(self) -> tuple[str, ...]:
        """The beginnings of the paths that we answer ourselves."""
        return tuple(path for path in (self.config.path, self.config.metrics_path) if path)

    def edge_around(self, app: ASGIApp) -> Edge:
        """Return an edge around an app that reports here."""
        return Edge(app, self, self.own_paths)


_runtimes: Final[weakref.WeakSet[Runtime]] = weakref.WeakSet()
_current: list[Runtime] = []


def _after_fork() -> None:
    for runtime in list(_runtimes):
        runtime._forget_process()


def _at_exit() -> None:
    for runtime in list(_runtimes):
        runtime.rest()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)


def current_runtime() -> Runtime:
    """Return the runtime of the app instrumented last, else one made from the settings."""
    if not _current:
        _current.append(Runtime(Config()))
    return _current[-1]


def make_queries(
    config: Config, store: Store, clock: Clock, pace: Pace, here: Here | None = None
) -> Queries:
    """Return the questions over a store, with the configuration's windows, caches and tables."""
    from api_performance.queries import Queries, ReadSettings, Tables

    settings = ReadSettings(
        history_window=config.dashboard_config.history_window,
        max_data_points=config.dashboard_config.max_data_points,
        cache_size=config.optimization_config.cache_size,
        retention=Retention(config.retention, int(config.max_store_bytes)),
        tables=Tables(config.response_time_thresholds, config.throughput_thresholds),
    )
    return Queries(store, clock, settings, pace=pace, here=here)


def make_dashboard(runtime: Runtime) -> ASGIApp:
    """Return the page, the REST API and the WebSocket, to be called below the configured path."""
    from api_performance.server.app import HiddenToken, make_app

    auth = make_auth(runtime.config, runtime.store, runtime.clock)
    app = make_app(runtime.queries, auth, runtime.config, runtime.clock)
    return HiddenToken(mounted(app, runtime.config.path))  # outside: it changes the server's scope


def announce_page(runtime: Runtime) -> None:
    """Print the page's address to a terminal, from a thread: that opens the store."""
    from api_performance.server.announcement import announce, is_watched

    def run() -> None:
        try:
            auth = make_auth(runtime.config, runtime.store, runtime.clock)
            announce(auth, os.environ.get(ADDRESS_VARIABLE, ""), runtime.config.path)
        except Exception as error:  # noqa: BLE001 # a convenience; the command tells the address too
            runtime.recorder.note_error(error)

    if is_watched():
        threading.Thread(target=run, name="api-performance-announcement", daemon=True).start()


def make_metrics(runtime: Runtime) -> ASGIApp:
    """Return what Prometheus scrapes: the processes of this host that share the store."""
    from api_performance.export.prometheus import MetricsCollector
    from api_performance.server.metrics_page import make_metrics_app

    collector = MetricsCollector(
        runtime.store, runtime.queries, host=runtime.instance.host, pace=ThreadPacers()
    )
    token = runtime.config.metrics_token
    return make_metrics_app(collector, token.get_secret_value() if token else None)


def make_auth(config: Config, store: Store, clock: Clock) -> Auth:
    """Return who may see the page, by the keys that the store shares among processes."""
    from api_performance.server.auth import Auth

    return Auth(store, clock, is_required=config.authentication)


def mounted(app: ASGIApp, path: str) -> ASGIApp:
    """Return `app` as it is called below `path`, as Starlette's Mount calls it."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        below = {**scope, "root_path": scope.get("root_path", "") + path}
        await app(below, receive, send)

    return call


_PAGES: Final[dict[str, Callable[[Runtime], ASGIApp]]] = {
    "dashboard": make_dashboard,
    "metrics": make_metrics,
}


def instrument(
    app: Any,
    *,
    user: UserOf | None = None,
    clock: Clock | None = None,
    runs_itself: bool = True,
    **settings: Any,
) -> Any:
    """Measure every request of a FastAPI or Starlette app; return the app, the very same object.

    Any: the app's own type goes in and out, and settings are `Config`'s fields, checked there.
    `user` tells who calls from an ASGI scope (default: the client's address); it is hashed with a
    key, never stored. Without `runs_itself` nothing is written until `runtime_of(app)` is told to,
    for tests and simulations with their own `clock`. A second call for the same app changes
    nothing. ConfigError on a wrong setting or an app of another kind, for which
    `PerformanceMiddleware` is there.
    """
    if attachment_of(app) is not None:
        return app
    config = Config(**settings)
    if not config.enabled:
        return app
    if not is_wrappable(app):
        raise ConfigError(
            f"instrument() takes a FastAPI or Starlette app, not {type(app).__name__}: "
            "wrap any other ASGI app with PerformanceMiddleware(app)"
        )
    runtime = Runtime(config, app=app, user=user, clock=clock, runs_itself=runs_itself)
    Attachment(app, runtime.edge_around, runtime).attach()
    _current.append(runtime)
    return app


def uninstrument(app: Any) -> None:
    """Undo `instrument`: take the edge off and flush; else nothing happens. Any: as there."""
    attachment = attachment_of(app)
    if attachment is None:
        return
    attachment.detach()
    runtime = attachment.owner
    if isinstance(runtime, Runtime):
        runtime.rest()
        if runtime in _current:
            _current.remove(runtime)


class PerformanceMiddleware:
    """Measures any ASGI app: `app = PerformanceMiddleware(app)`, or `app.add_middleware(…)`.

    Around a FastAPI or Starlette app `instrument` sees more: middleware added by `add_middleware`
    never sees the 500 of an unhandled exception.
    """

    def __init__(
        self,
        app: Any,  # Any: whatever type of ASGI callable
        *,
        user: UserOf | None = None,
        clock: Clock | None = None,
        runs_itself: bool = True,
        **settings: Any,  # Any: Config's fields, checked there
    ) -> None:
        """Wrap `app`; settings as `instrument`'s. ConfigError on a wrong one."""
        config = Config(**settings)
        self.app = app
        self.handle: ASGIApp = app
        if config.enabled:
            runtime = Runtime(config, app=app, user=user, clock=clock, runs_itself=runs_itself)
            self.handle = runtime.edge_around(app).handle
            _current.append(runtime)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's types
        """Serve as the app does, and measure."""
        await self.handle(scope, receive, send)


def runtime_of(app: object) -> Runtime | None:
    """Return the runtime that an instrumented app reports to, if any."""
    attachment = attachment_of(app)
    owner = attachment.owner if attachment is not None else None
    return owner if isinstance(owner, Runtime) else None
