"""A small cache server: `get` and `set` of memcached's text protocol, at most 5,000 values.

Run as `python -m demo.cache_server PORT`. A real shop would run memcached or Redis here; this one
needs nothing to be installed, and a round trip to it costs what one to a local server costs.
"""

import asyncio
import contextlib
import sys
import time
from collections import OrderedDict

MAX_VALUES = 5_000


class CacheServer:
    """Values with an end of life, the least recently used dropped first."""

    def __init__(self) -> None:
        """Start empty."""
        self._values: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client until it leaves."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                writer.write(await self._answer(line.split(), reader))
                await writer.drain()
        writer.close()

    async def _answer(self, words: list[bytes], reader: asyncio.StreamReader) -> bytes:
        match words:
            case [b"get", key]:
                return self._get(key)
            case [b"set", key, _flags, seconds, size]:
                value = (await reader.readexactly(int(size) + 2))[:-2]
                self._set(key, float(seconds), value)
                return b"STORED\r\n"
            case _:
                return b"ERROR\r\n"

    def _get(self, key: bytes) -> bytes:
        end_of_life, value = self._values.get(key, (0.0, b""))
        if end_of_life <= time.monotonic():
            return b"END\r\n"
        self._values.move_to_end(key)
        return b"VALUE %s 0 %d\r\n%s\r\nEND\r\n" % (key, len(value), value)

    def _set(self, key: bytes, seconds: float, value: bytes) -> None:
        self._values[key] = (time.monotonic() + seconds, value)
        self._values.move_to_end(key)
        if len(self._values) > MAX_VALUES:
            self._values.popitem(last=False)


async def main(port: int) -> None:
    """Listen on 127.0.0.1 at `port` until ended."""
    server = await asyncio.start_server(CacheServer().serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1])))
