"""Marks a deploy by itself where the processes of a service begin to tell another version.

A version that was never marked is a deploy from its first process' start on; the oldest known one
is only noted. A version that comes back is one once no process of the newest is left: so neither a
canary nor the last old workers of a rolling deploy make marks in turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import Final

from api_performance.changes.deploys import KNOWN_SECONDS, Deploy, DeployBook, MarkSource, Place
from api_performance.model import ALIVE_SECONDS
from api_performance.stores.base import InstanceState, Lease, Store

JUDGE: Final = "judge"
"""The author of what no person did."""

GONE_SECONDS: Final = 60.0
"""A version of which nothing was heard for so long has left: a restart takes less."""

Versions = Mapping[str, Sequence[InstanceState]]
"""The processes of each version of a place."""


class VersionWatch:
    """Watches which versions run in one store. For one thread, under a lease."""

    def __init__(self, store: Store, book: DeployBook) -> None:
        """Read processes from `store`, and keep deploys in `book`."""
        self._store = store
        self._book = book

    def hold(self, now: float, lease: Lease) -> list[Deploy]:
        """Mark what changed; return the new marks. LeaseLost, StoreUnavailable."""
        by_place = _by_place(self._store.instances(now - KNOWN_SECONDS))
        marks = self._book.marked()
        fresh = [
            mark
            for place, versions in by_place.items()
            for mark in _changes(place, versions, [m for m in marks if m.place == place], now)
        ]
        for mark in sorted(fresh, key=lambda each: each.at):
            self._book.record(mark, lease)
        return fresh


def _by_place(states: Iterable[InstanceState]) -> dict[Place, dict[str, list[InstanceState]]]:
    found: dict[Place, dict[str, list[InstanceState]]] = defaultdict(lambda: defaultdict(list))
    for state in states:
        instance = state.instance
        if instance.version:
            place = Place(instance.service, instance.environment)
            found[place][instance.version].append(state)
    return found


def _changes(
    place: Place, versions: Versions, marks: Sequence[Deploy], now: float
) -> Iterator[Deploy]:
    known = {mark.version for mark in marks}
    fresh = sorted((_began(states), each) for each, states in versions.items() if each not in known)
    first_at = min((mark.at for mark in marks), default=inf)
    for began, version in fresh:
        is_first = version == fresh[0][1] and began < first_at
        source = MarkSource.FIRST if is_first else MarkSource.INSTANCES
        yield Deploy(began, place, version, JUDGE, _note(source), source)
    if marks and not fresh:
        yield from _returned(place, versions, marks[-1], now)


def _returned(place: Place, versions: Versions, newest: Deploy, now: float) -> Iterator[Deploy]:
    """Yield the version that all processes run again, where the newest one has left."""
    alive = {each for each, states in versions.items() if any(_is_alive(s, now) for s in states)}
    left = [state.seen_at for state in versions.get(newest.version, ())]
    if len(alive) != 1 or newest.version in alive or not left or now - max(left) < GONE_SECONDS:
        return
    at = max(max(left), newest.at)
    note = f"back in place of {newest.version}"
    yield Deploy(at, place, alive.pop(), JUDGE, note, MarkSource.INSTANCES)


def _is_alive(state: InstanceState, now: float) -> bool:
    return now - state.seen_at <= ALIVE_SECONDS and not state.has_ended


def _began(states: Iterable[InstanceState]) -> float:
    return min(state.instance.started_at for state in states)


def _note(source: MarkSource) -> str:
    return "ran when measuring began" if source is MarkSource.FIRST else "its processes began"
