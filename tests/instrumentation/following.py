"""Runs work inside a measured request and tells what was noted of it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api_performance import instrument
from api_performance.instrumenting import runtime_of
from api_performance.measure.called import SomeCalls
from api_performance.measure.current import current_request
from api_performance.measure.filling import Measurement, measurements
from api_performance.model import LATENCY_PARTS, LatencyType, Operation


@dataclass(frozen=True)
class Call:
    """A call of an operation; `around` is the text of the one it lies in."""

    operation: Operation
    began: float
    ended: float
    mark: int
    has_failed: bool
    around: str

    @property
    def text(self) -> str:
        return self.operation.text

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass(frozen=True)
class Seen:
    """The calls of a request in the order they began, and its seconds per type."""

    calls: list[Call]
    parts: dict[LatencyType, float]

    @property
    def texts(self) -> list[str]:
        return [call.text for call in self.calls]

    @property
    def work_seconds(self) -> float:
        return sum(call.seconds for call in self.calls)

    def only(self) -> Call:
        (call,) = self.calls
        return call


def seen_in_request(work: Callable[[], Any]) -> Seen:
    """Serve one request that does some work, a coroutine's or in a thread, and look at its end."""
    seen: list[Seen] = []

    async def handler(request: Request) -> PlainTextResponse:
        await (work() if inspect.iscoroutinefunction(work) else run_in_threadpool(work))
        seen.append(noted_so_far())
        return PlainTextResponse("done")

    app = Starlette(routes=[Route("/run", handler)])
    instrument(app, store="memory://", runs_itself=False, integrations=[])
    ask(app)
    return seen[0]


def noted_so_far() -> Seen:
    """Return what was noted of the request that the running code serves."""
    request = current_request.get()
    breakdown = request.open_breakdown() if request is not None else None
    assert breakdown is not None
    parts, noted = breakdown.so_far(breakdown.perf())
    return Seen(calls_of(noted), dict(zip(LATENCY_PARTS, parts, strict=True)))


def calls_of(noted: SomeCalls | None) -> list[Call]:
    """Return the calls of a request one by one, in the order they began."""
    if noted is None:
        return []
    texts = [operation.text for operation in noted.operations]
    around = [texts[place] if place >= 0 else "" for place in noted.around]
    columns = noted.operations, noted.began, noted.ended, noted.marks, noted.failed, around
    return [Call(*call) for call in zip(*columns, strict=True)]


def finished(app: Any) -> list[Measurement]:
    """Return the finished requests of an app that wait for the drain. Any: whatever ASGI app."""
    runtime = runtime_of(app)
    assert runtime is not None
    return list(measurements(runtime.recorder.queue))


def calls_at_end(app: Any) -> list[list[Call]]:
    """Return the calls of each finished request. Any: whatever type of ASGI app."""
    return [calls_of(one.work.calls if one.work else None) for one in finished(app)]


def ask(app: Any) -> None:
    """Ask an app for `/run`, without a server. Any: whatever type of ASGI app."""
    asyncio.run(ask_once(app))


async def ask_once(app: Any) -> None:
    """Ask an app for `/run` on the loop that runs."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        """Take it; an exception of the handler's is raised once the response is out."""

    await app(_scope(), receive, send)


def _scope() -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 50_000),
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": "/run",
        "raw_path": b"/run",
        "query_string": b"",
        "headers": [],
    }
