"""A real PostgreSQL on the loopback interface, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ports import free_port

DEBIANS = Path("/usr/lib/postgresql")
_PATIENCE_SECONDS = 120.0


def _program(name: str) -> str:
    """Return the newest one: Debian keeps the server's programs out of PATH."""
    newest = sorted(DEBIANS.glob(f"*/bin/{name}"))
    return str(newest[-1]) if newest else name


class PostgreSQLServer:
    """A server that keeps nothing: where it answers, for the user `shop`, who needs no password."""

    def __init__(self, port: int, directory: Path) -> None:
        self.port = port
        self.address = f"postgresql://shop@127.0.0.1:{port}/postgres"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make its files and start it; wait until it answers."""
        data = self._directory / "data"
        initdb = [_program("initdb"), "-D", str(data), "-U", "shop", "-A", "trust", "--no-sync"]
        self._run([*initdb, "--locale=C", "-E", "UTF8"]).wait(_PATIENCE_SECONDS)
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        server = [_program("postgres"), "-D", str(data), "-p", str(self.port)]
        self._process = self._run([*server, *(f"--{key}={to}" for key, to in options.items())])
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._listens():
            assert self._process.poll() is None, (self._directory / "log").read_text()
            assert time.monotonic() < deadline, (self._directory / "log").read_text()
            time.sleep(0.05)

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a program; PostgreSQL refuses to run as root."""
        as_whom: dict[str, Any] = {}  # Any: Popen's own
        if os.getuid() == 0:
            shutil.chown(self._directory, "postgres", "postgres")
            as_whom = {"user": "postgres", "group": "postgres", "extra_groups": []}
        with (self._directory / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=self._directory, stdout=log, stderr=log, **as_whom)

    def _listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """End it, and the connections to it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_PATIENCE_SECONDS)


@contextmanager
def a_postgresql_server() -> Iterator[PostgreSQLServer]:
    # Not in pytest's folder, which is root's alone.
    with tempfile.TemporaryDirectory(prefix="postgresql-", ignore_cleanup_errors=True) as name:
        server = PostgreSQLServer(free_port(), Path(name))
        try:
            server.start()
            yield server
        finally:
            server.stop()
