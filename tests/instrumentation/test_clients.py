"""Who calls and how long a request waited before us, as trusted proxies tell it and nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api_performance import instrument, uninstrument
from api_performance.clock import ManualClock
from api_performance.instrumenting import runtime_of
from api_performance.measure.window import Window
from api_performance.queries import Asked, Filter
from api_performance.runtime import Runtime
from api_performance.stores.base import Query

START = 1_700_000_400.0
PROXY = "10.1.2.3"
STRANGER = "203.0.113.9"
WORK_SECONDS = 0.25


@contextmanager
def shop(**settings: Any) -> Iterator[tuple[FastAPI, Runtime, ManualClock]]:
    """An app whose only route takes WORK_SECONDS of a clock that stands still otherwise."""
    clock = ManualClock(START)
    app = FastAPI()

    @app.get("/work")
    async def work() -> None:
        clock.advance(WORK_SECONDS)

    instrument(
        app,
        **{"store": "memory://", **settings},
        clock=clock,
        runs_itself=False,
        authentication=False,
    )
    runtime = runtime_of(app)
    assert runtime is not None
    try:
        yield app, runtime, clock
    finally:
        uninstrument(app)


def get(
    app: FastAPI,
    path: str,
    peer: str,
    headers: Mapping[str, str] | None = None,
    port: int = 4321,
) -> Any:
    """Ask once, from the address `peer`. Any: JSON."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(peer, port))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return await client.get(path, headers=headers)

    response = asyncio.run(ask())
    assert response.status_code == 200
    return response.json()


def measured(runtime: Runtime) -> Window:
    """Flush, and return what was measured of the route."""
    runtime.flush()
    whole = Window(START)
    for endpoint, window in runtime.store.windows(Query(START - 60, START + 60, 1)):
        if endpoint.template == "/work":
            whole.merge(window)
    return whole


@pytest.mark.parametrize("header", ["X-Request-Start", "X-Queue-Start"])
@pytest.mark.parametrize(
    "text",
    [
        lambda at: f"t={at}",
        lambda at: f"{at:.3f}",
        lambda at: f"{at * 1e3:.0f}",
        lambda at: f"t={at * 1e6:.0f}",
    ],
    ids=["t=seconds", "seconds", "milliseconds", "t=microseconds"],
)
def test_the_wait_before_us_is_told_by_a_trusted_proxy(
    header: str, text: Callable[[float], str]
) -> None:
    with shop(trusted_proxies=["10.0.0.0/8"]) as (app, runtime, _):
        get(app, "/work", PROXY, {header: text(START - 1.5)})
        window = measured(runtime)
    assert window.edge_wait.count == 1
    assert window.edge_wait.sum == pytest.approx(1.5, abs=0.002)
    assert window.response_time().sum == pytest.approx(WORK_SECONDS)


def test_the_wait_is_told_too_where_the_server_has_put_the_client_in_the_proxys_place() -> None:
    with shop(trusted_proxies=["10.0.0.0/8"]) as (app, runtime, _):
        wait = {"X-Request-Start": f"t={START - 1.5}", "X-Forwarded-For": STRANGER}
        get(app, "/work", STRANGER, wait, port=0)  # as uvicorn's --proxy-headers leaves it
        assert measured(runtime).edge_wait.sum == pytest.approx(1.5, abs=0.002)


@pytest.mark.parametrize("trusted", [[], ["10.0.0.0/8"]], ids=["nobody", "others"])
def test_what_a_stranger_says_of_its_wait_is_not_believed(trusted: list[str]) -> None:
    with shop(trusted_proxies=trusted) as (app, runtime, _):
        get(app, "/work", STRANGER, {"X-Request-Start": f"t={START - 1.5}"})
        window = measured(runtime)
    assert window.count == 1
    assert window.edge_wait.count == 0


@pytest.mark.parametrize(
    "value",
    [f"t={START + 5}", f"t={START - 3600}", "t=soon", "", "12"],
    ids=["future", "an hour ago", "word", "empty", "no instant"],
)
def test_a_wait_that_cannot_be_counts_as_none(value: str) -> None:
    with shop(trusted_proxies=["10.0.0.0/8"]) as (app, runtime, _):
        get(app, "/work", PROXY, {"X-Request-Start": value})
        window = measured(runtime)
    assert (window.count, window.edge_wait.count) == (1, 0)


def test_behind_a_trusted_proxy_users_are_told_apart_by_the_forwarded_address() -> None:
    with shop(trusted_proxies=["10.0.0.0/8"]) as (app, runtime, _):
        for visitor in ("198.51.100.1", "198.51.100.2", "198.51.100.2"):
            # What the client itself put in front is not believed: the last hop wrote the last part.
            get(app, "/work", PROXY, {"X-Forwarded-For": f"192.0.2.77, {visitor}, 10.9.9.9"})
        assert measured(runtime).users.count() == 2


def test_a_stranger_cannot_make_up_users() -> None:
    with shop(trusted_proxies=["10.0.0.0/8"]) as (app, runtime, _):
        for number in range(5):
            get(app, "/work", STRANGER, {"X-Forwarded-For": f"198.51.100.{number}"})
        assert measured(runtime).users.count() == 1


def test_a_user_is_any_identifier_and_whose_cannot_be_told_counts_as_nobody() -> None:
    def by_number(scope: Any) -> int:  # Any: ASGI's scope
        return int(by_header(scope) or "")

    with shop(user=by_number) as (app, runtime, _):
        for account in ("7", "8", "7", "nobody"):
            get(app, "/work", STRANGER, {"X-Account": account})
        assert measured(runtime).count == 4
        assert measured(runtime).users.count() == 2
        assert "ValueError" in runtime.recorder.last_error


def by_header(scope: Any) -> str | None:  # Any: ASGI's scope
    return dict(scope["headers"]).get(b"x-account", b"").decode() or None


@pytest.mark.parametrize(
    ("user", "source", "count"), [(None, "client address", 1), (by_header, "user callable", 2)]
)
def test_users_are_shown_with_what_they_were_told_apart_by(
    user: Callable[[Any], str | None] | None, source: str, count: int
) -> None:
    with shop(user=user) as (app, runtime, _):
        for account in ("ann", "bob", "ann"):
            get(app, "/work", STRANGER, {"X-Account": account})
        runtime.flush()
        shown = get(app, "/performance/api/v1/summary", STRANGER)
        page = get(app, "/performance/api/v1/endpoints", STRANGER)
        ours = runtime.queries.summary(Asked(300), Filter())
    assert (shown["user_count"], shown["concurrent_users"]) == (count, count)
    assert shown["user_source"] == source == ours.user_source
    (row,) = [each for each in page["endpoints"] if each["template"] == "/work"]
    assert row["user_count"] == count
    for account in ("ann", "bob"):
        assert account not in json.dumps([shown, page])
