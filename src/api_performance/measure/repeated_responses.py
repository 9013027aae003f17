"""Responses to GET: whether the same question got the same answer again within two seconds.

What is held is what a cache of MOST_HELD answers and LIFETIME_SECONDS would hold, so no more counts
as the same than such a cache would have answered. An answer to somebody who said who he is counts
only once somebody else got the same. Hashes are keyed with a secret of the process, are let go
within SLICE_SECONDS, and never leave it: the counts alone do. Only what took LEAST_SECONDS and
called something is looked at, in one of EVERY_SECONDS / SLICE_SECONDS of the time. An answer takes
some 250 bytes, so all of them 0.5 MB.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from secrets import randbits
from typing import Final

from api_performance.measure.calls import MAX_PER_ENDPOINT, OperationStats
from api_performance.measure.operations import known
from api_performance.model import RESPONSE, LatencyType

LIFETIME_SECONDS: Final = 2.0
"""An answer so old is as good as a new one nearly everywhere: proxies cache for a second or two
where nothing else is known (microcaching)."""

MOST_HELD: Final = 2_000
"""Answers of a process: a thousand a second for a lifetime. When it is full, all are let go."""

SLICE_SECONDS: Final = 5.0
EVERY_SECONDS: Final = 40.0
"""An eighth of the time is looked at: so the request path pays an eighth of a look."""

LEAST_SECONDS: Final = 0.002
"""To ask a cache in the next process takes a millisecond: what is faster gains nothing."""

MOST_BYTES: Final = 65_536
"""A hash of so much takes 40 us; larger answers count as looked at, never as the same."""

LOOKED_AT: Final = "a response, looked at for repeats"
SAME: Final = "a response, the same as before"
CHANGED: Final = "a response, not the same as before"

_NEGOTIATED: Final = frozenset({b"accept", b"accept-encoding", b"accept-language", b"range"})
_WHO: Final = frozenset({b"authorization", b"cookie", b"x-api-key"})
_TOLD_APART: Final = _NEGOTIATED | _WHO
_PRIVATE: Final = (b"private", b"no-store")
_OPEN_TO_ALL: Final = frozenset({b"accept", b"accept-encoding", b"accept-language", b"origin", b""})

Headers = Iterable[tuple[bytes, bytes]]


class Sameness(Enum):
    """What an answer is beside the one that a cache would hold."""

    UNKNOWN = "there is none, or nobody knows whether it depends on who asks"
    SAME = "the same"
    CHANGED = "another"


class _Answer:
    """An answer that a cache would hold; instants are readings of `perf`."""

    __slots__ = ("content", "is_for_all", "stored_at", "who")

    def __init__(self, content: int, stored_at: float, who: int) -> None:
        self.content = content
        self.stored_at = stored_at
        self.who = who
        self.is_for_all = False


class RepeatedResponses:
    """Holds what a cache would, while `is_open`. For the threads that serve requests."""

    __slots__ = ("_held", "_most_held", "_opened_at", "_secret", "is_open")

    def __init__(self, most_held: int = MOST_HELD) -> None:
        """Look at nothing before the first `move_on`."""
        self.is_open = False
        self._held: dict[int, _Answer] = {}
        self._most_held = most_held
        self._opened_at: float | None = None
        self._secret = randbits(64)

    def move_on(self, at: float) -> None:
        """Open or close for a slice of the time; at a reading of `perf`, once a second or so."""
        opened_at = self._opened_at
        if opened_at is None or not 0 <= at - opened_at < EVERY_SECONDS:
            self._opened_at = at
            self.is_open = True
        elif self.is_open and at - opened_at >= SLICE_SECONDS:
            self.is_open = False
            self._held = {}

    def question(self, path: str, query: bytes, headers: Headers) -> tuple[int, int]:
        """Return hashes of what is asked and of who asks: 0 where nobody says so."""
        negotiated: list[bytes] = []
        who: list[bytes] = []
        for name, value in headers:
            if name in _TOLD_APART:  # most are not: one question for them
                (who if name in _WHO else negotiated).append(value)
        asked = hash((self._secret, path, query, *negotiated))
        return asked, hash((self._secret, *who)) if who else 0

    def look(
        self, question: tuple[int, int], body: bytes | None, started: float, ended: float
    ) -> Sameness:
        """Compare an answer with what a cache would hold; None is one that no cache may keep."""
        asked, who = question
        answer = self._held.get(asked)
        if answer is None or started >= answer.stored_at + LIFETIME_SECONDS:
            if body is not None:
                self._hold(asked, _Answer(hash((self._secret, body)), ended, who))
            return Sameness.UNKNOWN
        if started < answer.stored_at:
            return Sameness.UNKNOWN
        content = 0 if body is None else hash((self._secret, body))
        if content != answer.content:
            # held for no longer than before: else it could be there when an ideal cache is empty
            answer.content, answer.who, answer.is_for_all = content, who, False
            return Sameness.CHANGED
        if who != answer.who:
            answer.is_for_all = True
        return Sameness.SAME if answer.is_for_all or not who else Sameness.UNKNOWN

    def _hold(self, asked: int, answer: _Answer) -> None:
        if len(self._held) >= self._most_held:
            self._held.clear()
        self._held[asked] = answer


def may_be_kept(status: int, headers: Headers) -> bool:
    """Tell whether a cache for all may keep a response (RFC 9111, section 3), by its headers."""
    if status != 200:
        return False
    for name, value in headers:
        lower = name.lower()
        if lower == b"set-cookie":
            return False
        if lower == b"cache-control" and any(each in value.lower() for each in _PRIVATE):
            return False
        if lower == b"vary" and not _OPEN_TO_ALL.issuperset(
            part.strip() for part in value.lower().split(b",")
        ):
            return False
    return True


class Looked:
    """Responses of an endpoint that were looked at, until the next drain."""

    __slots__ = ("changed", "looked", "looked_seconds", "same", "same_seconds")

    def __init__(self) -> None:
        """Begin with none."""
        self.looked = self.same = self.changed = 0
        self.looked_seconds = self.same_seconds = 0.0

    def add(self, found: Sameness, seconds: float) -> None:
        """Count one whose request took `seconds`."""
        self.looked += 1
        self.looked_seconds += seconds
        if found is Sameness.SAME:
            self.same += 1
            self.same_seconds += seconds
        elif found is Sameness.CHANGED:
            self.changed += 1

    def into(self, operations: dict[str, OperationStats], told_apart: set[str]) -> None:
        """Add them to a window's operations, as far as there is room for all of them."""
        found = (
            (LOOKED_AT, self.looked, self.looked_seconds),
            (SAME, self.same, self.same_seconds),
            (CHANGED, self.changed, 0.0),
        )
        for text, count, its_seconds in found:
            operation = known(LatencyType.NETWORK, text, RESPONSE, source="")
            if not count or (
                operation.id not in told_apart and len(told_apart) >= MAX_PER_ENDPOINT
            ):
                continue
            told_apart.add(operation.id)
            stats = operations.setdefault(operation.id, OperationStats())
            stats.merge(
                OperationStats(requests=count, calls=count, most_calls=1, wall_seconds=its_seconds)
            )
