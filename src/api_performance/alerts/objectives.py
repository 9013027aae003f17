"""The objectives in force: the page's over the settings', and those over the defaults.

What people save on the page is one document in the store, which every process reads; where two
places have an objective of the same id, the page's counts and both say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from api_performance.alerts.documents import Documents, Kind, not_of_the_page
from api_performance.analysis.slo import Objectives
from api_performance.clock import Clock
from api_performance.errors import ObjectiveUnknown
from api_performance.objective import Objective, default_objectives
from api_performance.stores.base import Store

OBJECTIVES: Final = "objectives"
"""The key, and the lease, of the document that holds those of the page."""

MOST: Final = 500
"""Objectives of the page: a document of 200 kB."""

_KIND: Final = Kind(OBJECTIVES, "objective", MOST, msgspec.json.Decoder(list[Objective]).decode)


class Source(StrEnum):
    """Where an objective comes from."""

    PAGE = "page"
    SETTINGS = "settings"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Defined:
    """An objective and where it comes from.

    `overrides`: it counts, and another place has one of the same id. `is_in_force`: it counts and
    is enabled.
    """

    objective: Objective
    source: Source
    overrides: bool
    is_in_force: bool


class ObjectiveBook:
    """Objectives of one store, as every process has them. Safe to share."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Iterable[Objective],
        thresholds: Mapping[str, Mapping[str, float]],
    ) -> None:
        """Lay those of the page over `settings`, and these over `thresholds`' defaults."""
        self._documents = Documents(store, clock, _KIND)
        self._settings = {each.id: each for each in settings}
        self._defaults = {each.id: each for each in default_objectives(thresholds)}

    def in_force(self) -> Objectives:
        """Return what holds now. StoreUnavailable."""
        page = {each.id: each for each in self._documents.all()}
        return Objectives({**self._settings, **page}.values(), self._defaults.values())

    def revision(self) -> int:
        """Return a number that changes whenever those of the page do. StoreUnavailable."""
        return hash(msgspec.json.encode(self._documents.all()))

    def all(self) -> list[Defined]:
        """Return every one of every place, those that count first. StoreUnavailable."""
        page = {each.id: each for each in self._documents.all()}
        places = {Source.PAGE: page, Source.SETTINGS: self._settings}
        return list(_laid_over({**places, Source.DEFAULT: self._defaults}))

    def save(self, objective: Objective, *, author: str, reason: str) -> None:
        """Keep an objective for every process, in place of one with its id.

        ConfigError where there are too many. StoreUnavailable.
        """
        self._documents.save(objective, author=author, reason=reason)

    def delete(self, objective_id: str, *, author: str, reason: str) -> None:
        """Take an objective of the page back; what it overrode holds again.

        ObjectiveUnknown for an id that is none, ConfigError for one that only another place has.
        StoreUnavailable.
        """
        self._documents.delete(objective_id, author=author, reason=reason, unless=self._not_deleted)

    def _not_deleted(self, objective_id: str) -> Exception:
        if objective_id in self._settings or objective_id in self._defaults:
            return not_of_the_page("objective", objective_id)
        return unknown(objective_id)


def unknown(objective_id: str) -> ObjectiveUnknown:
    """Return the error of an id that no objective has."""
    return ObjectiveUnknown(
        f"no objective has the id {objective_id!r}; the list has those there are"
    )


def _laid_over(places: Mapping[Source, Mapping[str, Objective]]) -> Iterable[Defined]:
    """Yield what several places have, the first of which counts where ids are the same."""
    taken: set[str] = set()
    overridden: list[Defined] = []
    places_of = Counter(each for place in places.values() for each in place)
    for source, place in places.items():
        for objective in place.values():
            if objective.id in taken:
                overridden.append(Defined(objective, source, False, False))
                continue
            taken.add(objective.id)
            yield Defined(objective, source, places_of[objective.id] > 1, objective.enabled)
    yield from overridden
