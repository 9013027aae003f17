"""Commands and pipelines of redis-py, against a real server and a real cluster."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import pytest
import redis
import redis.asyncio as aredis

from api_performance.instrumentation.integrations import NotFollowed
from api_performance.instrumentation.redis import attach
from api_performance.instrumentation.redis_text import command_text, pipeline_of
from api_performance.measure.operations import operations_by_id
from api_performance.model import LatencyType
from tests.instrumentation.following import noted_so_far, seen_in_request
from tests.stores.redis_cluster import RedisCluster, a_redis_cluster
from tests.stores.redis_server import RedisServer, a_redis_server

pytestmark = [pytest.mark.needs_system("redis-server"), pytest.mark.route_contract]

SECRETS = ("hunter2", "alice@example.org", "4111111111111111")

PAUSE_SECONDS = 0.02
"""What a blocking command waits for in the server: it is the work that is measured."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with a_redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    with a_redis_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def followed() -> Iterator[None]:
    undo = attach(redis)
    yield
    undo()


@pytest.fixture
def client(server: RedisServer) -> Iterator[Any]:  # Any: its stubs return awaitables, too
    with redis.Redis.from_url(server.fresh()) as client:
        yield client


@asynccontextmanager
async def async_client(server: RedisServer, **options: Any) -> AsyncIterator[Any]:
    client = aredis.Redis.from_url(server.address(), **options)
    try:
        yield client
    finally:
        await client.aclose()


def test_a_command_is_an_operation_of_the_cache(client: Any) -> None:
    seen = seen_in_request(lambda: client.strlen("user:42"))  # asked nowhere else
    operation = seen.only().operation
    assert (operation.latency_type, operation.system) == (LatencyType.CACHE, "redis")
    assert operation.text == "STRLEN"
    assert "test_redis.py" in operation.source
    assert seen.parts[LatencyType.CACHE] == pytest.approx(seen.work_seconds, abs=1e-6)


def test_what_the_client_returns_and_raises_is_untouched(client: Any) -> None:
    def work() -> None:
        assert client.set("a", b"1") is True
        assert client.get("a") == b"1"
        with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
            client.lpush("a", "x")
        with pytest.raises(redis.DataError):
            client.set("a", {"no": "value"})

    seen = seen_in_request(work)
    assert [(call.text, call.has_failed) for call in seen.calls] == [
        ("SET", False),
        ("GET", False),
        ("LPUSH", True),
        ("SET", True),
    ]


def test_equal_commands_have_equal_marks(client: Any) -> None:
    def work() -> None:
        for key in ("a", "a", "b"):
            client.get(key)
        client.set("a", "x" * 100_000)

    first, again, other, long = (call.mark for call in seen_in_request(work).calls)
    assert first == again != other
    assert long == 0


def test_an_async_command_is_followed_too(server: RedisServer) -> None:
    async def work() -> None:
        async with async_client(server) as client:
            await client.set("a", 1)
            assert await client.get("a") == b"1"

    assert seen_in_request(work).texts == ["SET", "GET"]


def test_a_pipeline_is_one_operation_that_names_its_commands(client: Any) -> None:
    def work() -> None:
        with client.pipeline() as pipeline:
            pipeline.get("a").get("b").set("c", 1)
            assert pipeline.execute() == [None, None, True]
            assert pipeline.execute() == []
        with client.pipeline() as pipeline, pytest.raises(redis.ResponseError):
            pipeline.set("a", "x").lpush("a", "y").execute()

    calls = seen_in_request(work).calls
    assert [(call.text, call.has_failed) for call in calls] == [
        ("PIPELINE GET SET", False),
        ("PIPELINE SET LPUSH", True),
    ]


def test_an_async_pipeline_and_its_watched_commands_are_followed(server: RedisServer) -> None:
    async def work() -> None:
        async with async_client(server) as client, client.pipeline() as pipeline:
            await pipeline.watch("a")
            await pipeline.get("a")
            pipeline.multi()
            pipeline.set("a", 1)
            await pipeline.execute()

    assert seen_in_request(work).texts == ["WATCH", "GET", "PIPELINE SET"]


def test_a_long_pipeline_has_a_short_name() -> None:
    names = ["GET", "SET", "INCR", "DECR", "HGET", "HSET", "LPUSH", "RPUSH", "SADD", "SREM"]
    text = pipeline_of([(name, "key") for name in names]).text
    assert text == "PIPELINE GET SET INCR DECR HGET HSET LPUSH RPUSH …"


def test_a_script_that_the_server_lacks_is_loaded_and_asked_again(client: Any) -> None:
    script = client.register_script("return ARGV[1]")
    texts = seen_in_request(lambda: script(args=["x"])).texts
    assert texts == ["EVALSHA", "SCRIPT LOAD", "EVALSHA"]


def test_a_cancelled_command_ends_and_has_not_failed(server: RedisServer) -> None:
    async def work() -> None:
        async with async_client(server, socket_timeout=None) as client:  # its own may come first
            await client.ping()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(PAUSE_SECONDS):
                    await client.blpop("nothing", timeout=60)

    _, call = seen_in_request(work).calls
    assert (call.text, call.has_failed) == ("BLPOP", False)
    assert call.ended > call.began


def test_the_wait_for_a_connection_is_told_apart(server: RedisServer) -> None:
    pool = redis.BlockingConnectionPool.from_url(server.address(), max_connections=1, timeout=30)
    client = redis.Redis(connection_pool=pool)
    taken = pool.get_connection()

    def work() -> None:
        timer = threading.Timer(PAUSE_SECONDS, pool.release, [taken])
        timer.start()
        client.get("a")
        client.get("a")

    seen = seen_in_request(work)
    pool.disconnect()
    first, wait, second = seen.calls
    assert (first.text, wait.text, second.text) == ("GET", "wait for a connection", "GET")
    assert wait.around == "GET"
    assert first.seconds >= wait.seconds >= PAUSE_SECONDS / 2


