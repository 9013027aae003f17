"""What became of a notice in a channel, as it is kept in a store: the event of kind DELIVERY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from api_performance.alerts.channels.base import DeliveryState
from api_performance.alerts.notice import DELIVERY, NOTICE, Notice
from api_performance.stores.base import Event, Store

T = TypeVar("T")

NOTIFIER: str = "notifier"
"""The author of deliveries."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it stands with a notice in a channel after `attempts`, the last of which was at `at`.

    While it waits, the next is due at `next_at`; both are Unix seconds UTC. `reason` says what the
    receiver said, and holds no address and no secret.
    """

    notice: str
    channel: str
    incident: str
    state: DeliveryState
    at: float
    attempts: int
    reason: str = ""
    next_at: float = 0.0

    @property
    def key(self) -> str:
        """The subject of its events."""
        return delivery_key(self.notice, self.channel)

    def as_event(self) -> Event:
        """Return the event that keeps it."""
        text = f"{self.state.value}: {self.reason}" if self.reason else self.state.value
        details = msgspec.json.encode(self).decode()
        return Event(self.at, DELIVERY, self.key, NOTIFIER, text, details=details)


def delivery_key(notice_id: str, channel: str) -> str:
    """Return the name of the delivery of a notice to a channel."""
    return f"{notice_id}/{channel}"


def deliveries(store: Store) -> Iterator[Delivery]:
    """Yield how it stands with each delivery. StoreUnavailable."""
    yield from _read(store.latest_events(DELIVERY), Delivery)


def notices(events: Iterable[Event]) -> Iterator[Notice]:
    """Yield the notices of events of kind NOTICE."""
    yield from _read((event for event in events if event.kind == NOTICE), Notice)


def _read(events: Iterable[Event], kind: type[T]) -> Iterator[T]:
    for event in events:
        try:
            yield msgspec.json.decode(event.details, type=kind)
        except (msgspec.MsgspecError, ValueError):  # another version wrote it
            continue
