"""Every kind of route is counted once, under its template, with its own status and time."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, BackgroundTasks, FastAPI, HTTPException, Request, WebSocket
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from websockets.sync.client import connect

from api_performance import get_api_monitor, uninstrument
from tests.instrumentation.serving import Served, served

pytestmark = pytest.mark.route_contract

BOOM = "GET /boom"


@asynccontextmanager
async def _lifespan(_: Any) -> AsyncIterator[dict[str, str]]:
    yield {"greeting": "hello from the lifespan"}


async def _chunks() -> AsyncIterator[bytes]:
    for _ in range(5):
        await asyncio.sleep(0.1)
        yield b"x" * 100


async def _events() -> AsyncIterator[str]:
    for number in range(3):
        yield f"data: {number}\n\n"
        await asyncio.sleep(0.01)


async def _sleep_half_a_second() -> None:
    await asyncio.sleep(0.5)


def _shared_router() -> APIRouter:
    router = APIRouter()

    @router.get("/items/{item_id}")
    async def item(item_id: int) -> int:
        return item_id

    return router


def _fastapi_app(folder: Path) -> FastAPI:
    app = FastAPI(lifespan=_lifespan)
    shared = _shared_router()
    nested = APIRouter()
    nested.include_router(shared, prefix="/inner")
    app.include_router(shared, prefix="/v1")
    app.include_router(shared, prefix="/v2")
    app.include_router(nested, prefix="/outer")

    @app.get("/plain/{name}")
    async def plain(name: str) -> str:
        return name

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @app.get("/state")
    async def state(request: Request) -> str:
        return str(request.state.greeting)

    @app.get("/forbidden")
    async def forbidden() -> None:
        raise HTTPException(403)

    @app.get("/boom")
    async def boom() -> None:
        raise RuntimeError("boom")

    _add_slow_routes(app)
    _add_mounts(app, folder)
    return app


def _add_slow_routes(app: FastAPI) -> None:
    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(_chunks())

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> str:
        tasks.add_task(_sleep_half_a_second)
        return "soon"

    @app.get("/events")
    async def events() -> StreamingResponse:
        return StreamingResponse(_events(), media_type="text/event-stream")

    @app.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(0.4)
        return "at last"

    @app.websocket("/socket/{room}")
    async def socket_room(websocket: WebSocket, room: str) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()


def _add_mounts(app: FastAPI, folder: Path) -> None:
    sub = FastAPI()
    sub.include_router(_shared_router(), prefix="/deep")

    @sub.get("/hello/{name}")
    async def hello(name: str) -> str:
        return name

    app.mount("/tenants/{tenant}", sub)
    app.mount("/files", StaticFiles(directory=folder))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("files")
    (folder / "a.txt").write_text("content")
    app = _fastapi_app(folder)
    with served(app) as running:
        yield running
    uninstrument(app)


@pytest.mark.parametrize(
    ("method", "path", "name", "status"),
    [
        ("GET", "/plain/a", "GET /plain/{name}", 200),
        ("GET", "/v1/items/1", "GET /v1/items/{item_id}", 200),
        ("GET", "/v2/items/1", "GET /v2/items/{item_id}", 200),
        ("GET", "/outer/inner/items/1", "GET /outer/inner/items/{item_id}", 200),
        ("GET", "/v1/items/wrong", "GET /v1/items/{item_id}", 422),
        ("GET", "/tenants/acme/hello/x", "GET /tenants/{tenant}/hello/{name}", 200),
        ("GET", "/tenants/b/deep/items/3", "GET /tenants/{tenant}/deep/items/{item_id}", 200),
        ("GET", "/files/a.txt", "GET /files/{path}", 200),
        ("GET", "/forbidden", "GET /forbidden", 403),
        ("GET", "/boom", BOOM, 500),
        ("GET", "/nowhere", "ANY (unmatched)", 404),
        ("GET", "/tenants/acme/nowhere", "ANY (unmatched)", 404),
        ("DELETE", "/plain/a", "ANY (unmatched)", 405),
        ("OPTIONS", "/plain/a", "ANY (unmatched)", 405),
        ("GET", "/docs", "GET /docs", 200),
    ],
)
def test_a_request_counts_once_under_its_template(
    shop: Served, method: str, path: str, name: str, status: int
) -> None:
    before = shop.counts()
    assert shop.client.request(method, path).status_code == status
    shop.wait_for(lambda: shop.counts() != before)
    assert shop.counts() - before == {f"{name} http": 1}
    assert status in shop.window(name).statuses


def test_the_lifespans_state_is_kept(shop: Served) -> None:
    assert shop.client.get("/state").json() == "hello from the lifespan"


def test_bodies_are_sized(shop: Served) -> None:
    shop.client.post("/echo", content=b"y" * 1_000)
    window = shop.window("POST /echo")
    assert window.bytes_in == 1_000
    assert window.bytes_out == len(b"1000")


def test_an_unhandled_exception_counts_as_500_and_as_an_exception(shop: Served) -> None:
    shop.client.get("/boom")
    assert set(shop.window(BOOM).statuses) == {500}
    # It is raised to the server after its response is out.
    shop.wait_for(lambda: shop.window(BOOM).exceptions == shop.window(BOOM).count)


def test_a_stream_ends_with_its_last_byte(shop: Served) -> None:
    shop.client.get("/stream")
    window = shop.window("GET /stream")
    assert window.response_time().min >= 0.45
    assert window.ttfb().max < window.response_time().max - 0.3
    assert window.bytes_out == 500


def test_background_tasks_are_measured_apart(shop: Served) -> None:
    shop.client.get("/background")
    shop.wait_for(lambda: shop.window("GET /background").background.count == 1)
    window = shop.window("GET /background")
    assert window.background.min >= 0.45
    assert window.response_time().max < 0.4


def test_events_never_enter_http_percentiles(shop: Served) -> None:
    shop.client.get("/events")
    window = shop.window("GET /events", "event_stream")
    assert window.messages == 3
    assert "GET /events http" not in shop.windows()


def test_a_websocket_is_a_kind_of_its_own(shop: Served) -> None:
    with connect(f"ws://127.0.0.1:{shop.port}/socket/7") as websocket:
        websocket.send("hi")
        assert websocket.recv() == "hi"
    name = "WEBSOCKET /socket/{room}"
    shop.wait_for(lambda: f"{name} websocket" in shop.windows())
    shop.wait_for(lambda: shop.window(name, "websocket").count == 1)
    window = shop.window(name, "websocket")
    assert window.statuses == {101: 1}
    assert window.messages == 2


def test_a_client_that_goes_away_is_499(shop: Served) -> None:
    with socket.create_connection(("127.0.0.1", shop.port)) as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n")
        time.sleep(0.1)  # the request must have begun before its client leaves
    shop.wait_for(lambda: "GET /slow http" in shop.windows())
    assert shop.window("GET /slow").statuses == {499: 1}


def test_routes_nobody_called_are_known_all_the_same(shop: Served) -> None:
    shop.windows()
    known = {endpoint.name for endpoint in shop.runtime.store.endpoints()}
    assert {"GET /plain/{name}", "GET /tenants/{tenant}/hello/{name}"} <= known


async def _text(_: Any) -> Response:
    return PlainTextResponse("text")


async def _talk(websocket: Any) -> None:
    await websocket.accept()
    await websocket.close()


@pytest.fixture(scope="module")
def plain_starlette() -> Iterator[Served]:
    app = Starlette(
        routes=[
            Route("/users/{user_id:int}", _text),
            Mount("/a/{b}", routes=[Mount("/c", routes=[Route("/d/{e}", _text)])]),
            WebSocketRoute("/talk", _talk),
        ]
    )
    with served(app) as running:
        yield running
    uninstrument(app)


@pytest.mark.parametrize(
    ("method", "path", "name", "status"),
    [
        ("GET", "/users/7", "GET /users/{user_id}", 200),
        ("HEAD", "/users/7", "HEAD /users/{user_id}", 200),
        ("GET", "/a/1/c/d/2", "GET /a/{b}/c/d/{e}", 200),
        ("GET", "/a/1/c/none", "ANY (unmatched)", 404),
        ("POST", "/users/7", "ANY (unmatched)", 405),
        ("GET", "/users/seven", "ANY (unmatched)", 404),
    ],
)
def test_starlettes_own_routes_too(
    plain_starlette: Served, method: str, path: str, name: str, status: int
) -> None:
    assert plain_starlette.client.request(method, path).status_code == status
    assert status in plain_starlette.window(name).statuses


def test_a_root_path_of_a_proxy_is_no_part_of_the_template() -> None:
    app = FastAPI()

    @app.get("/x/{y}")
    async def x(y: str) -> str:
        return y

    with served(app, root_path="/api") as running:
        assert running.client.get("/x/1").status_code == 200
        assert running.window("GET /x/{y}").count == 1
        assert running.client.get("/performance/api/v1/session").status_code == 401
    uninstrument(app)


def test_rest_prometheus_and_store_say_the_same() -> None:
    app = FastAPI()

    @app.get("/counted/{n}")
    async def counted(n: int) -> int:
        return n

    with served(app, authentication=False) as running:
        for n in range(20):
            running.client.get(f"/counted/{n}")
        assert running.window("GET /counted/{n}").count == 20
        page = running.client.get("/performance/api/v1/endpoints").json()
        rows = {f"{row['method']} {row['template']}": row for row in page["endpoints"]}
        assert rows["GET /counted/{n}"]["request_count"] == 20
        text = running.client.get("/metrics").text
        line = next(
            line
            for line in text.splitlines()
            if line.startswith("api_requests_total{") and "/counted/{n}" in line
        )
        assert float(line.rsplit(" ", 1)[1]) == 20
        assert "/performance" not in {
            endpoint.template for endpoint, _ in running.windows().values()
        }
    uninstrument(app)


async def _scan(app: FastAPI, count: int) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        for n in range(count):
            await client.request(f"MADEUP{n}", f"/{n}.php", headers={"host": f"{n}.example"})


def test_scanners_add_one_series() -> None:
    app = FastAPI()

    @app.middleware("http")
    async def by_hand(request: Request, call_next: Any) -> Any:
        monitor = await get_api_monitor()
        monitor.register_endpoint(f"{request.method} {request.url.path}", request.method)
        response = await call_next(request)
        monitor.record_request(
            f"{request.method} {request.url.path}", request.method, 0.1, response.status_code
        )
        return response

    with served(app) as running:
        asyncio.run(_scan(app, 300))
        assert running.counts() == {"ANY (unmatched) http": 300}
    uninstrument(app)
