"""Alerts from code: asked for, acted upon, handed in, and hooks that hear of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from api_performance import instrument, uninstrument
from api_performance.alerts.alert import AlertState
from api_performance.errors import AlertUnknown, ConfigError, StoreUnavailable, SwitchedOff
from api_performance.instrumenting import runtime_of
from api_performance.metrics import (
    APIPerformanceMonitor,
    MetricPriority,
    PerformanceAlert,
    PerformanceThreshold,
)
from api_performance.runtime import Runtime
from api_performance.stores.base import FOLD_LEASE
from api_performance.wiring import make_judging

CRITICAL, WARNING = PerformanceThreshold.CRITICAL, PerformanceThreshold.WARNING


def slow(endpoint: str = "/pay", severity: PerformanceThreshold = CRITICAL) -> PerformanceAlert:
    return PerformanceAlert(endpoint, "response_time", 3.0, 1.0, severity, "slow")


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    app = FastAPI()
    instrument(app, store=f"sqlite:///{tmp_path}/metrics.sqlite3", runs_itself=False)
    found = runtime_of(app)
    assert found is not None
    yield found
    uninstrument(app)


@pytest.fixture
def monitor(runtime: Runtime) -> APIPerformanceMonitor:
    return APIPerformanceMonitor(runtime)


def judge(runtime: Runtime) -> None:
    lease = runtime.store.acquire(FOLD_LEASE, "judge", runtime.clock.now(), 600)
    assert lease is not None
    make_judging(runtime.config, runtime.store, runtime.clock).hold(lease)


def test_alerts_are_filtered_exactly_and_in_order_of_need(monitor: APIPerformanceMonitor) -> None:
    for endpoint, severity in (("/a", WARNING), ("/b", CRITICAL), ("/c", WARNING)):
        monitor.add_alert(slow(endpoint, severity))
    assert monitor.get_alerts()[0].endpoint == "/b"
    assert {alert.endpoint for alert in monitor.get_alerts("warning")} == {"/a", "/c"}
    assert monitor.get_alerts(priority=MetricPriority.LOW) == []
    assert [alert.endpoint for alert in monitor.get_alerts(endpoint="/c")] == ["/c"]
    with pytest.raises(ConfigError, match="severity = 'bad'"):
        monitor.get_alerts("bad")


def test_an_act_is_seen_at_once_here_and_by_other_processes(
    monitor: APIPerformanceMonitor, runtime: Runtime
) -> None:
    alert_id = monitor.add_alert(slow())
    taken = monitor.acknowledge_alert(alert_id, author="ann")
    assert (taken.state, taken.acknowledged_by) == (AlertState.ACKNOWLEDGED, "ann")
    elsewhere = Runtime(runtime.config, runs_itself=False)
    (seen,) = APIPerformanceMonitor(elsewhere).get_alerts()
    assert (seen.state, seen.acknowledged_by) == (AlertState.ACKNOWLEDGED, "ann")
    judge(runtime)
    assert [alert.state for alert in monitor.get_alerts()] == [AlertState.ACKNOWLEDGED]
    monitor.resolve_alert(alert_id)
    assert monitor.get_alerts() == []
    elsewhere.store.close()


def test_on_an_event_loop_nothing_waits_for_the_store(
    monitor: APIPerformanceMonitor, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert_id = monitor.add_alert(slow())
    monitor.get_alerts()

    def refuse(*_: object) -> None:
        raise AssertionError("the store was asked on the event loop")

    async def act() -> list[PerformanceAlert]:
        monitor.add_alert(slow("/later"))
        monitor.acknowledge_alert(alert_id)
        return monitor.get_alerts()

    with monkeypatch.context() as patched:
        patched.setattr(runtime.store, "record_event", refuse)
        patched.setattr(runtime.store, "latest_events", refuse)
        found = asyncio.run(act())
    assert {(alert.endpoint, alert.state.value) for alert in found} == {
        ("/later", "firing"),
        ("/pay", "acknowledged"),
    }
    runtime.local_alerts.work()
    assert len(runtime.queries.desk.standing()) == 2


def test_what_cannot_be_written_waits_until_the_store_answers(
    monitor: APIPerformanceMonitor, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monitor.add_alert(slow())
    with monkeypatch.context() as patched:
        patched.setattr(runtime.store, "record_event", away)
        with pytest.raises(StoreUnavailable):
            runtime.local_alerts.work()
    runtime.rest()  # the process ends
    assert len(runtime.queries.desk.standing()) == 1


def test_an_unknown_alert_is_named(monitor: APIPerformanceMonitor) -> None:
    with pytest.raises(AlertUnknown, match="'beef'"):
        monitor.acknowledge_alert("beef")


def test_a_hook_hears_of_each_transition_and_one_that_fails_harms_nobody(
    monitor: APIPerformanceMonitor, runtime: Runtime
) -> None:
    heard: list[tuple[str, str, str]] = []

    def broken(alert: PerformanceAlert) -> None:
        raise RuntimeError("the program's own")

    def remember(alert: PerformanceAlert) -> None:
        heard.append((alert.endpoint, alert.state, threading.current_thread().name))

    monitor.add_alert(slow("/before"))
    runtime.local_alerts.work()
    judge(runtime)
    monitor.on_alert(broken)
    monitor.on_alert(remember)
    runtime.local_alerts.work()
    alert_id = monitor.add_alert(slow())
    runtime.local_alerts.work()
    judge(runtime)
    runtime.local_alerts.work()
    monitor.resolve_alert(alert_id)
    judge(runtime)
    runtime.local_alerts.work()
    runtime.local_alerts.work()
    assert [(endpoint, state) for endpoint, state, _ in heard] == [
        ("/pay", "firing"),
        ("/pay", "resolved"),
    ]
    assert runtime.local_alerts.failed_hooks == 2
    assert "RuntimeError" in runtime.recorder.last_error


def test_a_thread_of_ours_tells_the_hooks(tmp_path: Path) -> None:
    app = FastAPI()
    instrument(app, store=f"sqlite:///{tmp_path}/metrics.sqlite3", analysis="thread")
    runtime = runtime_of(app)
    assert runtime is not None
    is_told, names = threading.Event(), []

    def remember(alert: PerformanceAlert) -> None:
        names.append(threading.current_thread().name)
        is_told.set()

    monitor = APIPerformanceMonitor(runtime)
    monitor.on_alert(remember)
    for number in range(60):
        monitor.add_alert(slow(f"/{number}"))
        if is_told.wait(1.0):
            break
    assert names[0] == "api-performance-hooks"
    uninstrument(app)


def test_a_hook_that_hangs_keeps_back_no_act(tmp_path: Path) -> None:
    app = FastAPI()
    instrument(app, store=f"sqlite:///{tmp_path}/metrics.sqlite3", analysis="thread")
    runtime = runtime_of(app)
    assert runtime is not None
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(alert: PerformanceAlert) -> None:
        hangs.set()
        assert goes_on.wait(120)

    monitor = APIPerformanceMonitor(runtime)
    monitor.on_alert(hang)
    for number in range(60):
        monitor.add_alert(slow(f"/{number}"))
        if hangs.wait(1.0):
            break
    alert_id = monitor.add_alert(slow("/later"))
    for _ in range(60):
        if any(event.subject == alert_id for event in runtime.store.latest_events("alert command")):
            break
        assert not goes_on.wait(1.0)
    else:
        pytest.fail("it was not written")
    goes_on.set()
    uninstrument(app)


def test_texts_of_any_length_and_kind_are_handed_in_and_kept_short(
    monitor: APIPerformanceMonitor, runtime: Runtime
) -> None:
    alert_id = monitor.add_alert(replace(slow(), message="\ud800" + "x" * 100_000))
    told = monitor.acknowledge_alert(alert_id, author="a" * 1000, reason="\ud800" + "r" * 100_000)
    assert (len(told.author), len(told.reason)) == (100, 300)
    (event,) = runtime.store.latest_events("alert command")
    assert len(event.details) < 5000
    (alert,) = monitor.get_alerts()
    assert alert.message == "?" + "x" * 1999


@pytest.mark.parametrize("name", ["current_value", "threshold"])
def test_a_value_that_is_no_number_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} = nan is refused: give a finite number"):
        replace(slow(), **{name: float("nan")})  # type: ignore[arg-type]  # one of two floats


def test_what_is_switched_off_says_so_and_on_the_request_path_raises_nothing(
    tmp_path: Path,
) -> None:
    app = FastAPI()
    instrument(
        app,
        store=f"sqlite:///{tmp_path}/metrics.sqlite3",
        runs_itself=False,
        dashboard_config={"enable_alerts": False},
    )
    runtime = runtime_of(app)
    assert runtime is not None
    monitor = APIPerformanceMonitor(runtime)
    assert monitor.add_alert(slow())
    for ask in (monitor.get_alerts, lambda: monitor.resolve_alert("x")):
        with pytest.raises(SwitchedOff, match="enable_alerts"):
            ask()
    judge(runtime)
    assert runtime.store.latest_events("alert") == []
    uninstrument(app)
