"""Alerts and incidents as answers: what REST, the page and the widget show of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from api_performance.alerts.alert import AlertState, PerformanceAlert
from api_performance.alerts.choosing import URGENCY, in_order
from api_performance.alerts.commands import ALERT_COMMAND, folded
from api_performance.alerts.desk import Desk
from api_performance.alerts.grouping import Incident, incidents
from api_performance.alerts.records import alert_of
from api_performance.alerts.silences import Silence
from api_performance.alerts.words import said
from api_performance.model import MetricPriority, PerformanceThreshold
from api_performance.stores.base import Event

MOST_ALERTS = 1000


@dataclass(frozen=True, slots=True)
class AlertQuestion:
    """Which alerts are kept; an empty part keeps all. `search` are words of the endpoint."""

    severities: frozenset[PerformanceThreshold] = frozenset()
    states: frozenset[AlertState] = frozenset()
    priorities: frozenset[MetricPriority] = frozenset()
    search: str = ""
    offset: int = 0
    limit: int = 100

    def keeps(self, alert: PerformanceAlert) -> bool:
        """Tell whether an alert is kept, whatever its state."""
        if self.severities and alert.severity not in self.severities:
            return False
        if self.priorities and alert.priority not in self.priorities:
            return False
        name = alert.endpoint.lower()
        return all(word in name for word in self.search.lower().split())


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert as it stands: what is past its bound, since when, and what it means.

    `subject` is the id of the endpoint, or names the service, process or store. `current_value` and
    `threshold` are in `unit` (`seconds`, `ratio`, `per_second`, `count`, `bytes`), as read last or,
    of one that is over, at its end. `at`, `author` and `reason` are the last transition's.
    """

    id: str
    rule: str
    subject: str
    endpoint: str
    metric_type: str
    unit: str
    current_value: float
    threshold: float
    severity: PerformanceThreshold
    priority: MetricPriority
    state: AlertState
    message: str
    at: float
    began_at: float
    fired_at: float | None
    ended_at: float | None
    window_seconds: float
    sample_count: int
    causes: list[str]
    author: str
    reason: str
    acknowledged_by: str
    incident: str


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """Alerts with one cause, and why that is believed.

    `alerts` are their ids, in the order of the causal chain: the first explains the others.
    `state` is that of the alert that needs somebody most. `ended_at` null: something of it holds.
    """

    id: str
    cause: str
    evidence: list[str]
    severity: PerformanceThreshold
    priority: MetricPriority
    state: AlertState
    began_at: float
    ended_at: float | None
    alerts: list[str]


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Alerts, those that need somebody first, and the incidents that they belong to.

    `counts` tells for each state how many there are, of all states whatever was asked; `total`
    counts the kept ones before paging.
    """

    as_of: float
    counts: dict[str, int]
    total: int
    offset: int
    limit: int
    alerts: list[AlertRow]
    incidents: list[IncidentRow]


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """Incidents, the newest first, and the alerts that they name."""

    as_of: float
    total: int
    incidents: list[IncidentRow]
    alerts: list[AlertRow]


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """One step of an alert: `is_command` where somebody acted, and the judge has yet to take it."""

    id: int
    at: float
    state: AlertState
    severity: PerformanceThreshold
    current_value: float
    author: str
    reason: str
    is_command: bool


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """An alert and its transitions of thirty days, the oldest first."""

    as_of: float
    alert: AlertRow
    transitions: list[TransitionRow]


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """A silence, or a maintenance window where it begins later; `is_active`: it holds now."""

    id: str
    alert: str
    endpoint: str
    rule: str
    severity: PerformanceThreshold | None
    instance: str
    starts_at: float
    ends_at: float
    author: str
    reason: str
    is_active: bool


def alert_page(
    standing: Mapping[str, PerformanceAlert], question: AlertQuestion, now: float
) -> AlertPage:
    """Return a page of alerts; without a state asked for, all but those that are well."""
    kept = [alert for alert in standing.values() if question.keeps(alert)]
    counts = Counter(alert.state for alert in kept)
    wanted = question.states or frozenset(AlertState) - {AlertState.OK}
    chosen = in_order(alert for alert in kept if alert.state in wanted)
    shown = chosen[question.offset : question.offset + question.limit]
    names = {alert.incident for alert in shown if alert.incident}
    members = [alert for alert in standing.values() if alert.incident in names]
    return AlertPage(
        as_of=now,
        counts={state.value: counts[state] for state in AlertState},
        total=len(chosen),
        offset=question.offset,
        limit=question.limit,
        alerts=[alert_row(alert) for alert in shown],
        incidents=[incident_row(each) for each in incidents(members)],
    )


def incident_page(
    standing: Mapping[str, PerformanceAlert], is_open: bool | None, limit: int, now: float
) -> IncidentPage:
    """Return the newest incidents: those that hold, those that are over, or (None) all."""
    found = [
        each
        for each in incidents(standing.values())
        if is_open is None or each.is_active is is_open
    ]
    shown = found[:limit]
    return IncidentPage(
        as_of=now,
        total=len(found),
        incidents=[incident_row(each) for each in shown],
        alerts=[alert_row(alert) for each in shown for alert in each.alerts],
    )


def alert_history(desk: Desk, alert_id: str, now: float) -> AlertHistory:
    """Return an alert's history. AlertUnknown, StoreUnavailable."""
    events = desk.history(alert_id)
    alert = desk.standing().get(alert_id)
    steps = [row for row in map(_transition, events) if row is not None]
    if alert is None:  # its newest event is one that this version cannot read
        alert = next(found for event in reversed(events) if (found := _told(event)))
    return AlertHistory(now, alert_row(alert), steps)


