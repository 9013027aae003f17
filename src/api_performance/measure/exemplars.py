"""Requests kept as they were: the slowest and a typical one of every five minutes of an endpoint.

A window keeps them packed, by the number of their five minutes: the slowest under its seconds, the
typical one under a number drawn at random, of which the least stays. So windows merge in any order,
and what is left of a million requests is a fair draw. A process hands on only what beats the best
that it had in these five minutes, which among n requests happens some ln(n) times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from math import log1p
from typing import Final, Protocol, Self

import msgspec

from api_performance.measure.called import SomeCalls

CELL_SECONDS: Final = 300
"""An hour has twelve of each kind: with ten calls some 300 bytes each, packed."""

MAX_SHOWN_CALLS: Final = 64
"""Calls of an exemplar that are kept."""

_MANY: Final = 1 << 40
"""More requests than five minutes can have."""

Kept = dict[int, tuple[float, bytes]]
"""By number of the cell: what the exemplar won by, and it itself, packed."""


class ShownCall(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A call in an exemplar: times in microseconds since the request began."""

    operation: str
    around: int
    began: int
    microseconds: int
    has_failed: bool = False


class Exemplar(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One request: when its response ended (Unix seconds UTC), how long it took and with what end.

    `parts` are its exclusive microseconds per latency type, in LATENCY_PARTS' order, edge wait
    included; empty where all was processing. `calls` are the first of its calls in the order they
    began, `more_calls` the number of the others. `trace_id` is empty without a trace.
    """

    ended_at: float
    seconds: float
    status: int
    parts: tuple[int, ...] = ()
    calls: tuple[ShownCall, ...] = ()
    more_calls: int = 0
    trace_id: str = ""

    def pack(self) -> bytes:
        """Return it as bytes."""
        return _encoder.encode(self)

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read what `pack` wrote; ValueError if it is not that."""
        try:
            found: Self = _decoder.decode(data)  # type: ignore[assignment]  # of this very class
        except msgspec.MsgspecError as error:
            raise ValueError(f"these {len(data)} bytes are no exemplar: {error}") from error
        return found


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Exemplar)


def shown(calls: SomeCalls, began: float) -> tuple[tuple[ShownCall, ...], int]:
    """Return the first calls of a request that began at a reading of `perf`, and how many more."""
    more = sum(int(count) for count, _ in (calls.more or {}).values())
    columns = calls.operations, calls.around, calls.began, calls.ended, calls.failed
    first = tuple(
        [
            ShownCall(
                operation.id,
                around,
                int((call_began - began) * 1e6 + 0.5),
                int((call_ended - call_began) * 1e6 + 0.5),  # half the cost of round
                has_failed,
            )
            for operation, around, call_began, call_ended, has_failed in islice(
                zip(*columns, strict=True), MAX_SHOWN_CALLS
            )
        ]
    )
    return first, len(calls.operations) - len(first) + more


class Contest:
    """Decides which requests of one endpoint a process hands on as exemplars.

    Of the draw it is worked out beforehand how many requests lose until one wins (a geometric
    number), so that a window without a winner costs next to nothing.
    """

    __slots__ = ("_least", "_longest", "_losers", "_random", "_slowest", "_until")

    def __init__(self, random: Callable[[], float]) -> None:
        """Draw with `random`, numbers of [0, 1)."""
        self._random = random
        self._until = 0.0
        self._slowest = self._longest = -1.0
        self._least = 1.0
        self._losers = 0

    def has_winner(self, start: float, requests: int, longest: float) -> bool:
        """Let requests of a window that begins at `start` take part; tell whether to `settle`.

        `longest` is the greatest of their response times in seconds.
        """
        if start >= self._until:
            self._until = (start // CELL_SECONDS + 1) * CELL_SECONDS
            self._slowest, self._least, self._losers = -1.0, 1.0, 0
        self._losers -= requests
        self._longest = longest
        return self._losers < 0 or longest > self._slowest

    def settle(
        self, kept: Keeping, seconds: Sequence[float], packed: Callable[[int], bytes]
    ) -> None:
        """Keep the winners among the requests that took part last; `packed` makes one by place."""
        cell = int(kept.start // CELL_SECONDS)
        longest = self._longest
        if longest > self._slowest:
            self._slowest = longest
            merge_slowest(kept.slowest, {cell: (longest, packed(seconds.index(longest)))})
        place = -1
        while self._losers < 0:  # of several the last has the least number
            place = len(seconds) + self._losers
            self._least *= self._random()
            self._losers += 1 + self._next_losers()
        if place >= 0:
            merge_typical(kept.typical, {cell: (self._least, packed(place))})

    def _next_losers(self) -> int:
        """Return how many requests draw a number that is not less than the least so far."""
        chance = -log1p(-self._least)
        return int(min(-log1p(-self._random()) / chance, _MANY)) if chance else _MANY


class Keeping(Protocol):
    """A window, which keeps exemplars by cell."""

    @property
    def start(self) -> float:
        """Unix seconds UTC."""
        ...

    @property
    def slowest(self) -> Kept:
        """The slowest of each cell."""
        ...

    @property
    def typical(self) -> Kept:
        """A fair draw of each cell."""
        ...


def merge_slowest(mine: Kept, its: Kept) -> None:
    """Keep of each cell the slower one."""
    for cell, kept in its.items():
        if cell not in mine or kept > mine[cell]:
            mine[cell] = kept


def merge_typical(mine: Kept, its: Kept) -> None:
    """Keep of each cell the one whose number is less."""
    for cell, kept in its.items():
        if cell not in mine or kept < mine[cell]:
            mine[cell] = kept
