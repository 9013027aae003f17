"""The rarer ways to answer: HEAD, a file that the server reads itself, trailers after the body."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from api_performance import LatencyType, instrument, track_latency, uninstrument
from api_performance.clock import ManualClock
from api_performance.instrumenting import runtime_of
from api_performance.measure.window import Window
from api_performance.model import LATENCY_PARTS
from api_performance.runtime import Runtime
from api_performance.stores.base import Query

pytestmark = pytest.mark.route_contract

START = 1_700_000_400.0
CONTENT = b"content of a file" * 100
SENDING_SECONDS = 0.5

Message = MutableMapping[str, Any]  # Any: ASGI's own


class HandedFile(Response):
    """A file that the server is asked to read, in every release of Starlette."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(headers={"content-length": str(path.stat().st_size)})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's own
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.pathsend", "path": str(self.path)})


@dataclass
class Exchange:
    """One request handed to an app as a server does; each message takes the server some time."""

    app: FastAPI
    clock: ManualClock
    extensions: tuple[str, ...] = ()
    sending_seconds: float = 0.0
    sent: list[Message] = field(default_factory=list)
    counted_after: list[int] = field(default_factory=list)

    def ask(self, method: str, path: str) -> list[Message]:
        """Return all that the app sent."""
        asyncio.run(self.app(self._scope(method, path), self._receive, self._send))
        return self.sent

    def _scope(self, method: str, path: str) -> dict[str, Any]:  # Any: ASGI's own
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"shop")],
            "client": ("127.0.0.1", 4321),
            "server": ("127.0.0.1", 80),
            "extensions": {f"http.response.{name}": {} for name in self.extensions},
        }

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
        self.clock.advance(self.sending_seconds)

    @property
    def kinds(self) -> list[str]:
        return [message["type"].removeprefix("http.response.") for message in self.sent]


