"""The bounded set of endpoints: nothing that a client sends can make it grow without end.

A slot is an endpoint's place in this process. Requests hold slots, so what is known of an endpoint
(its priority, whether it is monitored) can change while they run. Past `max_endpoints` everything
new shares one slot, `(other)`; requests that no route took share another, `(unmatched)`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from api_performance.model import (
    ANY_METHOD,
    METHODS,
    OTHER,
    OTHER_METHOD,
    UNMATCHED,
    Endpoint,
    MetricPriority,
    TrafficKind,
)

WEBSOCKET_METHOD: Final = "WEBSOCKET"
"""How a WebSocket's endpoint is labelled, since its handshake's GET would hide it."""

_CATCH_ALL: Final = frozenset({UNMATCHED, OTHER})


@dataclass(frozen=True, slots=True)
class Hints:
    """What the program says of an endpoint: a priority in code, its route's extra and tags."""

    explicit: MetricPriority | None = None
    extra: MetricPriority | None = None
    tags: tuple[object, ...] = ()


NO_HINTS: Final = Hints()


@dataclass(frozen=True, slots=True)
class Rank:
    """What the configuration makes of an endpoint; thresholds are in seconds, ascending."""

    priority: MetricPriority
    thresholds: tuple[float, ...]
    is_monitored: bool


Judge = Callable[[str, str, Hints], Rank]
"""Ranks a method and template with what is known of it."""


class Slot:
    """An endpoint's place in this process. Compared by identity, so it is cheap to group by.

    `plain_rows` is the recorder's buffer of the endpoint's plain requests. `plain_method` and
    `plain_route` are the method and the route under which the edge may fill it: the method is none
    while the endpoint is not monitored.
    """

    __slots__ = ("endpoint", "hints", "is_monitored", "plain_method", "plain_route", "plain_rows")

    def __init__(self, endpoint: Endpoint, hints: Hints) -> None:
        """Hold an endpoint and what was said of it."""
        self.plain_route: object = None
        self.plain_rows: list[Any] = []  # Any: six values a request, each of its own type
        self.learn(endpoint, hints)

    def learn(self, endpoint: Endpoint, hints: Hints) -> None:
        """Hold what is now known of the endpoint."""
        self.endpoint = endpoint
        self.hints = hints
        self.is_monitored = endpoint.is_monitored
        self.plain_method = endpoint.method if endpoint.is_monitored else ""


class EndpointRegistry:
    """Every endpoint this process knows, at most `max_endpoints` and the two catch-alls."""

    def __init__(self, service: str, judge: Judge, max_endpoints: int = 2_000) -> None:
        """Rank each new endpoint of `service` with `judge`, once and when its hints change."""
        self._service = service
        self._judge = judge
        self._max_endpoints = max_endpoints
        self._slots: dict[tuple[str, str, TrafficKind], Slot] = {}
        self._changed: dict[Slot, None] = {}
        self._lock = threading.Lock()
        self.unmatched = self._make((ANY_METHOD, UNMATCHED, TrafficKind.HTTP), NO_HINTS)
        self.other = self._make((ANY_METHOD, OTHER, TrafficKind.HTTP), NO_HINTS)
        self._changed.clear()

    def slot(
        self,
        method: str,
        template: str,
        kind: TrafficKind = TrafficKind.HTTP,
        hints: Hints = NO_HINTS,
    ) -> Slot:
        """Return the endpoint's slot, made at its first use; `(other)` when there is no room.

        A method outside RFC 9110 shares one label. Hints with an explicit priority replace older.
        """
        if template in _CATCH_ALL:
            return self.unmatched if template == UNMATCHED else self.other
        method = method.upper()
        if method not in METHODS and method != WEBSOCKET_METHOD:
            method = OTHER_METHOD
        slot = self._slots.get((method, template, kind))
        if slot is not None:
            if hints is not NO_HINTS and hints != slot.hints:
                self._learn(slot, hints)
            return slot
        with self._lock:
            return self._make((method, template, kind), hints)

    def _make(self, key: tuple[str, str, TrafficKind], hints: Hints) -> Slot:
        slot = self._slots.get(key)
        if slot is not None:
            return slot
        if len(self._slots) >= self._max_endpoints + len(_CATCH_ALL):
            return self.other
        method, template, kind = key
        rank = self._judge(method, template, hints)
        endpoint = Endpoint(
            method=method,
            template=template,
            service=self._service,
            priority=rank.priority,
            kind=kind,
            is_monitored=rank.is_monitored,
            thresholds=rank.thresholds,
        )
        slot = self._slots[key] = Slot(endpoint, hints)
        self._changed[slot] = None
        return slot

    def twin(self, slot: Slot, kind: TrafficKind) -> Slot:
        """Return the slot of the same method and template for another kind of traffic."""
        endpoint = slot.endpoint
        return self.slot(endpoint.method, endpoint.template, kind, slot.hints)

    def prioritize(self, slot: Slot, priority: MetricPriority) -> None:
        """Give an endpoint the priority that its code states; it outranks every other source."""
        if slot.hints.explicit is not priority and slot.endpoint.template not in _CATCH_ALL:
            self._learn(slot, replace(slot.hints, explicit=priority))

    def _learn(self, slot: Slot, hints: Hints) -> None:
        older = slot.hints
        merged = Hints(
            explicit=hints.explicit or older.explicit,
            extra=hints.extra or older.extra,
            tags=hints.tags or older.tags,
        )
        if merged == older:
            return
        endpoint = slot.endpoint
        rank = self._judge(endpoint.method, endpoint.template, merged)
        with self._lock:
            known = replace(
                endpoint,
                priority=rank.priority,
                thresholds=rank.thresholds,
                is_monitored=rank.is_monitored,
            )
            slot.learn(known, merged)
            self._changed[slot] = None

    def slots(self) -> list[Slot]:
        """Return the slot of every endpoint known to this process, the catch-alls included."""
        return list(self._slots.values())

    def slot_of(self, endpoint: Endpoint) -> Slot | None:
        """Return the slot of an endpoint; None if this process does not know it."""
        return next((slot for slot in self.slots() if slot.endpoint == endpoint), None)

    def endpoints(self) -> list[Endpoint]:
        """Return every endpoint known to this process, the catch-alls included."""
        return [slot.endpoint for slot in self.slots()]

    def take_changed(self) -> list[Endpoint]:
        """Return the endpoints that are new or changed since the last call."""
        with self._lock:
            changed, self._changed = self._changed, {}
        return [slot.endpoint for slot in changed]

    def forget_taken(self) -> None:
        """Report every endpoint once more: for a new process that took over after a fork."""
        with self._lock:
            self._changed = dict.fromkeys(
                slot for slot in self._slots.values() if slot.endpoint.template not in _CATCH_ALL
            )
