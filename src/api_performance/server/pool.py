"""The threads in which the server asks the store, so that no event loop ever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

T = TypeVar("T")


class Pool:
    """At most `threads` calls at once per event loop; more wait, under asyncio and trio alike."""

    def __init__(self, threads: int) -> None:
        """Allow `threads` (at least 1) at once."""
        self._threads = threads
        self._limiter: RunVar[CapacityLimiter] = RunVar(f"api_performance_pool_{id(self)}")

    async def run(self, call: Callable[[], T]) -> T:
        """Return what `call` returns or raises, called in a thread."""
        limiter = self._limiter.get(None)
        if limiter is None:
            limiter = CapacityLimiter(self._threads)
            self._limiter.set(limiter)
        return await to_thread.run_sync(call, limiter=limiter)
