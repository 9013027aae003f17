"""A notice that only tries a channel."""

from __future__ import annotations

from api_performance.alerts.alert import PerformanceAlert
from api_performance.alerts.notice import Notice, NoticeKind
from api_performance.model import MetricPriority, PerformanceThreshold


def trial_notice(channel: str, service: str, environment: str, now: float) -> Notice:
    """Return one that says it is a test, made at `now` (Unix seconds UTC)."""
    text = f"This is a test of the channel {channel}. Nothing is wrong."
    incident = f"test-{int(now * 1000):x}"
    alert = PerformanceAlert(
        endpoint="(test)",
        metric_type="test",
        current_value=1.0,
        threshold=1.0,
        severity=PerformanceThreshold.WARNING,
        message=text,
        priority=MetricPriority.LOW,
        at=now,
        rule="test",
        unit="count",
        fired_at=now,
        reason="asked for by hand",
        incident=incident,
    )
    return Notice(
        id=f"{incident}-{channel}",
        incident=incident,
        kind=NoticeKind.FIRING,
        at=now,
        severity=alert.severity,
        priority=alert.priority,
        service=service,
        environment=environment,
        title=f"test of the channel {channel}",
        text=text,
        alerts=(alert,),
        channels=(channel,),
    )
