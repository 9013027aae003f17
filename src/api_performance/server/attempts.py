"""Counts failed attempts to sign in, so that nobody guesses many tokens."""

from __future__ import annotations

from typing import Final

from api_performance.clock import Clock

MOST_ADDRESSES: Final = 10_000
"""Remembered at once; with ten failures each they take 5.2 MB."""


class Attempts:
    """Failed attempts to sign in, counted per address: after `most` in a minute it has to wait."""

    def __init__(self, clock: Clock, *, most: int = 10, seconds: float = 60.0) -> None:
        """Allow `most` failures per address in `seconds`."""
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._failures: dict[str, list[float]] = {}

    def seconds_to_wait(self, address: str) -> float:
        """Return how long the address has to wait; 0 if it may try."""
        now = self._clock.perf()
        recent = [at for at in self._failures.get(address, ()) if at > now - self._seconds]
        if len(recent) < self._most:
            return 0.0
        return recent[-self._most] + self._seconds - now

    def note_failure(self, address: str) -> None:
        """Count a failure. What is remembered is bounded; the addresses seen first go first."""
        if address not in self._failures and len(self._failures) >= MOST_ADDRESSES:
            self._failures.pop(next(iter(self._failures)))
        kept = self._failures.setdefault(address, [])
        kept.append(self._clock.perf())
        del kept[: -self._most]
