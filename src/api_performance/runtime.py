"""All of one measured app in this process: what the edge, the doors and the pages share."""

from __future__ import annotations

import atexit
import logging
import os
import secrets
import socket
import threading
import weakref
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Final

from api_performance.clock import Clock, SystemClock
from api_performance.config import Config
from api_performance.engine import Engine, Writing
from api_performance.errors import ApiPerformanceError
from api_performance.instrumentation.asgi import Edge, endpoint_of, is_waited_for
from api_performance.instrumentation.attachment import routes_of
from api_performance.instrumentation.clients import Proxies, UserOf, named_users
from api_performance.instrumentation.eventloop import LoopWatch
from api_performance.instrumentation.integrations import STEPS, integrations
from api_performance.instrumentation.protocol import ASGIApp, Scope
from api_performance.instrumentation.routes import RouteIndex
from api_performance.measure.cardinality import EndpointRegistry, Hints, Rank, Slot
from api_performance.measure.current import CurrentRequest
from api_performance.measure.garbage import GARBAGE
from api_performance.measure.pauses import Blocked
from api_performance.measure.recorder import Recorder
from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance
from api_performance.runner import Runner, ThreadPacers
from api_performance.server.building import BuiltAtFirstRequest
from api_performance.stores.base import Store
from api_performance.wiring import (
    PAGES,
    announce_page,
    make_judge,
    make_prioritizer,
    make_queries,
    make_store,
)

if TYPE_CHECKING:
    from api_performance.alerts.local import Hook, LocalAlerts
    from api_performance.queries import Here, Queries

logger: Final = logging.getLogger("api_performance")

