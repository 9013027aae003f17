"""Prometheus' Alertmanager, by its API of version 2: one alert of its for each alert of ours.

It keeps alerts in memory and ends one that is not told again before its `endsAt`. So what holds is
told every REPEAT_SECONDS, with an end HELD_SECONDS off: longer than it takes another process to
judge in our stead, short enough that alerts of a service that is gone end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import msgspec

from api_performance.alerts.alert import PerformanceAlert
from api_performance.alerts.channels.base import ChannelAnswer, DeliveryState
from api_performance.alerts.channels.http import Receiver
from api_performance.alerts.notice import Notice, NoticeKind
from api_performance.clock import Clock

PATH: Final = "/api/v2/alerts"

REPEAT_SECONDS: Final = 60.0
"""Prometheus' own `rules.alert.resend-delay`."""

HELD_SECONDS: Final = 600.0
"""Twice Alertmanager's `resolve_timeout`, which holds where no end is named."""

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Posted:
    """An alert in Alertmanager's words. Its labels are its identity."""

    labels: Labels
    annotations: Mapping[str, str]
    startsAt: str  # noqa: N815 # the API's name
    endsAt: str  # noqa: N815 # the API's name


class Alertmanager:
    """Posts the alerts of incidents to one Alertmanager."""

    repeat_seconds = REPEAT_SECONDS

    def __init__(self, name: str, receiver: Receiver, clock: Clock) -> None:
        """Send to `receiver`, which is PATH of one."""
        self.name = name
        self._receiver = receiver
        self._clock = clock
        self._open: dict[str, list[_Posted]] = {}

    def send(self, notice: Notice) -> ChannelAnswer:
        """Hand a notice on; what the one before held of the incident and this does not, ends."""
        now = self._clock.now()
        alerts = [_posted(notice, alert, now) for alert in notice.alerts]
        known = [posted.labels for posted in alerts]
        left = [each for each in self._open.get(notice.incident, ()) if each.labels not in known]
        answer = self._receiver.post(msgspec.json.encode([*alerts, *_ended(left, now)]))
        if answer.state is DeliveryState.DELIVERED:
            self._open.pop(notice.incident, None)
            if notice.kind is not NoticeKind.RESOLVED:
                self._open[notice.incident] = alerts
        return answer


def _posted(notice: Notice, alert: PerformanceAlert, now: float) -> _Posted:
    is_over = notice.kind is NoticeKind.RESOLVED or not alert.is_active
    ends_at = min(alert.ended_at or notice.at, now) if is_over else now + HELD_SECONDS
    return _Posted(
        labels=_labels(notice, alert),
        annotations={
            "summary": notice.title,
            "description": alert.message,
            "current_value": f"{alert.current_value:g}",
            "threshold": f"{alert.threshold:g}",
            "unit": alert.unit,
            "causes": ", ".join(alert.causes),
        },
        startsAt=_time(alert.fired_at or alert.began_at),
        endsAt=_time(ends_at),
    )


def _labels(notice: Notice, alert: PerformanceAlert) -> Labels:
    """Return what routes, groups and tells alerts apart; an empty label would be none."""
    labels = {
        "alertname": alert.rule,
        "metric": alert.metric_type,
        "service": notice.service,
        "environment": notice.environment,
        "endpoint": alert.endpoint,
        "severity": alert.severity.value,
        "priority": alert.priority.value,
        "incident": notice.incident,
        "alert_id": alert.id,
    }
    return {name: text for name, text in labels.items() if text}


def _ended(alerts: Iterable[_Posted], now: float) -> list[_Posted]:
    ends_at = _time(now)
    return [replace(each, endsAt=ends_at) for each in alerts]


def _time(at: float) -> str:
    """Return an instant as RFC 3339 has it."""
    return datetime.fromtimestamp(at, UTC).isoformat()
