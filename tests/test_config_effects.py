"""What each key of DASHBOARD_CONFIG and OPTIMIZATION_CONFIG, and the scrape's token, does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from websockets.sync.client import connect
from websockets.typing import Origin

from api_performance import instrument, uninstrument
from api_performance.clock import ManualClock
from api_performance.dashboard import DashboardManager, DashboardWidget, get_dashboard_manager
from api_performance.errors import SwitchedOff
from api_performance.instrumenting import runtime_of
from api_performance.metrics import APIPerformanceMonitor
from api_performance.queries import Asked, SeriesQuestion
from api_performance.runtime import Runtime
from tests.server.running import PATIENCE_SECONDS, eventually, served

START = 1_700_000_400.0


@contextmanager
def measured(**settings: Any) -> Iterator[tuple[FastAPI, Runtime]]:
    """An instrumented app; Any: instrument's own settings."""
    app = FastAPI()
    instrument(app, **{"store": "memory://", "authentication": False, **settings})
    runtime = runtime_of(app)
    assert runtime is not None
    try:
        yield app, runtime
    finally:
        uninstrument(app)


def record(runtime: Runtime, *paths: str) -> None:
    monitor = APIPerformanceMonitor(runtime)
    for path in paths:
        monitor.record_request(path, "GET", response_time=0.1)


def test_history_window_is_the_range_of_data_that_is_not_asked_for_otherwise() -> None:
    with measured(dashboard_config={"history_window": 900}) as (app, _):
        manager = asyncio.run(get_dashboard_manager())
        ours = manager.get_dashboard_data(DashboardWidget.THROUGHPUT_CHART)
        with served(app) as address:
            theirs = httpx.get(f"{address}/performance/api/v1/series").json()
    assert ours["time_window"] == 900
    assert theirs["end"] - theirs["start"] == pytest.approx(900, abs=theirs["step_seconds"])


@pytest.mark.parametrize("points", [10, 100])
def test_max_data_points_caps_every_series(points: int) -> None:
    with measured(dashboard_config={"max_data_points": points}) as (app, _):
        manager = asyncio.run(get_dashboard_manager())
        data = manager.get_dashboard_data()
        with served(app) as address:
            rest = httpx.get(f"{address}/performance/api/v1/series").json()
    charts = [each["series"]["times"] for each in data["widgets"].values() if "series" in each]
    assert len(charts) == 3
    assert all(0 < len(times) <= points for times in [*charts, rest["times"]])


def pushes_within(seconds: float, **settings: Any) -> int:  # Any: instrument's own
    """Count pushes of an app that measures nothing: what is sent is only the refresh."""
    with measured(runs_itself=False, **settings) as (app, _), served(app) as address:
        live = f"{address.replace('http', 'ws', 1)}/performance/api/v1/live"
        with connect(live, origin=Origin(address)) as connection:
            connection.recv(timeout=PATIENCE_SECONDS)
            try:
                connection.recv(timeout=seconds)
            except TimeoutError:
                return 1
            return 2


def test_refresh_interval_is_the_longest_pause_between_two_pushes() -> None:
    assert pushes_within(PATIENCE_SECONDS, dashboard_config={"refresh_interval": 0.5}) == 2
    assert pushes_within(2.0, dashboard_config={"refresh_interval": 3600}) == 1


def test_refresh_interval_and_the_switches_are_told_to_the_page() -> None:
    chosen = {
        "refresh_interval": 7.0,
        "enable_real_time": False,
        "enable_alerts": False,
        "enable_optimizations": False,
    }
    with measured(dashboard_config=chosen) as (app, _), served(app) as address:
        told = httpx.get(f"{address}/performance/api/v1/config").json()
    assert {name: told[name] for name in chosen} == chosen


@pytest.mark.parametrize(
    ("switch", "widget"),
    [
        ("enable_alerts", DashboardWidget.PERFORMANCE_ALERTS),
        ("enable_optimizations", DashboardWidget.OPTIMIZATION_RECOMMENDATIONS),
    ],
)
def test_a_part_that_is_switched_off_refuses_its_widget_and_names_the_switch(
    switch: str, widget: DashboardWidget
) -> None:
    with measured(dashboard_config={switch: False}) as (app, runtime):
        with pytest.raises(SwitchedOff, match=f"dashboard_config.{switch}"):
            DashboardManager(runtime).get_dashboard_data(widget)
        with served(app) as address:
            answer = httpx.get(f"{address}/performance/api/v1/widgets/{widget}")
        assert answer.status_code == 404
        assert switch in answer.json()["detail"]


