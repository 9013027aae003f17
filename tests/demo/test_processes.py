"""The demo's processes end when they should, with all that they started."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from demo.processes import ROOT, Child, ChildFailed, Stopped, free_port, is_listening, wait_until

pytestmark = pytest.mark.timeout(300)
PATIENCE_SECONDS = 120.0
"""For a whole demo to start or to end, on two cores beside whatever else runs there."""

needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")


@pytest.fixture
def mark() -> dict[str, str]:
    """An environment variable that a process hands on to all that it starts."""
    return {"DEMO_TEST_MARK": uuid.uuid4().hex}


def marked_processes(mark: dict[str, str]) -> list[int]:
    """The processes that carry the mark."""
    wanted = "DEMO_TEST_MARK={DEMO_TEST_MARK}".format(**mark).encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def poll(is_true: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@needs_proc
def test_a_child_ends_with_its_own_children(tmp_path: Path, mark: dict[str, str]) -> None:
    child = Child("parent", ["tests.demo.parent"], mark, tmp_path)
    wait_until(lambda: "started" in child.output, child, stop=())
    assert len(marked_processes(mark)) == 2
    child.end()
    poll(lambda: not marked_processes(mark))


def test_a_child_that_failed_is_told_with_its_log(tmp_path: Path) -> None:
    child = Child("broken", ["no_such_module"], {}, tmp_path)
    with pytest.raises(ChildFailed, match="No module named no_such_module"):
        wait_until(lambda: False, child, stop=())


def test_waiting_stops_when_told_to(tmp_path: Path) -> None:
    child = Child("sleeper", ["http.server", "--bind", "127.0.0.1", "0"], {}, tmp_path)
    with pytest.raises(Stopped):
        wait_until(lambda: False, child, stop=[signal.SIGINT])
    child.end()
    assert not child.is_running


def test_a_taken_port_is_not_chosen() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        assert free_port(taken) != taken
    assert free_port(taken) == taken


def start_demo(mark: dict[str, str], **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env={**os.environ, **mark, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("seconds", ["soon", "-1", "nan", "inf"])
def test_a_length_that_is_no_number_is_refused(seconds: str) -> None:
    demo = start_demo({}, DEMO_SECONDS=seconds)
    _, errors = demo.communicate(timeout=PATIENCE_SECONDS)
    assert (demo.returncode, errors.count("\n")) == (1, 1)
    assert f"DEMO_SECONDS must be a number, 0 or more, and is '{seconds}'" in errors


@needs_proc
def test_the_demo_ends_by_itself_and_leaves_nothing(mark: dict[str, str]) -> None:
    port = free_port()
    demo = start_demo(mark, DEMO_SECONDS="5", DEMO_PORT=str(port))
    output, errors = demo.communicate(timeout=2 * PATIENCE_SECONDS)
    assert (demo.returncode, errors) == (0, "")
    assert f"http://127.0.0.1:{port}/performance" in output
    assert "no token" not in output
    assert " requests sent, " in output
    assert not marked_processes(mark)
    assert not is_listening(port)


@needs_proc
def test_the_demo_stops_quietly_while_it_starts(mark: dict[str, str]) -> None:
    demo = start_demo(mark, DEMO_PORT="0")
    poll(lambda: is_catching(demo.pid, signal.SIGTERM))
    demo.send_signal(signal.SIGTERM)
    output, errors = demo.communicate(timeout=PATIENCE_SECONDS)
    assert (demo.returncode, errors) == (0, "")
    assert "Dashboard" not in output
    assert not marked_processes(mark)


def is_catching(process_id: int, number: int) -> bool:
    """Whether a process handles a signal by itself."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    (caught,) = [line.split()[1] for line in lines if line.startswith("SigCgt:")]
    return bool(int(caught, 16) & 1 << (number - 1))


@needs_proc
def test_the_demo_stops_when_told_to(mark: dict[str, str]) -> None:
    port = free_port()
    demo = start_demo(mark, DEMO_PORT=str(port))
    poll(lambda: is_listening(port))
    demo.send_signal(signal.SIGINT)
    output, errors = demo.communicate(timeout=PATIENCE_SECONDS)
    assert (demo.returncode, errors) == (0, "")
    assert "Traceback" not in output
    assert not marked_processes(mark)
    assert not is_listening(port)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
