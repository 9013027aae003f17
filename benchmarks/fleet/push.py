"""How soon the pages of other processes show a request that one process served."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from time import perf_counter
from typing import Final

from benchmarks.live.clients import App, Reader
from benchmarks.live.waiting import Waiting

ROUNDS: Final = 30
PATIENCE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Round:
    """From one request's answer to the slowest page's push; inf if one did not come.

    `waited_seconds`: what the processes meanwhile waited for a processor, all together.
    """

    delay_seconds: float
    waited_seconds: float


async def push_rounds(
    ports: Sequence[int], pids: Sequence[int], call: Callable[[], object], told: int
) -> list[Round]:
    """Return how soon the pages at some ports show requests that another process serves.

    `call` has one request served. `pids` are the processes of all three. `told` requests are known
    to all before.
    """
    readers = [Reader(App(port, 0).live_address()) for port in ports]
    rounds: list[Round] = []
    async with asyncio.TaskGroup() as tasks:
        reading = [tasks.create_task(reader.read()) for reader in readers]
        await _all_count(readers, told)
        for number in range(1, ROUNDS + 1):
            await asyncio.sleep(random.random())  # not in step with what happens every second
            await asyncio.to_thread(call)
            called, waiting = perf_counter(), [Waiting(pid) for pid in pids]
            delay = await _all_count(readers, told + number) - called
            rounds.append(Round(delay, sum(each.seconds() for each in waiting)))
        for task in reading:
            task.cancel()
    return rounds


async def _all_count(readers: Sequence[Reader], requests: int) -> float:
    """Return when the last of the pages counts so many requests; inf if one does not."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return max(await asyncio.gather(*(each.counts(requests) for each in readers)))
    except TimeoutError:
        return inf
