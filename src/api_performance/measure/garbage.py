"""Counts the collections of garbage of this process, and how long each held every thread up.

The interpreter calls two functions for each collection, about a microsecond together; it collects a
few times a second, not once a request. One counter serves all apps of a process.
"""

from __future__ import annotations

import gc
import threading
from time import perf_counter
from typing import Final

from api_performance.model import Collections

GENERATIONS: Final = 3


class GarbageCounter:
    """Counts while somebody holds it. `seconds` is the total of all pauses that it saw."""

    def __init__(self) -> None:
        """Begin with nothing counted, and uncalled."""
        self.seconds = 0.0
        self._began = 0.0
        self._counts = [0] * GENERATIONS
        self._totals = [0.0] * GENERATIONS
        self._longest = [0.0] * GENERATIONS
        self.forget_process()

    def forget_process(self) -> None:
        """Let nobody hold it: in the child after a fork, which inherits the interpreter's list."""
        self._lock = threading.Lock()
        self._holders = 0
        if self._note in gc.callbacks:
            gc.callbacks.remove(self._note)

    def hold(self) -> None:
        """Count from now on; to be released as often as it is held."""
        with self._lock:
            self._holders += 1
            if self._holders == 1:
                gc.callbacks.append(self._note)

    def release(self) -> None:
        """Count no more, once nobody else holds it."""
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                gc.callbacks.remove(self._note)

    def _note(self, phase: str, info: dict[str, int]) -> None:
        """Note that a collection begins or ends, as the interpreter tells."""
        now = perf_counter()
        if phase == "start":
            self._began = now
            return
        generation, seconds = info["generation"], now - self._began
        self.seconds += seconds
        self._counts[generation] += 1
        self._totals[generation] += seconds
        if seconds > self._longest[generation]:
            self._longest[generation] = seconds

    def told(self) -> tuple[Collections, ...]:
        """Return what was counted since the process began, by generation, the youngest first."""
        return tuple(
            Collections(generation, count, seconds, longest)
            for generation, (count, seconds, longest) in enumerate(
                zip(self._counts, self._totals, self._longest, strict=True)
            )
        )


GARBAGE: Final = GarbageCounter()
"""The process' one counter, for the collector is the process'."""
