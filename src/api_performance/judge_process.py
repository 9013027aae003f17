"""The process that judges for the holder of the lease: started, told the lease, and ended here.

Heavy analysis in a thread would hold the interpreter that the app needs; in a child it cannot. The
child is a plain command, so nothing of the app is forked or imported again. It is told the store
and each renewal by its standard input, ends when that is closed, by whatever end of this process,
and says on its standard output what it did, and what is to be logged.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from api_performance.clock import Clock
from api_performance.model import Judged
from api_performance.stores.base import Lease

logger: Final = logging.getLogger("api_performance")

COMMAND: Final = "api_performance.cli.judge"
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0
"""A child that ends by itself is started again after a pause, which doubles each time."""

LOG_SECONDS: Final = 60.0
"""That a child ended is logged at most this often, with its last words."""

END_SECONDS: Final = 1.0
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""numpy's threads wait for each other by spinning: a forecast takes 15 ms of CPU, with two 37."""

_LINES_BYTES: Final = 1 << 16
_LAST_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class Logged:
    """What the child wants logged, by whoever the app has log: it has no handlers of its own."""

    level: int
    message: str


class JudgeProcess:
    """At most one child, which lives while this process has the lease."""

    def __init__(
        self, settings: Mapping[str, Any], clock: Clock, *, interpreter: str = sys.executable
    ) -> None:
        """Give each child `settings`, secrets and all. Any: JSON's own types."""
        self._interpreter = interpreter or ""  # None where Python is embedded
        self._settings = settings
        self._clock = clock
        self._child: subprocess.Popen[bytes] | None = None
        self._told: Lease | None = None
        self._judged: Judged | None = None
        self._unread = self._unsent = b""
        self._words = ""
        self._failures = 0
        self._start_at = self._log_at = 0.0

    def follow(self, lease: Lease | None) -> Judged | None:
        """Have a child judge under `lease`, or none without; return what it did last.

        Waits for nothing. A child that ended is replaced after a while.
        """
        if lease is None:
            self.end()
            return None
        if self._child is None and self._clock.perf() >= self._start_at:
            self._start()
        if self._child is not None:
            self._listen(self._child)
        if self._child is not None and lease != self._told:
            self._tell(lease)
            self._told = lease
        if self._child is not None:
            self._send(self._child)
        return self._judged

    def _start(self) -> None:
        try:
            self._child = child = subprocess.Popen(  # noqa: S603 # our own module
                [self._interpreter, "-P", "-m", COMMAND],  # -P: no module of the working directory
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the server, which then closes our pipe
                env={**_ONE_THREAD, **os.environ},
            )
        except OSError as error:  # no memory for it, or a server that embeds the interpreter
            self._note_failure(f"the process that judges could not be started: {error}")
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
        self._tell(self._settings)

    def _tell(self, what: object) -> None:
        self._unsent += msgspec.json.encode(what) + b"\n"

    def _send(self, child: subprocess.Popen[bytes]) -> None:
        """Write what the pipe takes now; a child that reads no more is ended."""
        try:
            if child.stdin is not None and self._unsent:
                self._unsent = self._unsent[os.write(child.stdin.fileno(), self._unsent) :]
        except BlockingIOError:  # it has not read the last of it yet
            pass
        except OSError:
            self._note_end_of(child)

    def _listen(self, child: subprocess.Popen[bytes]) -> None:
        for line in self._lines(child):
            self._hear(line)
        if child.poll() is not None:
            self._note_end_of(child)

    def _hear(self, line: bytes) -> None:
        try:
            said = msgspec.json.decode(line, type=dict[str, Any])  # Any: JSON's own types
            if "level" in said:
                logged = msgspec.convert(said, Logged)
                logger.log(logged.level, "%s", logged.message)
                return
            self._judged = msgspec.convert(said, Judged)
            self._failures = 0
        except msgspec.MsgspecError:
            self._words = line.decode(errors="replace")[-_LAST_WORDS:]

    def _lines(self, child: subprocess.Popen[bytes]) -> Iterator[bytes]:
        """Yield the whole lines that the child has written since the last time."""
        with suppress(BlockingIOError):
            if child.stdout is not None:
                self._unread += os.read(child.stdout.fileno(), _LINES_BYTES)
        *lines, self._unread = self._unread.split(b"\n")
        yield from lines

    def _note_end_of(self, child: subprocess.Popen[bytes]) -> None:
        words = self._words
        self.end()
        self._note_failure(
            f"the process that judges ended with {child.returncode}: {words or 'it said nothing'}"
        )

    def _note_failure(self, what: str) -> None:
        now = self._clock.perf()
        pause = min(FIRST_PAUSE_SECONDS * 2**self._failures, LONGEST_PAUSE_SECONDS)
        self._failures += 1
        self._start_at = now + pause
        if now >= self._log_at:
            self._log_at = now + LOG_SECONDS
            logger.warning("%s; it is started again in %g s", what, pause)

    def end(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        self._told = self._judged = None
        self._unread, self._unsent, self._words = b"", b"", ""
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