class Trailing:
    """A response that sends trailers in two parts after its body, as gRPC-like services do."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's own
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        await send({"type": "http.response.body", "body": b"some", "more_body": True})
        await send({"type": "http.response.body", "body": b"body"})
        for is_more in (True, False):
            await send(
                {
                    "type": "http.response.trailers",
                    "headers": [(b"grpc-status", b"0")],
                    "more_trailers": is_more,
                }
            )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def app(tmp_path: Path, clock: ManualClock) -> Iterator[FastAPI]:
    (tmp_path / "a.txt").write_bytes(CONTENT)
    app = FastAPI()

    @app.get("/read/{name}")
    async def read(name: str) -> str:
        return name

    @app.head("/read/{name}")
    async def read_head(name: str) -> None:
        assert name

    @app.api_route("/both", methods=["GET", "HEAD"])
    async def both() -> str:
        return "both"

    @app.get("/only")
    async def only() -> str:
        return "only"

    @app.get("/download/{name}")
    async def download(name: str) -> FileResponse:
        return FileResponse(tmp_path / name)

    @app.get("/handed/{name}")
    async def handed(name: str) -> Response:
        return HandedFile(tmp_path / name)

    @app.get("/tracked")
    async def tracked() -> str:
        with track_latency(LatencyType.DATABASE):
            clock.advance(1)
        return "tracked"

    app.mount("/files", StaticFiles(directory=tmp_path))
    app.mount("/trailing", Trailing())
    instrument(app, store="memory://", clock=clock, runs_itself=False)
    yield app
    uninstrument(app)


def runtime(app: FastAPI) -> Runtime:
    found = runtime_of(app)
    assert found is not None
    return found


def measured(app: FastAPI) -> dict[str, Window]:
    """Flush, and return what was measured by endpoint."""
    runtime(app).flush()
    found: dict[str, Window] = {}
    for endpoint, window in runtime(app).store.windows(Query(START - 60, START + 60, 1)):
        found.setdefault(endpoint.name, Window(START)).merge(window)
    return found


def counts(app: FastAPI) -> Counter[str]:
    return Counter({name: window.count for name, window in measured(app).items()})


@pytest.mark.parametrize(
    ("path", "name", "status"),
    [
        ("/read/7", "HEAD /read/{name}", 200),
        ("/both", "HEAD /both", 200),
        ("/files/a.txt", "HEAD /files/{path}", 200),
        ("/only", "ANY (unmatched)", 405),
        ("/nowhere", "ANY (unmatched)", 404),
    ],
)
def test_head_on_fastapi_counts_under_its_own_method(
    app: FastAPI, clock: ManualClock, path: str, name: str, status: int
) -> None:
    exchange = Exchange(app, clock)
    assert exchange.ask("HEAD", path)[0]["status"] == status
    assert counts(app) == {name: 1}
    assert measured(app)[name].statuses == {status: 1}


def test_head_and_get_are_two_endpoints(app: FastAPI, clock: ManualClock) -> None:
    for method in ("GET", "HEAD", "HEAD"):
        Exchange(app, clock).ask(method, "/both")
    assert counts(app) == {"GET /both": 1, "HEAD /both": 2}


def test_a_file_that_the_server_reads_is_handed_on_and_sized_by_its_header(
    app: FastAPI, clock: ManualClock
) -> None:
    exchange = Exchange(app, clock, ("pathsend",), SENDING_SECONDS)
    exchange.ask("GET", "/handed/a.txt")
    assert exchange.kinds == ["start", "pathsend"]
    assert Path(exchange.sent[1]["path"]).read_bytes() == CONTENT
    (window,) = measured(app).values()
    assert window.statuses == {200: 1}
    assert window.bytes_out == len(CONTENT)


@pytest.mark.parametrize(("seconds", "network"), [(SENDING_SECONDS, 0.5), (5e-5, 0.0)])
def test_a_last_send_after_a_call_is_network_and_no_first_byte_only_if_it_waited(
    app: FastAPI, clock: ManualClock, seconds: float, network: float
) -> None:
    Exchange(app, clock, sending_seconds=seconds).ask("GET", "/tracked")
    window = measured(app)["GET /tracked"]
    parts = dict(zip(LATENCY_PARTS, window.latency_seconds, strict=True))
    assert parts[LatencyType.DATABASE] == pytest.approx(1)
    assert parts[LatencyType.NETWORK] == pytest.approx(network)
    assert sum(parts.values()) == pytest.approx(window.response_time().sum)
    assert window.class_stats(200).ttfb.sum == pytest.approx(1 + seconds, abs=1e-4)


@pytest.mark.parametrize("path", ["/download/a.txt", "/files/a.txt"])
def test_a_file_is_sized_whether_the_release_has_the_server_read_it_or_reads_it_itself(
    app: FastAPI, clock: ManualClock, path: str
) -> None:
    Exchange(app, clock, ("pathsend",), SENDING_SECONDS).ask("GET", path)
    (window,) = measured(app).values()
    assert (window.statuses, window.bytes_out) == ({200: 1}, len(CONTENT))


def test_a_file_s_response_time_lasts_until_the_server_has_sent_it(
    app: FastAPI, clock: ManualClock
) -> None:
    Exchange(app, clock, ("pathsend",), SENDING_SECONDS).ask("GET", "/handed/a.txt")
    times = measured(app)["GET /handed/{name}"].response_time()
    assert times.count == 1
    assert times.sum == pytest.approx(2 * SENDING_SECONDS)


def test_a_server_without_the_extension_gets_the_file_in_parts_of_the_same_size(
    app: FastAPI, clock: ManualClock
) -> None:
    exchange = Exchange(app, clock)
    exchange.ask("GET", "/download/a.txt")
    assert "pathsend" not in exchange.kinds
    assert measured(app)["GET /download/{name}"].bytes_out == len(CONTENT)


def test_trailers_are_handed_on_and_belong_to_the_response(
    app: FastAPI, clock: ManualClock
) -> None:
    exchange = Exchange(app, clock, ("trailers",), SENDING_SECONDS)
    exchange.ask("GET", "/trailing/x")
    assert exchange.kinds == ["start", "body", "body", "trailers", "trailers"]
    (window,) = measured(app).values()
    assert (window.count, window.bytes_out) == (1, len(b"somebody"))
    assert window.response_time().sum == pytest.approx(5 * SENDING_SECONDS)
    assert window.background.count == 0
