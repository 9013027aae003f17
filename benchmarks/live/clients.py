"""Clients of a live page: those that read, and those that never do."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.request import Request, urlopen

from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.uri import parse_uri

from api_performance.server.live import PART_BYTES

ALL_ENDPOINTS: Final = ""

_COUNT: Final = re.compile(rb'"request_count":(\d+)')  # the first is the summary's
_RECEIVE_BUFFER_BYTES: Final = 4096


class App:
    """The server as its own clients see it."""

    def __init__(self, port: int, pid: int) -> None:
        """Speak to the one on 127.0.0.1 at `port`, which is the process `pid`."""
        self.pid = pid
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, path: str, method: str = "GET") -> Any:  # Any: JSON
        """Return the answer to one request."""
        with urlopen(Request(self.address + path, method=method), timeout=30) as response:
            return json.loads(response.read())

    def live_address(self, endpoint_id: str = ALL_ENDPOINTS) -> str:
        """Return the address of the pushes of the last hour with the chart of one endpoint."""
        address = f"{self.address}/performance/api/v1/live?endpoint={endpoint_id}"
        return address.replace("http", "ws", 1)

    def endpoint_ids(self, count: int) -> list[str]:
        """Return the ids of so many endpoints."""
        page = self.ask(f"/performance/api/v1/endpoints?limit={count}")
        return [row["id"] for row in page["endpoints"]]


class Reader:
    """A client that reads all: the requests that its last push counts, and when that came."""

    def __init__(self, address: str) -> None:
        """Read at `address` once `read` is awaited."""
        self._address = address
        self.request_count = 0
        self.at = 0.0
        self._wanted = 0
        self._is_known = asyncio.Event()

    async def read(self) -> None:
        """Read until it is cancelled."""
        async with connect(self._address, max_size=None) as connection:
            parts = []
            async for part in connection:
                assert isinstance(part, bytes)
                parts.append(part)
                if len(part) < PART_BYTES:
                    self._note(gzip.decompress(b"".join(parts)))
                    parts = []

    def _note(self, push: bytes) -> None:
        found = _COUNT.search(push)
        assert found is not None
        self.request_count = int(found[1])
        self.at = time.perf_counter()
        if self.request_count >= self._wanted:
            self._is_known.set()

    async def counts(self, requests: int) -> float:
        """Return when (perf_counter) the first push came that counts so many requests."""
        self._wanted = requests
        if self.request_count < requests:
            self._is_known.clear()
            await self._is_known.wait()
        return self.at


class Deaf:
    """A client that shakes hands as a browser does, and then reads nothing until `listen`."""

    def __init__(self, app: App) -> None:
        """Connect with little room for what it is sent."""
        address = app.live_address()
        self._protocol = ClientProtocol(
            parse_uri(address), extensions=[ClientPerMessageDeflateFactory()]
        )
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        self._socket.connect((self._protocol.uri.host, self._protocol.uri.port))
        self._protocol.send_request(self._protocol.connect())
        self._socket.sendall(b"".join(self._protocol.data_to_send()))

    def listen(self) -> tuple[int, str] | None:
        """Read all at last; return the code and the words of the close, None if there was none."""
        self._socket.settimeout(20)
        while self._protocol.close_rcvd is None:
            data = self._socket.recv(65_536)
            if not data:
                return None
            self._protocol.receive_data(data)
            self._protocol.events_received()
        return self._protocol.close_rcvd.code, self._protocol.close_rcvd.reason

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


@contextmanager
def deaf_clients(app: App, count: int) -> Iterator[list[Deaf]]:
    """Connect so many, and hang up at the end."""
    clients: list[Deaf] = []
    try:
        clients.extend(Deaf(app) for _ in range(count))
        yield clients
    finally:
        for client in clients:
            client.close()
