"""Builds stores, questions and pages from Config; loads each room at its first use."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from api_performance.clock import Clock, SystemClock
from api_performance.config import Config
from api_performance.config.redis_address import SCHEMES as REDIS_SCHEMES
from api_performance.config.sources import ADDRESS_VARIABLE
from api_performance.config.values import without_password
from api_performance.instrumentation.protocol import ASGIApp, Receive, Scope, Send
from api_performance.measure.priority import Prioritizer, PriorityRules
from api_performance.runner import ThreadPacers
from api_performance.stores.base import Pace, Retention, Store, StoreStatus, no_pace

if TYPE_CHECKING:
    from api_performance.advice.found import Rule as AdviceRule
    from api_performance.alerts.rule import Rule
    from api_performance.analysis.reading import Round
    from api_performance.changes.watching import FindingWatch
    from api_performance.engine import Judge
    from api_performance.judging import Advising, Alerting, Judging, Watching
    from api_performance.queries import Here, Queries
    from api_performance.server.auth import Auth
    from api_performance.stores.diagnosis import Diagnosis


class Served(Protocol):
    """What the pages need to know of the process that serves them: its runtime."""

    config: Config
    clock: Clock

    @property
    def metrics_host(self) -> str | None:
        """The host whose processes `/metrics` covers; None: all that share the store."""
        ...

    @property
    def store(self) -> Store:
        """The store, opened at its first use."""
        ...

    @property
    def queries(self) -> Queries:
        """Every question that may be asked, answered from the store."""
        ...

    def note_error(self, error: Exception) -> None:
        """Tell an error that harms nobody where this process tells its own."""
        ...


def make_store(config: Config, clock: Clock | None = None, *, is_read_only: bool = False) -> Store:
    """Open the configured store. StoreUnavailable, StoreTooNew where that cannot be.

    With `is_read_only` one that `diagnose_store` found readable is left exactly as it is.
    """
    retention = Retention(config.retention, int(config.max_store_bytes))
    kind, _, place = config.store.partition("://")
    if kind == "memory":
        from api_performance.stores.memory import MemoryStore

        return MemoryStore(retention)
    if kind in REDIS_SCHEMES:
        from api_performance.stores.redis import RedisStore

        redis = RedisStore(config.store, retention, connections=config.store_connections)
        return _guarded(redis, config, clock or SystemClock())
    from api_performance.stores.sqlite import SQLiteStore

    return SQLiteStore(Path(place[1:]), retention, clock=clock, is_read_only=is_read_only)


def make_judge(config: Config, store: Store, clock: Clock) -> Judge:
    """Return who judges where this process has the lease."""
    from api_performance.engine import NobodyJudges

    if config.analysis == "off":
        return NobodyJudges()
    from api_performance.judging import JudgeHere

    if config.analysis == "thread" or store.status().kind == "memory":  # which no other can read
        return JudgeHere(make_judging(config, store, clock, ThreadPacers()))
    from api_performance.config.handing import handed_over
    from api_performance.judge_process import JudgeProcess

    return JudgeProcess(handed_over(config), clock)


def make_judging(
    config: Config,
    store: Store,
    clock: Clock,
    pace: Pace = no_pace,
    *,
    looks_for_changes: bool = False,
) -> Judging:
    """Return what judges a store in this process, as the settings say.

    Only a process of its own `looks_for_changes`: it reads days, by numpy if that is there.
    """
    from api_performance.changes.deploys import DeployBook
    from api_performance.changes.versions import VersionWatch
    from api_performance.judging import Judging

    watching: list[Watching] = [VersionWatch(store, DeployBook(store, clock))]
    watch = _finding_watch(store, clock, pace) if looks_for_changes else None
    if watch is not None:
        watching.append(watch)
    return Judging(
        store,
        clock,
        watching=watching,
        alerting=_make_alerting(config, store, clock, pace, watch),
        advising=_make_advising(config, store, pace),
        pace=pace,
    )


def _finding_watch(store: Store, clock: Clock, pace: Pace) -> FindingWatch | None:
    """Return what looks for changes; None without numpy."""
    if find_spec("numpy") is None:
        return None
    from api_performance.changes.watches import ChangeWatch
    from api_performance.changes.watching import FindingWatch

    return FindingWatch(store, clock, ChangeWatch, pace=pace)


def _make_advising(config: Config, store: Store, pace: Pace) -> Advising | None:
    """Return who keeps the recommendations; None where they are switched off."""
    if not config.dashboard_config.enable_optimizations:
        return None
    from api_performance.advice.catalog import rules
    from api_performance.advising.book import AdviceBook

    return AdviceBook(store, rules(config.advice_rules), pace)


def _make_alerting(
    config: Config, store: Store, clock: Clock, pace: Pace, watch: FindingWatch | None
) -> Alerting | None:
    """Return who evaluates, keeps and tells, findings too; None where alerts are switched off."""
    if not config.dashboard_config.enable_alerts:
        return None
    from api_performance.alerts.book import Book
    from api_performance.alerts.channels.making import make_channels
    from api_performance.alerts.escalation import Policy
    from api_performance.alerts.judges import Judges
    from api_performance.alerts.notifier import Notifier
    from api_performance.changes.readings import RULE
    from api_performance.config.routes import DEFAULT_ROUTES
    from api_performance.judging import Alerting

    routes = config.notify or DEFAULT_ROUTES
    policy = Policy(routes, config.service_name(), config.environment)
    judges = Judges(config, store, clock, pace=pace)

    def read(now: float) -> Round:
        seen = judges.read(now)
        if watch is None:
            return seen
        found = chain(seen.readings, watch.readings(now))
        return replace(seen, readings=found, rules=seen.rules | {RULE})

    return Alerting(
        read,
        Book(store, clock, policy),
        Notifier(make_channels(config.channels, clock), store, clock),
    )


def _guarded(store: Store, config: Config, clock: Clock) -> Store:
    """Return a store of the network, not waited for again and again while it is away."""
    from api_performance.stores.circuit import Circuit
    from api_performance.stores.guarded import GuardedStore

    unasked = StoreStatus(
        kind="redis",
        location=without_password(config.store),
        size_bytes=0,
        max_bytes=int(config.max_store_bytes),
        unfolded_batches=0,
        oldest_at=None,
        newest_at=None,
    )
    return GuardedStore(store, Circuit(clock.perf), unasked)


def diagnose_store(config: Config, clock: Clock) -> Diagnosis:
    """Look at the configured store of files or of a server, without making or changing anything.

    ValueError for the memory store, at which nobody can look from outside.
    """
    retention = Retention(config.retention, int(config.max_store_bytes))
    if config.store_path is not None:
        from api_performance.stores.sqlite.diagnosis import diagnose as look_at_file

        return look_at_file(config.store_path, retention)
    if config.store == "memory://":
        raise ValueError("the memory store lives inside of the application")
    from api_performance.stores.redis.diagnosis import diagnose as look_at_server

    return look_at_server(config.store, retention, clock.now)


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


def make_queries(
    config: Config, store: Store, clock: Clock, pace: Pace, here: Here | None = None
) -> Queries:
    """Return the questions over a store, with the configuration's windows, caches and tables."""
    from api_performance.queries import Queries, ReadSettings, Tables

    def alert_rules() -> Sequence[Rule]:
        from api_performance.alerts.chosen import rules_of

        return rules_of(config)

    def advice_rules() -> Sequence[AdviceRule]:
        from api_performance.advice.catalog import rules

        return rules(config.advice_rules)

    settings = ReadSettings(
        history_window=config.dashboard_config.history_window,
        max_data_points=config.dashboard_config.max_data_points,
        cache_size=config.optimization_config.cache_size,
        retention=Retention(config.retention, int(config.max_store_bytes)),
        tables=Tables(config.response_time_thresholds, config.throughput_thresholds),
        has_alerts=config.dashboard_config.enable_alerts,
        alert_rules=alert_rules,
        has_advice=config.dashboard_config.enable_optimizations,
        advice_rules=advice_rules,
        objectives=config.objectives,
        objective_defaults=config.performance_thresholds,
    )
    return Queries(store, clock, settings, pace=pace, here=here)


