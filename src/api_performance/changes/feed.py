"""Reads the minutes of all endpoints, each once and in order: first the past, then what is new.

The past is read an hour of a few endpoints at a time, for stores pack the hours of an endpoint
together; between two pieces the reader may be told to stop, and goes on there the next time. What
has caught up is read together, minute by minute. A minute is read LATE_SECONDS after its end; what
is written later still is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.stores.base import Pace, Query, Store, no_pace

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400.0
LEAST_PAST_DAYS: Final = 4
"""After so long a watch answers all of its questions (analysis/regression.py)."""

MOST_PAST_DAYS: Final = 14
"""A watch keeps no more, and a store keeps minutes for no longer by itself."""

PAST_ENDPOINT_DAYS: Final = 4800
"""Read in all, as far as each endpoint has its least: a day takes 0.15 s of CPU time, so that is
half an hour for who reads four seconds in ten."""

HOURS_SECONDS: Final = 21 * 86_400.0
"""So many weekends, and more than so many working days, say what is usual of an hour of the week
(analysis/usual.py). 500 hours of an endpoint take some 40 ms of CPU time."""

LATE_SECONDS: Final = 20.0
"""Batches are written each second; a minute is whole soon after its end."""

PIECE_ENDPOINTS: Final = 32
PIECE_MINUTES: Final = 60
"""A piece of the past: 1,920 windows at most, of which 4 MB of numbers are made."""

NEWEST_MINUTES: Final = 2
"""All endpoints at once are read for so long at most: 4 MB of numbers for a thousand."""

CAUGHT_UP_SECONDS: Final = 900.0
"""Who is no further behind is read with all the others."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Minutes of some endpoints: those from `since` of each, before `end` (Unix seconds UTC).

    `windows` are theirs, in no set order, and may hold earlier minutes and other endpoints' too.
    """

    since: dict[str, float]
    end: float
    windows: Iterator[tuple[Endpoint, Window]]


class Feed:
    """Reads one store's minutes. For one thread."""

    def __init__(
        self, store: Store, *, pace: Pace = no_pace, past_endpoint_days: int = PAST_ENDPOINT_DAYS
    ) -> None:
        """Read `store` from two weeks ago on, calling `pace` between small pieces.

        Of many endpoints less: `past_endpoint_days` of all together, but four days of each.
        """
        self._store = store
        self._pace = pace
        self._past_endpoint_days = past_endpoint_days
        self._until: dict[str, float] = {}
        self._is_begun = False

    def until(self, endpoint_id: str) -> float | None:
        """Return up to when an endpoint was read, in Unix seconds; None before it was at all."""
        return self._until.get(endpoint_id)

    def hours(self, since: Mapping[str, float]) -> Iterator[tuple[Endpoint, Window]]:
        """Yield the hours of endpoints before their minutes, from three weeks ago on.

        `since` says where the minutes of each begin. StoreUnavailable.
        """
        end = max(since.values(), default=0.0)
        start = max(_floor(end - HOURS_SECONDS, HOUR), 0.0)
        query = Query(start, _floor(end, HOUR), HOUR, frozenset(since), with_latency=False)
        if query.start >= query.end:
            return
        for endpoint, window in self._store.windows(query, pace=self._pace):
            if window.start + HOUR <= since.get(endpoint.id, 0.0):
                yield endpoint, window

    def is_caught_up(self, endpoint_id: str, now: float) -> bool:
        """Tell whether an endpoint has been read up to the newest minutes."""
        until = self._until.get(endpoint_id)
        return until is not None and until >= _settled(now) - CAUGHT_UP_SECONDS

    def follow(
        self, endpoints: Sequence[str], now: float, *, is_over: Callable[[], bool]
    ) -> Iterator[Piece]:
        """Yield what is to be read at `now`: the newest minutes, then the past until `is_over`.

        The past is read of the first `endpoints` first. Each piece must be read before the next is
        asked for. StoreUnavailable.
        """
        settled = _settled(now)
        begin = self._begin(now, settled, len(endpoints))
        for endpoint_id in endpoints:
            self._until.setdefault(endpoint_id, begin)
        self._is_begun = True
        for piece in self._newest(endpoints, now, settled):
            yield piece
            self._note(piece)
        while not is_over():
            behind = [each for each in endpoints if not self.is_caught_up(each, now)]
            if not behind:
                return
            piece = self._past_piece(behind, settled)
            yield piece
            self._note(piece)

    def _begin(self, now: float, settled: float, endpoints: int) -> float:
        """Return where to begin: what is first called later has no past."""
        if self._is_begun:
            return settled - CAUGHT_UP_SECONDS
        oldest = self._store.status().oldest_at or now
        days = self._past_endpoint_days // max(endpoints, 1)
        past = DAY * min(max(days, LEAST_PAST_DAYS), MOST_PAST_DAYS)
        return _floor(max(now - past, min(oldest, settled), 0.0), PIECE_MINUTES * MINUTE)

    def _note(self, piece: Piece) -> None:
        self._until.update(dict.fromkeys(piece.since, piece.end))

    def _newest(self, endpoints: Sequence[str], now: float, settled: float) -> Iterator[Piece]:
        current = {each: self._until[each] for each in endpoints if self.is_caught_up(each, now)}
        start = min(current.values(), default=settled)
        while start < settled:
            end = min(start + NEWEST_MINUTES * MINUTE, settled)
            since = {each: max(at, start) for each, at in current.items() if at < end}
            yield self._piece(since, start, end, None)
            start = end

    def _past_piece(self, behind: Sequence[str], settled: float) -> Piece:
        """Return a further hour of the first of those that are behind, and others like it."""
        start = self._until[behind[0]]
        chosen = [each for each in behind if self._until[each] == start][:PIECE_ENDPOINTS]
        end = min(start + PIECE_MINUTES * MINUTE, settled)
        return self._piece(dict.fromkeys(chosen, start), start, end, frozenset(chosen))

    def _piece(
        self, since: dict[str, float], start: float, end: float, ids: frozenset[str] | None
    ) -> Piece:
        query = Query(start, end, MINUTE, ids, with_latency=False)
        return Piece(since, end, self._store.windows(query, pace=self._pace))


def _settled(now: float) -> float:
    return _floor(now - LATE_SECONDS, MINUTE)


def _floor(instant: float, step: int) -> float:
    return instant // step * step
