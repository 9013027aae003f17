"""Readings, leases and books for the tests of alerts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from api_performance.alerts.book import Book
from api_performance.alerts.escalation import Policy
from api_performance.alerts.notice import NOTICE, Notice
from api_performance.analysis.reading import Reading
from api_performance.clock import Clock, ManualClock
from api_performance.config.routes import DEFAULT_ROUTES, NotifyRoute
from api_performance.model import MetricPriority, PerformanceThreshold
from api_performance.stores.base import FOLD_LEASE, Event, Lease, Store

CHECKOUT: Final = Reading(
    rule="slow",
    subject="c0ffee000001",
    name="POST /checkout",
    metric="response_time_p95",
    value=3.0,
    bound=1.0,
    unit="seconds",
    is_breached=True,
    is_clear=False,
    severity=PerformanceThreshold.WARNING,
    priority=MetricPriority.CRITICAL,
    window_seconds=300.0,
    sample_count=120,
    text="One in 12 requests takes too long.",
)
"""A reading past its bound."""


def breached(reading: Reading = CHECKOUT, **changes: Any) -> Reading:  # Any: a reading's own fields
    return replace(reading, **{"is_breached": True, "is_clear": False, **changes})


def clear(reading: Reading = CHECKOUT, **changes: Any) -> Reading:  # Any: as above
    return replace(reading, **{"is_breached": False, "is_clear": True, "value": 0.2, **changes})


def between(reading: Reading = CHECKOUT) -> Reading:
    return replace(reading, is_breached=False, is_clear=False, value=0.9)


def a_lease(store: Store, clock: Clock, holder: str = "a", seconds: float = 1e9) -> Lease:
    lease = store.acquire(FOLD_LEASE, holder, clock.now(), seconds)
    assert lease is not None
    return lease


def a_policy(*routes: NotifyRoute) -> Policy:
    return Policy(routes or DEFAULT_ROUTES, "shop", "test")


def a_book(store: Store, clock: Clock, *routes: NotifyRoute) -> Book:
    return Book(store, clock, a_policy(*routes))


def notices(store: Store) -> list[Notice]:
    """Every notice that was decided, in order."""
    return [decoded(event) for event in store.latest_events(NOTICE)]


def decoded(event: Event) -> Notice:
    return msgspec.json.decode(event.details, type=Notice)


class MachineClock(ManualClock):
    """A clock whose instants somebody may set, while what it measures goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._offset = 0.0

    def now(self) -> float:
        return super().now() + self._offset

    def perf(self) -> float:
        return super().now()

    def jump(self, seconds: float) -> None:
        self._offset += seconds


class Rounds:
    """A book over a store, judged every ten seconds of a manual clock."""

    def __init__(self, store: Store, *routes: NotifyRoute) -> None:
        self.store, self.clock = store, MachineClock()
        self.routes = routes
        self.book = a_book(store, self.clock, *routes)
        self.lease = a_lease(store, self.clock)

    def restart(self, holder: str = "b") -> None:
        """Another process follows."""
        self.store.release(self.lease)
        self.lease = a_lease(self.store, self.clock, holder)
        self.book = a_book(self.store, self.clock, *self.routes)

    def read(
        self,
        *readings: Reading,
        seconds: float = 10.0,
        rounds: int = 1,
        rules: Collection[str] | None = None,
    ) -> None:
        for _ in range(rounds):
            self.clock.advance(seconds)
            self.book.keep(readings, self.lease, rules)

    def states(self) -> Sequence[str]:
        return [alert.state.value for alert in self.book.alerts.values()]

    def told(self) -> list[str]:
        return [notice.kind.value for notice in notices(self.store)]
