"""A server that speaks as much of Redis' protocol as an old or a strange one may."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

_SLOTS = 16_384
_FIXED = {
    "HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n",
    "HGET": b"_\r\n",
    "COMMAND": b"*1\r\n*6\r\n$4\r\nhget\r\n:3\r\n*0\r\n:1\r\n:1\r\n:1\r\n",
    "PING": b"+PONG\r\n",
    "DEL": b":0\r\n",
    "EVAL": b":0\r\n",
}


class _Handler(socketserver.StreamRequestHandler):
    server: _FakeRedis

    def handle(self) -> None:
        while line := self.rfile.readline():
            words = [self._word() for _ in range(int(line[1:]))]
            self.wfile.write(self.server.answer(*words[:2]))

    def _word(self) -> str:
        size = int(self.rfile.readline()[1:])
        return self.rfile.read(size + 2)[:-2].decode()


class _FakeRedis(socketserver.ThreadingTCPServer):
    daemon_threads = True
    version = ""
    ahead_seconds = 0.0
    cluster: Sequence[_FakeRedis] = ()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def answer(self, command: str, about: str = "") -> bytes:
        """Return what is sent back, in RESP."""
        command = command.upper()
        if command == "CLUSTER":
            return self._of_cluster(about.upper())
        if command == "INFO":
            text = f"# Server\r\nredis_version:{self.version}\r\nrole:master\r\n"
            return _bulk(text)
        if command == "TIME":
            seconds = str(int(time.time() + self.ahead_seconds))
            return f"*2\r\n${len(seconds)}\r\n{seconds}\r\n$1\r\n0\r\n".encode()
        if command == "HELLO" and int(self.version.partition(".")[0]) < 6:
            return b"-ERR unknown command 'HELLO'\r\n"
        return _FIXED.get(command, b"+OK\r\n")

    def _of_cluster(self, about: str) -> bytes:
        """Tell of the nodes, all masters, among which the slots are shared out."""
        count = len(self.cluster)
        bounds = [_SLOTS * number // count for number in range(count + 1)]
        shared = [(*pair, bounds[at], bounds[at + 1] - 1) for at, pair in enumerate(self._named())]
        if about == "SLOTS":
            rows = [
                f"*3\r\n:{first}\r\n:{last}\r\n*3\r\n$9\r\n127.0.0.1\r\n:{port}\r\n$1\r\n{name}\r\n"
                for name, port, first, last in shared
            ]
            return f"*{count}\r\n{''.join(rows)}".encode()
        if about == "NODES":
            return _bulk(
                "".join(
                    f"{name} 127.0.0.1:{port}@1 master - 0 0 1 connected {first}-{last}\n"
                    for name, port, first, last in shared
                )
            )
        return _bulk(f"cluster_state:ok\r\ncluster_slots_ok:{_SLOTS}\r\n")

    def _named(self) -> list[tuple[str, int]]:
        return [(str(number), node.port) for number, node in enumerate(self.cluster)]


def _bulk(text: str) -> bytes:
    return f"${len(text)}\r\n{text}\r\n".encode()


@contextmanager
def a_fake_redis(version: str, ahead_seconds: float = 0.0) -> Iterator[str]:
    """Serve on the loopback interface as that version, with a clock ahead; yields the address."""
    with _serving(version, ahead_seconds) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


@contextmanager
def a_fake_cluster(*nodes: tuple[str, float]) -> Iterator[tuple[str, list[str]]]:
    """Serve a node for each version and clock; yields the address, and the names of the nodes."""
    with ExitStack() as stack:
        servers = [stack.enter_context(_serving(*node)) for node in nodes]
        for server in servers:
            server.cluster = servers
        names = [f"127.0.0.1:{server.port}" for server in servers]
        yield f"redis+cluster://{names[0]}", names


@contextmanager
def _serving(version: str, ahead_seconds: float) -> Iterator[_FakeRedis]:
    with _FakeRedis(("127.0.0.1", 0), _Handler) as server:
        server.version, server.ahead_seconds = version, ahead_seconds
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
