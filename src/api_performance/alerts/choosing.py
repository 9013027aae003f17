"""Which alerts somebody asks for, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from api_performance.alerts.alert import AlertState, Kind, PerformanceAlert, member
from api_performance.alerts.state import SEVERITIES
from api_performance.model import MetricPriority, PerformanceThreshold

URGENCY: Final[Sequence[AlertState]] = (
    *(AlertState.FIRING, AlertState.FLAPPING, AlertState.ACKNOWLEDGED, AlertState.SILENCED),
    *(AlertState.PENDING, AlertState.RESOLVED, AlertState.OK),
)
"""States, the one that needs somebody most first."""


def in_order(alerts: Iterable[PerformanceAlert]) -> list[PerformanceAlert]:
    """Return alerts by need: state, severity, priority, then the newest first."""
    return sorted(
        alerts,
        key=lambda alert: (
            URGENCY.index(alert.state),
            -SEVERITIES.index(alert.severity),
            alert.priority.rank,
            -alert.at,
            alert.id,
        ),
    )


def chosen(
    alerts: Iterable[PerformanceAlert],
    severity: PerformanceThreshold | str | None = None,
    state: AlertState | str | None = None,
    priority: MetricPriority | str | None = None,
    endpoint: str = "",
) -> list[PerformanceAlert]:
    """Return the alerts that hold, or those of a state, that fit exactly. ConfigError."""
    of_severity = _member(PerformanceThreshold, "severity", severity)
    of_state = _member(AlertState, "state", state)
    of_priority = _member(MetricPriority, "priority", priority)
    return in_order(
        alert
        for alert in alerts
        if (alert.is_active if of_state is None else alert.state is of_state)
        and of_severity in (None, alert.severity)
        and of_priority in (None, alert.priority)
        and endpoint in ("", alert.endpoint)
    )


def _member(kind: type[Kind], name: str, given: str | None) -> Kind | None:
    return None if given is None else member(kind, name, given)
