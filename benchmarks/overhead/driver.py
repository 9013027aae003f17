"""Drives an ASGI application in this process as uvicorn would, without a socket.

Each request is a task of its own with a fresh scope, so context variables and reference counts
behave as under a server. All of it is deterministic: two runs ask for the same requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass
from random import Random
from typing import Any  # ASGI messages and scopes are untyped dictionaries by specification.

from benchmarks.overhead.tape import CLOCK

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

REQUESTS_PER_NEW_USER = 10
RETURNING_USERS = 500

HEADERS = (
    (b"host", b"shop.example:8000"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Safari/537.36"),
    (b"accept", b"application/json, text/plain, */*"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"accept-language", b"en-GB,en;q=0.8"),
    (b"cookie", b"session=c2Vzc2lvbi1vZi1hLXVzZXI; theme=dark"),
    (b"referer", b"https://shop.example/catalogue"),
    (b"x-request-id", b"5f2b8c1e-95c1-4e0e-9f0a-3c1d2a7b6e44"),
    (b"connection", b"keep-alive"),
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request to come: its path and the address of the client that sends it."""

    path: str
    client: str


def requests(paths: Callable[[int], str]) -> Iterator[Request]:
    """Yield requests without end; every tenth brings a user that was not seen before."""
    random = Random(7)
    newest = 0
    index = 0
    while True:
        if index % REQUESTS_PER_NEW_USER == 0:
            newest += 1
            user = newest
        else:
            user = random.randint(max(1, newest - RETURNING_USERS), newest)
        yield Request(paths(index), f"10.{user >> 16 & 255}.{user >> 8 & 255}.{user & 255}")
        index += 1


class Flow:
    """What uvicorn's flow control tells: whether a write must wait for the client."""

    def __init__(self) -> None:
        """Begin with nothing to wait for."""
        self.write_paused = False


FLOW = Flow()


class Exchange:
    """One request and its response: hands the empty body in and takes the messages out.

    It has the attributes of uvicorn's cycle, so that what looks for them finds them.
    """

    def __init__(self) -> None:
        """Start before anything was sent."""
        self.status = 0
        self.is_complete = False
        self.disconnected = False
        self.flow = FLOW

    async def receive(self) -> Message:
        """Give the whole, empty body at once."""
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        """Take one message of the response."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif not message.get("more_body", False):
            CLOCK.copy()
            self.is_complete = True


def scope_of(request: Request) -> Message:
    """Build the scope that uvicorn would build for this request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": (request.client, 50_000),
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": request.path,
        "raw_path": request.path.encode("ascii"),
        "query_string": b"page=2",
        "headers": list(HEADERS),
        "state": {},
    }


async def _run_asgi(app: Application, request: Request) -> None:
    exchange = Exchange()
    await app(scope_of(request), exchange.receive, exchange.send)
    if not exchange.is_complete or exchange.status not in (200, 404):
        raise RuntimeError(f"{request.path} was answered {exchange.status}, expected 200 or 404")


async def drive(app: Application, stream: Iterator[Request], count: int) -> None:
    """Send `count` requests of the stream one after another, each as a task of its own."""
    loop = asyncio.get_running_loop()
    for _ in range(count):
        await loop.create_task(_run_asgi(app, next(stream)))
