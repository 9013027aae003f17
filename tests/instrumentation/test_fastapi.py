"""FastAPI's steps are told apart in the requests that are drawn, and it serves as it did."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from random import Random
from types import ModuleType
from typing import Annotated, Any

import anyio.to_thread
import fastapi.concurrency
import fastapi.dependencies.utils
import fastapi.routing
import pytest
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api_performance import LatencyType, instrument, track_latency, uninstrument
from api_performance.instrumentation import fastapi as room
from api_performance.instrumentation.fastapi import Sample
from api_performance.instrumentation.integrations import NotFollowed
from api_performance.measure.current import current_request

from .following import Call, ask, ask_once, calls_at_end

pytestmark = [pytest.mark.client_contract, pytest.mark.route_contract]

DEPENDENCIES = "dependencies"
ENDPOINT = "endpoint function"
SERIALIZATION = "response serialization"
WAIT = "wait for a worker thread"
SECONDS = 0.02


class Item(BaseModel):
    """What an endpoint answers."""

    name: str


@pytest.fixture(autouse=True)
def all_drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(room, "SAMPLE", Sample(1, Random(1)))
    undo = room.attach(fastapi.routing)
    yield
    undo()


def steps_of(path_operation: Callable[..., Any], **settings: Any) -> list[Call]:
    """Serve `/run` once by a path operation, and return the calls of the request."""
    app = FastAPI()
    app.get("/run", dependencies=[Depends(open_breakdown)], **settings)(path_operation)
    instrument(app, store="memory://", runs_itself=False, integrations=[])
    ask(app)
    return calls_at_end(app)[0]


def open_breakdown() -> None:
    """Depend on nothing; runs in a thread."""
    request = current_request.get()
    assert request is not None
    request.open_breakdown()


def the(calls: list[Call], text: str) -> Call:
    (call,) = [call for call in calls if call.text == text]
    return call


def test_the_steps_of_a_coroutine_are_told_apart() -> None:
    async def dependency() -> int:
        await asyncio.sleep(SECONDS)
        return 1

    async def run(number: Annotated[int, Depends(dependency)]) -> Item:
        await asyncio.sleep(2 * SECONDS)
        return Item(name=str(number))

    calls = steps_of(run)
    assert {call.text for call in calls} == {DEPENDENCIES, ENDPOINT, SERIALIZATION, WAIT}
    assert the(calls, DEPENDENCIES).seconds >= SECONDS
    assert the(calls, ENDPOINT).seconds >= 2 * SECONDS
    assert the(calls, DEPENDENCIES).ended <= the(calls, ENDPOINT).began
    assert not any(call.has_failed for call in calls)


def test_a_synchronous_endpoint_waits_for_its_thread_within_its_step() -> None:
    def run() -> dict[str, int]:
        time.sleep(SECONDS)
        return {"a": 1}

    calls = steps_of(run)
    waits = [call for call in calls if call.text == WAIT]
    around = [wait.around for wait in waits[:2]]
    assert around == [DEPENDENCIES, ENDPOINT]  # `open_breakdown` runs in a thread, too
    assert the(calls, ENDPOINT).seconds >= waits[1].seconds + SECONDS


def test_a_dependency_that_yields_is_solved_before_the_endpoint_and_left_after_it() -> None:
    order: list[str] = []

    async def coroutine() -> AsyncIterator[int]:
        order.append("begun")
        yield 1
        order.append("ended")

    def in_a_thread() -> Iterator[int]:
        time.sleep(SECONDS)
        yield 2

    async def run(
        one: Annotated[int, Depends(coroutine)], two: Annotated[int, Depends(in_a_thread)]
    ) -> int:
        order.append("run")
        return one + two

    calls = steps_of(run)
    assert order == ["begun", "run", "ended"]
    assert the(calls, DEPENDENCIES).seconds >= SECONDS
    assert [call.around for call in calls if call.text == WAIT] == [DEPENDENCIES] * 2


def test_a_response_that_becomes_text_when_it_is_made_is_serialized_then() -> None:
    class Slow(JSONResponse):
        def render(self, content: Any) -> bytes:
            return super().render(content)

    async def run() -> dict[str, int]:
        return {"a": 1}

    calls = steps_of(run, response_class=Slow)
    assert [call.text for call in calls].count(SERIALIZATION) == 2


def test_a_response_made_in_the_endpoint_is_the_endpoints() -> None:
    async def run() -> Response:
        return JSONResponse({"a": 1})

    assert SERIALIZATION not in [call.text for call in steps_of(run)]


def test_a_step_that_raises_has_failed_and_the_error_goes_on() -> None:
    async def run() -> None:
        raise HTTPException(409)

    calls = steps_of(run)
    assert the(calls, ENDPOINT).has_failed
    assert not the(calls, DEPENDENCIES).has_failed


def test_steps_move_nothing_between_the_types() -> None:
    async def dependency() -> AsyncIterator[None]:
        with track_latency(LatencyType.DATABASE):
            yield

    parts: list[dict[str, float]] = []

    async def run(_: Annotated[None, Depends(dependency)]) -> None:
        await asyncio.sleep(SECONDS)
        request = current_request.get()
        breakdown = request.open_breakdown() if request is not None else None
        assert breakdown is not None
        seconds = breakdown.so_far(breakdown.perf())[0]
        parts.append(dict(zip(LatencyType, seconds, strict=False)))

    steps_of(run)
    assert parts[0][LatencyType.DATABASE] >= SECONDS  # as without any step


def test_calls_past_the_threads_that_there_are_wait_and_it_is_told() -> None:
    held, threads, open_now = threading.Event(), 40, threading.Semaphore(0)
    app = FastAPI()

    async def note() -> None:
        open_breakdown()

    @app.get("/run", dependencies=[Depends(note)])
    def run() -> None:
        open_now.release()
        held.wait(10)

    instrument(app, store="memory://", runs_itself=False, integrations=[])

    async def serve() -> None:
        assert anyio.to_thread.current_default_thread_limiter().total_tokens == threads
        tasks = [asyncio.create_task(ask_once(app)) for _ in range(threads + 1)]
        for _ in range(threads):
            await asyncio.to_thread(open_now.acquire)
        await asyncio.sleep(SECONDS)
        held.set()
        await asyncio.gather(*tasks)

    asyncio.run(serve())
    waits = sorted(the(calls, WAIT).seconds for calls in calls_at_end(app))
    assert len(waits) == threads + 1
    assert waits[-1] >= SECONDS


def test_of_many_requests_a_share_is_drawn_the_first_among_them() -> None:
    sample = Sample(16, Random(3))
    drawn = [sample.draws() for _ in range(16_000)]
    assert drawn[0]
    assert 900 < sum(drawn) < 1_100


def test_a_request_that_was_not_drawn_has_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = Sample(1_000_000, Random(1))
    sample.draws()
    monkeypatch.setattr(room, "SAMPLE", sample)

    async def run() -> int:
        return 1

    assert steps_of(run) == []


@pytest.mark.parametrize(
    "name", ["solve_dependencies", "run_endpoint_function", "serialize_response"]
)
def test_a_release_without_a_function_or_with_another_kind_of_it_is_not_followed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ModuleType("fastapi.routing")
    vars(other).update(vars(fastapi.routing))
    monkeypatch.setattr(other, name, lambda **_: None)
    with pytest.raises(NotFollowed, match=f"{name} is no coroutine function"):
        room.attach(other)
    monkeypatch.delattr(other, name)
    with pytest.raises(NotFollowed, match=f"has no {name}"):
        room.attach(other)


def test_it_gives_everything_back() -> None:
    before = [vars(owner)[name] for owner, name in WRAPPED]
    undo = room.attach(fastapi.routing)
    assert all(
        vars(owner)[name] is not was for (owner, name), was in zip(WRAPPED, before, strict=True)
    )
    undo()
    assert [vars(owner)[name] for owner, name in WRAPPED] == before


WRAPPED: tuple[tuple[Any, str], ...] = (
    (fastapi.routing, "solve_dependencies"),
    (fastapi.routing, "run_in_threadpool"),
    (fastapi.dependencies.utils, "run_in_threadpool"),
    (fastapi.concurrency, "run_in_threadpool"),
    (JSONResponse, "render"),
)


def test_the_setting_has_the_steps_told_apart_as_long_as_the_app_is_measured() -> None:
    app = FastAPI()
    plain = vars(fastapi.routing)["serialize_response"]
    instrument(app, store="memory://", runs_itself=False, integrations=[])
    assert vars(fastapi.routing)["serialize_response"] is plain
    uninstrument(app)
    instrument(app, store="memory://", runs_itself=False, integrations=[], steps=True)
    assert vars(fastapi.routing)["serialize_response"].__wrapped__ is plain
    uninstrument(app)
    assert vars(fastapi.routing)["serialize_response"] is plain
