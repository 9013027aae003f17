"""A server that speaks as much of Redis' protocol as an old or a strange one may."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_FIXED = {
    "HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n",
    "HGET": b"_\r\n",
    "DEL": b":0\r\n",
    "EVAL": b":0\r\n",
}


class _Handler(socketserver.StreamRequestHandler):
    server: _FakeRedis

    def handle(self) -> None:
        while line := self.rfile.readline():
            words = [self._word() for _ in range(int(line[1:]))]
            self.wfile.write(self.server.answer(words[0].upper()))

    def _word(self) -> str:
        size = int(self.rfile.readline()[1:])
        return self.rfile.read(size + 2)[:-2].decode()


class _FakeRedis(socketserver.ThreadingTCPServer):
    daemon_threads = True
    version = ""
    ahead_seconds = 0.0

    def answer(self, command: str) -> bytes:
        """Return what is sent back, in RESP."""
        if command == "INFO":
            text = f"# Server\r\nredis_version:{self.version}\r\nrole:master\r\n"
            return f"${len(text)}\r\n{text}\r\n".encode()
        if command == "TIME":
            seconds = str(int(time.time() + self.ahead_seconds))
            return f"*2\r\n${len(seconds)}\r\n{seconds}\r\n$1\r\n0\r\n".encode()
        if command == "HELLO" and int(self.version.partition(".")[0]) < 6:
            return b"-ERR unknown command 'HELLO'\r\n"
        return _FIXED.get(command, b"+OK\r\n")


@contextmanager
def a_fake_redis(version: str, ahead_seconds: float = 0.0) -> Iterator[str]:
    """Serve on the loopback interface as that version, with a clock ahead; yields the address."""
    with _FakeRedis(("127.0.0.1", 0), _Handler) as server:
        server.version, server.ahead_seconds = version, ahead_seconds
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"redis://127.0.0.1:{server.server_address[1]}/0"
        finally:
            server.shutdown()
            thread.join()
