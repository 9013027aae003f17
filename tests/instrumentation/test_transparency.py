"""The app is as it was: answers, exceptions, contextvars, under asyncio and trio, and undone."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api_performance import PerformanceMiddleware, instrument, uninstrument
from api_performance.errors import ConfigError
from api_performance.instrumenting import runtime_of
from api_performance.metrics import LatencyType, MetricPriority, get_api_monitor, track_latency
from api_performance.model import LATENCY_PARTS
from api_performance.runtime import Runtime

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SEEN: ContextVar[str] = ContextVar("seen", default="nothing")

SETTINGS: dict[str, Any] = {"store": "memory://", "runs_itself": False}


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def scope_of(path: str, method: str = "GET") -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [],
        "client": ("10.0.0.1", 5000),
        "server": ("shop", 80),
    }


async def call(app: Any, scope: dict[str, Any]) -> list[Message]:
    """Call an app in this very task, and return the messages it sent."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def plain(scope: Message, receive: Receive, send: Send) -> None:
    SEEN.set("the app ran")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello", "more_body": False})


@pytest.mark.anyio
async def test_messages_scope_and_contextvars_are_those_of_the_app_alone() -> None:
    scope = scope_of("/")
    before = dict(scope)
    assert await call(PerformanceMiddleware(plain, **SETTINGS), scope) == await call(
        plain, scope_of("/")
    )
    assert scope == before
    assert SEEN.get() == "the app ran"


@pytest.mark.anyio
async def test_an_exception_comes_out_as_it_went_in() -> None:
    error = RuntimeError("the app's own")

    async def failing(scope: Message, receive: Receive, send: Send) -> None:
        raise error

    with pytest.raises(RuntimeError) as caught:
        await call(PerformanceMiddleware(failing, **SETTINGS), scope_of("/"))
    assert caught.value is error


@pytest.mark.anyio
async def test_a_failure_of_ours_never_reaches_the_request() -> None:
    def user_of(_: Message) -> str:
        raise ZeroDivisionError("the user callable is wrong")

    app = FastAPI()
    instrument(app, user=user_of, **SETTINGS)
    sent = await call(app, scope_of("/nowhere"))
    assert sent[0]["status"] == 404
    recorder = _runtime(app).recorder
    assert recorder.internal_errors == 1
    assert "ZeroDivisionError" in recorder.last_error


@pytest.mark.anyio
async def test_one_request_counts_once_whatever_wraps_it() -> None:
    app = FastAPI()

    @app.get("/once")
    async def once() -> str:
        monitor = await get_api_monitor()
        monitor.record_request("/once", "GET", 9.9, 200)
        return "once"

    app.add_middleware(
        PerformanceMiddleware,  # type: ignore[arg-type]  # mypy fits no keyword-only ParamSpec
        store="memory://",
        runs_itself=False,
    )
    instrument(app, **SETTINGS)
    instrument(app, **SETTINGS)
    await call(app, scope_of("/once"))
    runtime = _runtime(app)
    runtime.flush()
    counts = {endpoint.name: window.count for endpoint, window in runtime.store.totals()}
    assert counts == {"GET /once": 1}
    uninstrument(app)


@pytest.mark.anyio
async def test_time_is_attributed_across_awaits_and_threads() -> None:
    app = FastAPI()

    @track_latency(LatencyType.CACHE)
    def in_a_thread() -> int:
        return sum(range(200_000))

    @app.get("/mixed")
    async def mixed() -> int:
        with track_latency(LatencyType.DATABASE):
            await run_in_threadpool(in_a_thread)
        return 1

    instrument(app, **SETTINGS)
    await call(app, scope_of("/mixed"))
    runtime = _runtime(app)
    runtime.flush()
    window = next(window for _, window in runtime.store.totals())
    parts = dict(zip(LATENCY_PARTS, window.latency_seconds, strict=True))
    assert parts[LatencyType.CACHE] > 0
    assert parts[LatencyType.DATABASE] > 0
    assert sum(parts.values()) == pytest.approx(window.response_time().sum)
    uninstrument(app)


