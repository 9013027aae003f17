"""Large responses: whether they were compressed, of a real app."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from starlette.middleware.gzip import GZipMiddleware

from api_performance import instrument, uninstrument
from api_performance.instrumenting import runtime_of
from api_performance.measure.operations import operations_by_id
from api_performance.measure.responses import COMPRESSED, LARGE_BYTES, NOT_COMPRESSED, is_compressed
from api_performance.model import RESPONSE
from api_performance.stores.base import Query

GZIP = [(b"accept-encoding", b"gzip, deflate")]
JSON = (b"Content-Type", b"application/json; charset=utf-8")


@pytest.mark.parametrize(
    ("response", "request_headers", "found"),
    [
        ([JSON], GZIP, False),
        ([JSON, (b"Content-Encoding", b"br")], GZIP, True),
        ([JSON], [], None),
        ([(b"content-type", b"image/png")], GZIP, None),
        ([(b"content-type", b"application/problem+json")], GZIP, False),
        ([], GZIP, None),
    ],
)
def test_only_text_that_a_client_would_take_compressed_counts(
    response: list[tuple[bytes, bytes]],
    request_headers: list[tuple[bytes, bytes]],
    found: bool | None,
) -> None:
    assert is_compressed(response, request_headers) is found


def app_of(*, is_packed: bool) -> FastAPI:
    app = FastAPI()

    @app.get("/large")
    async def large() -> Response:
        return PlainTextResponse("text " * LARGE_BYTES)

    @app.get("/small")
    async def small() -> Response:
        return PlainTextResponse("text")

    if is_packed:
        app.add_middleware(GZipMiddleware, compresslevel=0)  # as large as it was
    return app


@pytest.fixture(params=[False, True], ids=["plain", "packed"])
def measured(request: pytest.FixtureRequest) -> Iterator[tuple[FastAPI, bool]]:
    app = app_of(is_packed=request.param)
    instrument(app, store="memory://", runs_itself=False)
    yield app, request.param
    uninstrument(app)


def test_large_responses_are_counted_and_small_ones_are_not(
    measured: tuple[FastAPI, bool],
) -> None:
    app, is_packed = measured
    runtime = runtime_of(app)
    assert runtime is not None

    async def ask() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            for _ in range(3):
                for path in ("/large", "/small"):
                    assert (await client.get(path)).is_success
                runtime.recorder.peek()

    asyncio.run(ask())
    runtime.flush()
    now, known = runtime.clock.now(), operations_by_id()
    minutes = Query(now - 120, now + 60, 60, with_operations=True)
    counted = {
        (endpoint.template, known[of].text): stats.calls
        for endpoint, window in runtime.store.windows(minutes)
        for of, stats in window.operations.items()
        if known[of].system == RESPONSE
    }
    text = COMPRESSED if is_packed else NOT_COMPRESSED
    assert set(counted) == {("/large", text)}
    assert counted["/large", text] >= 1
