"""Notices, as the tests of what is told decide them."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from api_performance.alerts.alert import AlertState, PerformanceAlert
from api_performance.alerts.delivery import Delivery
from api_performance.alerts.notice import DELIVERY, NOTICE, Notice, NoticeKind
from api_performance.clock import Clock
from api_performance.model import MetricPriority, PerformanceThreshold
from api_performance.stores.base import FOLD_LEASE, Event, Lease, Store

START: Final = 1_700_000_000.0


def an_alert(**changes: Any) -> PerformanceAlert:  # Any: an alert's own fields
    given = {
        "endpoint": "POST /checkout",
        "metric_type": "response_time_p95",
        "current_value": 3.0,
        "threshold": 1.0,
        "severity": PerformanceThreshold.CRITICAL,
        "message": "One in 12 requests takes too long.",
        "rule": "slow",
        "at": START,
        "began_at": START - 60,
        "fired_at": START,
        "state": AlertState.FIRING,
    }
    return PerformanceAlert(**{**given, **changes})


def a_notice(
    number: int = 1,
    incident: str = "incident-1",
    kind: NoticeKind = NoticeKind.FIRING,
    channels: tuple[str, ...] = ("memory",),
    **changes: Any,  # Any: a notice's own fields
) -> Notice:
    given = {
        "id": f"{incident}-{number}-{kind.value}",
        "incident": incident,
        "kind": kind,
        "at": START + number,
        "severity": PerformanceThreshold.CRITICAL,
        "priority": MetricPriority.HIGH,
        "service": "shop",
        "environment": "staging",
        "title": "critical, POST /checkout: too slow",
        "text": "critical: One in 12 requests takes too long.\nCause: <the database> & more.",
        "alerts": (an_alert(),),
        "channels": channels,
    }
    return Notice(**{**given, **changes})


def decide(store: Store, notice: Notice, lease: Lease | None = None) -> None:
    """Store a notice as who judges does."""
    details = msgspec.json.encode(notice).decode()
    store.record_event(
        Event(notice.at, NOTICE, notice.id, "judge", notice.title, details=details), lease
    )


def a_lease(store: Store, clock: Clock, holder: str = "a", seconds: float = 1e9) -> Lease:
    lease = store.acquire(FOLD_LEASE, holder, clock.now(), seconds)
    assert lease is not None
    return lease


def told(store: Store) -> dict[str, Delivery]:
    """How it stands with each delivery, as the store says."""
    events = store.latest_events(DELIVERY)
    return {each.subject: msgspec.json.decode(each.details, type=Delivery) for each in events}
