"""Starts the command line on an application in a directory of its own, and ends it again."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import (
    AbstractContextManager,
    chdir,
    contextmanager,
    redirect_stderr,
    redirect_stdout,
)
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from api_performance.cli import main

COMMAND = Path(sys.executable).parent / "api-performance"
PATIENCE_SECONDS = 120.0
"""How long a shared, slow machine may take for what must happen at all."""

_ADDRESS = re.compile(r"(?:running on|Listening at:) (http://127\.0\.0\.1:\d+)")


@dataclass
class Server:
    """A running server: where it answers, and what it said so far."""

    process: subprocess.Popen[bytes]
    log: Path
    address: str = ""

    def get(self, path: str) -> str:
        """Return the body of an answer."""
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE_SECONDS) as answer:
            return str(answer.read().decode())

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def running(directory: Path, *arguments: str) -> AbstractContextManager[Server]:
    """Run `api-performance run …` until the block ends; an address must be announced."""
    return serving(directory, str(COMMAND), "run", *arguments)


@contextmanager
def serving(directory: Path, *command: str) -> Iterator[Server]:
    """Run a server's command until the block ends; an address must be announced."""
    log = directory / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=directory,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    server = Server(process, log)
    try:
        eventually(lambda: _find_address(server) and _accepts(server))
        yield server
    finally:
        _end(process)


def _find_address(server: Server) -> bool:
    if server.process.poll() is not None:
        raise AssertionError(f"it ended with {server.process.returncode}:\n{server.text()}")
    found = _ADDRESS.search(server.text())
    server.address = found[1] if found else ""
    return bool(found)


def _accepts(server: Server) -> bool:
    """Tell whether a worker listens by now: several announce their address before they do."""
    host, _, port = server.address.removeprefix("http://").partition(":")
    try:
        socket.create_connection((host, int(port)), PATIENCE_SECONDS).close()
    except ConnectionRefusedError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its workers too, which outlive a killed parent
        process.wait()


def eventually(is_so: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so; fail if it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.05)


def pushed(connection: Any) -> Any:  # Any: websockets' connection and JSON
    """Return the next push: parts of one size, and a shorter one that is the last."""
    packed = part = connection.recv(timeout=PATIENCE_SECONDS)
    while len(part) == 2048:
        part = connection.recv(timeout=PATIENCE_SECONDS)
        packed += part
    return json.loads(gzip.decompress(packed))


def carried_out(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Carry out a command in this process: to start another takes longer than most commands."""
    output, errors = (TextIOWrapper(BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        chdir(directory),
        redirect_stdout(output),
        redirect_stderr(errors),
        patch.object(sys, "argv", [str(COMMAND), *arguments]),
        patch.object(sys, "stdin", TextIOWrapper(BytesIO())),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    said = [stream.detach().getvalue().decode() for stream in (output, errors)]
    return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), *said)


def command(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Carry out a command that ends by itself, in a process of its own."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
