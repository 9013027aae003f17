"""The shop's cache keeps, forgets, and is no reason to fail."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from demo.cache_server import MAX_VALUES
from demo.processes import Child, is_listening, wait_until
from demo.shop.cache import Cache
from tests.ports import free_port

Work = Callable[[Cache], Awaitable[None]]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a running cache server."""
    port = free_port()
    server = Child("cache", ["demo.cache_server", str(port)], {}, tmp_path)
    wait_until(lambda: is_listening(port), server, stop=())
    yield port
    server.end()


def run(port: int, work: Work) -> None:
    """Run `work` with a client of the cache server at `port`."""

    async def with_cache() -> None:
        cache = Cache(port)
        try:
            await work(cache)
        finally:
            await cache.close()

    asyncio.run(with_cache())


def test_a_value_comes_back_whatever_bytes_it_has(port: int) -> None:
    async def work(cache: Cache) -> None:
        value = b"END\r\n\x00 get x\r\n"
        await cache.set("key", value, 30)
        assert await cache.get("key") == value
        assert await cache.get("other") is None

    run(port, work)


def test_a_value_of_no_life_is_forgotten(port: int) -> None:
    async def work(cache: Cache) -> None:
        await cache.set("key", b"value", 0)
        assert await cache.get("key") is None

    run(port, work)


def test_the_least_recently_used_value_makes_room(port: int) -> None:
    async def work(cache: Cache) -> None:
        for number in range(MAX_VALUES):
            await cache.set(f"key{number}", b"value", 30)
        await cache.get("key0")
        await cache.set("another", b"value", 30)
        assert await cache.get("key0") == b"value"
        assert await cache.get("key1") is None

    run(port, work)


def test_a_cache_that_is_away_has_nothing() -> None:
    async def work(cache: Cache) -> None:
        await cache.set("key", b"value", 30)
        assert await cache.get("key") is None

    run(free_port(), work)
