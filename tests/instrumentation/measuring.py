"""Compares what was seen of a call with what its client measured around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from api_performance.measure.current import current_request
from api_performance.model import LatencyType

from .asked import Asked

ATTEMPTS = 20
"""A process may lose its processor between the client's look at the clock and ours; not always."""

NEAR_RATIO = 0.97
"""What is nearer than the tests ask for is not asked again."""


def nearest(ask: Callable[[], Asked]) -> Asked:
    """Ask until both readings are near to one another, a few times at most; return the nearest."""

    def tracked_ratio(asked: Asked) -> float:
        return tracked_seconds(asked) / asked.measured[0]

    best = ask()
    for _ in range(ATTEMPTS - 1):
        if tracked_ratio(best) >= NEAR_RATIO:
            break
        best = max(best, ask(), key=tracked_ratio)
    return best


def tracked_seconds(asked: Asked) -> float:
    """The time of a request that was charged to clients, of whatever type."""
    clients = LatencyType.DATABASE, LatencyType.CACHE, LatencyType.EXTERNAL_API
    return sum(map(asked.seconds, clients))


HELD_SECONDS = 0.02


async def while_held(wait: Awaitable[object], release: Callable[[], Awaitable[object]]) -> None:
    """Begin to wait for what is held, and let go of it HELD_SECONDS after a call has begun."""
    request = current_request.get()
    breakdown = request.open_breakdown() if request is not None else None
    assert breakdown is not None
    waiting = asyncio.ensure_future(wait)
    while not breakdown.spans and breakdown.blocking is None:  # noqa: ASYNC110  # a call's begin sets no event
        await asyncio.sleep(0)
    await asyncio.sleep(HELD_SECONDS)
    await release()
    await waiting
