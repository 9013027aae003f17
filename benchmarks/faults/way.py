"""A way to a server on which every answer may take longer: a small proxy in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self


class SlowWay:
    """Hands bytes to and fro; every part of an answer takes `delay_seconds` longer."""

    def __init__(self, to: int) -> None:
        """Lead to that port of 127.0.0.1; `port` is where the way begins, once it is open."""
        self.delay_seconds = 0.0
        self.port = 0
        self._to = to
        self._tasks: set[asyncio.Task[None]] = set()

    @contextmanager
    def open(self) -> Iterator[Self]:
        """Serve in a thread meanwhile."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(self._end, loop)
            thread.join()

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        for task in self._tasks:
            task.cancel()
        loop.call_soon(loop.stop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", self._to)
        for source, sink, is_answer in ((reader, forth, False), (back, writer, True)):
            task = asyncio.create_task(self._hand_on(source, sink, is_answer=is_answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _hand_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        try:
            while part := await source.read(1 << 16):
                if is_answer:
                    await asyncio.sleep(self.delay_seconds)
                sink.write(part)
        except OSError:
            pass  # one side has gone, so the other may
        sink.close()
