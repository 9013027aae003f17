"""Door 3: widgets as data, and pushes on a WebSocket of one's own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from api_performance import instrument, uninstrument
from api_performance.config import Config
from api_performance.dashboard import (
    DASHBOARD_CONFIG,
    DashboardConfig,
    DashboardManager,
    DashboardWidget,
    get_dashboard_manager,
)
from api_performance.instrumenting import runtime_of
from api_performance.metrics import get_api_monitor
from api_performance.queries import QuestionRefused
from api_performance.runtime import Runtime
from tests.server.running import PATIENCE_SECONDS, eventually, served

SERIES = [
    DashboardWidget.RESPONSE_TIME_CHART,
    DashboardWidget.THROUGHPUT_CHART,
    DashboardWidget.ERROR_RATE_CHART,
]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    app = FastAPI()
    instrument(app, store=f"sqlite:///{tmp_path}/metrics.sqlite3", authentication=False)
    yield app
    uninstrument(app)


def runtime(app: FastAPI) -> Runtime:
    found = runtime_of(app)
    assert found is not None
    return found


async def record(count: int = 1, **what: Any) -> None:  # Any: record_request's own
    monitor = await get_api_monitor()
    for _ in range(count):
        monitor.record_request("/api/seen", "GET", **{"response_time": 0.2, **what})


def requests_seen(manager: DashboardManager, seconds: float | None = None) -> int:
    data = manager.get_dashboard_data(DashboardWidget.THROUGHPUT_CHART, seconds)
    return sum(data["series"]["request_count"])


def test_own_writes_are_seen_at_once_inside_an_event_loop(app: FastAPI) -> None:
    async def read() -> None:
        manager = await get_dashboard_manager()
        for count in range(1, 200):
            await record()
            assert requests_seen(manager) == count
            if count % 20 == 0:
                await asyncio.sleep(0.1)  # meanwhile flushes and snapshots come and go

    asyncio.run(read())


def test_own_writes_are_seen_at_once_outside_of_any_loop(app: FastAPI) -> None:
    manager = asyncio.run(get_dashboard_manager())
    for count in range(1, 50):
        asyncio.run(record())
        assert requests_seen(manager) == count


def test_what_is_written_while_the_store_is_read_counts_once(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = asyncio.run(get_dashboard_manager())
    windows = runtime(app).store.windows
    recorded: list[int] = []
    writers: list[threading.Thread] = []

    def record_and_flush() -> None:
        asyncio.run(record())
        recorded.append(1)
        runtime(app).flush()

    def read_late(*args: Any, **kwargs: Any) -> Any:  # Any: the store's own
        writers.append(threading.Thread(target=record_and_flush))
        writers[-1].start()
        writers[-1].join(0.3)  # it may have to wait for this very read
        return windows(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(runtime(app).store, "windows", read_late)
        for _ in range(3):
            record_and_flush()  # so that the store is asked anew
            before, seen = len(recorded), requests_seen(manager)
            for writer in writers:  # the runner's own reads begin some too
                writer.join()
            assert before <= seen <= len(recorded)
    assert len(recorded) > 3  # something was written while the store was read
    for writer in writers:
        writer.join()
    assert requests_seen(manager) == len(recorded)


def test_reads_work_under_trio(app: FastAPI) -> None:
    async def read() -> int:
        manager = await get_dashboard_manager()
        await record(3)
        return requests_seen(manager)

    assert trio.run(read) == 3


def test_inside_a_loop_the_store_is_not_touched(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read() -> None:
        manager = await get_dashboard_manager()
        loops_thread = threading.get_ident()
        windows = runtime(app).store.windows

        def watched(*args: Any, **kwargs: Any) -> Any:  # Any: the store's own
            assert threading.get_ident() != loops_thread
            return windows(*args, **kwargs)

        monkeypatch.setattr(runtime(app).store, "windows", watched)
        await record(2)
        for seconds in (None, 300, 86_400):
            assert requests_seen(manager, seconds) == 2
        assert manager.get_dashboard_data()["widgets"]

    asyncio.run(read())


def test_snapshots_stay_young_while_somebody_asks(app: FastAPI) -> None:
    async def read() -> None:
        manager = await get_dashboard_manager()
        first = manager.get_dashboard_data(DashboardWidget.THROUGHPUT_CHART)["as_of"]
        await record()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                data = manager.get_dashboard_data(DashboardWidget.THROUGHPUT_CHART)
                if data["as_of"] > first:
                    break
                await asyncio.sleep(0.1)

    asyncio.run(read())


def test_a_widget_says_what_rest_says(app: FastAPI) -> None:
    manager = asyncio.run(get_dashboard_manager())
    asyncio.run(record(40))
    asyncio.run(record(10, status_code=500, response_time=0.9))
    runtime(app).flush()
    with served(app) as address:
        for widget in DashboardWidget:
            ours = manager.get_dashboard_data(widget, time_window=300)
            theirs = httpx.get(
                f"{address}/performance/api/v1/widgets/{widget}", params={"time_window": 300}
            ).json()
            assert ours.keys() == theirs.keys()
            assert settled(ours) == settled(theirs)
            json.dumps(ours, allow_nan=False)


def settled(data: Any) -> Any:  # Any: JSON
    """Return data without what moves from one second to the next."""
    if isinstance(data, dict):
        return {key: settled(value) for key, value in data.items() if key not in MOVING}
    if isinstance(data, list):
        return [settled(each) for each in data if each not in (None, 0)]
    return data


MOVING = {
    "as_of",
    "start",
    "end",
    "times",
    "seen_at",
    "in_flight",
    "rate_per_second",
    "sparkline",
    "cpu_seconds",
    "process_cpu_seconds",
    "pauses",
    "resident_bytes",
    "store_size_bytes",
    "unfolded_batches",
    "cpu_ratio",
    "longest_stretch_seconds",
    "newest_window_at",
    "last_called_at",
    "lease_holder",
    "throughput_grade",
    "buffered_batches",
    "concurrent_users",
    "instance_count",
}


def test_every_built_widget_has_its_part(app: FastAPI) -> None:
    manager = asyncio.run(get_dashboard_manager())
    asyncio.run(record(20))
    data = manager.get_dashboard_data()
    assert set(data["widgets"]) == set(DashboardWidget)
    breakdown = data["widgets"]["latency_breakdown"]
    assert breakdown["latency_seconds"]["total"] == pytest.approx(20 * 0.2)
    assert sum(filter(None, breakdown["latency_ratio"].values())) == pytest.approx(1)
    compliance = data["widgets"]["sla_compliance"]["compliance"]
    assert {row["kind"]: row["is_met"] for row in compliance} == {
        "latency": True,
        "availability": True,
    }
    comparison = data["widgets"]["endpoint_comparison"]["endpoints"]
    assert comparison[0]["template"] == "/api/seen"
    assert data["widgets"]["system_resources"]["health"]["store_kind"] == "sqlite"
    trends = data["widgets"]["trend_analysis"]["trends"]
    assert [each["metric"] for each in trends] == ["response_time", "throughput", "error_rate"]
    series = data["widgets"]["response_time_chart"]["series"]
    assert max(filter(None, series["p50_seconds"])) == pytest.approx(0.2, rel=0.006)


@pytest.mark.parametrize(("widget", "seconds"), [("no_such", 60.0), ("throughput_chart", -1.0)])
def test_a_wrong_widget_or_time_window_is_refused(
    app: FastAPI, widget: str, seconds: float
) -> None:
    manager = asyncio.run(get_dashboard_manager())
    with pytest.raises(QuestionRefused):
        manager.get_dashboard_data(widget, seconds)


def test_the_widgets_are_specs_seven_and_three_more() -> None:
    names = [each.name for each in DashboardWidget]
    assert names[:7] == [
        "RESPONSE_TIME_CHART",
        "THROUGHPUT_CHART",
        "ERROR_RATE_CHART",
        "LATENCY_BREAKDOWN",
        "SLA_COMPLIANCE",
        "PERFORMANCE_ALERTS",
        "OPTIMIZATION_RECOMMENDATIONS",
    ]
    assert names[7:] == ["TREND_ANALYSIS", "ENDPOINT_COMPARISON", "SYSTEM_RESOURCES"]


def test_the_default_settings_are_specs_and_read_only() -> None:
    assert dict(DASHBOARD_CONFIG) == {
        "refresh_interval": 5,
        "history_window": 3600,
        "max_data_points": 1000,
        "enable_real_time": True,
        "enable_alerts": True,
        "enable_optimizations": True,
    }
    assert Config(dashboard_config=dict(DASHBOARD_CONFIG)).dashboard_config == DashboardConfig()
    with pytest.raises(TypeError):
        DASHBOARD_CONFIG["refresh_interval"] = 1  # type: ignore[index]  # that is the point


def a_users_own_route(app: FastAPI, *, accepts: bool) -> list[DashboardManager]:
    """The route of SPEC.md, by a user who accepts first or leaves that to us."""
    managers: list[DashboardManager] = []

    @app.websocket("/ws/performance")
    async def performance(websocket: WebSocket) -> None:
        if accepts:
            await websocket.accept()
        manager = await get_dashboard_manager()
        managers.append(manager)
        await manager.add_websocket_connection(websocket)
        await manager.add_websocket_connection(websocket)
        try:
            while True:
                if await websocket.receive_text() == "enough":
                    await manager.remove_websocket_connection(websocket)
                    await websocket.send_text("removed")
        except WebSocketDisconnect:
            await manager.remove_websocket_connection(websocket)

    return managers


@pytest.mark.parametrize("accepts", [True, False])
def test_a_websocket_is_accepted_once_and_pushed_to_until_it_is_removed(
    app: FastAPI, accepts: bool
) -> None:
    managers = a_users_own_route(app, accepts=accepts)
    with served(app) as address:
        asyncio.run(record(7))
        with connect(address.replace("http", "ws", 1) + "/ws/performance") as connection:
            push = json.loads(connection.recv(timeout=PATIENCE_SECONDS))
            assert push["type"] == "live"
            while push["summary"]["request_count"] < 7:
                push = json.loads(connection.recv(timeout=PATIENCE_SECONDS))
            connection.send("enough")
            while connection.recv(timeout=PATIENCE_SECONDS) != "removed":
                pass
            asyncio.run(record(1))
            with pytest.raises(TimeoutError):
                connection.recv(timeout=2)
        assert managers[0].connection_count == 0


def test_a_client_that_goes_away_is_forgotten(app: FastAPI) -> None:
    managers = a_users_own_route(app, accepts=True)
    with served(app) as address:
        with connect(address.replace("http", "ws", 1) + "/ws/performance") as connection:
            connection.recv(timeout=PATIENCE_SECONDS)
            assert managers[0].connection_count == 1
        eventually(lambda: managers[0].connection_count == 0)


def test_real_time_switched_off_closes_the_websocket_with_the_reason(tmp_path: Path) -> None:
    app = FastAPI()
    instrument(app, store="memory://", dashboard_config={"enable_real_time": False})
    a_users_own_route(app, accepts=True)
    with served(app) as address:
        with (
            connect(address.replace("http", "ws", 1) + "/ws/performance") as connection,
            pytest.raises(ConnectionClosed) as closed,
        ):
            connection.recv(timeout=PATIENCE_SECONDS)
        assert closed.value.rcvd is not None
        assert "enable_real_time" in closed.value.rcvd.reason
    uninstrument(app)