def make_dashboard(runtime: Served) -> ASGIApp:
    """Return the page, the REST API and the WebSocket, to be called below the configured path."""
    from api_performance.server.app import HiddenToken, make_app

    auth = make_auth(runtime.config, runtime.store, runtime.clock)
    app = make_app(runtime.queries, auth, runtime.config, runtime.clock)
    return HiddenToken(mounted(app, runtime.config.path))  # outside: it changes the server's scope


def announce_page(runtime: Served) -> None:
    """Print the page's address if a terminal shows it, from a thread: that opens the store."""

    def run() -> None:
        from api_performance.server.announcement import announce

        try:
            auth = make_auth(runtime.config, runtime.store, runtime.clock)
            announce(auth, os.environ.get(ADDRESS_VARIABLE, ""), runtime.config.path)
        except Exception as error:  # noqa: BLE001 # a convenience; the command tells the address too
            runtime.note_error(error)

    if sys.stderr is not None and sys.stderr.isatty():
        threading.Thread(target=run, name="api-performance-announcement", daemon=True).start()


def make_metrics(runtime: Served) -> ASGIApp:
    """Return what Prometheus scrapes: the processes that share the store, of one host or all."""
    from api_performance.export.prometheus import MetricsCollector
    from api_performance.server.metrics_page import make_metrics_app

    collector = MetricsCollector(
        runtime.store, runtime.queries, host=runtime.metrics_host, pace=ThreadPacers()
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


PAGES: Final[dict[str, Callable[[Served], ASGIApp]]] = {
    "dashboard": make_dashboard,
    "metrics": make_metrics,
}