@pytest.mark.anyio
async def test_priorities_come_from_tags_extras_and_the_configuration() -> None:
    app = FastAPI()
    app.get("/tagged", tags=["priority:high"])(lambda: 1)
    app.get("/extra", openapi_extra={"x-priority": "critical"})(lambda: 1)
    app.get("/configured")(lambda: 1)
    app.get("/health")(lambda: 1)
    app.get("/other")(lambda: 1)
    instrument(app, priorities={"GET /configured": "low"}, **SETTINGS)
    runtime = _runtime(app)
    runtime.index.declare()
    found = {each.template: each.priority for each in runtime.registry.endpoints()}
    assert found["/tagged"] is MetricPriority.HIGH
    assert found["/extra"] is MetricPriority.CRITICAL
    assert found["/configured"] is MetricPriority.LOW
    assert found["/health"] is MetricPriority.LOW
    assert found["/other"] is MetricPriority.MEDIUM
    uninstrument(app)


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/quiet", "/"])
async def test_an_excluded_route_is_not_counted_and_shown_as_not_monitored(path: str) -> None:
    app = FastAPI()
    app.get(path)(lambda: 1)
    instrument(app, exclude=[path], **SETTINGS)
    for _ in range(2):  # at the first it is learned, at the second passed through
        await call(app, scope_of(path))
    runtime = _runtime(app)
    runtime.flush()
    assert not list(runtime.store.totals())
    known = {each.template: each.is_monitored for each in runtime.store.endpoints()}
    assert known[path] is False
    uninstrument(app)


@pytest.mark.anyio
async def test_undone_and_switched_off_leave_the_app_as_it_was() -> None:
    app = FastAPI()
    names = set(app.__dict__)
    instrument(app, enabled=False)
    assert set(app.__dict__) == names
    instrument(app, **SETTINGS)
    await call(app, scope_of("/"))
    uninstrument(app)
    assert set(app.__dict__) == names
    assert (await call(app, scope_of("/performance/")))[0]["status"] == 404


@pytest.mark.anyio
async def test_an_app_of_another_kind_is_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigError, match="PerformanceMiddleware"):
        instrument(plain, **SETTINGS)


@pytest.mark.timeout(300)  # all computing, of which a busy machine gives little
def test_a_hundred_thousand_random_paths_add_one_series_and_little_memory() -> None:
    app = FastAPI()
    instrument(app, **SETTINGS)
    runtime = _runtime(app)
    stack = app.build_middleware_stack()
    app.middleware_stack = stack
    for _ in range(8):
        asyncio.run(_scan(stack, 10_000))
        runtime.flush()
    tracemalloc.start()  # for a fifth of them: what is traced takes eight times as long
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(2):
        asyncio.run(_scan(stack, 10_000))
        runtime.flush()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len({endpoint.name for endpoint, _ in runtime.store.totals()}) == 1
    assert after - before < 1_000_000
    uninstrument(app)


async def _scan(app: Any, count: int) -> None:
    for number in range(count):
        await call(app, scope_of(f"/{number:x}.php", f"MADEUP{number % 1000}"))


@pytest.mark.anyio
async def test_pages_of_ours_are_never_counted() -> None:
    app = FastAPI()
    instrument(app, **SETTINGS)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        assert (await client.get("/performance/api/v1/health")).status_code == 401
        assert (await client.get("/metrics")).status_code == 200
        assert "/performance" not in (await client.get("/openapi.json")).text
    runtime = _runtime(app)
    runtime.flush()
    assert {endpoint.name for endpoint, _ in runtime.store.totals()} == {"GET /openapi.json"}
    uninstrument(app)


def _runtime(app: FastAPI) -> Runtime:
    runtime = runtime_of(app)
    assert runtime is not None
    return runtime
