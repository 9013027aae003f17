"""The newest requests, from the app to the REST API, on every kind of store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException

from api_performance import LatencyType, instrument, track_latency, uninstrument
from api_performance.clock import ManualClock
from api_performance.instrumenting import runtime_of
from api_performance.runtime import Runtime

START = 1_700_000_400.0
TRACE = "0af7651916cd43dd8448eb211c80319c"
ADDRESS = "/performance/api/v1/requests"

app = FastAPI()


@app.get("/users/{user_id}")
async def user(user_id: str) -> str:
    with track_latency(LatencyType.DATABASE, "SELECT"):
        return user_id


@app.post("/plain/{secret}")
async def plain(secret: str) -> int:
    return 1


@app.get("/broken")
async def broken() -> None:
    raise HTTPException(503)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture(params=["memory", "sqlite"])
def runtime(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> Iterator[Runtime]:
    store = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/kept.sqlite3"
    instrument(app, clock=clock, runs_itself=False, store=store, authentication=False)
    runtime = runtime_of(app)
    assert runtime is not None
    yield runtime
    uninstrument(app)


def call(*calls: str, **headers: str) -> list[httpx.Response]:
    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            pairs = [each.split() for each in calls]
            return [await client.request(*pair, headers=headers) for pair in pairs]

    return asyncio.run(ask())


def asked(query: str = "") -> dict[str, Any]:  # Any: JSON
    (response,) = call(f"GET {ADDRESS}?{query}")
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def test_requests_come_one_by_one_the_newest_first(runtime: Runtime, clock: ManualClock) -> None:
    call("GET /users/a-secret-name", traceparent=f"00-{TRACE}-b7ad6b7169203331-01")
    clock.advance(0.1)
    call("POST /plain/another-secret")
    clock.advance(0.1)
    call("GET /broken")
    runtime.flush()
    page = asked()
    rows = page["requests"]
    assert [row["template"] for row in rows] == ["/broken", "/plain/{secret}", "/users/{user_id}"]
    assert [row["status"] for row in rows] == [503, 200, 200]
    assert rows[0]["why"] == "failed"
    assert rows[2]["trace_id"] == TRACE
    assert rows[2]["priority"] == "medium"
    assert (rows[2]["grade"], rows[2]["target_seconds"]) == ("excellent", 2.0)
    assert rows[0]["instance"] == runtime.instance.id
    assert len({str(row["id"]) for row in rows}) == 3
    assert (page["seen_count"], page["shown_count"]) == (3, 3)
    assert "secret" not in str(page).replace("{secret}", "")


def test_their_parts_add_up_to_their_time(runtime: Runtime) -> None:
    call("GET /users/1", "POST /plain/1")
    runtime.flush()
    for row in asked()["requests"]:
        parts = row["latency_seconds"]
        assert set(parts) == {"network", "processing", "database", "cache", "external_api"}
        assert sum(parts.values()) == pytest.approx(row["seconds"], abs=1e-5)


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ("status=5xx", [503]),
        ("method=POST", [200]),
        ("search=users", [200]),
        ("priority=critical", []),
        ("service=another", []),
        ("limit=1", [503]),
    ],
)
def test_the_filters_are_those_of_everything_else(
    runtime: Runtime, clock: ManualClock, query: str, statuses: list[int]
) -> None:
    for each in ("GET /users/1", "POST /plain/1", "GET /broken"):
        call(each)
        clock.advance(0.1)
    runtime.flush()
    assert [row["status"] for row in asked(query)["requests"]] == statuses


def test_those_past_the_last_ten_seconds_are_shown_and_not_counted(
    runtime: Runtime, clock: ManualClock
) -> None:
    call("GET /users/1", "GET /users/2")
    runtime.flush()
    clock.advance(30)
    call("GET /users/3")
    runtime.flush()
    page = asked()
    assert len(page["requests"]) == 3
    assert (page["seen_count"], page["shown_count"]) == (1, 1)


def test_they_are_to_be_had_as_a_file(runtime: Runtime) -> None:
    call("GET /users/1")
    runtime.flush()
    (response,) = call(f"GET {ADDRESS}?format=csv")
    head, row, *rest = response.text.splitlines()
    assert head.startswith("id,ended_at,endpoint_id,service,method,template,priority,status")
    assert "latency_database_seconds" in head
    assert "/users/{user_id}" in row
    assert rest == []


def test_a_push_has_them_where_they_are_asked_for(runtime: Runtime) -> None:
    call("GET /users/1", "GET /users/2")
    runtime.flush()
    plain, with_them = call(
        "GET /performance/api/v1/live", "GET /performance/api/v1/live?requests=1"
    )
    assert plain.json()["recent"] is None
    assert len(with_them.json()["recent"]["requests"]) == 1


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x"])
def test_a_limit_that_is_none_is_refused(runtime: Runtime, query: str) -> None:
    (response,) = call(f"GET {ADDRESS}?{query}")
    assert response.status_code == 422


def test_of_many_at_once_a_few_are_shown_and_all_are_counted(runtime: Runtime) -> None:
    call(*["GET /users/1"] * 200)
    runtime.flush()
    page = asked("limit=1000")
    assert page["seen_count"] == 200
    assert 7 <= len(page["requests"]) <= 13
