"""`api-performance top` shows in a terminal what the page's table shows."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.servers import COMMAND, PATIENCE_SECONDS, carried_out, eventually, running
from tests.cli.stored import fill

APPLICATION = """
from fastapi import FastAPI

app = FastAPI(title="Shop")

@app.get("/users/{user_id}")
def user(user_id: int):
    return user_id
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    fill(tmp_path)
    return tmp_path


def top(directory: Path, *arguments: str) -> list[str]:
    """Return the lines of one frame."""
    result = carried_out(directory, "top", "--once", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def cells(lines: list[str], name: str) -> list[str]:
    """Return the cells of a row, cut where two blanks are."""
    (line,) = [line for line in lines if line.startswith(name)]
    return re.split(r"\s{2,}", line.replace("\u00a0", " ").rstrip())


def test_a_row_shows_rate_percentiles_errors_and_share(directory: Path) -> None:
    name, priority, rate, p50, p95, p99, errors, share, sparkline = cells(top(directory), "GET /us")
    assert (name, priority) == ("GET /users/{user_id}", "MEDIUM")
    assert re.fullmatch(r"\d[\d.]* /s", rate)
    assert (p50, p95, p99) == ("10.0 ms", "10.0 ms", "≈10.0 ms")
    assert errors == "0"
    assert share == "2.4 %"  # 2 s of 82 s
    assert sparkline


def test_few_requests_are_not_made_to_sound_sure(directory: Path) -> None:
    row = cells(top(directory), "POST /checkout")
    assert row[1] == "CRITICAL"
    assert row[3:7] == ["≈4.00 s", "≈4.00 s", "n = 20", "2 of 20"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("WEBSOCKET /live", "7 open"),
        ("GET /silent", "never called"),
        ("GET /internal", "not monitored"),
    ],
)
def test_a_row_without_times_says_why(directory: Path, name: str, reason: str) -> None:
    assert reason in cells(top(directory), name)


def test_the_service_has_a_line_of_its_own(directory: Path) -> None:
    first = top(directory)[0]
    assert first.startswith("shop · 2")
    assert "· 1 process" in first


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        ([], "POST /checkout"),
        (["--sort", "p50"], "POST /checkout"),
        (["--sort", "p50", "--reverse"], "GET /users/{user_id}"),
        (["--sort", "name"], "POST /checkout"),
        (["--search", "users get"], "GET /users/{user_id}"),
        (["--priority", "medium", "--sort", "rate"], "GET /users/{user_id}"),
    ],
)
def test_rows_are_ordered_and_chosen(directory: Path, arguments: list[str], first: str) -> None:
    assert top(directory, *arguments)[3].startswith(first)


def test_rows_past_the_limit_are_counted(directory: Path) -> None:
    lines = top(directory, "--limit", "2")
    assert lines[-1].strip() == "and 3 more"


def test_plain_output_holds_no_control_characters(directory: Path) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", "\n".join(top(directory)))


def test_a_running_application_shows_the_same_with_a_token(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APPLICATION)
    with running(tmp_path, "main:app", "--port", "0") as server:
        for number in range(150):
            server.get(f"/users/{number}")
        eventually(lambda: "150 requests" in top(tmp_path)[0])
        token = carried_out(tmp_path, "token", "--raw").stdout.strip()
        served = top(tmp_path, "--url", server.address, "--token", token)
        stored = top(tmp_path)
        assert cells(served, "GET /us")[3:8] == cells(stored, "GET /us")[3:8]
        refused = carried_out(
            tmp_path, "top", "--once", "--url", server.address, "--token", "wrong"
        )
        assert "refuses the token; `api-performance token --raw` prints it" in refused.stderr
        unasked = carried_out(tmp_path, "top", "--once", "--url", server.address)
        assert "asks for a token: set API_PERFORMANCE_TOKEN" in unasked.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--url", "http://127.0.0.1:9"], 1, "http://127.0.0.1:9/performance/api/v1 does not ans"),
        (["--url", "ftp://x"], 1, "--url 'ftp://x' is no address; give one such as http://"),
        (["--store", "memory://"], 1, "the memory store lives inside the application"),
        (["--store", "sqlite:///./no"], 1, "there is no store at no: start the application first"),
        (["--store", "clickhouse://host"], 1, "clickhouse:// is no part of this version yet"),
        (["--sort", "colour"], 2, "Invalid value for '--sort'"),
        (["--window", "0"], 2, "Invalid value for '--window'"),
    ],
)
def test_a_wrong_command_is_told_in_a_line(
    directory: Path, arguments: list[str], exit_code: int, words: str
) -> None:
    result = carried_out(directory, "top", "--once", *arguments)
    assert result.returncode == exit_code
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


class Terminal:
    """A terminal of 40 lines in which `top` runs, and everything it wrote there."""

    def __init__(self, directory: Path) -> None:
        self._end, inside = pty.openpty()
        environment = {**os.environ, "LINES": "40", "COLUMNS": "140", "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            [COMMAND, "top", "--refresh", "0.5"],
            cwd=directory,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env=environment,
        )
        os.close(inside)
        self._written = b""

    def press(self, key: str) -> None:
        os.write(self._end, key.encode())

    def shows(self, words: str) -> bool:
        while select.select([self._end], [], [], 0.1)[0]:
            try:
                read = os.read(self._end, 65536)
            except OSError:  # the other end is closed
                break
            if not read:
                break
            self._written += read
        return words in self._written.decode(errors="replace")

    def end(self) -> int:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            self.shows("")
        self.process.kill()
        os.close(self._end)
        return self.process.wait()


def test_it_lives_in_a_terminal_until_told_to_end(directory: Path) -> None:
    terminal = Terminal(directory)
    eventually(lambda: terminal.shows("1–8 sort by that column"))
    assert terminal.shows("Time↓")
    terminal.press("4")
    eventually(lambda: terminal.shows("p50↓"))
    terminal.press("r")
    eventually(lambda: terminal.shows("p50↑"))
    terminal.press("q")
    assert terminal.end() == 0


def test_an_interrupt_ends_it_too(directory: Path) -> None:
    terminal = Terminal(directory)
    eventually(lambda: terminal.shows("1–8 sort by that column"))
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 0


def test_it_keeps_the_last_numbers_while_there_are_no_new_ones(directory: Path) -> None:
    terminal = Terminal(directory)
    eventually(lambda: terminal.shows("GET /users/{user_id}"))
    (directory / ".api-performance").rename(directory / "gone")
    terminal.press("1")
    eventually(lambda: terminal.shows("Endpoint↑"))
    assert terminal.shows("GET /users/{user_id}")
    terminal.press("q")
    assert terminal.end() == 0
