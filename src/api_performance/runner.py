"""Calls the tick on time, in a daemon thread that yields the interpreter; owns what it starts.

A thread that computes for 20 ms at a stretch raises the loop's lag at p99 from 0.9 to 5.4 ms
(measured), for the loop then waits for the interpreter's switch interval. So every piece of
work calls the pacer, and after 0.2 ms of it the thread sleeps for a moment: with the piece that it
was at, 0.5 ms are not reached (benchmarks/stretches).
"""

from __future__ import annotations

import logging
import os
import resource
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Final

from api_performance.clock import SystemClock
from api_performance.engine import Engine
from api_performance.errors import StoreUnavailable

logger: Final = logging.getLogger("api_performance")

STRETCH_SECONDS: Final = 0.0002
DRAIN_STRETCH_SECONDS: Final = 0.00015
"""Shorter, for its pieces are of up to 0.2 ms (measure/filling), more on a busy machine."""

READ_STRETCH_SECONDS: Final = 0.001
"""For answers to a page: they come now and then, and somebody waits for them. On a machine whose
processors are all taken each breath costs milliseconds, and with 0.3 ms a table took three times
as long as with none (benchmarks/overview)."""

BREATH_SECONDS: Final = 0.00005
EARLIEST_SECONDS: Final = 0.02
APART: Final = 16
APART_SECONDS: Final = 0.015
"""A process ticks this long after the full second, and others, as a rule, a little before or after
it: so they seldom write at the same moment."""

THREAD_NAME: Final = "api-performance"
STOP_SECONDS: Final = 3.0
"""How long a shutdown waits for the last flush."""

_PAGE_BYTES: Final = resource.getpagesize()


class Pacer:
    """Sleeps for a moment once its thread has worked for a while; remembers the longest stretch.

    In CPU time of the thread, which nothing that others do makes longer.
    """

    def __init__(self, stretch_seconds: float = STRETCH_SECONDS) -> None:
        """Begin a stretch now; after `stretch_seconds` of work comes a breath."""
        self.longest_stretch_seconds = 0.0
        self._stretch = stretch_seconds
        self._since = time.thread_time()

    def restart(self) -> None:
        """Begin a stretch now: the thread was waiting."""
        self._since = time.thread_time()

    def __call__(self) -> None:
        """Yield the interpreter if it is time to."""
        worked = time.thread_time() - self._since
        if worked < self._stretch:
            return
        self.note(worked)
        time.sleep(BREATH_SECONDS)
        self.restart()

    def end(self) -> None:
        """End a stretch now: what this paces is done."""
        self.note(time.thread_time() - self._since)

    def note(self, seconds: float) -> None:
        """Remember a stretch that is over."""
        self.longest_stretch_seconds = max(self.longest_stretch_seconds, seconds)


class ThreadPacers(threading.local):
    """One pacer for each thread that calls: what the threads that answer questions share."""

    def __init__(self) -> None:
        """Begin a stretch in the calling thread."""
        self._pacer = Pacer(READ_STRETCH_SECONDS)

    def __call__(self) -> None:
        """Yield the interpreter if it is time to."""
        self._pacer()


class Runner:
    """A daemon thread that ticks an engine until it is stopped, or nobody else holds the app.

    Test suites make apps by the hundred and stop none of them, so the thread keeps none alive.
    """

    def __init__(self, engine_of: Callable[[], Engine], interval_seconds: float) -> None:
        """Tick every `interval_seconds` what the method `engine_of` of the app's runtime returns.

        It is called in the thread, for at first it opens the store.
        """
        self._engine_of = weakref.WeakMethod(engine_of)
        self._interval = interval_seconds
        self._stopping = threading.Event()
        self._draining = Pacer(DRAIN_STRETCH_SECONDS)
        self._keeping = Pacer()
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)

    def start(self) -> None:
        """Begin to tick."""
        self._thread.start()

    def stop(self) -> None:
        """Flush once more and end; waits at most STOP_SECONDS."""
        self._stopping.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(STOP_SECONDS)

    def _engine(self) -> Engine | None:
        engine_of = self._engine_of()
        return engine_of() if engine_of is not None else None

    def _run(self) -> None:
        if not self._begin():
            return
        while not self._stopping.wait(self._seconds_to_next()):
            if not self._tick_if_alive():
                return
        engine = self._engine()
        if engine is not None:
            self._guard(engine.close)

    def _begin(self) -> bool:
        """Make the engine, once the store answers; False if none can be made, or none is wanted.

        Until then the recorder keeps what is measured, and drops and counts what is too much.
        """
        is_told = False
        while True:
            try:
                return self._engine() is not None
            except StoreUnavailable as error:
                if not is_told:
                    logger.warning("measuring waits for the store, the app runs on: %s", error)
                is_told = True
            except Exception:
                logger.exception("measuring could not begin; the app runs on unmeasured")
                return False
            if self._stopping.wait(self._interval):
                return False

    def _seconds_to_next(self) -> float:
        """Return the time to the next tick: soon after a second is over, for then it is kept."""
        after = EARLIEST_SECONDS + os.getpid() % APART * APART_SECONDS
        return self._interval - (SystemClock.now() - after) % self._interval

    def _tick_if_alive(self) -> bool:
        """Tick, unless the app is gone; a frame of its own, so that no wait holds the engine."""
        engine = self._engine()
        if engine is not None:
            self._tick(engine)
        return engine is not None

    def _tick(self, engine: Engine) -> None:
        self._paced(self._draining, lambda: engine.collect(pace=self._draining))
        engine.vitals.longest_stretch_seconds = self._draining.longest_stretch_seconds
        self._paced(self._keeping, lambda: engine.keep(pace=self._keeping))
        engine.vitals.cpu_seconds = time.thread_time()
        engine.vitals.process_cpu_seconds = time.process_time()
        engine.vitals.resident_bytes = resident_bytes()

    def _paced(self, pacer: Pacer, do: Callable[[], None]) -> None:
        pacer.restart()
        self._guard(do)
        pacer.end()

    def _guard(self, do: Callable[[], None]) -> None:
        try:
            do()
        except Exception:
            logger.exception("a tick failed, the next one tries again")


def resident_bytes() -> int:
    """Return this process' resident memory in bytes; its peak where /proc is missing."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
