"""Records every stretch that our thread works between two breaths, in CPU time of the thread.

CPU time, for on a shared machine a clock tells what others do. What SQLite and zlib take is left
out of the stretches, for they let go of the interpreter while they work; a call's cost in Python
around it counts as theirs, some microseconds. Collections of garbage are in the stretches that they
fall into, and told beside them: their length depends on what the app keeps.
"""

from __future__ import annotations

import gc
import sqlite3
import threading
import zlib
from collections.abc import Callable, Mapping
from time import thread_time
from typing import Any, Final, NamedTuple, TypeVar

from api_performance import runner
from api_performance.stores import packing

_Result = TypeVar("_Result")


class _Apart(threading.local):
    """CPU seconds of one thread that are not held, and those of its collections."""

    unheld = 0.0
    collected = 0.0
    collecting_since = 0.0


apart: Final = _Apart()


def outside(call: Callable[..., _Result]) -> Callable[..., _Result]:
    """Return the call with its CPU time noted as not held."""

    def noted(*arguments: Any, **options: Any) -> _Result:  # Any: the call's own
        begun = thread_time()
        try:
            return call(*arguments, **options)
        finally:
            apart.unheld += thread_time() - begun

    return noted


class Cursor(sqlite3.Cursor):
    """One whose work is not held."""

    fetchall = outside(sqlite3.Cursor.fetchall)
    fetchone = outside(sqlite3.Cursor.fetchone)


class Connection(sqlite3.Connection):
    """One whose work is not held."""

    @outside
    def execute(self, *arguments: Any) -> sqlite3.Cursor:  # Any: the driver's own
        """Execute as always, with a cursor of ours."""
        return self.cursor(Cursor).execute(*arguments)

    @outside
    def executemany(self, *arguments: Any) -> sqlite3.Cursor:  # Any: the driver's own
        """Execute as always, with a cursor of ours."""
        return self.cursor(Cursor).executemany(*arguments)


FULL: Final = 2
"""The generation of a collection that looks through all that the process keeps."""


class Collection(NamedTuple):
    """One collection of garbage: its generation, its CPU seconds, and who began it."""

    generation: int
    seconds: float
    is_ours: bool


collections: Final[list[Collection]] = []
"""Those of all threads since they were last taken."""


class RecordingPacer(runner.Pacer):
    """A pacer of the product that remembers all of its stretches."""

    made: Final[list[RecordingPacer]] = []

    def __init__(self, stretch_seconds: float = runner.STRETCH_SECONDS) -> None:
        """Begin without any."""
        super().__init__(stretch_seconds)
        self.is_of_runner = stretch_seconds < runner.READ_STRETCH_SECONDS
        self.stretches: list[tuple[float, float]] = []
        self._unheld = self._collected = 0.0
        self.made.append(self)

    def restart(self) -> None:
        """Begin a stretch now."""
        super().restart()
        self._unheld, self._collected = apart.unheld, apart.collected

    def note(self, seconds: float) -> None:
        """Remember what was held of a stretch, and what collecting took of that."""
        super().note(seconds)
        held = seconds - (apart.unheld - self._unheld)
        self.stretches.append((held, apart.collected - self._collected))

    def taken(self) -> list[tuple[float, float]]:
        """Return the stretches so far, each with its collections, and begin anew."""
        stretches, self.stretches = self.stretches, []
        return stretches


def of_runner() -> list[RecordingPacer]:
    """Return what paces the drain, and what paces all else of the runner; none without one."""
    return [each for each in RecordingPacer.made if each.is_of_runner]


def _note_collection(phase: str, details: Mapping[str, int]) -> None:
    if phase == "start":
        apart.collecting_since = thread_time()
        return
    taken = thread_time() - apart.collecting_since
    apart.collected += taken
    is_ours = threading.current_thread().name == runner.THREAD_NAME
    collections.append(Collection(details["generation"], taken, is_ours))


def taken_collections() -> list[Collection]:
    """Return the collections so far, and begin anew."""
    taken = collections.copy()
    collections.clear()
    return taken


def watch() -> None:
    """Record all collections, and the stretches of the runners that are made, from now on."""
    connect = sqlite3.connect

    def connected(*arguments: Any, **options: Any) -> sqlite3.Connection:  # Any: the driver's
        return connect(*arguments, factory=Connection, **options)

    sqlite3.connect = connected  # type: ignore[assignment]  # the same to who calls it
    vars(packing)["zlib"] = _Zlib
    runner.Pacer = RecordingPacer  # type: ignore[misc]  # a subclass
    gc.callbacks.append(_note_collection)


class _Zlib:
    """What packing uses of zlib."""

    compress = staticmethod(outside(zlib.compress))
    decompress = staticmethod(outside(zlib.decompress))
    error = zlib.error
