"""The login address is printed to a terminal when a server starts, once, and into no log."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.servers import COMMAND, PATIENCE_SECONDS, carried_out, eventually
from tests.cli.stored import fill
from tests.ports import free_port

MEASURED = "from fastapi import FastAPI\n\napp = FastAPI(title='Shop')\n"
INSTRUMENTED = f"{MEASURED}\nfrom api_performance import instrument\n\ninstrument(app)\n"


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with an application; marks of who has printed are left there too."""
    (tmp_path / "main.py").write_text(MEASURED)
    (tmp_path / "instrumented.py").write_text(INSTRUMENTED)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


class Terminal:
    """A server whose standard error stream is a terminal, and what that shows."""

    def __init__(self, directory: Path, *arguments: str | Path) -> None:
        self._master, slave = pty.openpty()
        self._shown = b""
        self._is_closed = False
        with (directory / "output.log").open("wb") as output:
            self.process = subprocess.Popen(
                arguments,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=slave,
                start_new_session=True,
            )
        os.close(slave)

    def text(self) -> str:
        """Return all that was shown so far."""
        while not self._is_closed and select.select([self._master], [], [], 0)[0]:
            try:
                part = os.read(self._master, 65_536)
            except OSError:  # Linux: nobody has the other side open any more
                break
            if not part:
                break
            self._shown += part
        return re.sub(r"\x1b\[[0-9;]*m", "", self._shown.decode())

    def announcements(self) -> list[str]:
        return [line.strip() for line in self.text().splitlines() if "is live at" in line]

    def close(self) -> None:
        self.process.terminate()
        eventually(lambda: bool(self.text()) and self.process.poll() is not None)
        self.text()
        os.close(self._master)
        self._is_closed = True


@contextmanager
def shown(directory: Path, *arguments: str | Path) -> Iterator[Terminal]:
    terminal = Terminal(directory, *arguments)
    try:
        yield terminal
    finally:
        terminal.close()


def wait_for_workers(terminal: Terminal, count: int) -> None:
    """Wait until all are up, and have had the time that the first one needed to print."""
    up = re.compile(r"startup complete|ASGI server listening", re.IGNORECASE)
    eventually(lambda: len(up.findall(terminal.text())) >= count)
    eventually(lambda: bool(terminal.announcements()))


def token(directory: Path) -> str:
    return carried_out(directory, "token", "--raw").stdout.strip()


def test_run_prints_the_whole_login_address_once_for_all_workers(directory: Path) -> None:
    port = free_port()
    arguments = (COMMAND, "run", "main:app", "--port", str(port), "--workers", "2")
    with shown(directory, *arguments) as terminal:
        wait_for_workers(terminal, 2)
    page = f"http://127.0.0.1:{port}/performance/#token={token(directory)}"
    assert terminal.announcements() == [f"API Performance is live at {page}"]
    assert "token=" not in (directory / "output.log").read_text()


def test_gunicorn_workers_print_it_once(directory: Path) -> None:
    port = free_port()
    bind = ("-w", "2", "-b", f"127.0.0.1:{port}")
    with shown(directory, COMMAND, "run", "--gunicorn", *bind, "main:app") as terminal:
        wait_for_workers(terminal, 2)
    page = f"http://127.0.0.1:{port}/performance/#token={token(directory)}"
    assert terminal.announcements() == [f"API Performance is live at {page}"]


def test_an_instrumented_app_prints_the_path_and_the_token(directory: Path) -> None:
    arguments = ("-m", "uvicorn", "instrumented:app", "--port", "0")
    with shown(directory, sys.executable, *arguments) as terminal:
        wait_for_workers(terminal, 1)
    page = f"this server's /performance/#token={token(directory)}"
    assert terminal.announcements() == [f"API Performance is live at {page}"]


def test_serving_a_store_prints_the_login_address_once_for_all_workers(directory: Path) -> None:
    fill(directory)
    port = free_port()
    arguments = (COMMAND, "serve", "--port", str(port), "--workers", "2")
    with shown(directory, *arguments) as terminal:
        wait_for_workers(terminal, 2)
    page = f"http://127.0.0.1:{port}/performance/#token={token(directory)}"
    assert terminal.announcements() == [f"API Performance is live at {page}"]


def test_a_reload_does_not_print_it_again(directory: Path) -> None:
    arguments = ("-m", "uvicorn", "instrumented:app", "--port", "0", "--reload")
    with shown(directory, sys.executable, *arguments) as terminal:
        wait_for_workers(terminal, 1)
        (directory / "instrumented.py").write_text(f"{INSTRUMENTED}\n# changed\n")
        wait_for_workers(terminal, 2)
    assert len(terminal.announcements()) == 1


def test_without_authentication_there_is_no_token_to_print(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_PERFORMANCE_AUTHENTICATION", "false")
    port = free_port()
    with shown(directory, COMMAND, "run", "main:app", "--port", str(port)) as terminal:
        wait_for_workers(terminal, 1)
    page = f"http://127.0.0.1:{port}/performance/"
    assert terminal.announcements() == [f"API Performance is live at {page}"]


def test_into_a_log_nothing_is_printed(directory: Path) -> None:
    log = directory / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [COMMAND, "run", "main:app", "--port", "0"],
            cwd=directory,
            stdout=output,
            stderr=output,
        )
    try:
        eventually(lambda: "startup complete" in log.read_text())
        eventually(lambda: (directory / ".api-performance" / "metrics.sqlite3").exists())
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
    assert "token=" not in log.read_text()
    assert "is live at" not in log.read_text()
