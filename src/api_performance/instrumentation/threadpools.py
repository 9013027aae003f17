"""How full the pools of threads are that a loop hands blocking work to: AnyIO's and asyncio's own.

FastAPI and Starlette run synchronous endpoints in AnyIO's, `loop.run_in_executor` and
`asyncio.to_thread` in the loop's own. Past the size of a pool calls wait, and with them requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from anyio import CapacityLimiter, to_thread

from api_performance.model import PoolUse

ANYIO: Final = "anyio"
ASYNCIO: Final = "asyncio"


class ThreadPools:
    """The pools of one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Find the pools; to be called on the loop itself."""
        self._loop = loop
        self._limiter = _limiter()

    def uses(self) -> Iterator[PoolUse]:
        """Tell how full each pool is now; from any thread. A pool nobody has used is not told."""
        if self._limiter is not None:
            told = self._limiter.statistics()
            if told.total_tokens < float("inf"):
                size = int(told.total_tokens)
                yield PoolUse(ANYIO, told.borrowed_tokens, size, told.tasks_waiting)
        # Private names, so each may be missing: then this pool is not told. uvloop hides its own.
        executor = getattr(self._loop, "_default_executor", None)
        if isinstance(executor, ThreadPoolExecutor):
            yield from _executor_use(executor)


def _limiter() -> CapacityLimiter | None:
    """Return what bounds AnyIO's threads on this loop; None where AnyIO does not know the loop."""
    try:
        return to_thread.current_default_thread_limiter()
    except Exception:  # noqa: BLE001  # of several kinds by release: the pool is not told
        return None


def _executor_use(executor: ThreadPoolExecutor) -> Iterator[PoolUse]:
    try:
        idle = executor._idle_semaphore._value
        threads, waiting = len(executor._threads), executor._work_queue.qsize()
        yield PoolUse(ASYNCIO, max(threads - idle, 0), executor._max_workers, waiting)
    except AttributeError:
        return
