"""Deploys: which version took over, where and when, whoever said so.

Each is an event. One version of a service and environment is one deploy until another version
follows, however often and by whomever it is marked: marks of the same are laid together when they
are read, so that a pipeline and the judge may both tell of it without asking each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import msgspec

from api_performance.clock import Clock
from api_performance.errors import ConfigError
from api_performance.stores.base import Event, InstanceState, Lease, Store

DEPLOY: Final = "deploy"
"""The kind of event of every mark."""

LONGEST_LABEL: Final = 100
"""Of service, version and environment, as in the settings."""

LONGEST_AUTHOR: Final = 100
LONGEST_NOTE: Final = 300

KNOWN_SECONDS: Final = 7 * 86_400.0
"""Stores forget a process after so long (stores/retention.py)."""

AHEAD_SECONDS: Final = 60.0
"""So far the clock of who marks a deploy may be ahead of ours."""

OLDEST_SECONDS: Final = 400 * 86_400.0
END_OF_TIME: Final = 1e11
"""Past any instant, of a clock that is ahead of ours too."""


class MarkSource(StrEnum):
    """Who said that a version runs."""

    FIRST = "first"
    INSTANCES = "instances"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a version runs: each has versions of its own."""

    service: str
    environment: str


@dataclass(frozen=True, slots=True)
class Deploy:
    """From `at` on (Unix seconds UTC) a version ran in a place, in place of `previous`.

    `previous` is "" where none is known. A mark of `source` FIRST is of the version that ran when
    measuring began: nothing was deployed then.
    """

    at: float
    place: Place
    version: str
    author: str
    note: str
    source: MarkSource
    previous: str = ""

    @property
    def is_change(self) -> bool:
        """It took the place of another version, or somebody says so."""
        return self.source is not MarkSource.FIRST


@dataclass(frozen=True, slots=True)
class _Marked:
    service: str
    environment: str
    version: str
    source: MarkSource


@dataclass(frozen=True, slots=True)
class Said:
    """What an operator says of a deploy: that `version` runs since `at` (None: now), and why.

    An empty `service` and an `environment` of None are the ones that are measured.
    """

    version: str
    author: str = "operator"
    note: str = ""
    service: str = ""
    environment: str | None = None
    at: float | None = None


def as_event(deploy: Deploy) -> Event:
    """Return the event that marks a deploy."""
    place = deploy.place
    marked = _Marked(place.service, place.environment, deploy.version, deploy.source)
    return Event(
        deploy.at,
        DEPLOY,
        f"{place.service} {deploy.version}",
        deploy.author,
        deploy.note,
        details=msgspec.json.encode(marked).decode(),
    )


def _deploy_of(event: Event) -> Deploy | None:
    try:
        marked = msgspec.json.decode(event.details, type=_Marked)
    except (msgspec.MsgspecError, ValueError):  # another version wrote it
        return None
    place = Place(marked.service, marked.environment)
    return Deploy(event.at, place, marked.version, event.author, event.reason, marked.source)


def folded(events: Iterable[Event]) -> list[Deploy]:
    """Return the deploys that marks tell of, the oldest first.

    Marks of one version with no other between are one: it began with the first of them that is a
    change, and author and note are those of the operator who spoke last.
    """
    found: list[Deploy] = []
    newest: dict[Place, int] = {}
    for event in sorted(events, key=lambda each: (each.at, each.id)):
        mark = _deploy_of(event)
        if mark is None:
            continue
        index = newest.get(mark.place)
        if index is not None and found[index].version == mark.version:
            found[index] = _together(found[index], mark)
            continue
        previous = "" if index is None else found[index].version
        newest[mark.place] = len(found)
        found.append(replace(mark, previous=previous))
    return found


def _together(first: Deploy, later: Deploy) -> Deploy:
    if later.source is not MarkSource.OPERATOR:
        return first
    at = first.at if first.is_change else later.at  # else it ran before it was deployed
    note = later.note or (first.note if first.is_change else "")
    return replace(first, at=at, author=later.author, note=note, source=later.source)


def marked(store: Store) -> list[Deploy]:
    """Return every version that was marked, the first one too, oldest first. StoreUnavailable."""
    return folded(store.events(0.0, END_OF_TIME, (DEPLOY,)))


def all_deploys(store: Store) -> list[Deploy]:
    """Return every deploy, the oldest first. StoreUnavailable."""
    return [deploy for deploy in marked(store) if deploy.is_change]


class DeployBook:
    """The deploys of one store. Safe to share."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Keep them in `store`."""
        self._store = store
        self._clock = clock

    def marked(self) -> list[Deploy]:
        """Return every version that was marked, the first one too. StoreUnavailable."""
        return marked(self._store)

    def all(self) -> list[Deploy]:
        """Return every deploy, the oldest first. StoreUnavailable."""
        return all_deploys(self._store)

    def mark(self, said: Said) -> Deploy:
        """Mark what an operator says; return the deploy as it then stands.

        ConfigError where service or environment is left out and there are several, for an empty
        version, and for an instant to come or past all that is kept. StoreUnavailable.
        """
        now = self._clock.now()
        version = said.version.strip()
        if not version:
            raise ConfigError("version = '' is refused: name the version that was deployed")
        at = now if said.at is None else said.at
        if not now - OLDEST_SECONDS <= at <= now + AHEAD_SECONDS:
            raise ConfigError(
                f"at = {at:.0f} is refused: give Unix seconds of the last 400 days, not to come;"
                f" it is {now:.0f} now"
            )
        place = self._place(said.service.strip(), said.environment, now)
        told = said.author[:LONGEST_AUTHOR], said.note[:LONGEST_NOTE]
        mark = Deploy(at, place, version[:LONGEST_LABEL], *told, MarkSource.OPERATOR)
        self._store.record_event(as_event(mark))
        return next(each for each in reversed(self.all()) if _is_of(each, mark))

    def record(self, deploy: Deploy, lease: Lease) -> None:
        """Keep what the judge found. LeaseLost, StoreUnavailable."""
        self._store.record_event(as_event(deploy), lease)

    def _place(self, service: str, environment: str | None, now: float) -> Place:
        states = self._store.instances(now - KNOWN_SECONDS)
        services = {each.service for each in self._store.endpoints()}
        service = service or _only("service", services | _services(states))
        if environment is None:
            own = {each.instance.environment for each in states if _serves(each, service)}
            environment = _only("environment", own) if own else ""
        return Place(service, environment)


def _services(states: Iterable[InstanceState]) -> set[str]:
    return {state.instance.service for state in states}


def _serves(state: InstanceState, service: str) -> bool:
    return state.instance.service == service


def _is_of(deploy: Deploy, mark: Deploy) -> bool:
    return (deploy.place, deploy.version) == (mark.place, mark.version) and deploy.at <= mark.at


def _only(what: str, names: Iterable[str]) -> str:
    """Return the one name there is. ConfigError for none or several."""
    found: Sequence[str] = sorted(names)
    if len(found) == 1:
        return found[0]
    known = ", ".join(found) or "none measured anything yet"
    raise ConfigError(f"{what} is missing: name the {what} of the deploy ({known})")
