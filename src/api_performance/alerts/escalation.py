"""Who is told of an incident, and when: at once, when it worsens, again, others too, when it ends.

A pure function of the incident as it stands and of what was told of it, as the store has both. So a
crash anywhere repeats the same decision, under the same id, or finds it made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api_performance.alerts.grouping import Incident
from api_performance.alerts.notice import Notice, NoticeKind
from api_performance.alerts.state import SEVERITIES
from api_performance.alerts.words import headline, lines, said
from api_performance.config.routes import NotifyRoute
from api_performance.model import PerformanceThreshold

MOST_ALERTS: Final = 50
"""A notice carries so many of its alerts; of the others its text tells the number."""


_PAGES: Final = PerformanceThreshold.CRITICAL


@dataclass(frozen=True, slots=True)
class Told:
    """What people were told of an incident so far.

    `fired_at` and `at` are of the first and the last notice since it was last over.
    """

    count: int = 0
    is_open: bool = False
    fired_at: float = 0.0
    at: float = 0.0
    severity: PerformanceThreshold = PerformanceThreshold.EXCELLENT
    channels: tuple[str, ...] = ()
    rearm_count: int = 0

    def after(self, notice: Notice) -> Told:
        """Return what they were told once a notice is sent."""
        begins = not self.is_open
        channels = () if begins else self.channels
        severity = self.severity if self.is_open else notice.severity
        return Told(
            count=self.count + 1,
            is_open=notice.kind is not NoticeKind.RESOLVED,
            fired_at=notice.at if begins else self.fired_at,
            at=notice.at,
            severity=max(severity, notice.severity, key=SEVERITIES.index),
            channels=tuple(dict.fromkeys((*channels, *notice.channels))),
            rearm_count=notice.rearm_count,
        )

    def seen_with(self, incident: Incident) -> Told:
        """Return it beside the incident as it stands: an alert that left takes its count along."""
        return replace(self, rearm_count=min(self.rearm_count, incident.rearm_count))


@dataclass(frozen=True, slots=True)
class Policy:
    """Where notices go, and in whose name."""

    routes: Sequence[NotifyRoute]
    service: str
    environment: str

    def due(self, incident: Incident, told: Told, now: float) -> Notice | None:
        """Return what people must be told of an incident now; None: nothing."""
        paged = incident.without_tickets() if told.severity is _PAGES else incident
        if told.is_open and not paged.is_active:  # a ticket that is left is told of by itself
            ended = paged.up_to(told.severity)  # not what was told to be over before
            return self._notice(ended, told, NoticeKind.RESOLVED, told.channels, now)
        if not incident.audible:
            return None
        for kind, channels in self._reasons(incident, told, now):
            if channels:
                return self._notice(incident, told, kind, tuple(dict.fromkeys(channels)), now)
        return None

    def _reasons(
        self, incident: Incident, told: Told, now: float
    ) -> Iterator[tuple[NoticeKind, Sequence[str]]]:
        routes = [each for each in self.routes if each.takes(incident.priority, incident.severity)]
        at_once = _channels(route for route in routes if not route.after)
        if not told.is_open:
            yield NoticeKind.FIRING, at_once
            return
        is_worse = SEVERITIES.index(incident.severity) > SEVERITIES.index(told.severity)
        if is_worse or incident.rearm_count > told.rearm_count:
            yield NoticeKind.WORSENED, (*told.channels, *at_once)
        age = max(0.0, now - told.fired_at)
        due = _channels(route for route in routes if route.after <= age)
        yield NoticeKind.ESCALATED, [name for name in due if name not in told.channels]
        quiet = max(0.0, now - told.at)
        repeated = _channels(route for route in routes if 0 < route.every <= quiet)
        yield NoticeKind.REMINDER, [name for name in repeated if name in told.channels]

    def _notice(
        self,
        incident: Incident,
        told: Told,
        kind: NoticeKind,
        channels: Sequence[str],
        now: float,
    ) -> Notice:
        return Notice(
            id=_digest(incident.id, str(told.count), kind.value),
            incident=incident.id,
            kind=kind,
            at=now,
            severity=incident.severity,
            priority=incident.priority,
            service=self.service,
            environment=self.environment,
            title=_title(incident, kind),
            text=_text(incident),
            alerts=tuple(incident.alerts[:MOST_ALERTS]),
            channels=channels,
            rearm_count=incident.rearm_count,
        )


def _channels(routes: Iterable[NotifyRoute]) -> list[str]:
    return [name for route in routes for name in route.channels]


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


_WORDS: Final = {
    NoticeKind.FIRING: "",
    NoticeKind.WORSENED: "worse: ",
    NoticeKind.ESCALATED: "nobody looks after it: ",
    NoticeKind.REMINDER: "still so: ",
    NoticeKind.RESOLVED: "over: ",
}


def _title(incident: Incident, kind: NoticeKind) -> str:
    names = list(dict.fromkeys(alert.endpoint for alert in incident.alerts))
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    seen = incident.cause if incident.is_storm else headline(incident.root)
    return f"{_WORDS[kind]}{incident.severity.value}, {names[0]}{more}: {seen}"


def _text(incident: Incident) -> str:
    told = lines(incident.alerts)
    if incident.cause == said(incident.root):
        return "\n".join(told)
    cause = incident.cause if incident.is_storm else f"Likely cause: {incident.cause}"
    return "\n".join((f"{cause}.", *told))
