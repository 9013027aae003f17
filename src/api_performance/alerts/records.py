"""Alerts as events: how a transition is kept in a store, and read again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from api_performance.alerts.alert import ALERT, PerformanceAlert
from api_performance.stores.base import Event

LONGEST_REASON: Final = 300


def as_event(alert: PerformanceAlert) -> Event:
    """Return the event of an alert that stands like this from now on."""
    return Event(alert.at, ALERT, alert.id, alert.author, alert.reason, details=as_text(alert))


def as_text(record: object) -> str:
    """Return a record of ours as an event's details."""
    return msgspec.json.encode(record).decode()


def alert_of(event: Event) -> PerformanceAlert | None:
    """Return the alert that an event tells of; None if another version wrote what is not read."""
    try:
        return msgspec.json.decode(event.details, type=PerformanceAlert)
    except (msgspec.MsgspecError, ValueError):
        return None


def alerts_of(events: Iterable[Event]) -> Iterator[tuple[Event, PerformanceAlert]]:
    """Yield events that can be read, each with its alert."""
    for event in events:
        alert = alert_of(event)
        if alert is not None:
            yield event, alert
