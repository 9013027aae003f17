"""Time that passes only when every task and thread of a program waits for it."""

from __future__ import annotations

import asyncio
import heapq
import threading
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

from api_performance.clock import ManualClock

SETTLED_AFTER = 30  # turns of the loop: more than any chain of futures here is long


class VirtualTime:
    """A manual clock, the sleepers on it, and how many threads are between two sleeps."""

    def __init__(self, start: float) -> None:
        self.clock = ManualClock(start)
        self._sleepers: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._lock = threading.Lock()
        self._busy_threads = 0

    async def sleep(self, seconds: float) -> None:
        """Sleep in a task."""
        if seconds:
            over = asyncio.get_running_loop().create_future()
            self._wake_after(seconds, lambda: over.set_result(None))
            await over

    async def in_thread(self, work: Callable[[Callable[[float], None]], None]) -> None:
        """Run `work` in a thread of the loop's pool; it is handed how to sleep there."""
        self._count_busy(1)
        await asyncio.to_thread(work, self._sleep_in_thread)
        self._count_busy(-1)

    def _sleep_in_thread(self, seconds: float) -> None:
        over = threading.Event()

        def wake() -> None:
            self._count_busy(1)
            over.set()

        self._wake_after(seconds, wake)
        self._count_busy(-1)
        assert over.wait(60)

    def _wake_after(self, seconds: float, wake: Callable[[], object]) -> None:
        with self._lock:
            at = self.clock.now() + seconds
            heapq.heappush(self._sleepers, (at, next(self._numbers), wake))

    def _count_busy(self, added: int) -> None:
        with self._lock:
            self._busy_threads += added

    def run(self, program: Coroutine[Any, Any, None]) -> None:
        """Run a program to its end, letting time pass whenever all of it sleeps."""
        asyncio.run(self._run(program))

    async def _run(self, program: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(program)
        while True:
            await self._settle()
            if task.done():
                return task.result()
            self._pass()

    async def _settle(self) -> None:
        while True:
            for _ in range(SETTLED_AFTER):
                await asyncio.sleep(0)
            if not self._busy_threads:
                return
            await asyncio.sleep(0.0002)  # until a thread says that it sleeps, or is over

    def _pass(self) -> None:
        """Go to the next instant at which somebody wakes, and wake all who do."""
        with self._lock:
            at = self._sleepers[0][0]
            due = []
            while self._sleepers and self._sleepers[0][0] == at:
                due.append(heapq.heappop(self._sleepers)[2])
        self.clock.advance(at - self.clock.now())
        for wake in due:
            wake()
