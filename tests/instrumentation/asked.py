"""Runs code inside a measured request, and tells what was seen of its calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter

import httpx
from fastapi import FastAPI

from api_performance import instrument, uninstrument
from api_performance.measure.current import current_request
from api_performance.measure.filling import Measurement
from api_performance.measure.latency import PART_INDEX
from api_performance.model import LatencyType

from .following import Call, calls_of, finished


@dataclass
class Asked:
    """What was seen of a request, and the seconds that its own code measured."""

    finished: Measurement | None = None
    measured: list[float] = field(default_factory=list)

    def seconds(self, part: LatencyType) -> float:
        if self.finished is None or self.finished.parts is None:
            return 0.0
        return self.finished.parts[PART_INDEX[part]]

    @property
    def calls(self) -> list[Call]:
        work = self.finished.work if self.finished is not None else None
        return calls_of(work.calls if work else None)

    @property
    def texts(self) -> list[str]:
        return [call.text for call in self.calls]

    def texts_of(self, system: str) -> list[str]:
        return [call.text for call in self.calls if call.operation.system == system]


def _app_of(asked: Asked, work: Callable[[], Awaitable[object]] | None, plain: object) -> FastAPI:
    app = FastAPI()

    def note() -> None:
        request = current_request.get()
        if request is not None:
            request.open_breakdown()

    if work is not None:

        @app.get("/work")
        async def awaited() -> None:
            note()
            began = perf_counter()
            await work()
            asked.measured.append(perf_counter() - began)

    else:
        assert callable(plain)

        @app.get("/work")
        def in_a_thread() -> None:
            note()
            began = perf_counter()
            plain()
            asked.measured.append(perf_counter() - began)

    return app


async def _ask(app: FastAPI, asked: Asked) -> None:
    instrument(app, store="memory://", runs_itself=False, authentication=False, integrations=[])
    try:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            assert (await client.get("/work")).status_code == 200
        (asked.finished,) = finished(app)
    finally:
        await asyncio.to_thread(uninstrument, app)


async def ask_for(work: Callable[[], Awaitable[object]]) -> Asked:
    """Await `work` in the handler of a request."""
    asked = Asked()
    await _ask(_app_of(asked, work, None), asked)
    return asked


def asked_for(work: Callable[[], Awaitable[object]]) -> Asked:
    """Likewise, on a loop of its own."""
    return asyncio.run(ask_for(work))


def asked_in_a_thread(work: Callable[[], object]) -> Asked:
    """Call `work` in a handler that is no coroutine, so in a thread of FastAPI's pool."""
    asked = Asked()
    asyncio.run(_ask(_app_of(asked, None, work), asked))
    return asked
