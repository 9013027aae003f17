"""A real redis-server on the loopback interface, and fresh databases in it."""

from __future__ import annotations

import itertools
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.ports import free_port

_DATABASES = 16
_PATIENCE_SECONDS = 120.0


class RedisServer:
    """A server without persistence: where it answers."""

    def __init__(self, port: int, directory: Path) -> None:
        self.port = port
        self._directory = directory
        self._numbers = itertools.cycle(range(_DATABASES))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start it, empty; wait until it answers."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--dir", str(self._directory), "--databases", str(_DATABASES), *options]
        with (self._directory / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._answers():
            assert self._process.poll() is None, (self._directory / "redis.log").read_text()
            assert time.monotonic() < deadline, (self._directory / "redis.log").read_text()
            time.sleep(0.02)

    def _answers(self) -> bool:
        with redis.Redis(port=self.port) as client:
            try:
                answering = client.info("server")["process_id"]
            except redis.AuthenticationError:
                return True
            except redis.ConnectionError:
                return False
            return self._process is not None and answering == self._process.pid

    def pause(self) -> None:
        """Have it hang: connections are taken, nothing is answered."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Kill it, if it runs; what hangs, too."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def address(self, number: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{number}"

    def fresh(self) -> str:
        """Return the address of a database that is empty; the oldest of 16 makes room."""
        number = next(self._numbers)
        with redis.Redis(port=self.port, db=number) as client:
            client.flushdb()
        return self.address(number)


@contextmanager
def a_redis_server(directory: Path, *options: str) -> Iterator[RedisServer]:
    server = RedisServer(free_port(), directory)
    server.start(*options)
    try:
        yield server
    finally:
        server.stop()