def _told(event: Event) -> PerformanceAlert | None:
    return folded(None, event) if event.kind == ALERT_COMMAND else alert_of(event)


def _transition(event: Event) -> TransitionRow | None:
    alert = _told(event)
    if alert is None:
        return None
    return TransitionRow(
        id=event.id,
        at=event.at,
        state=alert.state,
        severity=alert.severity,
        current_value=alert.current_value,
        author=event.author,
        reason=event.reason,
        is_command=event.kind == ALERT_COMMAND,
    )


def alert_row(alert: PerformanceAlert) -> AlertRow:
    """Return an alert as an answer."""
    return AlertRow(
        id=alert.id,
        rule=alert.rule,
        subject=alert.subject,
        endpoint=alert.endpoint,
        metric_type=alert.metric_type,
        unit=alert.unit,
        current_value=alert.current_value,
        threshold=alert.threshold,
        severity=alert.severity,
        priority=alert.priority,
        state=alert.state,
        message=said(alert),
        at=alert.at,
        began_at=alert.began_at,
        fired_at=alert.fired_at or None,
        ended_at=alert.ended_at or None,
        window_seconds=alert.window_seconds,
        sample_count=alert.sample_count,
        causes=list(alert.causes),
        author=alert.author,
        reason=alert.reason,
        acknowledged_by=alert.acknowledged_by,
        incident=alert.incident,
    )


def incident_row(incident: Incident) -> IncidentRow:
    """Return an incident as an answer."""
    return IncidentRow(
        id=incident.id,
        cause=incident.cause,
        evidence=list(incident.evidence),
        severity=incident.severity,
        priority=incident.priority,
        state=min((alert.state for alert in incident.alerts), key=URGENCY.index),
        began_at=incident.began_at,
        ended_at=incident.ended_at,
        alerts=[alert.id for alert in incident.alerts],
    )


def silence_row(silence: Silence, now: float) -> SilenceRow:
    """Return a silence as an answer."""
    matcher = silence.matcher
    return SilenceRow(
        id=silence.id,
        alert=matcher.alert,
        endpoint=matcher.endpoint,
        rule=matcher.rule,
        severity=matcher.severity,
        instance=matcher.instance,
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        author=silence.author,
        reason=silence.reason,
        is_active=silence.starts_at <= now,
    )
