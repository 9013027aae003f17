"""An event loop that is blocked is told by file, line and endpoint, with those that waited."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
import trio
import uvicorn
from anyio import to_thread
from fastapi import BackgroundTasks, FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from api_performance import instrument, uninstrument
from api_performance.answers import BlockRow
from api_performance.clock import SystemClock
from api_performance.instrumentation.eventloop import THREAD_NAME, LoopWatch
from api_performance.instrumentation.heartbeat import starved_seconds
from api_performance.instrumenting import runtime_of
from api_performance.measure.current import CurrentRequest
from api_performance.measure.garbage import GARBAGE
from api_performance.measure.pauses import Blocked
from api_performance.model import Endpoint, Pauses, PoolUse
from api_performance.queries import Asked, Filter
from api_performance.stores.base import InstanceState
from tests.instrumentation.serving import Served, served

BLOCK_SECONDS = 0.4
"""Eight times the bound: so it is seen however busy the machine is."""

LINES = 10_000
HERE = "tests/instrumentation/test_eventloop.py"


def block() -> None:
    time.sleep(BLOCK_SECONDS)


def compute() -> int:
    begun, total = time.thread_time(), 0
    while time.thread_time() < begun + BLOCK_SECONDS / 4:
        total += sum(range(LINES))
    return total


def line_of(function: Callable[..., object], text: str) -> int:
    """Return the line of a function that contains a text."""
    lines, first = inspect.getsourcelines(function)
    return next(first + number for number, line in enumerate(lines) if text in line)


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something is so, in other threads too, which set no event of it."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


class Gate:
    """Requests that wait on the loop, and threads that wait off it, until they are let go."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.is_open = threading.Event()

    async def wait_on_loop(self) -> None:
        self.arrived.release()
        await until(self.is_open.is_set)

    def wait_in_thread(self) -> None:
        self.arrived.release()
        self.is_open.wait(30)


def make_app(gate: Gate) -> FastAPI:
    app = FastAPI()

    @app.get("/orders/{order_id}")
    async def blocking(order_id: int) -> int:
        block()
        return order_id

    @app.get("/report")
    async def computing() -> int:
        return compute()

    @app.get("/behind")
    async def in_background(tasks: BackgroundTasks) -> str:
        tasks.add_task(wait_behind)
        return "answered"

    @app.get("/waiting/{number}")
    async def waiting(number: int) -> int:
        await gate.wait_on_loop()
        return number

    @app.get("/in-thread")
    def in_thread() -> None:
        gate.wait_in_thread()

    async def wait_behind() -> None:
        await gate.wait_on_loop()

    return app


