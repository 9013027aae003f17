"""Watches all endpoints of a store for changes, and keeps what is found.

Whoever begins to judge reads days of the past first, a few seconds of each round, those of the
most important endpoints before the others. What was found before is known from the store: a change
that is found anew is the same finding, and one that is open there and is not found any more is
over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from api_performance.analysis.reading import Reading
from api_performance.changes.change import Change
from api_performance.changes.costs import Costs
from api_performance.changes.deploys import Deploy, DeployBook
from api_performance.changes.feed import Feed, Piece
from api_performance.changes.finding import KeptFinding, as_event, fresh_finding, is_same, standing
from api_performance.changes.minutes import Hours, Minutes
from api_performance.changes.readings import reading_of
from api_performance.clock import Clock
from api_performance.model import OTHER, UNMATCHED, Endpoint, TrafficKind
from api_performance.stores.base import Lease, Pace, Store, no_pace

CATCH_UP_SECONDS: Final = 4.0
"""How long a round, of which there is one in ten seconds, reads the past; it ends with the piece
that it reads."""

DEPLOY_SECONDS: Final = 60.0
"""A change is of a deploy that it began no further from."""

TOLD_SECONDS: Final = 7200.0
"""A finding that ended so lately still says so to alerts."""


class EndpointWatch(Protocol):
    """Looks for changes of one endpoint."""

    def learn(self, hours: Hours) -> None:
        """Take the hours before all minutes, once."""
        ...

    def update(self, minutes: Minutes, deploys: Sequence[float], now: float) -> Iterable[Change]:
        """Take minutes that follow those taken before; return new and changed findings.

        `deploys` are instants in any order, in Unix seconds UTC.
        """
        ...


class FindingWatch:
    """Keeps the findings of one store. For one thread, under a lease."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        make_watch: Callable[[], EndpointWatch],
        *,
        pace: Pace = no_pace,
        feed: Feed | None = None,
    ) -> None:
        """Look at each endpoint with a watch of its own, which `make_watch` returns."""
        self._store = store
        self._clock = clock
        self._make_watch = make_watch
        self._pace = pace
        self._feed = feed or Feed(store, pace=pace)
        self._book = DeployBook(store, clock)
        self._costs = Costs(store, pace)
        self._watches: dict[str, EndpointWatch] = {}
        self._known: dict[str, list[KeptFinding]] = {}
        self._seen: set[str] = set()
        self._fencing = 0

    def hold(self, now: float, lease: Lease) -> list[KeptFinding]:
        """Read, look and keep; return what was told anew. LeaseLost, StoreUnavailable."""
        if lease.fencing != self._fencing:
            self._remember()
            self._fencing = lease.fencing
        watched = [each for each in self._store.endpoints() if is_watched(each)]
        watched.sort(key=lambda each: (each.priority.rank, each.name))
        endpoints = {each.id: each for each in watched}
        deploys = self._book.all()
        told = []
        until = self._clock.perf() + CATCH_UP_SECONDS
        for piece in self._feed.follow(
            list(endpoints), now, is_over=lambda: self._clock.perf() >= until
        ):
            for endpoint, change in self._look(piece, endpoints, deploys, now):
                told.append(self._keep(endpoint, change, deploys, now, lease))
        told.extend(self._close_lost(now, lease))
        return told

    def readings(self, now: float) -> Iterator[Reading]:
        """Yield what alerts hear of findings: those that hold, and those that ended lately."""
        for known in self._known.values():
            newest = {finding.change.metric: finding for finding in known}
            for finding in newest.values():
                closed = finding.change.closed
                if closed is None or now - closed <= TOLD_SECONDS:
                    yield reading_of(finding, now)

    def _remember(self) -> None:
        """Take what the store holds for what is known: another may have judged meanwhile."""
        self._known = {}
        for finding in sorted(standing(self._store), key=lambda each: each.change.found):
            self._known.setdefault(finding.endpoint_id, []).append(finding)

    def _look(
        self, piece: Piece, endpoints: dict[str, Endpoint], deploys: Sequence[Deploy], now: float
    ) -> Iterator[tuple[Endpoint, Change]]:
        self._begin({each: at for each, at in piece.since.items() if each not in self._watches})
        minutes = {each: Minutes.empty(since, piece.end) for each, since in piece.since.items()}
        for endpoint, window in piece.windows:
            if endpoint.id in minutes:
                minutes[endpoint.id].add(window)
            self._pace()
        for endpoint_id, read in minutes.items():
            endpoint, watch = endpoints[endpoint_id], self._watches[endpoint_id]
            instants = [each.at for each in deploys if each.place.service == endpoint.service]
            for change in watch.update(read, instants, min(now, piece.end)):
                yield endpoint, change
            self._pace()

    def _begin(self, since: Mapping[str, float]) -> None:
        """Make watches of endpoints that are read from then on, and tell them the hours before."""
        hours = {each: Hours() for each in since}
        for endpoint, window in self._feed.hours(since):
            hours[endpoint.id].add(window)
            self._pace()
        for endpoint_id, known in hours.items():
            watch = self._make_watch()
            watch.learn(known)
            self._watches[endpoint_id] = watch

    def _keep(
        self,
        endpoint: Endpoint,
        change: Change,
        deploys: Sequence[Deploy],
        now: float,
        lease: Lease,
    ) -> KeptFinding:
        """Keep a later word of a known finding, or a new one."""
        known = self._known.setdefault(endpoint.id, [])
        place = next(
            (i for i, each in enumerate(known) if is_same(each, endpoint.id, change)), None
        )
        if place is None:
            finding = fresh_finding(endpoint, change, "")
            known.append(finding)
            place = len(known) - 1
        found_at = known[place].change.found
        finding = replace(
            known[place],
            change=replace(change, found=found_at),
            priority=endpoint.priority,
            version=_version(change, endpoint, deploys),
        )
        finding = self._costs.of(finding, now)
        self._seen.add(finding.id)
        return self._record(finding, place, now, lease)

    def _record(self, finding: KeptFinding, place: int, now: float, lease: Lease) -> KeptFinding:
        self._store.record_event(as_event(finding, now), lease)
        self._known[finding.endpoint_id][place] = finding
        return finding

    def _close_lost(self, now: float, lease: Lease) -> Iterator[KeptFinding]:
        """Close what is open in the store and was not found again in the past that was read."""
        for endpoint_id, known in self._known.items():
            for place, finding in enumerate(known):
                is_lost = finding.is_open and finding.id not in self._seen
                if is_lost and self._feed.is_caught_up(endpoint_id, now):
                    change = replace(finding.change, closed=now)
                    yield self._record(replace(finding, change=change), place, now, lease)


def is_watched(endpoint: Endpoint) -> bool:
    """Tell whether changes are looked for: not of streams, nor of what no route took."""
    is_route = endpoint.template not in (UNMATCHED, OTHER)
    return endpoint.kind is TrafficKind.HTTP and endpoint.is_monitored and is_route


def _version(change: Change, endpoint: Endpoint, deploys: Sequence[Deploy]) -> str:
    """Return the version of the deploy that a change came with; "" without one."""
    if change.deploy_at is None:
        return ""
    own = [each for each in deploys if each.place.service == endpoint.service]
    near = min(own, key=lambda each: abs(each.at - (change.deploy_at or 0.0)), default=None)
    return near.version if near and abs(near.at - change.deploy_at) <= DEPLOY_SECONDS else ""
