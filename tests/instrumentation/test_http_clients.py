"""httpx, aiohttp and requests against a real server: each call is one operation."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import httpx
import pytest
import requests

from api_performance.instrumentation import aiohttp as aiohttp_room
from api_performance.instrumentation import httpx as httpx_room
from api_performance.instrumentation import requests as requests_room
from api_performance.instrumentation.integrations import NotFollowed
from api_performance.measure.operations import operations_by_id
from api_performance.model import LatencyType
from tests.instrumentation.following import Seen, seen_in_request
from tests.instrumentation.other_service import PAUSE_SECONDS, another_service

pytestmark = pytest.mark.route_contract

SECRETS = ("hunter2", "alice@example.org", "alice%40example.org", "4111111111111111")


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with another_service() as address:
        yield address


@pytest.fixture(autouse=True)
def followed() -> Iterator[None]:
    undos = [
        httpx_room.attach(httpx),
        aiohttp_room.attach(aiohttp),
        requests_room.attach(requests),
    ]
    yield
    for undo in undos:
        undo()


Outcome = tuple[int, str]
Ask = Callable[..., Any]
"""Asks for an address, and returns status and body; a coroutine for async clients."""


def ask_httpx(url: str, **options: Any) -> Outcome:
    with httpx.Client(follow_redirects=True) as client:
        response = client.get(url, **options)
        return response.status_code, response.text


async def ask_httpx_async(url: str, **options: Any) -> Outcome:
    async with httpx.AsyncClient(follow_redirects=True) as client:
        response = await client.get(url, **options)
        return response.status_code, response.text


async def ask_aiohttp(url: str, **options: Any) -> Outcome:
    async with aiohttp.ClientSession() as session, session.get(url, **options) as response:
        return response.status, await response.text()


def ask_requests(url: str, **options: Any) -> Outcome:
    response = requests.get(url, timeout=120, **options)
    return response.status_code, response.text


CLIENTS = {
    "httpx": ask_httpx,
    "httpx, async": ask_httpx_async,
    "aiohttp": ask_aiohttp,
    "requests": ask_requests,
}


@pytest.fixture(params=CLIENTS)
def ask(request: pytest.FixtureRequest) -> Ask:
    client: Ask = CLIENTS[request.param]
    return client


def seen_of(ask: Ask, url: str, **options: Any) -> tuple[Seen, Outcome]:
    outcomes: list[Outcome] = []

    async def work() -> None:
        is_async = asyncio.iscoroutinefunction(ask)
        asked = ask(url, **options) if is_async else asyncio.to_thread(ask, url, **options)
        outcomes.append(await asked)

    return seen_in_request(work), outcomes[0]


def test_a_call_is_an_operation_with_method_host_and_template(ask: Ask, service: str) -> None:
    seen, outcome = seen_of(ask, f"{service}/items/42?page=3#top")
    host = service.removeprefix("http://")
    call = seen.calls[0]
    assert call.text == f"GET {host}/items/{{}}"
    assert (call.operation.latency_type, call.operation.system) == (
        LatencyType.EXTERNAL_API,
        "http",
    )
    assert "test_http_clients.py" in call.operation.source
    assert outcome == (200, "answered")
    assert seen.parts[LatencyType.EXTERNAL_API] == pytest.approx(seen.work_seconds, abs=1e-6)


def test_a_release_of_httpx_that_sends_with_other_arguments_is_followed(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx, "Client", _LaterClient)
    undo = httpx_room.attach(httpx)
    seen, outcome = seen_of(ask_httpx, f"{service}/items/42?status=404")
    undo()
    assert outcome[0] == 404
    assert [call.has_failed for call in seen.calls] == [True]


class _LaterClient(httpx.Client):
    """Of a release that takes one argument more."""

    def send(self, request: httpx.Request, *, tries: int = 1, **options: Any) -> httpx.Response:
        assert tries == 1
        return super().send(request, **options)


@pytest.mark.parametrize(("status", "has_failed"), [(204, False), (404, True), (503, True)])
def test_a_status_from_400_on_has_failed(
    ask: Ask, service: str, status: int, has_failed: bool
) -> None:
    seen, outcome = seen_of(ask, f"{service}/items?status={status}")
    assert outcome[0] == status
    assert seen.calls[0].has_failed is has_failed


def test_a_redirect_belongs_to_the_call(ask: Ask, service: str) -> None:
    seen, outcome = seen_of(ask, f"{service}/moved")
    assert outcome == (200, "answered")
    assert [call.text.rpartition("/")[2] for call in seen.calls if "GET" in call.text] == ["moved"]


def test_a_refused_connection_has_failed_with_the_clients_own_error(ask: Ask) -> None:
    errors = httpx.ConnectError, aiohttp.ClientConnectorError, requests.ConnectionError

    async def work() -> None:
        url = "http://127.0.0.1:1/items"
        is_async = asyncio.iscoroutinefunction(ask)
        with pytest.raises(errors):
            await (ask(url) if is_async else asyncio.to_thread(ask, url))

    call = seen_in_request(work).only()
    assert (call.text, call.has_failed) == ("GET 127.0.0.1:1/items", True)


def test_equal_addresses_have_equal_marks(ask: Ask, service: str) -> None:
    async def work() -> None:
        for page in (1, 1, 2):
            url = f"{service}/items?page={page}"
            is_async = asyncio.iscoroutinefunction(ask)
            await (ask(url) if is_async else asyncio.to_thread(ask, url))

    calls = [call for call in seen_in_request(work).calls if "GET" in call.text]
    first, again, other = (call.mark for call in calls)
    assert first == again != other
    assert first != 0


def test_a_body_that_comes_later_is_external_time_too(ask: Ask, service: str) -> None:
    seen, outcome = seen_of(ask, f"{service}/parts")
    assert outcome == (200, "first last")
    assert seen.work_seconds >= PAUSE_SECONDS / 2
    assert seen.parts[LatencyType.EXTERNAL_API] == pytest.approx(seen.work_seconds, abs=1e-6)


def test_the_parts_are_what_the_client_measured(ask: Ask, service: str) -> None:
    """For each client, the call as a program writes it, its client already made."""
    ratios = [ratio_of_parts(ask, f"{service}/slow") for _ in range(9)]
    assert max(ratios) <= 1.0
    assert statistics.median(ratios) >= 0.95


def ratio_of_parts(ask: Ask, url: str) -> float:
    measured: list[float] = []

    async def by_httpx() -> None:
        async with httpx.AsyncClient() as client:
            began = time.perf_counter()
            (await client.get(url)).json  # noqa: B018  # the body is read
            measured.append(time.perf_counter() - began)

    async def by_aiohttp() -> None:
        async with aiohttp.ClientSession() as session:
            began = time.perf_counter()
            async with session.get(url) as response:
                await response.text()
            measured.append(time.perf_counter() - began)

    def by_sync_httpx() -> None:
        with httpx.Client() as client:
            began = time.perf_counter()
            client.get(url)
            measured.append(time.perf_counter() - began)

    def by_requests() -> None:
        with requests.Session() as session:
            began = time.perf_counter()
            session.get(url)
            measured.append(time.perf_counter() - began)

    works: dict[Ask, Callable[[], Any]] = {
        ask_httpx: by_sync_httpx,
        ask_httpx_async: by_httpx,
        ask_aiohttp: by_aiohttp,
        ask_requests: by_requests,
    }
    seen = seen_in_request(works[ask])
    return seen.parts[LatencyType.EXTERNAL_API] / measured[0]


@pytest.mark.parametrize("library", ["httpx", "aiohttp"])
def test_parallel_calls_count_once_as_time_and_each_as_work(service: str, library: str) -> None:
    async def by_httpx() -> None:
        async with httpx.AsyncClient() as client:
            await asyncio.gather(*(client.get(f"{service}/slow") for _ in range(10)))

    async def by_aiohttp() -> None:
        async with aiohttp.ClientSession() as session:
            for answer in await asyncio.gather(
                *(session.get(f"{service}/slow") for _ in range(10))
            ):
                answer.release()

    seen = seen_in_request(by_httpx if library == "httpx" else by_aiohttp)
    calls = [call for call in seen.calls if "GET" in call.text]
    assert len(calls) == 10
    union = max(call.ended for call in calls) - min(call.began for call in calls)
    assert seen.parts[LatencyType.EXTERNAL_API] == pytest.approx(union, rel=0.05)
    assert sum(call.seconds for call in calls) >= 10 * PAUSE_SECONDS


def test_a_stream_lasts_until_its_headers(service: str) -> None:
    async def work() -> None:
        async with httpx.AsyncClient() as client, client.stream("GET", f"{service}/parts") as got:
            headers_at.append(time.perf_counter())
            assert await got.aread() == b"first last"

    headers_at: list[float] = []
    call = seen_in_request(work).only()
    assert call.text.endswith("/parts")
    assert call.ended <= headers_at[0]


def test_the_wait_for_a_connection_is_told_apart(service: str) -> None:
    async def work() -> None:
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(service, connector=connector) as session:

            async def ask() -> None:
                async with session.get("/slow") as response:
                    await response.read()

            await asyncio.gather(ask(), ask())

    calls = seen_in_request(work).calls
    (wait,) = [call for call in calls if call.text == "wait for a connection"]
    assert wait.around.startswith("GET 127.0.0.1:")
    assert wait.seconds >= PAUSE_SECONDS / 2


def test_a_cancelled_call_ends_and_has_not_failed(service: str) -> None:
    async def work() -> None:
        async with httpx.AsyncClient() as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(PAUSE_SECONDS / 2):
                    await client.get(f"{service}/slow")

    call = seen_in_request(work).only()
    assert not call.has_failed
    assert call.ended > call.began


def test_no_value_of_an_address_or_a_header_is_in_any_text(ask: Ask, service: str) -> None:
    password, email, quoted, card = SECRETS
    with_user = service.replace("//", f"//alice:{password}@")
    url = f"{with_user}/users/{quoted}/cards/{card}/{password}?token={password}&to={email}#{card}"
    headers = {"x-api-key": password, "cookie": f"session={card}"}
    seen, _ = seen_of(ask, url, headers=headers)
    assert seen.calls
    for operation in operations_by_id().values():
        assert not any(secret in repr(operation) for secret in SECRETS)


def test_outside_of_a_request_a_call_is_only_made(service: str) -> None:
    assert ask_httpx(f"{service}/items") == (200, "answered")
    assert ask_requests(f"{service}/items") == (200, "answered")


ROOMS = {
    "httpx": (httpx_room, httpx, "Client", "send"),
    "aiohttp": (aiohttp_room, aiohttp.client, "ClientSession", "_request"),
    "requests": (requests_room, requests.sessions, "Session", "send"),
}


@pytest.mark.parametrize("name", ROOMS)
def test_a_library_is_left_as_it_was(name: str) -> None:
    room, module, owner, method = ROOMS[name]
    before = getattr(getattr(module, owner), method)
    room.attach({"httpx": httpx, "aiohttp": aiohttp, "requests": requests}[name])()
    assert getattr(getattr(module, owner), method) is before


def test_a_httpx_whose_address_has_other_parts_is_not_followed() -> None:
    doctored = SimpleNamespace(**vars(httpx) | {"URL": lambda _: SimpleNamespace()})
    with pytest.raises(NotFollowed, match="no _uri_reference of seven"):
        httpx_room.attach(doctored)  # type: ignore[arg-type]  # stands for a module


@pytest.mark.parametrize("name", ROOMS)
def test_a_release_without_a_method_is_not_followed(name: str) -> None:
    room: Any = ROOMS[name][0]
    doctored = SimpleNamespace(__name__=name)
    with pytest.raises(NotFollowed, match="which this release should have"):
        room.attach(doctored)
