"""The heartbeat of an asyncio loop: a timer on it that tells when it is called late."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api_performance.measure.garbage import GARBAGE

SHORTEST_BEAT_SECONDS: Final = 0.005
LONGEST_BEAT_SECONDS: Final = 0.05
"""Between two beats of a loop that works; half of the bound in between."""

RESTING: Final = 2
"""A loop that rests is asked so many times less often: what costs there is to be woken at all."""

RESTING_SHARE: Final = 0.05
"""It rests if it computed for less than this share of the time since its last beat."""

MAX_LATE: Final = 64
"""Late beats kept until the watching thread asks, which it does many times a second."""

_NANOSECONDS: Final = 1e9


@dataclass(frozen=True, slots=True)
class Late:
    """A beat that came late by `seconds` after `due`, a reading of the clock's `perf`."""

    due: float
    seconds: float
    cpu_seconds: float
    collection_seconds: float


class Heartbeat:
    """A timer on one loop, which it is made on. `due` is when it is to beat next, by `perf`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        perf: Callable[[], float],
        lags: deque[float],
        bound_seconds: float,
    ) -> None:
        """Beat from now on; lags go to `lags`, and those of `bound_seconds` or more are kept."""
        self.loop = loop
        self.late: deque[Late] = deque(maxlen=MAX_LATE)
        self.is_stopped = False
        self._perf = perf
        self._lags = lags
        self._bound = bound_seconds
        self._interval = min(max(bound_seconds / 2, SHORTEST_BEAT_SECONDS), LONGEST_BEAT_SECONDS)
        # Its own, for a timer made in a request would carry that request on for ever.
        self._context = Context()
        self._cpu = 0.0  # so that it works at first
        self._schedule(perf())

    def _schedule(self, now: float) -> None:
        self.thread_id = threading.get_ident()
        self.native_id = threading.get_native_id()
        self._collected = GARBAGE.seconds
        cpu = time.thread_time()
        rests = cpu - self._cpu < RESTING_SHARE * self._interval
        self._cpu = cpu
        seconds = RESTING * self._interval if rests else self._interval
        self.due = now + seconds
        self.loop.call_later(seconds, self._beat, context=self._context)

    def _beat(self) -> None:
        if self.is_stopped:
            return
        now = self._perf()
        lag = now - self.due
        self._lags.append(max(lag, 0.0))
        if lag >= self._bound:
            cpu, collected = time.thread_time() - self._cpu, GARBAGE.seconds - self._collected
            self.late.append(Late(self.due, lag, min(cpu, lag), min(collected, lag)))
        self._schedule(now)


def starved_seconds(native_id: int) -> float:
    """Return how long a thread was ready to run so far and no processor was free for it.

    Linux tells, in containers that are throttled too; 0 where nobody does.
    """
    try:
        told = Path(f"/proc/self/task/{native_id}/schedstat").read_text()
        return int(told.split()[1]) / _NANOSECONDS
    except (OSError, ValueError, IndexError):
        return 0.0