USER_KEY: Final = "users"
"""The name of the installation's key with which users are marked."""


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
        self.on_blocked: Callable[[Blocked], None] = lambda _: None
        """Called with each block of an event loop once it is over, in the thread that watches: it
        must return soon, wait for nothing, and may raise nothing."""
        self.alert_hooks: list[Hook] = []
        """Called with each alert that makes a transition, in a thread of ours."""
        self._app = app
        self._lock = threading.RLock()
        self._prioritizer = make_prioritizer(config)
        self._user_key = secrets.token_bytes(32)
        self.service = config.service_name(str(getattr(app, "title", "") or ""))
        self.registry = EndpointRegistry(self.service, self._rank, config.max_endpoints)
        self.recorder = Recorder(
            self.clock,
            UserHasher(self._user_key),
            self.registry.slots,
            config.max_buffered_requests,
            wake=self.start_runner,
        )
        self.recorder.debug_mode = config.debug_mode
        self.index = RouteIndex(self.registry, lambda: routes_of(app))
        self.slot_of: Callable[[Scope], Slot] = self.index.slot_of
        proxies = Proxies(config.trusted_proxies, self.clock) if config.trusted_proxies else None
        self.user_of: Callable[[Scope], str | None] | None = proxies.user_of if proxies else None
        if user:
            self.user_of = named_users(user, self.recorder.note_error)
        self.edge_wait_of: Callable[[Scope, float], float] | None = (
            proxies.edge_wait_of if proxies else None
        )
        asks_scope = self.user_of is not None or self.edge_wait_of is not None
        self.plain_slots: Mapping[Hashable, Slot] = {} if asks_scope else self.index.plain_slots
        self.user_source = "user callable" if user else "client address"
        self._forget_process()
        wanted = (*config.integrations, STEPS) if config.steps else config.integrations
        integrations.want(wanted)
        self.unfollow = weakref.finalize(self, integrations.unwant, wanted)
        _runtimes.add(self)

    def _forget_process(self) -> None:
        """Begin anew in this process: at first, and in the child after a fork."""
        self._lock = threading.RLock()
        self._runner: Runner | None = None
        self._engine: Engine | None = None
        self._store: Store | None = None
        self._queries: Queries | None = None
        self._local_alerts: LocalAlerts | None = None
        self._pages: dict[str, ASGIApp] = {}
        seconds = self.config.loop_blocked_seconds
        self._loops = LoopWatch(self, self.clock, seconds) if seconds else None
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
        integrations.look()
        self.start_runner()
        if self._runs_itself and self.config.path:
            announce_page(self)

    def start_runner(self) -> None:
        """Start the runner of this process, and watch the loop that this is called on, if any.

        Called again it does nothing, and waits for nothing: the runner holds the lock while a store
        is slow to open.
        """
        if self._runner is None:
            self._start_one_runner()
        if self._loops is not None and self._runs_itself and not _still:
            self._loops.watch()

    def _start_one_runner(self) -> None:
        with self._lock:
            if self._runner is None and self._runs_itself and not _still:
                self._runner = Runner(self.engine, self.config.optimization_config.flush_interval)
                self._runner.start()

    def rest(self) -> None:
        """Flush and stop the runner of this process; the next request starts it anew."""
        with self._lock:
            runner, self._runner = self._runner, None
            self.recorder.rest()
        if self._loops is not None:
            self._loops.stop()
        if runner is not None:
            runner.stop()
        if self._local_alerts is not None:
            self._local_alerts.close()

    # What the loops' watch asks and tells

    def endpoint_of(self, request: CurrentRequest) -> Endpoint | None:
        """Return the endpoint of an open request of this app; None if it is another's."""
        return endpoint_of(request, self.recorder)

    def is_waiting(self, request: CurrentRequest) -> bool:
        """Tell whether a client still waits for the response."""
        return is_waited_for(request)

    def note_block(self, blocked: Blocked) -> None:
        """Keep a block of an event loop that is over with its endpoint, and hand it on."""
        slot = self.registry.slot_of(blocked.endpoint) if blocked.endpoint is not None else None
        if slot is not None and slot.is_monitored:
            self.recorder.add_block(slot, blocked)
        self.on_blocked(blocked)

    def engine(self) -> Engine:
        """Return this process' engine, made at its first use: that opens the store."""
        with self._lock:
            if self._engine is None:
                store = self.store
                self._share_user_key()
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
                named = self.config.model_copy(update={"service": self.service})
                self._engine.judge = make_judge(named, store, self.clock)
                self._engine.on_emptied = self._after_emptied
                if self._loops is not None:
                    self._engine.pauses_of = self._loops.told
                self._engine.on_tick = self._before_tick
                self._engine.not_followed = integrations.failed.values
            return self._engine

    def _before_tick(self) -> None:
        integrations.look()
        local = self._local_alerts
        if self.alert_hooks or (local is not None and local.is_wanted):
            self.watch_alerts()

    def _after_emptied(self) -> None:
        self._share_user_key()
        if self._local_alerts is not None:
            self._local_alerts.forget()

    def _share_user_key(self) -> None:
        """Mark users as all processes of the store do.

        An emptied store is given the key that was used before, so that users stay the same; a key
        that it got from a new process meanwhile is taken instead.
        """
        self._user_key = self.store.key(USER_KEY, lambda: self._user_key)
        self.recorder.hasher = UserHasher(self._user_key)

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

    def pending_windows(self, written: int) -> list[tuple[Endpoint, Window]]:
        """Return what this process measured past the batch of the sequence `written`.

        For reads on an event loop: it waits for no I/O. Nothing before the engine is made.
        """
        engine = self._engine
        return engine.windows_since(written) if engine is not None else []

    def note_error(self, error: Exception) -> None:
        """Tell an error on the health line of this process."""
        self.recorder.note_error(error)

    # What answers

    @property
    def metrics_host(self) -> str:
        """The host whose processes `/metrics` covers: this one."""
        return self.instance.host

    @property
    def queries(self) -> Queries:
        """Every question that may be asked, answered from the store."""
        with self._lock:
            if self._queries is None:
                self._queries = make_queries(
                    self.config, self.store, self.clock, ThreadPacers(), self._here()
                )
            return self._queries

    @property
    def local_alerts(self) -> LocalAlerts:
        """What this process does about alerts beside its requests."""
        with self._lock:
            if self._local_alerts is None:
                from api_performance.alerts.local import LocalAlerts

                self._local_alerts = LocalAlerts(
                    lambda: self.queries.desk, self.clock, self.note_error, self.alert_hooks
                )
            return self._local_alerts

    def watch_alerts(self) -> None:
        """Have a thread of ours tell hooks and write what waits, as long as that is wanted."""
        if self._runs_itself and not _still:
            self.local_alerts.start()

    def _here(self) -> Here:
        from api_performance.queries import Here

        return Here(problem=lambda: self.store_problem)

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
            make = PAGES[name]
            page = self._pages[name] = BuiltAtFirstRequest(lambda: make(self))
        return page

    @property
    def own_paths(self) -> tuple[str, ...]:
        """The beginnings of the paths that we answer ourselves."""
        return tuple(path for path in (self.config.path, self.config.metrics_path) if path)

    def edge_around(self, app: ASGIApp) -> Edge:
        """Return an edge around an app that reports here."""
        return Edge(app, self, self.own_paths)


_runtimes: Final[weakref.WeakSet[Runtime]] = weakref.WeakSet()
_current: list[weakref.ref[Runtime]] = []
_default: list[Runtime] = []
_still: list[bool] = []


def _after_fork() -> None:
    GARBAGE.forget_process()
    for runtime in list(_runtimes):
        runtime._forget_process()


def _at_exit() -> None:
    for runtime in list(_runtimes):
        runtime.rest()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)


def keep_still() -> None:
    """Start no runner in this process from now on: for who only looks at an app, and never runs it.

    An app that registers endpoints while it is imported would otherwise open and write its store.
    """
    _still.append(True)


def make_current(runtime: Runtime) -> None:
    """Have what is recorded outside of requests go to this runtime, as long as its app lives."""
    forget_current(runtime)
    _current.append(weakref.ref(runtime))


def forget_current(runtime: Runtime) -> None:
    """Undo `make_current`; the one before is current again."""
    _current[:] = [known for known in _current if known() not in (None, runtime)]


def current_runtime() -> Runtime:
    """Return the runtime of the app instrumented last, else one made from the settings."""
    for known in reversed(_current):
        runtime = known()
        if runtime is not None:
            return runtime
    if not _default:
        _default.append(Runtime(Config()))
    return _default[0]
