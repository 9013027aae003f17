"""Requests at a steady rate over a few connections, each noted; and one who reads the numbers."""

from __future__ import annotations

import asyncio
import json
import random
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

from benchmarks.faults.server import AFTER, BEFORE, ENDPOINTS

CONNECTIONS: Final = 4
EVERY_SECONDS: Final = 0.025
"""Between two requests of a connection: 160 a second of all."""

PATIENCE_SECONDS: Final = 30.0
LIVE: Final = "/performance/api/v1/live?window_seconds=600&limit=100"


class Connection:
    """One HTTP/1.1 connection to the app."""

    def __init__(self, port: int) -> None:
        """Connect when it is needed."""
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, method: str = "GET") -> tuple[int, bytes]:
        """Return status and body. OSError, EOFError or TimeoutError without an answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(f"{method} {path} HTTP/1.1\r\nhost: app\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            return int(head.split()[1]), await reader.readexactly(length)

    def close(self) -> None:
        """Let go of it."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass(slots=True)
class Load:
    """What was asked: when each answer came (`perf_counter`), how long it took, what failed."""

    port: int
    prefix: str = BEFORE
    ended_at: dict[str, list[float]] = field(default_factory=lambda: {BEFORE: [], AFTER: []})
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    is_over: bool = False

    async def run(self) -> None:
        """Ask until `is_over`."""
        await asyncio.gather(*(self._ask_on(number) for number in range(CONNECTIONS)))

    async def _ask_on(self, number: int) -> None:
        connection, chance = Connection(self.port), random.Random(number)
        while not self.is_over:
            prefix = self.prefix
            path = f"{prefix}/{chance.randrange(ENDPOINTS)}/{chance.randrange(100)}"
            begun = perf_counter()
            try:
                status, _ = await connection.ask(path)
            except (OSError, EOFError, TimeoutError) as error:
                self.failures.append(repr(error))
                connection.close()
            else:
                if status != 200:
                    self.failures.append(f"{path} answered {status}")
                self.ended_at[prefix].append(perf_counter())
                self.seconds.append(self.ended_at[prefix][-1] - begun)
            await asyncio.sleep(max(0.0, begun + EVERY_SECONDS - perf_counter()))
        connection.close()

    def count(self, prefixes: tuple[str, ...], until: float) -> int:
        """Return how many answers came until an instant of `perf_counter`."""
        return sum(bisect_right(self.ended_at[prefix], until) for prefix in prefixes)


@dataclass(frozen=True, slots=True)
class Told:
    """What the app says of itself at one moment."""

    requests: int
    dropped_windows: int
    requests_in_dropped_windows: int
    dropped_requests: int
    problems: list[str]

    @property
    def accounted(self) -> int:
        """Requests that are told, or counted as dropped."""
        return self.requests + self.requests_in_dropped_windows + self.dropped_requests


async def read_told(connection: Connection, prefixes: tuple[str, ...]) -> Told | None:
    """Ask what a page shows; None while the store does not answer."""
    status, body = await connection.ask(LIVE)
    if status == 503:
        return None
    if status != 200:
        raise RuntimeError(f"{LIVE} answered {status}: {body[:200]!r}")
    answer: Any = json.loads(body)  # Any: JSON
    rows, health = answer["endpoints"], answer["health"]
    return Told(
        sum(row["request_count"] for row in rows if row["template"].startswith(prefixes)),
        health["dropped_windows"],
        health["requests_in_dropped_windows"],
        health["dropped_requests"],
        health["problems"],
    )


@dataclass(slots=True)
class Reading:
    """A page that is looked at: how long its answers took, in seconds."""

    port: int
    every_seconds: float = 0.5
    seconds: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Read until cancelled."""
        connection = Connection(self.port)
        with suppress(asyncio.CancelledError):
            while True:
                begun = perf_counter()
                await connection.ask(LIVE)
                self.seconds.append(perf_counter() - begun)
                await asyncio.sleep(self.every_seconds)
        connection.close()
