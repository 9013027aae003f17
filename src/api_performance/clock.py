"""The only place that asks the system what time it is; everything else is handed a clock."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings: `now` in Unix seconds UTC for instants, `perf` in seconds for durations."""

    def now(self) -> float:
        """Return the instant as Unix seconds UTC."""
        ...

    def perf(self) -> float:
        """Return a monotonic reading in seconds; only differences of it mean anything."""
        ...


class SystemClock:
    """The machine's own clocks, as plain built-in functions so that a reading costs no frame."""

    now = staticmethod(time.time)
    perf = staticmethod(time.perf_counter)


class ManualClock:
    """A clock that stands still until it is told to advance. For tests and simulations."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        """Start at `start` (Unix seconds UTC); both readings begin there."""
        self._now = start

    def now(self) -> float:
        """Return the instant this clock was set to, in Unix seconds UTC."""
        return self._now

    def perf(self) -> float:
        """Return the same reading as `now`, in seconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move both readings forward by `seconds` (0 or more); ValueError if it is negative."""
        if seconds < 0:
            raise ValueError(f"a clock does not run backwards, got {seconds!r} seconds")
        self._now += seconds