def test_the_wait_of_an_async_pool_is_told_apart(server: RedisServer) -> None:
    async def work() -> None:
        pool = aredis.BlockingConnectionPool.from_url(server.address(), max_connections=1)
        client = aredis.Redis(connection_pool=pool)
        await asyncio.gather(*(client.blpop("nothing", timeout=PAUSE_SECONDS) for _ in range(3)))
        await client.aclose()
        await pool.disconnect()

    texts = seen_in_request(work).texts
    assert texts.count("BLPOP") == 3
    assert 1 <= texts.count("wait for a connection") <= 2


def test_a_command_in_a_cluster_is_one_operation(cluster: RedisCluster) -> None:
    node = cluster.nodes[0]
    with redis.RedisCluster(host="127.0.0.1", port=node.port) as client:

        def work() -> None:
            client.set("a", 1)
            assert client.mget_nonatomic("a", "b", "c")[0] == b"1"
            with client.pipeline() as pipeline:
                pipeline.get("a")
                pipeline.set("b", 2)
                assert pipeline.execute() == [b"1", True]

        texts = seen_in_request(work).texts
    assert texts[0] == "SET" and texts[-1] == "PIPELINE GET SET"
    assert set(texts[1:-1]) <= {"MGET", "PIPELINE MGET"}


def test_an_async_command_in_a_cluster_is_one_operation(cluster: RedisCluster) -> None:
    async def work() -> None:
        client: Any = aredis.RedisCluster(host="127.0.0.1", port=cluster.nodes[0].port)
        try:
            await client.set("a", 1)
            async with client.pipeline() as pipeline:
                assert await pipeline.get("a").set("b", 2).execute() == [b"1", True]
        finally:
            await client.aclose()

    assert seen_in_request(work).texts == ["SET", "PIPELINE GET SET"]


def test_the_parts_are_what_the_client_measured(client: Any) -> None:
    ratios = []

    def work() -> None:
        began = time.perf_counter()
        client.blpop("nothing", timeout=PAUSE_SECONDS)
        measured.append(time.perf_counter() - began)

    for _ in range(9):
        measured: list[float] = []
        seen = seen_in_request(work)
        ratios.append(seen.parts[LatencyType.CACHE] / measured[0])
        assert seen.parts[LatencyType.CACHE] <= measured[0]
    assert statistics.median(ratios) >= 0.95


def test_parallel_calls_count_once_as_time_and_each_as_work(server: RedisServer) -> None:
    async def work() -> None:
        async with async_client(server) as client:
            for number in range(10):  # connections, which cost much more than what is measured
                await asyncio.gather(*(client.ping() for _ in range(number)))
            before.append(len(noted_so_far().calls))
            part = noted_so_far().parts[LatencyType.CACHE]
            began = time.perf_counter()
            await asyncio.gather(
                *(client.blpop("nothing", timeout=PAUSE_SECONDS) for _ in range(10))
            )
            wall.append(time.perf_counter() - began)
            walls.append(noted_so_far().parts[LatencyType.CACHE] - part)

    before: list[int] = []
    wall: list[float] = []
    walls: list[float] = []
    seen = seen_in_request(work)
    calls = seen.calls[before[0] :]
    assert [call.text for call in calls] == ["BLPOP"] * 10
    union = max(call.ended for call in calls) - min(call.began for call in calls)
    assert walls[0] == pytest.approx(union, rel=0.05)
    assert walls[0] <= wall[0]
    assert sum(call.seconds for call in calls) >= 10 * PAUSE_SECONDS


def test_no_key_and_no_value_is_in_any_text(client: Any) -> None:
    password, email, card = SECRETS

    def work() -> None:
        client.set(f"session:{email}", card)
        client.hset(f"user:{email}", mapping={password: card})
        client.execute_command(f"SET {email} {password}")
        with pytest.raises(redis.ResponseError):
            client.execute_command(f"{password} {card}")
        with pytest.raises(redis.RedisError):
            client.auth(password, username=email)
        with client.pipeline() as pipeline:
            pipeline.set(email, card).execute_command(f"SET {card} {password}").execute()

    seen = seen_in_request(work)
    assert len(seen.calls) == 6
    for operation in operations_by_id().values():
        assert not any(secret in repr(operation) for secret in SECRETS)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("get", "k"), "GET"),
        ((b"GET", "k"), "GET"),
        (("CLIENT SETNAME", "me"), "CLIENT SETNAME"),
        (("CLIENT", "SETNAME", "me"), "CLIENT SETNAME"),
        (("CLIENT", "alice"), "CLIENT"),
        (("JSON.GET", "k"), "JSON.GET"),
        (("SET key value",), "SET"),
        (("hunter2", "x"), "(unknown)"),
        (("",), "(unknown)"),
    ],
)
def test_a_command_is_named_by_its_words(words: tuple[Any, ...], text: str) -> None:
    assert command_text(words) == text


def test_nothing_is_noted_after_it_is_undone(client: Any) -> None:
    before = redis.Redis.execute_command
    undo = attach(redis)
    undo()
    assert redis.Redis.execute_command is before


def test_a_release_without_a_method_is_not_followed_and_not_changed() -> None:
    class Redis:
        def execute_command(self, *args: Any) -> None: ...

    original = Redis.execute_command
    doctored = ModuleType("redis")
    doctored.client = ModuleType("redis.client")  # type: ignore[attr-defined]  # made here
    doctored.client.Redis = Redis
    with pytest.raises(NotFollowed, match=r"redis\.client has no Pipeline, which this release"):
        attach(doctored)
    assert Redis.execute_command is original
