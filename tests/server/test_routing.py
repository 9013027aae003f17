"""Routes are built when they are first asked for, and answer as FastAPI's own."""

import subprocess
import sys
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query, WebSocket
from starlette.routing import Route
from starlette.testclient import TestClient

from api_performance.server.app import LATE_ROOMS, declared_in
from api_performance.server.building import BuiltAtFirstRequest
from api_performance.server.routing import API_PREFIX, Routes

pytestmark = pytest.mark.route_contract

THE_PAGES_CODE = """
import gc
from api_performance.server import app
from fastapi.routing import APIRoute
print(sum(isinstance(each, APIRoute) for each in gc.get_objects()))
"""


WHAT_IS_LOADED = """
import sys
import api_performance.queries
import api_performance.server.app
late = "api_performance.alerts", "api_performance.analysis"
print([name for name in sys.modules if name.startswith(late)])
"""


def declared() -> Routes:
    routes = Routes(prefix="/shop")

    @routes.on("GET", "/things/{number}")
    async def thing(number: int, size: Annotated[int, Query(ge=1)] = 1) -> list[int]:
        return [number, size]

    @routes.on("POST", "/things/{number}", status_code=204)
    async def change(number: int) -> None:
        return None

    @routes.on("", "/talk")
    async def talk(websocket: WebSocket, word: str) -> None:
        await websocket.accept()
        await websocket.send_text(word)
        await websocket.close()

    return routes


def served() -> TestClient:
    app = FastAPI()
    app.router.routes.extend(each.late() for each in declared())
    return TestClient(app)


def test_loading_the_pages_code_builds_no_route() -> None:
    command = [sys.executable, "-c", THE_PAGES_CODE]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed.strip() == "0"


def test_a_late_route_reads_and_refuses_parameters_as_fastapi_does() -> None:
    client = served()
    assert client.get("/shop/things/7?size=3").json() == [7, 3]
    assert client.get("/shop/things/7?size=0").status_code == 422
    assert client.get("/shop/things/seven").status_code == 422
    assert client.get("/shop/other").status_code == 404


def test_a_late_route_keeps_to_its_methods() -> None:
    client = served()
    assert client.post("/shop/things/7").status_code == 204
    assert client.delete("/shop/things/7").status_code == 405
    assert client.head("/shop/things/7").status_code == 405


def test_a_late_route_of_a_websocket_reads_its_parameters() -> None:
    with served().websocket_connect("/shop/talk?word=hello") as connection:
        assert connection.receive_text() == "hello"


def test_what_is_built_is_built_once() -> None:
    built: list[str] = []

    async def answer(scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's types
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    def build() -> Any:  # Any: an ASGI app
        built.append("")
        return answer

    late = BuiltAtFirstRequest(build)
    client = TestClient(FastAPI(routes=[Route("/", late)]))
    assert not built
    assert [client.get("/").status_code for _ in range(3)] == [204] * 3
    assert len(built) == 1


def test_rooms_that_are_loaded_late_have_their_routes_below_their_words() -> None:
    for room, words in LATE_ROOMS.items():
        for route in declared_in(room):
            assert route.path.removeprefix(f"{API_PREFIX}/").partition("/")[0] in words


def test_neither_judging_nor_alerts_are_loaded_by_who_serves_a_page() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WHAT_IS_LOADED], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"