@pytest.mark.parametrize(("size", "batches"), [(2, 3), (5, 1)])
def test_batch_size_is_how_many_windows_one_transaction_writes(
    tmp_path: Path, size: int, batches: int
) -> None:
    with measured(
        store=f"sqlite:///{tmp_path}/metrics.sqlite3",
        optimization_config={"batch_size": size},
        clock=ManualClock(START),
        runs_itself=False,
    ) as (_, runtime):
        record(runtime, "/a", "/b", "/c", "/d", "/e")
        runtime.flush()
        assert runtime.store.status().unfolded_batches == batches


def test_flush_interval_is_how_long_what_was_measured_waits() -> None:
    with (
        measured(optimization_config={"flush_interval": 60}) as (_, slow),
        measured(optimization_config={"flush_interval": 0.1}) as (_, fast),
    ):
        record(slow, "/seen")
        record(fast, "/seen")
        eventually(lambda: fast.store.revision() > 0)
        assert slow.store.revision() == 0


@pytest.mark.parametrize(("size", "is_remembered"), [(10_000, True), (0, False)])
def test_cache_size_is_how_many_answers_are_remembered(size: int, is_remembered: bool) -> None:
    with measured(
        optimization_config={"cache_size": size}, clock=ManualClock(START), runs_itself=False
    ) as (_, runtime):
        record(runtime, "/seen")
        runtime.flush()
        question = SeriesQuestion(Asked(300))
        first, second = (runtime.queries.series(question) for _ in range(2))
        assert first == second
        assert (first is second) is is_remembered


class Crowd:
    """Counts the threads that are inside the store at once, each held until `expected` are."""

    def __init__(self, expected: int) -> None:
        self.most = 0
        self._inside = 0
        self._expected = expected
        self._changed = threading.Condition()

    def enter(self, seconds: float) -> None:
        with self._changed:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most >= self._expected, seconds)
            self._inside -= 1


@pytest.mark.parametrize(("threads", "seconds"), [(1, 0.3), (3, PATIENCE_SECONDS)])
def test_worker_threads_is_how_many_questions_are_in_the_store_at_once(
    monkeypatch: pytest.MonkeyPatch, threads: int, seconds: float
) -> None:
    crowd = Crowd(max(threads, 2))
    with measured(
        optimization_config={"worker_threads": threads, "cache_size": 0}, runs_itself=False
    ) as (app, runtime):
        windows = runtime.store.windows

        def watched(*args: Any, **kwargs: Any) -> Any:  # Any: the store's own
            crowd.enter(seconds)
            return windows(*args, **kwargs)

        monkeypatch.setattr(runtime.store, "windows", watched)
        with served(app) as address, ThreadPoolExecutor(4) as clients:
            asked = [
                f"{address}/performance/api/v1/series?window_seconds={60 + i}" for i in (0, 1, 2, 3)
            ]
            answers = list(clients.map(lambda one: httpx.get(one, timeout=PATIENCE_SECONDS), asked))
        assert [answer.status_code for answer in answers] == [200] * 4
    assert crowd.most == threads


def test_the_metrics_token_is_asked_of_every_scrape() -> None:
    token = "a-long-enough-secret"
    with measured(metrics_token=token) as (app, _), served(app) as address:
        page = f"{address}/metrics"
        assert httpx.get(page).status_code == 401
        assert httpx.get(page, headers={"Authorization": "Bearer wrong"}).status_code == 401
        allowed = httpx.get(page, headers={"Authorization": f"Bearer {token}"})
    assert allowed.status_code == 200
    assert "api_requests_total" in allowed.text


def test_without_a_metrics_token_the_scrape_is_open() -> None:
    with measured(authentication=True) as (app, _), served(app) as address:
        assert httpx.get(f"{address}/metrics").status_code == 200


def test_objectives_hold_beside_the_defaults_of_performance_thresholds() -> None:
    mine = {"id": "seen", "kind": "latency", "target": 0.9, "bound": 0.05, "pattern": "/seen"}
    table = {"medium_priority_endpoints": {"error_rate": 0.3}}
    with measured(objectives=[mine], performance_thresholds=table) as (app, runtime):
        record(runtime, "/seen")
        runtime.flush()
        with served(app) as address:
            page = httpx.get(f"{address}/performance/api/v1/objectives").json()
    rows = {row["objective_id"]: row["is_met"] for row in page["rows"]}
    assert rows == {"seen": False, "medium-availability": True}
    targets = {each["id"]: (each["target"], each["source"]) for each in page["objectives"]}
    assert targets["seen"] == (0.9, "settings")
    assert targets["medium-availability"] == (0.7, "default")
