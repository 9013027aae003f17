"""A notice: one message about one incident, decided once, delivered once to each channel.

The decision is a stored event, written under the lease's number before anything is sent; each
delivery is another, written after it. Whoever judges next sends what was decided and not delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from api_performance.alerts.alert import PerformanceAlert
from api_performance.model import MetricPriority, PerformanceThreshold

NOTICE: str = "notice"
"""The kind of event of a decision: its subject is the notice's id, its details the notice."""

DELIVERY: str = "delivery"
"""The kind of event of what became of a notice in a channel: its subject is `notice id/channel`."""


class NoticeKind(StrEnum):
    """Why people are told."""

    FIRING = "firing"
    WORSENED = "worsened"
    ESCALATED = "escalated"
    REMINDER = "reminder"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told. `id` is the same for the same decision after a crash, so nothing is told twice.

    `incident` is the id under which receivers group and resolve. `title` is one line, `text` a few,
    both plain words without markup; `alerts` are the incident's as they stand. `channels` names
    where it goes, in the words of the settings. `rearm_count` adds up those of all its alerts.
    """

    id: str
    incident: str
    kind: NoticeKind
    at: float
    severity: PerformanceThreshold
    priority: MetricPriority
    service: str
    environment: str
    title: str
    text: str
    alerts: Sequence[PerformanceAlert]
    channels: Sequence[str]
    rearm_count: int = 0
