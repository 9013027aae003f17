"""Alerts that belong together are one incident, with the cause that explains most of it.

Alerts that fire within some minutes of each other and share a cause, an endpoint, or a service,
process or store that has trouble as a whole, are one incident: people are told once, and of the
cause. An alert that comes back soon returns to its incident. When unrelated incidents come thick
and fast, the rest of them is one incident too, so that a storm is one message.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api_performance.alert_metric import AlertMetric
from api_performance.alerts.alert import AlertState, PerformanceAlert
from api_performance.alerts.state import FLAP_SECONDS, SEVERITIES
from api_performance.alerts.words import named_cause, said
from api_performance.analysis.burn import objective_of, page_of
from api_performance.model import (
    ANY_METHOD,
    METHODS,
    OTHER_METHOD,
    MetricPriority,
    PerformanceThreshold,
)

TOGETHER_SECONDS: Final = 600.0
"""Rules look at windows of one to five minutes and wait for some more: what one fault breaks shows
within ten."""

STORM_COUNT: Final = 5
STORM_PREFIX: Final = "storm-"
"""From the sixth incident in ten minutes on what belongs to none of them is one incident."""

STORE: Final = "store"
"""The subject of alerts about the store itself, which all others hang on."""

_WEAK: Final = ("status:", "service:")
"""A status tells how something fails, a service where: a cause only of several, and where none else
is known."""

_LINE: Final = "place:"
_CALL: Final = re.compile(r"operation:(?P<method>[A-Z]+) (?P<server>[^/\s]+)/")
"""An outgoing call: what two endpoints ask of one server fails or is slow together."""

_METHODS: Final = METHODS | {ANY_METHOD, OTHER_METHOD}
_AUDIBLE: Final = frozenset({AlertState.FIRING, AlertState.FLAPPING})


@dataclass(frozen=True, slots=True)
class Incident:
    """Alerts with one cause, the one that explains the others first.

    `cause` says it in plain words, `evidence` why that is believed: a sentence each.
    """

    id: str
    alerts: Sequence[PerformanceAlert]
    cause: str
    evidence: Sequence[str]

    @property
    def root(self) -> PerformanceAlert:
        """The alert that explains the others."""
        return self.alerts[0]

    @property
    def is_storm(self) -> bool:
        """Whether its alerts have in common only that there were many at once."""
        return self.id.startswith(STORM_PREFIX)

    @property
    def is_active(self) -> bool:
        """Whether something of it holds now."""
        return any(alert.is_active for alert in self.alerts)

    @property
    def audible(self) -> list[PerformanceAlert]:
        """The alerts that nobody looks after, nobody silenced, and no page stands for."""
        paged = {(each.rule, each.subject) for each in self.alerts if each.is_active}
        return [
            alert
            for alert in self.alerts
            if alert.state in _AUDIBLE and (page_of(alert.rule), alert.subject) not in paged
        ]

    def without_tickets(self) -> Incident:
        """Return it without the tickets of objectives of which a page is in it, too."""
        paged = {(each.rule, each.subject) for each in self.alerts}
        left = [each for each in self.alerts if (page_of(each.rule), each.subject) not in paged]
        return self if len(left) == len(self.alerts) else _incident(self.id, left)

    def up_to(self, severity: PerformanceThreshold) -> Incident:
        """Return it without the alerts that are graver, unless all of them are."""
        most = SEVERITIES.index(severity)
        left = [each for each in self.alerts if SEVERITIES.index(each.severity) <= most]
        return _incident(self.id, left) if 0 < len(left) < len(self.alerts) else self

    @property
    def severity(self) -> PerformanceThreshold:
        """That of the worst alert that holds; once it is over, of the worst of all."""
        return max(self._telling(), key=lambda each: SEVERITIES.index(each.severity)).severity

    @property
    def priority(self) -> MetricPriority:
        """That of the most important alert that holds; once it is over, of all."""
        return min(self._telling(), key=lambda each: each.priority.rank).priority

    def _telling(self) -> Sequence[PerformanceAlert]:
        return [alert for alert in self.alerts if alert.is_active] or self.alerts

    @property
    def began_at(self) -> float:
        """When the first breach of it began."""
        return min(alert.began_at for alert in self.alerts)

    @property
    def ended_at(self) -> float | None:
        """When the last of it ended; None while something holds."""
        return None if self.is_active else max(max(a.ended_at, a.at) for a in self.alerts)

    @property
    def rearm_count(self) -> int:
        """How often one of its alerts was told anew although somebody looked after it."""
        return sum(alert.rearm_count for alert in self.alerts)


def incidents(alerts: Iterable[PerformanceAlert]) -> list[Incident]:
    """Return the incidents that alerts belong to, the newest first."""
    members: dict[str, list[PerformanceAlert]] = {}
    for alert in alerts:
        if alert.incident:
            members.setdefault(alert.incident, []).append(alert)
    found = [_incident(name, alerts) for name, alerts in members.items()]
    return sorted(found, key=lambda incident: (-incident.began_at, incident.id))


def _incident(name: str, members: list[PerformanceAlert]) -> Incident:
    active = [alert for alert in members if alert.is_active] or members
    shared = Counter(cause for alert in active for cause in alert.causes)
    cause = _likeliest(active, shared)
    in_order = sorted(members, key=lambda alert: _rank(alert, cause))
    root = in_order[0]
    if name.startswith(STORM_PREFIX):
        text = f"{len(members)} alerts at once that have no cause in common"
        return Incident(name, in_order, text, [])
    if not cause:
        return Incident(name, in_order, said(root), [said(each) for each in in_order[1:]])
    evidence = f"{named_cause(cause)} goes with {shared[cause]} of {len(active)} alerts"
    return Incident(name, in_order, named_cause(cause), [evidence, *map(said, in_order)])


def _likeliest(alerts: Sequence[PerformanceAlert], shared: Mapping[str, int]) -> str:
    """Return the cause that most alerts name, of several the one that is named first; "" if none.

    Trouble of a service, a process or the store as a whole needs no other cause than the line that
    blocks an event loop, where that is what it is.
    """
    if any(_is_broad(alert) for alert in alerts):
        return _blocking(alerts)
    places = {each: alert.causes.index(each) for alert in alerts for each in alert.causes}
    return min(
        (cause for cause in shared if shared[cause] > 1 or not cause.startswith(_WEAK)),
        key=lambda cause: (cause.startswith(_WEAK), -shared[cause], places[cause], cause),
        default="",
    )


def _blocking(alerts: Sequence[PerformanceAlert]) -> str:
    """Return the line that blocks most event loops, of those that are blocked; "" if none is."""
    blocked = [alert for alert in alerts if alert.metric_type == AlertMetric.LOOP_BLOCKED]
    lines = Counter(cause for each in blocked for cause in each.causes if cause.startswith(_LINE))
    return min(lines, key=lambda line: (-lines[line], line), default="")


def _is_broad(alert: PerformanceAlert) -> bool:
    """Tell whether an alert is of a service, a process or the store, and of no endpoint."""
    method, _, template = alert.endpoint.partition(" ")
    return not (alert.endpoint.startswith("/") or (template and method in _METHODS))


def _rank(alert: PerformanceAlert, cause: str) -> tuple[object, ...]:
    """Sort what holds first, then what explains: the broader, what names the cause, errors."""
    return (
        not alert.is_active,
        alert.subject != STORE,
        not _is_broad(alert),
        cause not in alert.causes,
        "error" not in alert.metric_type,
        -SEVERITIES.index(alert.severity),
        alert.began_at,
        alert.id,
    )


class Grouping:
    """Gives alerts that fire their incidents."""

    def __init__(
        self, known: Iterable[PerformanceAlert], services: Mapping[str, str], now: float
    ) -> None:
        """Group with the alerts `known` that hold; `services` names that of each endpoint's id."""
        self._services = services
        self._now = now
        self._kin: dict[tuple[str, str], PerformanceAlert] = {}
        self._began: dict[str, float] = {}
        for alert in known:
            if alert.is_active and alert.incident:
                self._note(alert)

    def assigned(
        self, fired: Iterable[tuple[PerformanceAlert, PerformanceAlert | None]]
    ) -> Iterator[PerformanceAlert]:
        """Yield alerts that fire now with their incidents; each comes with how it stood before."""
        pairs = list(fired)
        storm = self._storm(pairs)
        for alert, before in pairs:
            name = self._known(alert, before) or storm or _fresh(alert)
            is_other = before is None or before.incident != name
            joined = replace(alert, incident=name, rearm_count=0 if is_other else alert.rearm_count)
            self._note(joined)
            yield joined

    def _known(self, alert: PerformanceAlert, before: PerformanceAlert | None) -> str:
        """Return the incident that an alert belongs to; "" if it begins one."""
        return self._promised(alert) or self._returned(before) or self._joined(alert)

    def _note(self, alert: PerformanceAlert) -> None:
        """Remember the newest alert of each kin, and when each incident began."""
        first = self._began.get(alert.incident, alert.fired_at)
        self._began[alert.incident] = min(first, alert.fired_at)
        for kin in self._kin_of(alert):
            known = self._kin.get(kin)
            if known is None or known.fired_at <= alert.fired_at:
                self._kin[kin] = alert

    def _kin_of(self, alert: PerformanceAlert) -> Iterator[tuple[str, str]]:
        """Yield what an alert may share with another that is no accident."""
        yield "of", alert.subject
        if objective_of(alert.rule):
            yield _promise(alert)
        yield from _shared(alert)
        if _is_broad(alert):
            yield "whole", alert.subject
        for whole in self._wholes(alert):
            yield "within", whole

    def _related_to(self, alert: PerformanceAlert) -> Iterator[tuple[str, str]]:
        """Yield what an alert is looked for by, what relates two most closely first."""
        yield "of", alert.subject
        yield from _shared(alert)
        for whole in self._wholes(alert):
            yield "whole", whole
        if _is_broad(alert):
            yield "within", alert.subject

    def _wholes(self, alert: PerformanceAlert) -> Iterator[str]:
        """Yield the service, the processes and the store that an alert's subject hangs on."""
        if alert.subject in self._services:
            yield f"service:{self._services[alert.subject]}"
        yield from _processes(alert)
        if alert.subject != STORE:
            yield STORE

    def _promised(self, alert: PerformanceAlert) -> str:
        """Return the incident of the page, or the ticket, of the same objective that holds."""
        known = self._kin.get(_promise(alert)) if objective_of(alert.rule) else None
        return known.incident if known is not None else ""

    def _returned(self, before: PerformanceAlert | None) -> str:
        """Return the incident that an alert belonged to lately."""
        if before is None or not before.incident or before.incident.startswith(STORM_PREFIX):
            return ""
        is_recent = self._now - max(before.ended_at, before.fired_at) < FLAP_SECONDS
        return before.incident if is_recent else ""

    def _joined(self, alert: PerformanceAlert) -> str:
        """Return the incident of the closest relative that fired lately."""
        for kin in self._related_to(alert):
            known = self._kin.get(kin)
            if known is not None and self._now - known.fired_at < TOGETHER_SECONDS:
                return known.incident
        return ""

    def _storm(self, fired: Sequence[tuple[PerformanceAlert, PerformanceAlert | None]]) -> str:
        """Return the storm that is on, or begins with what fires; "" while incidents are few."""
        since = self._now - TOGETHER_SECONDS
        recent = [name for name, began in self._began.items() if began > since]
        running = [name for name in recent if name.startswith(STORM_PREFIX)]
        if running:
            return running[0]
        names = [*recent, *self._begun_by(fired)]
        return f"{STORM_PREFIX}{_digest(*names)}" if len(names) > STORM_COUNT else ""

    def _begun_by(
        self, fired: Sequence[tuple[PerformanceAlert, PerformanceAlert | None]]
    ) -> list[str]:
        """Return the incidents that would begin if there were no storms."""
        trial = Grouping((), self._services, self._now)
        trial._kin, trial._began = dict(self._kin), dict(self._began)
        for alert, before in fired:
            name = trial._known(alert, before) or _fresh(alert)
            trial._note(replace(alert, incident=name))
        return [name for name in trial._began if name not in self._began]


def _shared(alert: PerformanceAlert) -> Iterator[tuple[str, str]]:
    """Yield an alert's causes, and the servers that outgoing calls among them go to."""
    for cause in alert.causes:
        yield "by", cause
    for cause in alert.causes:
        call = _CALL.match(cause)
        if call and call["method"] in _METHODS:
            yield "at", call["server"]


def _promise(alert: PerformanceAlert) -> tuple[str, str]:
    return f"promise {objective_of(alert.rule)}", alert.subject


def _processes(alert: PerformanceAlert) -> Iterator[str]:
    for cause in alert.causes:
        kind, _, name = cause.partition(":")
        if kind == "instance":
            yield name


def _fresh(alert: PerformanceAlert) -> str:
    return _digest(alert.id, repr(alert.fired_at))


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=6).hexdigest()
