"""Where people and code ask for alerts and act upon them, in any process of a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from api_performance.alerts.alert import ALERT, PerformanceAlert
from api_performance.alerts.commands import ALERT_COMMAND, Act, commanded, standing
from api_performance.alerts.present import with_present
from api_performance.alerts.rule import Rule
from api_performance.alerts.rule_book import RuleBook
from api_performance.alerts.silences import Silences
from api_performance.clock import Clock
from api_performance.errors import AlertUnknown
from api_performance.stores.base import Event, Store

HISTORY_SECONDS: Final = 30 * 86_400.0
END_OF_TIME: Final = 1e11
"""Past any instant, of a clock that is ahead of ours too."""


class Desk:
    """Alerts of one store as they stand, and what may be done to them. Safe to share."""

    def __init__(self, store: Store, clock: Clock, rules: Sequence[Rule] = ()) -> None:
        """Read and write `store`; the page's rules are laid over `rules`."""
        self._store = store
        self._clock = clock
        self.silences = Silences(store, clock)
        self.rules = RuleBook(store, clock, rules)

    def standing(self) -> dict[str, PerformanceAlert]:
        """Return by id how it stands with every alert there ever was. StoreUnavailable."""
        found = standing(
            self._store.latest_events(ALERT),
            self._store.latest_events(ALERT_COMMAND),
            self.silences.all(),
            self._clock.now(),
        )
        return with_present(self._store, found)

    def act(
        self, act: Act, ids: Iterable[str], *, author: str, reason: str
    ) -> list[PerformanceAlert]:
        """Acknowledge or resolve some alerts; return them as they are then.

        AlertUnknown, before anything is done, for an id that is none. StoreUnavailable.
        """
        by = self.by(author, reason)
        found = commanded(act, self.standing(), ids, by)
        self.record(event for _, event in found if event is not None)
        return [alert for alert, _ in found]

    def by(self, author: str, reason: str) -> Event:
        """Return who acts now, and why."""
        return Event(self._clock.now(), "", "", author, reason)

    def record(self, commands: Iterable[Event]) -> None:
        """Record commands. StoreUnavailable."""
        for event in commands:
            self._store.record_event(event)

    def history(self, alert_id: str) -> list[Event]:
        """Return an alert's transitions and commands of 30 days, oldest first. AlertUnknown."""
        start = max(0.0, self._clock.now() - HISTORY_SECONDS)
        events = self._store.events(start, END_OF_TIME, (ALERT, ALERT_COMMAND))
        found = [event for event in events if event.subject == alert_id]
        if not found:
            raise AlertUnknown(f"no alert has the id {alert_id!r}; the list has those there are")
        return found

    def news(self, after: int) -> list[Event]:
        """Return the newest transition of each alert that made one since the event `after`."""
        return self._store.latest_events(ALERT, after)
