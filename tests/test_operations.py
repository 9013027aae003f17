"""What a request calls, from the app to the REST API, and what the store is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from api_performance import LatencyType, instrument, track_latency, uninstrument
from api_performance.clock import ManualClock
from api_performance.engine import NAME_SECONDS
from api_performance.instrumenting import runtime_of
from api_performance.measure.recorder import MAX_WAITING_CALLS
from api_performance.runtime import Runtime

START = 1_700_000_400.0
TRACE = "0af7651916cd43dd8448eb211c80319c"

app = FastAPI()


@track_latency(LatencyType.DATABASE)
async def stock(item: int) -> int:
    return item


@app.get("/listing/{count}")
async def listing(count: int) -> int:
    with track_latency(LatencyType.CACHE, "GET session"):
        pass
    with track_latency(LatencyType.EXTERNAL_API):
        pass
    return sum([await stock(item) for item in range(count)])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def runtime(clock: ManualClock) -> Iterator[Runtime]:
    instrument(app, clock=clock, runs_itself=False, store="memory://", authentication=False)
    runtime = runtime_of(app)
    assert runtime is not None
    yield runtime
    uninstrument(app)


def get(path: str, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


def measured(runtime: Runtime, clock: ManualClock) -> str:
    """Write what was measured, let its second pass, and return the listing's address."""
    runtime.flush()
    clock.advance(2)
    (of,) = [each.id for each in runtime.store.endpoints() if each.template.startswith("/listing")]
    return f"/performance/api/v1/endpoints/{of}"


def test_a_function_a_named_block_and_a_place_are_told_apart(
    runtime: Runtime, clock: ManualClock
) -> None:
    get("/listing/5", traceparent=f"00-{TRACE}-b7ad6b7169203331-01")
    base = measured(runtime, clock)
    page = get(f"{base}/operations").json()
    found = {row["text"]: row for row in page["operations"]}
    assert found[f"{__name__}.stock"]["call_count"] == 5
    assert found[f"{__name__}.stock"]["pattern"] == "n_plus_one"
    assert found["GET session"]["latency_type"] == "cache"
    (place,) = [text for text in found if text.endswith(" in listing")]
    assert place.startswith("tests/test_operations.py:")
    exemplars = get(f"{base}/exemplars").json()["exemplars"]
    assert {each["why"] for each in exemplars} == {"slowest", "typical"}
    assert exemplars[0]["trace_id"] == TRACE
    assert [step["call_count"] for step in exemplars[0]["steps"]] == [1, 1, 5]


@pytest.mark.parametrize("header", ["", "00-xyz-1-01", f"00-{TRACE[:-1]}%-b7ad6b7169203331-01"])
def test_a_trace_that_is_none_is_left_out(
    runtime: Runtime, clock: ManualClock, header: str
) -> None:
    get("/listing/1", traceparent=header)
    base = measured(runtime, clock)
    exemplars = get(f"{base}/exemplars").json()["exemplars"]
    assert [each["trace_id"] for each in exemplars] == ["", ""]


def test_files_of_both_are_to_be_had(runtime: Runtime, clock: ManualClock) -> None:
    get("/listing/2")
    base = measured(runtime, clock)
    operations = get(f"{base}/operations?format=csv").text.splitlines()
    assert operations[0].startswith("id,latency_type,system,text,source,request_count")
    assert len(operations) == 1 + 3
    exemplars = get(f"{base}/exemplars?format=csv").text.splitlines()
    assert exemplars[0].startswith("why,ended_at,seconds,status,latency_network_seconds")
    assert len(exemplars) == 1 + 2 * 3


def test_operations_are_made_known_once_and_again_after_a_while(
    runtime: Runtime, clock: ManualClock
) -> None:
    get("/listing/1")
    runtime.flush()
    assert len(runtime.store.operations()) == 3
    runtime.store.clear()
    get("/listing/1")
    runtime.flush()
    assert not runtime.store.operations()
    clock.advance(NAME_SECONDS)
    get("/listing/1")
    runtime.flush()
    assert len(runtime.store.operations()) == 3


def test_calls_past_what_is_kept_until_the_drain_cost_no_request(runtime: Runtime) -> None:
    full = MAX_WAITING_CALLS // 100
    for _ in range(full + 5):
        get("/listing/98")
    runtime.flush()
    (state,) = runtime.store.instances(0)
    assert state.requests_without_calls >= 4
    windows = runtime.store.totals()
    assert sum(window.count for _, window in windows) == full + 5
