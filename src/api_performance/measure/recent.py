"""The newest requests of a process: of every second a fair few, for who watches them come.

Of the requests between two drains every n-th is taken, whatever its endpoint, so each has the same
chance; n follows from how many began, and doubles where that was too little. The slowest is there
in any case, and some of those that failed. A drain compares three numbers per endpoint and second,
and a request that is not taken costs nothing.

A request is some 50 bytes, with a trace 90: at most MOST_KEPT of them, 8 to 14 kB in what a process
says of itself, where they take the place of those before them. Nothing of them is kept elsewhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Final, Protocol

import msgspec

WANTED: Final = 10
"""Requests that are taken between two drains, whatever they are: no eye follows more."""

MOST_FAIR: Final = 12  # even: of one more than that every other is kept, and the last is among them
MOST_FAILED: Final = 3
MOST_KEPT: Final = 120
"""Ten seconds of a busy process, minutes of a quiet one."""

FAILED_FROM: Final = 500


class Why(IntEnum):
    """Why a request is among the shown ones."""

    CHANCE = 0
    SLOWEST = 1
    FAILED = 2


class RecentRequest(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One request: when its response ended (Unix seconds UTC), how long it took and with what end.

    `number` is its place among all of its process. `parts` are its exclusive
    microseconds per latency type, in LATENCY_PARTS' order; empty where all was processing.
    `trace_id` is empty without one.
    """

    number: int
    why: int
    endpoint_id: str
    ended_at: float
    microseconds: int
    status: int
    parts: tuple[int, ...] = ()
    trace_id: str = ""


class Taken(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What one drain took of `seen` requests that ended before `end`, Unix seconds UTC."""

    end: float
    seen: int
    requests: tuple[RecentRequest, ...]


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Taken)


def unpacked(parts: Iterable[bytes]) -> list[Taken]:
    """Read what `Recent.packed` is; ValueError if it is not that."""
    try:
        return [_decoder.decode(part) for part in parts]
    except msgspec.MsgspecError as error:
        raise ValueError(f"these are no recent requests: {error}") from error


class Rows(Protocol):
    """Finished requests of one endpoint."""

    def statuses(self) -> Sequence[int]:
        """Return the status of each."""
        ...

    def seconds(self) -> Sequence[float]:
        """Return the response time of each."""
        ...

    def recent(self, place: int, number: int, why: Why) -> RecentRequest:
        """Return the one at a place among them as it is kept."""
        ...


class Recent:
    """Takes the few, and keeps the last of them packed, drain by drain."""

    def __init__(self, random: Callable[[], float]) -> None:
        """Choose where to begin with `random`, numbers of [0, 1)."""
        self._random = random
        self._before = 0
        self._stride = 1
        self._left = 0
        self._kept: deque[tuple[int, bytes]] = deque()
        self._begin()

    def _begin(self) -> None:
        self.seen = 0
        self._longest = -1.0
        self._slowest: list[RecentRequest] = []
        self._fair: list[RecentRequest] = []
        self._failed: list[RecentRequest] = []
        self._failures = 0

    @property
    def packed(self) -> tuple[bytes, ...]:
        """What the last drains took, oldest first, each to be read by `unpacked`."""
        return tuple([part for _, part in self._kept])

    def expect(self, requests: int) -> None:
        """Choose the n by how many requests come now, unless some came since the last `close`."""
        if not self.seen:
            self._stride = max(-(-requests // WANTED), 1)
            self._left = int(self._random() * self._stride) if self._stride > 1 else 0

    def is_wanted(self, requests: int, longest: float, status: int) -> bool:
        """Tell whether to `take` of so many requests; `longest` in seconds, `status` the highest.

        It counts them: to be called once for each.
        """
        self.seen += requests
        self._left -= requests
        return self._left < 0 or longest > self._longest or status >= FAILED_FROM

    def take(self, rows: Rows, requests: int, longest: float, status: int) -> None:
        """Take of the requests that `is_wanted` was told of last, in the same words."""
        before = self._before + self.seen - requests
        while self._left < 0:
            place = requests + self._left
            self._fair.append(rows.recent(place, before + place, Why.CHANCE))
            self._left += self._stride
            if len(self._fair) > MOST_FAIR:
                del self._fair[1::2]
                self._left += self._stride
                self._stride *= 2
        if longest > self._longest:
            self._longest = longest
            place = rows.seconds().index(longest)
            self._slowest = [rows.recent(place, before + place, Why.SLOWEST)]
        if status >= FAILED_FROM:
            self._take_failed(rows, before)

    def _take_failed(self, rows: Rows, before: int) -> None:
        """Take the first that failed; that of each `take` has the same chance to stay."""
        self._failures += 1
        turn = len(self._failed)
        if turn == MOST_FAILED:
            turn = int(self._random() * self._failures)
        if turn < MOST_FAILED:
            place = next(at for at, each in enumerate(rows.statuses()) if each >= FAILED_FROM)
            self._failed[turn : turn + 1] = [rows.recent(place, before + place, Why.FAILED)]

    def close(self, end: float) -> None:
        """Keep what was taken since the last time, of requests that ended before `end`."""
        if not self.seen:
            return
        once = {each.number: each for each in (*self._fair, *self._slowest, *self._failed)}
        taken = Taken(end, self.seen, tuple(once.values()))
        self._kept.append((len(once), _encoder.encode(taken)))
        while sum([size for size, _ in self._kept]) > MOST_KEPT:
            self._kept.popleft()
        self._before += self.seen
        self._begin()