class Watched:
    """A served app, with the blocks that were told."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.blocks: list[Blocked] = []
        server.runtime.on_blocked = self.blocks.append

    def block_in(self, name: str) -> Blocked:
        """Return the first block that was told of an endpoint."""
        self.server.wait_for(lambda: any(self._named(name)))
        return next(self._named(name))

    def _named(self, name: str) -> Iterator[Blocked]:
        return (each for each in self.blocks if each.endpoint and each.endpoint.name == name)

    def kept_of(self, blocked: Blocked) -> list[BlockRow]:
        """Return what the endpoint of a block keeps of its blocks."""
        assert blocked.endpoint is not None
        runtime = self.server.runtime
        runtime.flush()
        asked = Asked(3600)
        return runtime.queries.operations(blocked.endpoint.id, asked, Filter()).blocks

    def pauses(self) -> Pauses:
        """Return what the process tells of itself."""
        told = self.server.runtime.engine().pauses_of()
        assert told is not None
        return told


@contextmanager
def watched(app: FastAPI, **settings: Any) -> Iterator[Watched]:  # Any: `instrument`'s settings
    with served(app, **settings) as server:
        yield Watched(server)


@contextmanager
def asking(server: Served, *paths: str) -> Iterator[None]:
    """Ask for paths in threads, and wait for the answers at the end."""
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = [pool.submit(server.client.get, path) for path in paths]
        yield
        for answer in answers:
            answer.result()


def test_a_blocking_coroutine_is_named_by_file_line_function_and_endpoint() -> None:
    with watched(make_app(Gate())) as app:
        app.server.client.get("/orders/7")
        blocked = app.block_in("GET /orders/{order_id}")
    assert blocked.place is not None
    assert blocked.place.file == HERE
    assert blocked.place.function == "block"
    assert blocked.place.line == line_of(block, "time.sleep")
    assert blocked.stack[-1] == blocked.place
    assert blocked.stack[-2].function.endswith("blocking")
    assert blocked.seconds >= BLOCK_SECONDS / 2
    assert blocked.cpu_seconds < blocked.seconds
    assert abs(blocked.at - time.time()) < 60


def test_requests_that_were_open_meanwhile_waited() -> None:
    gate = Gate()
    with watched(make_app(gate)) as app:
        paths = ("/waiting/1", "/waiting/2", "/behind")
        with asking(app.server, *paths):
            for _ in paths:
                gate.arrived.acquire(timeout=120)
            app.server.client.get("/orders/7")
            blocked = app.block_in("GET /orders/{order_id}")
            gate.is_open.set()
        (kept,) = app.kept_of(blocked)
    waiting = {endpoint.name: count for endpoint, count in blocked.waiting}
    assert waiting == {"GET /waiting/{number}": 2}
    assert (kept.place, kept.count) == (str(blocked.place), 1)
    assert kept.seconds == pytest.approx(blocked.seconds, rel=0.01)
    assert {row.name: row.request_count for row in kept.waiting} == waiting


def test_a_coroutine_that_computes_is_named_though_it_holds_the_interpreter() -> None:
    with watched(make_app(Gate())) as app:
        while not app.blocks:  # with no processor left for it, a computation is none of the app's
            app.server.client.get("/report")
            time.sleep(0.05)
        blocked = app.block_in("GET /report")
    assert blocked.place is not None
    assert blocked.place.function == "compute"
    assert blocked.cpu_seconds > 0


def test_the_endpoint_is_known_in_the_task_of_a_middleware() -> None:
    app = make_app(Gate())

    @app.middleware("http")
    async def passing(request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)

    with watched(app) as running:
        running.server.client.get("/orders/7")
        blocked = running.block_in("GET /orders/{order_id}")
    assert blocked.place is not None
    assert blocked.place.function == "block"
    assert blocked.waiting == ()


def test_a_block_outside_of_any_request_has_no_endpoint() -> None:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().call_later(0.2, block)
        yield

    with watched(FastAPI(lifespan=lifespan)) as app:
        app.server.wait_for(lambda: any(each.place for each in app.blocks))
        blocked = next(each for each in app.blocks if each.place)
    assert blocked.endpoint is None
    assert [frame.function for frame in blocked.stack] == ["block"]


def test_the_process_tells_its_lag_its_longest_block_and_its_pools() -> None:
    with watched(make_app(Gate())) as app:
        app.server.client.get("/orders/7")
        app.block_in("GET /orders/{order_id}")
        told = app.pauses()
    assert told.loop_count == 1
    assert told.lag_max_seconds is not None
    assert told.lag_max_seconds >= BLOCK_SECONDS / 2
    assert told.blocked_count >= 1
    assert told.longest_block is not None
    assert told.longest_block.place.startswith(HERE)
    assert told.longest_block.endpoint == "GET /orders/{order_id}"
    assert [pool.name for pool in told.pools] == ["anyio"]
    assert [each.generation for each in told.collections] == [0, 1, 2]


def test_the_health_of_the_process_is_in_the_store() -> None:
    with watched(make_app(Gate())) as app:
        runtime = app.server.runtime
        app.server.client.get("/orders/7")
        app.block_in("GET /orders/{order_id}")
        app.server.wait_for(lambda: any(map(_tells, runtime.store.instances(0.0))))


def _tells(state: InstanceState) -> bool:
    pauses = state.pauses
    return pauses is not None and pauses.blocked_count > 0 and state.process_cpu_seconds > 0


def test_a_full_pool_of_threads_is_told_with_those_that_wait_for_one() -> None:
    gate = Gate()
    app = make_app(gate)

    @app.get("/narrow")
    async def narrow() -> None:
        to_thread.current_default_thread_limiter().total_tokens = 2

    with watched(app) as running:
        running.server.client.get("/narrow")
        with asking(running.server, "/in-thread", "/in-thread", "/in-thread"):
            full = PoolUse("anyio", 2, 2, 1)
            running.server.wait_for(lambda: full in running.pauses().pools)
            gate.is_open.set()


def test_asyncios_own_pool_is_told_once_it_is_used() -> None:
    gate = Gate()
    app = make_app(gate)

    @app.get("/executor")
    async def executor() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        await asyncio.gather(*(loop.run_in_executor(None, gate.wait_in_thread) for _ in range(3)))

    with watched(app) as running, asking(running.server, "/executor"):
        full = PoolUse("asyncio", 1, 1, 2)
        running.server.wait_for(lambda: full in running.pauses().pools)
        gate.is_open.set()


def test_a_block_is_logged_but_not_again_for_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "api_performance"), watched(make_app(Gate())) as app:
        for _ in range(2):
            app.blocks.clear()
            app.server.client.get("/orders/7")
            app.block_in("GET /orders/{order_id}")
    logged = [each for each in caplog.messages if "the event loop was blocked" in each]
    assert len(logged) == 1


def watching_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


def is_counting_garbage() -> bool:
    return GARBAGE._note in gc.callbacks


def test_nothing_of_it_is_left_once_the_server_has_shut_down() -> None:
    with watched(make_app(Gate())) as app:
        app.server.client.get("/openapi.json")
        assert len(watching_threads()) == 1
        assert is_counting_garbage()
    assert watching_threads() == []
    assert not is_counting_garbage()


def test_it_is_switched_off_by_its_setting() -> None:
    with served(make_app(Gate()), loop_blocked_seconds=0) as server:
        server.client.get("/orders/7")
        assert watching_threads() == []
        assert not is_counting_garbage()
        assert server.runtime.engine().pauses_of() is None


def test_the_thread_ends_when_nobody_holds_the_app_any_more() -> None:
    async def begin() -> None:
        app = make_app(Gate())
        instrument(app, store="memory://")
        runtime = runtime_of(app)
        assert runtime is not None
        runtime.start_runner()
        assert watching_threads()
        del app, runtime
        await until(lambda: gc.collect() >= 0 and not watching_threads())  # it may hold it yet

    asyncio.run(asyncio.wait_for(begin(), 30))
    assert not is_counting_garbage()


class Bystander:
    """An app of which no request is open."""

    def __init__(self) -> None:
        self.blocks: list[Blocked] = []

    def endpoint_of(self, request: CurrentRequest) -> Endpoint | None:
        return None

    def is_waiting(self, request: CurrentRequest) -> bool:
        return False

    def note_block(self, blocked: Blocked) -> None:
        self.blocks.append(blocked)

    def note_error(self, error: Exception) -> None:
        raise AssertionError from error


def test_the_thread_ends_with_the_last_loop_and_begins_with_the_next() -> None:
    app = Bystander()
    watch = LoopWatch(app, SystemClock(), 0.05)

    async def begin() -> int:
        watch.watch()
        watch.watch()
        return watch.told().loop_count

    for _ in range(2):
        assert asyncio.run(begin()) == 1
        for thread in watching_threads():
            thread.join(30)
        assert watching_threads() == []
        assert watch.told().loop_count == 0


def test_two_loops_are_watched_by_one_thread() -> None:
    app = Bystander()
    watch = LoopWatch(app, SystemClock(), 0.05)
    both = threading.Barrier(2)

    async def run() -> None:
        watch.watch()
        await asyncio.to_thread(both.wait, 30)
        assert watch.told().loop_count == 2
        assert len(watching_threads()) == 1
        await asyncio.to_thread(both.wait, 30)

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(asyncio.run, run()) for _ in range(2)]:
            each.result()
    watch.stop()


def test_a_loop_that_rests_between_two_runs_was_not_blocked() -> None:
    app = Bystander()
    watch = LoopWatch(app, SystemClock(), 0.05)

    async def begin() -> None:
        watch.watch()

    with asyncio.Runner() as runner:
        runner.run(begin())
        block()
        runner.run(asyncio.sleep(0.2))
        watch.stop()
    assert not any(blocked.place for blocked in app.blocks)


def test_under_trio_nothing_is_watched_and_nothing_fails() -> None:
    app = make_app(Gate())
    instrument(app, store="memory://")
    runtime = runtime_of(app)
    assert runtime is not None

    async def begin() -> None:
        runtime.wake()
        assert watching_threads() == []

    trio.run(begin)
    told = runtime.engine().pauses_of()
    uninstrument(app)
    assert told is not None
    assert told.loop_count == 0
    assert told.lag_max_seconds is None


def test_on_uvloop_it_is_the_same() -> None:
    uvloop = pytest.importorskip("uvloop")
    app = make_app(Gate())
    instrument(app, store="memory://")
    runtime = runtime_of(app)
    assert runtime is not None
    blocks: list[Blocked] = []
    runtime.on_blocked = blocks.append
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))

    async def serve_and_ask() -> None:
        serving = asyncio.ensure_future(server.serve())
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        await _ask(port, "/orders/7")
        await until(lambda: any(each.endpoint for each in blocks))
        server.should_exit = True
        await serving

    uvloop.run(asyncio.wait_for(serve_and_ask(), 60))
    blocked = next(each for each in blocks if each.endpoint)
    assert blocked.endpoint is not None
    assert blocked.endpoint.name == "GET /orders/{order_id}"
    assert blocked.place is not None
    assert blocked.place.function == "block"


async def _ask(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert b"200" in await reader.readline()
    await reader.read()
    writer.close()


def test_a_thread_that_is_not_there_was_never_starved() -> None:
    assert starved_seconds(2**30) == 0.0
