"""An alert: something about one subject that somebody must know, and how it stands with it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import TypeVar

from api_performance.clock import SystemClock
from api_performance.errors import ConfigError
from api_performance.model import MetricPriority, PerformanceThreshold

Kind = TypeVar("Kind", bound=StrEnum)

ALERT: str = "alert"
"""The kind of event of every transition: its subject is the alert's id, its details the alert."""


HANDED_IN: str = "handed in"
"""The rule of an alert that code handed in; no reading ever ends it."""


class AlertState(StrEnum):
    """How it stands with an alert."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    FLAPPING = "flapping"
    SILENCED = "silenced"


ACTIVE: frozenset[AlertState] = frozenset(
    {AlertState.FIRING, AlertState.ACKNOWLEDGED, AlertState.FLAPPING, AlertState.SILENCED}
)
"""The states in which what is told of holds now."""


@dataclass(frozen=True, slots=True)
class PerformanceAlert:
    """SPEC.md's alert: what is past its bound, since when, and what it means.

    `endpoint` is its name, `metric_type` what was measured; `current_value` and `threshold` are in
    `unit`, of one that holds as read last. `id` is the same for the same rule and subject, in every
    process and after a restart. Instants are Unix seconds UTC: `at` of the last transition,
    `began_at` of the first breach, `fired_at` and `ended_at` 0.0 as long as that has not happened.
    `author` and `reason` are those of the last transition; `acknowledged_by` is empty when nobody
    looks after it, `rearm_count` says how often in its incident it was told anew although somebody
    did. `flips` are the last instants at which it fired or ended, `command_id` is the event of the
    last command that it took.
    ConfigError on a severity or priority that is none, and on a value or bound that is not finite.
    """

    endpoint: str
    metric_type: str
    current_value: float
    threshold: float
    severity: PerformanceThreshold
    message: str
    priority: MetricPriority = MetricPriority.MEDIUM
    at: float = 0.0
    id: str = ""
    rule: str = HANDED_IN
    subject: str = ""
    unit: str = "seconds"
    state: AlertState = AlertState.FIRING
    began_at: float = 0.0
    fired_at: float = 0.0
    ended_at: float = 0.0
    window_seconds: float = 0.0
    sample_count: int = 0
    causes: Sequence[str] = ()
    author: str = ""
    reason: str = ""
    acknowledged_by: str = ""
    acknowledged_value: float | None = None
    incident: str = ""
    rearm_count: int = 0
    flips: Sequence[float] = ()
    command_id: int = 0

    def __post_init__(self) -> None:
        """Make what was not given: time, id; and enums of their texts."""
        for name, kind in (("severity", PerformanceThreshold), ("priority", MetricPriority)):
            object.__setattr__(self, name, member(kind, name, getattr(self, name)))
        for name, given in (("current_value", self.current_value), ("threshold", self.threshold)):
            if not isfinite(given):
                raise ConfigError(f"{name} = {given} is refused: give a finite number.")
        at = self.at or SystemClock.now()
        object.__setattr__(self, "at", at)
        object.__setattr__(self, "began_at", self.began_at or at)
        object.__setattr__(self, "subject", self.subject or self.endpoint)
        if not self.id:
            made = alert_id(f"{self.rule}/{self.metric_type}", self.subject)
            object.__setattr__(self, "id", made)

    @property
    def is_active(self) -> bool:
        """What it tells of holds now."""
        return self.state in ACTIVE


def alert_id(rule: str, subject: str) -> str:
    """Return twelve hex digits that name the alert of a rule about a subject."""
    return hashlib.blake2b(f"{rule}\n{subject}".encode(), digest_size=6).hexdigest()


def member(kind: type[Kind], name: str, given: str) -> Kind:
    """Return the member of an enum that a text names, whatever its case. ConfigError if none is."""
    try:
        return kind(str(given).lower())
    except ValueError:
        allowed = ", ".join(kind)
        raise ConfigError(f"{name} = {given!r} is none: take one of {allowed}.") from None


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert as it is from now on, and how it stood before; stored as an event of kind ALERT.

    `event_id` is given by the store: it names this transition for ever.
    """

    alert: PerformanceAlert
    before: AlertState
    event_id: int = 0
