"""Starts and ends the processes of the demo, so that none outlives it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
POLL_SECONDS = 0.05


class ChildFailed(Exception):
    """A process of the demo ended, or did not get ready, though it should have."""


class Stopped(Exception):
    """Somebody asked the demo to end while it was starting."""


class Child:
    """A Python process of the demo, in a process group of its own with all that it starts.

    Ctrl-C in the terminal therefore reaches the demo alone, which ends its children in order.
    """

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        """Start `python -m` with `arguments`; what it writes goes to files in `folder`."""
        self.name = name
        self._output = folder / f"{name}.out"
        self._log = folder / f"{name}.log"
        with self._output.open("wb") as output, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process' number."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def output(self) -> str:
        """What it has written to its standard output so far."""
        return self._output.read_text(errors="replace")

    @property
    def is_done(self) -> bool:
        """Whether it ended as it should; `ChildFailed` if it ended otherwise."""
        if self._process.poll():
            self.check()
        return not self.is_running

    def check(self) -> None:
        """Raise `ChildFailed`, with the end of its log, unless the process runs."""
        if not self.is_running:
            log = self._log.read_text(errors="replace")[-2_000:]
            raise ChildFailed(f"{self.name} ended with {self._process.returncode}.\n{log}")

    def end(self, seconds: float = 8.0, *, is_asked: bool = True) -> None:
        """Ask it to end unless told not to, then make it: afterwards its group is gone."""
        if self.is_running and is_asked:
            self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def uvicorn_arguments(target: str, port: int, *options: str) -> list[str]:
    """The arguments of `python -m` that serve `target` on 127.0.0.1."""
    quiet = ["--no-access-log", "--log-level", "error"]
    return ["uvicorn", target, "--host", "127.0.0.1", "--port", str(port), *quiet, *options]


def free_port(preferred: int = 0) -> int:
    """The preferred port of 127.0.0.1 if it is free, else any that is."""
    for port in (preferred, 0):
        with socket.socket() as candidate, contextlib.suppress(OSError, OverflowError):
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.bind(("127.0.0.1", port))
            return int(candidate.getsockname()[1])
    raise ChildFailed("No port of 127.0.0.1 is free.")


def is_listening(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1 at `port`."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# Four workers were not ready after 60 s on two cores with twenty other processes; a child that
# fails is noticed at once all the same.
PATIENCE_SECONDS: Final = 240.0


def wait_until(
    is_ready: Callable[[], bool],
    child: Child,
    stop: Collection[int],
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """Return when `is_ready`.

    `Stopped` if anything is in `stop` before; `ChildFailed` if the child ends, or the time passes.
    """
    deadline = time.monotonic() + seconds
    while not is_ready():
        if stop:
            raise Stopped
        child.check()
        if time.monotonic() > deadline:
            raise ChildFailed(f"{child.name} was not ready after {seconds:.0f} seconds.")
        time.sleep(POLL_SECONDS)


@contextlib.contextmanager
def stop_signals() -> Iterator[list[int]]:
    """Collect SIGINT, SIGTERM and SIGHUP in a list instead of being torn down by them."""
    received: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda n, _: received.append(n)) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
