"""The shop's cache: a small client of the cache server that all workers share.

A cache that is away is no reason to fail: every read is then a miss and every write is lost.
"""

import asyncio
import contextlib
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from api_performance.metrics import LatencyType, track_latency

# Idle connections kept by one worker; more than this many at once are opened and closed.
MAX_IDLE = 8
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Cache:
    """Speaks the `get` and `set` of memcached's text protocol."""

    def __init__(self, port: int) -> None:
        """Use the cache server on 127.0.0.1 at `port`; it is contacted at the first use."""
        self._port = port
        self._idle: list[Stream] = []

    @track_latency(LatencyType.CACHE)
    async def get(self, key: str) -> bytes | None:
        """The value under `key`, or None if it is absent or too old."""
        return await self._ask(f"get {key}\r\n".encode())

    @track_latency(LatencyType.CACHE)
    async def set(self, key: str, value: bytes, seconds: int) -> None:
        """Keep `value` under `key` for `seconds`."""
        head = f"set {key} 0 {seconds} {len(value)}\r\n".encode()
        await self._ask(head + value + b"\r\n")

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            writer = self._idle.pop()[1]
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _ask(self, message: bytes) -> bytes | None:
        try:
            stream = await self._connect()
        except OSError:
            return None
        try:
            value = await exchange(stream, message)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            stream[1].close()
            return None
        except BaseException:  # cancelled half-way: the answer on this connection is not ours
            stream[1].close()
            raise
        self._give_back(stream)
        return value

    async def _connect(self) -> Stream:
        if self._idle:
            return self._idle.pop()
        return await asyncio.open_connection("127.0.0.1", self._port)

    def _give_back(self, stream: Stream) -> None:
        if len(self._idle) < MAX_IDLE:
            self._idle.append(stream)
        else:
            stream[1].close()


async def exchange(stream: Stream, message: bytes) -> bytes | None:
    """Send `message`; the value that comes back, or None for a miss or a stored value."""
    reader, writer = stream
    writer.write(message)
    first = await reader.readuntil(b"\r\n")
    if not first.startswith(b"VALUE "):
        return None
    size = int(first.split()[3])
    value = await reader.readexactly(size)
    await reader.readuntil(b"END\r\n")
    return value


def get_cache(connection: HTTPConnection) -> Cache:
    """The cache of the app that answers this request."""
    return cast(Cache, connection.app.state.cache)


CacheDependency = Annotated[Cache, Depends(get_cache)]
