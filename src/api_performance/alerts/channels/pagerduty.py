"""PagerDuty, by its Events API of version 2: an incident of ours is one of its alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from api_performance.alerts.channels.base import ChannelAnswer
from api_performance.alerts.channels.http import Receiver
from api_performance.alerts.notice import Notice, NoticeKind
from api_performance.model import PerformanceThreshold

ADDRESS: Final = "https://events.pagerduty.com/v2/enqueue"

_LONGEST_SUMMARY: Final = 1024
_LONGEST_TEXT: Final = 8000

_SEVERITIES: Final[Mapping[PerformanceThreshold, str]] = {
    PerformanceThreshold.CRITICAL: "critical",
    PerformanceThreshold.WARNING: "warning",
}


class PagerDuty:
    """Triggers and resolves alerts of one service of PagerDuty's."""

    repeat_seconds = 0.0

    def __init__(self, name: str, receiver: Receiver, routing_key: str) -> None:
        """Send to `receiver` what belongs to `routing_key`."""
        self.name = name
        self._receiver = receiver
        self._routing_key = routing_key

    def send(self, notice: Notice) -> ChannelAnswer:
        """Hand a notice on. The incident is the key by which PagerDuty drops doubles."""
        return self._receiver.post(msgspec.json.encode(self._event(notice)))

    def _event(self, notice: Notice) -> dict[str, Any]:  # Any: PagerDuty's JSON
        is_over = notice.kind is NoticeKind.RESOLVED
        return {
            "routing_key": self._routing_key,
            "event_action": "resolve" if is_over else "trigger",
            "dedup_key": notice.incident,
            "client": "api-performance",
            "payload": {
                "summary": notice.title[:_LONGEST_SUMMARY],
                "source": notice.service or "api-performance",
                "severity": _SEVERITIES.get(notice.severity, "info"),
                "timestamp": datetime.fromtimestamp(notice.at, UTC).isoformat(),
                "component": notice.alerts[0].endpoint if notice.alerts else "",
                "group": notice.environment,
                "custom_details": {
                    "text": notice.text[:_LONGEST_TEXT],
                    "priority": notice.priority.value,
                    "notice": notice.id,
                },
            },
        }
