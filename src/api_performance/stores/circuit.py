"""When a store that gave no answer is asked again: by one call at a time, ever less often.

Rules. Closed: every call passes. A call without an answer opens it: none passes until a pause is
over, and then one, on trial. Its answer closes the circuit, its failure makes the pause longer. A
pause is drawn from 0 to a ceiling that doubles ("full jitter", AWS Architecture Blog, "Exponential
Backoff And Jitter"), so that a fleet does not return all at once. What ends late is heeded only if
it is good news.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Final

FIRST_SECONDS: Final = 1.0
MOST_SECONDS: Final = 5.0
"""Ceilings of the first pause and of any: with a flush and a trial after it, all is current within
10 s of the store's return."""

_MOST_DOUBLINGS: Final = 10  # more would only make the number long


class Circuit:
    """Tells which calls may be tried. Safe to share between threads; never waits."""

    def __init__(
        self, perf: Callable[[], float], chance: Callable[[], float] = random.random
    ) -> None:
        """Begin closed. `perf` reads a monotonic clock in seconds, `chance` draws from 0 to 1."""
        self._perf = perf
        self._chance = chance
        self._lock = threading.Lock()
        self._failures = 0
        self._due_at = 0.0
        self._is_on_trial = False
        self._round = 0

    @property
    def is_open(self) -> bool:
        """Tell whether the newest that is known of the store is that it gave no answer."""
        return self._failures > 0

    def admit(self, grace_seconds: float = 0.0) -> int | None:
        """Let a call pass, and return the number to report its end with; None: it may not.

        With `grace_seconds` it is let pass on trial only so long after a trial was due: calls that
        somebody waits for leave the trial to those that nobody does.
        """
        with self._lock:
            if self._failures:
                if self._is_on_trial or self._perf() < self._due_at + grace_seconds:
                    return None
                self._is_on_trial = True
                self._round += 1
            return self._round

    def answered(self) -> None:
        """Report that the store answered a call, whatever it said: all pass again."""
        if not self._failures:
            return
        with self._lock:
            self._failures = 0
            self._is_on_trial = False
            self._round += 1

    def failed(self, admitted: int) -> None:
        """Report that the call admitted under this number had no answer."""
        with self._lock:
            if admitted != self._round:
                return  # it began before the last change, of which it says nothing new
            doublings = min(self._failures, _MOST_DOUBLINGS)
            ceiling = min(FIRST_SECONDS * 2**doublings, MOST_SECONDS)
            self._due_at = self._perf() + self._chance() * ceiling
            self._failures += 1
            self._is_on_trial = False
            self._round += 1
