"""What held an event loop up: its lag, when it was blocked, by what, and how full its pools were.

Bounded: of blocks the longest of a minute and the sums, of pools one state each, and of lags a
number for each beat of the last minute: 2,400 of them take 80 kB. They are kept sorted, for a
sketch of the minute, merged anew each second, cost ten times as much.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from api_performance.measure.stacks import Frame, Stack
from api_performance.model import (
    Collections,
    Endpoint,
    LongestBlock,
    Pauses,
    PoolUse,
)

MAX_LAGS: Final = 8_192
"""Lags kept of half a minute, and until somebody asks: 200 beats a second are 6,000 in that time.
Of more, every second one is kept."""

MAX_POOLS: Final = 16

HALF_SECONDS: Final = 30.0
"""What is of the last minute is kept in two halves, so it covers thirty to sixty seconds: two
scrapes of Prometheus, and a look at a page."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """An event loop that ran nothing else for at least `seconds`, from `at` (Unix seconds UTC) on.

    Of these its thread computed for `cpu_seconds` at most, and was ready to while no processor was
    free for `starved_seconds` at least (0 where the system does not tell); the rest it waited, for
    a file or a lock. `collection_seconds` were collections of garbage, in any thread.

    `stack` is the code that blocked it, the outermost frame first, and `place` the line to name:
    empty and None where nothing was seen. `endpoint` is that of the request it happened in, None
    outside of any. `waiting` counts by endpoint the other requests that were open on this loop, and
    so had to wait; those that came meanwhile were not known yet.
    """

    at: float
    seconds: float
    cpu_seconds: float
    starved_seconds: float
    collection_seconds: float
    stack: Stack
    place: Frame | None
    endpoint: Endpoint | None
    waiting: tuple[tuple[Endpoint, int], ...]

    @property
    def waiting_count(self) -> int:
        """The requests that waited."""
        return sum(count for _, count in self.waiting)

    def __str__(self) -> str:
        """One sentence for a log."""
        where = f" at {self.place}" if self.place else ", by no code that could be seen"
        within = f", in {self.endpoint.name}" if self.endpoint else ""
        names = ", ".join(f"{endpoint.name} ({count})" for endpoint, count in self.waiting)
        return (
            f"the event loop was blocked for {self.seconds:.3f} s or more{where}{within}"
            + (f"; {self.collection_seconds:.3f} s of it collected garbage" * self.is_collection)
            + (f"; requests that waited: {names}" if names else "")
        )

    @property
    def is_collection(self) -> bool:
        """It was for the most part a collection of garbage, whatever line began it."""
        return self.collection_seconds > self.seconds / 2

    def told(self) -> LongestBlock:
        """Return what is told of it beside others."""
        place = str(self.place) if self.place else ""
        return LongestBlock(
            self.at, self.seconds, place, self.endpoint.name if self.endpoint else ""
        )


@dataclass(slots=True)
class _Half:
    """What is of one half of the last minute."""

    since: float
    lags: list[float] = field(default_factory=list)  # ascending
    longest: Blocked | None = None
    pools: dict[str, PoolUse] = field(default_factory=dict)

    def add_lags(self, seconds: Iterable[float]) -> None:
        """Keep them in order, as many as there is room for, and always the longest."""
        self.lags.extend(seconds)
        self.lags.sort()
        while len(self.lags) > MAX_LAGS:
            del self.lags[-2::-2]

    def add_block(self, blocked: Blocked) -> None:
        """Keep the longest."""
        if self.longest is None or blocked.seconds > self.longest.seconds:
            self.longest = blocked

    def add_pool(self, use: PoolUse) -> None:
        """Keep the fullest state of each pool: most waiting, then most busy."""
        known = self.pools.get(use.name)
        if known is None and len(self.pools) >= MAX_POOLS:
            return
        if known is None or (use.waiting, use.busy) >= (known.waiting, known.busy):
            self.pools[use.name] = use


class PauseLog:
    """The pauses of a process' event loops. Several threads may add and ask.

    `lags` takes seconds that beats were late, from the loops' own threads, without a lock.
    """

    def __init__(self, now: float) -> None:
        """Begin with nothing, at an instant in seconds of any clock that is used throughout."""
        self.lags: deque[float] = deque(maxlen=MAX_LAGS)
        self._lock = threading.Lock()
        self._older = self._newer = _Half(now)
        self._blocked_count = 0
        self._blocked_seconds = 0.0

    def add_block(self, blocked: Blocked) -> None:
        """Count a block."""
        with self._lock:
            self._blocked_count += 1
            self._blocked_seconds += blocked.seconds
            self._newer.add_block(blocked)

    def add_pools(self, pools: Iterable[PoolUse]) -> None:
        """Note how full pools are now; past MAX_POOLS names they are passed over."""
        with self._lock:
            for use in pools:
                self._newer.add_pool(use)

    def told(
        self, now: float, loop_count: int, collections: tuple[Collections, ...] = ()
    ) -> Pauses:
        """Return all of it, with what others count; `now` moves the last minute on."""
        new = [self.lags.popleft() for _ in range(len(self.lags))]
        with self._lock:
            self._newer.add_lags(new)
            halves = [self._newer] if self._older is self._newer else [self._older, self._newer]
            lags = [half.lags for half in halves]
            longest, pools = _together(halves)
            told = Pauses(
                loop_count=loop_count,
                lag_p99_seconds=quantile(lags, 0.99),
                lag_max_seconds=quantile(lags, 1.0),
                blocked_count=self._blocked_count,
                blocked_seconds=self._blocked_seconds,
                longest_block=longest.told() if longest else None,
                pools=pools,
                collections=collections,
            )
            self._move_on(now)
        return told

    def _move_on(self, now: float) -> None:
        if now - self._newer.since >= HALF_SECONDS:
            self._older, self._newer = self._newer, _Half(now)


def _together(halves: Iterable[_Half]) -> tuple[Blocked | None, tuple[PoolUse, ...]]:
    """Return the longest block and the fullest state of each pool."""
    whole = _Half(0.0)
    for half in halves:
        if half.longest is not None:
            whole.add_block(half.longest)
        for use in half.pools.values():
            whole.add_pool(use)
    return whole.longest, tuple(whole.pools.values())


def quantile(ascending: Sequence[Sequence[float]], ratio: float) -> float | None:
    """Return the value that `ratio` (above 0, up to 1) of all do not exceed, by the nearest rank.

    Of several sequences that each ascend only the ends are looked at. None without a value.
    """
    count = sum(map(len, ascending))
    if not count:
        return None
    from_the_top = count - ceil(ratio * count) + 1
    ends = sorted(value for values in ascending for value in values[-from_the_top:])
    return ends[-from_the_top]
