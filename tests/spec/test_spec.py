"""Every code block of SPEC.md runs as it stands and does what it says, or is listed as owed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from websockets.sync.client import connect

from api_performance import instrument, uninstrument
from api_performance.advice.recommendation import impact_of
from api_performance.config import Config
from api_performance.errors import AlertUnknown
from api_performance.instrumenting import runtime_of
from api_performance.metrics import (
    PERFORMANCE_THRESHOLDS,
    PROMETHEUS_METRICS,
    RESPONSE_TIME_THRESHOLDS,
    THROUGHPUT_THRESHOLDS,
    LatencyType,
    MetricPriority,
    PerformanceAlert,
    PerformanceThreshold,
    get_api_monitor,
    monitor_api_performance,
    track_latency,
)
from api_performance.model import LATENCY_PARTS, Operation
from api_performance.optimizer import (
    SLA_TARGETS,
    OptimizationImpact,
    OptimizationRecommendation,
    OptimizationType,
    PerformanceTrend,
    SLAMonitor,
)
from api_performance.runtime import Runtime
from tests.advice.making import calls
from tests.advice.stored import keep
from tests.instrumentation.serving import served
from tests.spec.blocks import SPEC, Block, blocks, run

Names = dict[str, object]
Check = Callable[[Block, Runtime], Coroutine[Any, Any, None]]

GRADES = {grade.name: grade for grade in PerformanceThreshold}
PRIORITIES = {priority.name: priority for priority in MetricPriority}

BLOCKS = {block.number: block for block in blocks()}

OWED: dict[int, str] = {}
"""What belongs to parts of the product that do not exist yet, by the part that will pay it."""


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    app = FastAPI()
    instrument(app, store="memory://", runs_itself=False)
    found = runtime_of(app)
    assert found is not None
    yield found
    uninstrument(app)


def counted(runtime: Runtime) -> dict[str, int]:
    runtime.flush()
    counts: dict[str, int] = {}
    for endpoint, window in runtime.store.totals():
        counts[endpoint.name] = counts.get(endpoint.name, 0) + window.count
    return {name: count for name, count in counts.items() if count}


async def finished(result: object) -> None:
    if asyncio.iscoroutine(result):
        await result


async def response_time_table(block: Block, _: Runtime) -> None:
    for name in ("CRITICAL", "HIGH"):
        body = block.code.split(f"\n{name}: {{", 1)[1].split("}", 1)[0]
        for line in body.strip().splitlines():
            grade, seconds = line.split("#")[0].strip().rstrip(",").split(":")
            table = RESPONSE_TIME_THRESHOLDS[PRIORITIES[name]]
            assert table[GRADES[grade.strip()]] == float(seconds.strip().rstrip("s"))


async def latency_types(block: Block, _: Runtime) -> None:
    names: Names = {"track_latency": track_latency, "LatencyType": LatencyType}
    await finished(run(block.code, names))

    async def handler() -> str:
        for name in ("database_query", "external_api_call"):
            function = names[name]
            assert callable(function)
            await function()
        with track_latency(LatencyType.DATABASE):
            await asyncio.sleep(0.02)
        return "done"

    app = FastAPI()
    app.get("/tracked")(handler)
    instrument(app, store="memory://", runs_itself=False)
    await ask(app, "/tracked")
    window = only_window(app)
    assert window.latency_seconds[LATENCY_PARTS.index(LatencyType.DATABASE)] >= 0.02
    assert sum(window.latency_seconds) == pytest.approx(window.response_time().sum)
    uninstrument(app)


async def throughput_table(block: Block, _: Runtime) -> None:
    names: Names = {**GRADES}
    await finished(run(block.code, names))
    table = names["THROUGHPUT_THRESHOLDS"]
    assert isinstance(table, dict)
    # in the block CRITICAL is both the priority and the grade: string enums index alike
    assert THROUGHPUT_THRESHOLDS[MetricPriority.CRITICAL] == table[PerformanceThreshold.CRITICAL]
    assert THROUGHPUT_THRESHOLDS["critical"]["critical"] == 50  # type: ignore[index]  # as users do


async def basic_monitoring(block: Block, runtime: Runtime) -> None:
    names: Names = {"MetricPriority": MetricPriority}
    await finished(run(block.code, names))
    assert counted(runtime) == {"POST /api/admin": 1}
    get_users = names["get_users"]
    assert callable(get_users)
    assert await get_users() == {"users": []}
    assert counted(runtime) == {"POST /api/admin": 1, "GET /api/users": 1}
    priorities = {each.name: each.priority for each in runtime.registry.endpoints()}
    assert priorities["GET /api/users"] is MetricPriority.HIGH


async def dashboard_data(block: Block, runtime: Runtime) -> None:
    await a_recorded_request()
    names: Names = {}
    await finished(run(block.code, names))
    data = names["response_time_data"]
    assert isinstance(data, dict)
    assert str(data).count("/api/seen") or sum(data["series"]["request_count"]) == 1


async def middleware(block: Block, _: Runtime) -> None:
    names: Names = {"time": time, "get_api_monitor": get_api_monitor}
    await finished(run(block.code, names))
    app = names["app"]
    assert isinstance(app, FastAPI)

    @app.get("/users/{user_id}")
    async def user(user_id: int) -> int:
        return user_id

    @app.get("/boom")
    async def boom() -> None:
        raise RuntimeError("boom")

    instrument(app, store="memory://", runs_itself=False)
    await ask(app, "/users/7")
    await ask(app, "/users/8")
    await ask(app, "/boom")
    found = runtime_of(app)
    assert found is not None
    assert counted(found) == {"GET /users/{user_id}": 2, "GET /boom": 1}
    uninstrument(app)


async def websocket(block: Block, _: Runtime) -> None:
    from api_performance.dashboard import get_dashboard_manager

    app = FastAPI()
    names: Names = {
        "app": app,
        "WebSocketDisconnect": WebSocketDisconnect,
        "get_dashboard_manager": get_dashboard_manager,
    }
    await finished(run(block.code.replace("websocket: WebSocket", "websocket"), names))
    app.router.routes.clear()
    handler = names["performance_websocket"]
    assert callable(handler)
    handler.__annotations__["websocket"] = WebSocket
    app.websocket("/ws/performance")(handler)
    with served(app) as running:

        def talk() -> str:
            with connect(f"ws://127.0.0.1:{running.port}/ws/performance") as connection:
                return str(connection.recv(timeout=120))

        assert "as_of" in await asyncio.to_thread(talk)
    uninstrument(app)


async def alert_generation(block: Block, runtime: Runtime) -> None:
    names: Names = {
        "endpoint": "/api/users",
        "response_time": 2.5,
        "threshold": 2.0,
        "PerformanceAlert": PerformanceAlert,
        "PerformanceThreshold": PerformanceThreshold,
    }
    await finished(run(block.code, names))
    alert = names["alert"]
    assert isinstance(alert, PerformanceAlert)
    assert (alert.priority, bool(alert.id), alert.at > 0) == (MetricPriority.MEDIUM, True, True)
    monitor = await get_api_monitor()
    assert monitor.add_alert(alert) == alert.id
    (found,) = monitor.get_alerts()
    assert (found.id, found.message) == (alert.id, "Response time 2.500s exceeds threshold")


async def alert_management(block: Block, runtime: Runtime) -> None:
    monitor = await get_api_monitor()
    ids = {
        severity: monitor.add_alert(
            PerformanceAlert(f"/{severity}", "response_time", 2.5, 2.0, severity, "slow")
        )
        for severity in (PerformanceThreshold.CRITICAL, PerformanceThreshold.WARNING)
    }
    names: Names = {
        "monitor": monitor,
        "PerformanceThreshold": PerformanceThreshold,
        "alert_id": ids[PerformanceThreshold.WARNING],
    }
    await finished(run(block.code, names))
    assert names["alerts"] == [names["alert"]]
    (left,) = monitor.get_alerts()
    assert (left.id, left.state) == (ids[PerformanceThreshold.CRITICAL], "acknowledged")
    assert [each.id for each in monitor.get_alerts(state="resolved")] == [names["alert_id"]]
    with pytest.raises(AlertUnknown):
        monitor.resolve_alert("no such id")


async def objectives(block: Block, _: Runtime) -> None:
    names: Names = {}
    await finished(run(block.code, names))
    table = names["PERFORMANCE_THRESHOLDS"]
    assert isinstance(table, dict)
    for group, values in table.items():
        assert dict(PERFORMANCE_THRESHOLDS[group]) == values
    taken = Config(performance_thresholds=table)
    assert taken.performance_thresholds["critical_endpoints"]["response_time"] == 0.5


async def sla_targets(block: Block, _: Runtime) -> None:
    names: Names = {}
    await finished(run(block.code, names))
    assert names["SLA_TARGETS"] == SLA_TARGETS


async def sla_compliance(block: Block, _: Runtime) -> None:
    warned = Lines()
    logger = logging.getLogger("of the document")
    logger.addHandler(warned)
    measured = {"response_time_p95": 1.5, "availability": 1.0, "throughput": 20}
    names: Names = {"sla_monitor": SLAMonitor(), "metrics": measured, "logger": logger}
    await finished(run(block.code, names))
    assert names["compliance"] == {
        "response_time_p95": False,
        "availability": True,
        "throughput_min": False,
    }
    assert warned.texts == [
        "SLA violation: response_time_p95",
        "SLA violation: throughput_min",
    ]


async def dashboard_config(block: Block, _: Runtime) -> None:
    names: Names = {}
    await finished(run(block.code, names))
    taken = Config(dashboard_config=names["DASHBOARD_CONFIG"])
    assert taken.dashboard_config.model_dump() == names["DASHBOARD_CONFIG"]


async def prometheus(block: Block, _: Runtime) -> None:
    names: Names = {"Histogram": Histogram, "Counter": Counter, "Gauge": Gauge}
    await finished(run(block.code, names))
    theirs = names["PROMETHEUS_METRICS"]
    assert isinstance(theirs, dict)
    try:
        assert set(theirs) == set(PROMETHEUS_METRICS)
        app = FastAPI()
        instrument(app, store="memory://", runs_itself=False)
        page = await ask(app, "/metrics")
        for description in PROMETHEUS_METRICS.values():
            assert f"# TYPE {description.name} {description.type}" in page.text
        uninstrument(app)
    finally:
        for metric in theirs.values():
            REGISTRY.unregister(metric)


async def predictions(block: Block, _: Runtime) -> None:
    from api_performance.optimizer import get_api_optimizer

    monitor = await get_api_monitor()
    monitor.record_request("/api/users", "GET", 0.2, 200)
    printed: list[str] = []
    names: Names = {"optimizer": await get_api_optimizer(), "print": printed.append}
    await finished(run(block.code, names))
    assert printed == ["Predicted response time: 0.200s"]
    told = names["predictions"]
    assert isinstance(told, dict)
    assert told["response_time"]["lower"] <= 0.2 <= told["response_time"]["upper"]
    assert not told["response_time"]["reliable"]


async def performance_trend(block: Block, _: Runtime) -> None:
    warned = Lines()
    logger = logging.getLogger("of the document")
    logger.addHandler(warned)
    trend = PerformanceTrend("response_time", window_hours=24)
    for minute in range(60):
        trend.add_data_point(0.1 + 0.001 * (minute % 5), timestamp=time.time() - 3600 + 60 * minute)
    names: Names = {"logger": logger, "response_time": 0.1}
    names["PerformanceTrend"] = lambda *_given, **_named: trend
    await finished(run(block.code, names))
    assert warned.texts == []
    for _each in range(12):
        names["response_time"] = 0.3
        await finished(run(block.code, names))
    assert warned.texts[-1] == "Performance regression detected"
    names["PerformanceTrend"] = PerformanceTrend
    await finished(run(block.code, names))


async def from_basic_timing(block: Block, runtime: Runtime) -> None:
    async def perform() -> str:
        return "performed"

    names: Names = {
        "api_call": lambda: "called",
        "perform_api_call": perform,
        "monitor_api_performance": monitor_api_performance,
        "MetricPriority": MetricPriority,
    }
    await finished(run(block.code, names))
    api_call = names["api_call"]
    assert callable(api_call)
    assert await api_call() == "performed"
    assert counted(runtime) == {"GET /api/endpoint": 1}


async def from_manual_metrics(block: Block, runtime: Runtime) -> None:
    await finished(run(block.code, {"get_api_monitor": get_api_monitor}))
    assert counted(runtime) == {"GET /api/endpoint": 1}


async def from_static_dashboards(block: Block, _: Runtime) -> None:
    from api_performance.dashboard import DashboardWidget, get_dashboard_manager

    await a_recorded_request()
    names: Names = {
        "get_dashboard_manager": get_dashboard_manager,
        "DashboardWidget": DashboardWidget,
    }
    await finished(run(block.code, names))
    assert isinstance(names["real_time_data"], dict)


async def debugging(block: Block, runtime: Runtime) -> None:
    logger, lines = logging.getLogger("api_performance"), Lines()
    level = logger.level
    logger.addHandler(lines)
    try:
        await finished(run(block.code, {"get_api_monitor": get_api_monitor}))
        await a_recorded_request()
        runtime.flush()
    finally:
        logger.removeHandler(lines)
        logger.setLevel(level)
    assert any("GET /api/seen 200" in line for line in lines.texts)


async def optimization_config(block: Block, _: Runtime) -> None:
    names: Names = {}
    await finished(run(block.code, names))
    taken = Config(optimization_config=names["OPTIMIZATION_CONFIG"])
    assert taken.optimization_config.model_dump() == names["OPTIMIZATION_CONFIG"]


async def recommendations(block: Block, runtime: Runtime) -> None:
    names: Names = {
        "OptimizationType": OptimizationType,
        "OptimizationImpact": OptimizationImpact,
        "MetricPriority": MetricPriority,
    }
    missing = operation(LatencyType.CACHE, "GET"), operation(LatencyType.CACHE, "SET")
    loaded = operation(LatencyType.DATABASE, "SELECT 1")
    found = {each: calls(60, 1, 0.001) for each in missing} | {loaded: calls(60, 1, 0.1)}
    minute = runtime.clock.now() // 60 * 60 - 120
    keep(runtime.store, [minute], found, seconds=0.12)
    await finished(run(block.code, names))
    recommended = names["recommendations"]
    assert isinstance(recommended, list)
    assert [each.rule for each in recommended] == ["cache_misses"]
    assert names["rec"].impact is OptimizationImpact.HIGH  # type: ignore[attr-defined] # its loop's


def operation(kind: LatencyType, text: str) -> Operation:
    return Operation(kind, text, "test")


async def rule_of_thumb(block: Block, _: Runtime) -> None:
    names: Names = {
        "response_time": 0.8,
        "database_latency": 0.5,
        "throughput": 20,
        "OptimizationRecommendation": OptimizationRecommendation,
        "OptimizationType": OptimizationType,
        "OptimizationImpact": OptimizationImpact,
    }
    await finished(run(block.code, names))
    made = names["recommendation"]
    assert isinstance(made, OptimizationRecommendation)
    assert impact_of(made.estimated_improvement) is made.impact
    assert made.description in block.code


NOW: dict[int, Check] = {
    1: response_time_table,
    2: latency_types,
    3: throughput_table,
    4: basic_monitoring,
    5: recommendations,
    6: dashboard_data,
    7: middleware,
    8: websocket,
    9: rule_of_thumb,
    10: rule_of_thumb,
    11: rule_of_thumb,
    12: sla_targets,
    13: sla_compliance,
    14: alert_generation,
    15: alert_management,
    16: objectives,
    17: dashboard_config,
    18: prometheus,
    20: predictions,
    19: performance_trend,
    21: from_basic_timing,
    22: from_manual_metrics,
    23: from_static_dashboards,
    24: debugging,
    25: optimization_config,
}


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


async def a_recorded_request() -> None:
    monitor = await get_api_monitor()
    monitor.record_request("/api/seen", "GET", 0.2, 200)


async def ask(app: FastAPI, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        return await client.get(path)


def only_window(app: FastAPI) -> Any:  # Any: a Window; the module border is this file's
    runtime = runtime_of(app)
    assert runtime is not None
    runtime.flush()
    return next(window for _, window in runtime.store.totals() if window.count)


@pytest.mark.parametrize("number", sorted(NOW))
def test_block(number: int, runtime: Runtime) -> None:
    asyncio.run(NOW[number](BLOCKS[number], runtime))


def test_every_block_runs_or_is_owed_and_none_is_both() -> None:
    assert len(BLOCKS) == 25
    assert sorted([*NOW, *OWED]) == sorted(BLOCKS)


def test_the_document_is_the_users_own() -> None:
    original = Path(__file__).parents[3] / "shared" / "SPEC.md"
    if original.exists():
        assert SPEC.read_bytes() == original.read_bytes()
