"""Silences and maintenance windows: alerts that nobody is told of for a while.

A maintenance window is a silence that begins later. Both end by themselves, and name who wanted
them and why. What is silenced is judged and shown all the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import msgspec

from api_performance.alerts.alert import PerformanceAlert
from api_performance.alerts.documents import CONFIGURATION, Documents, Kind
from api_performance.analysis.burn import objective_of
from api_performance.clock import Clock
from api_performance.errors import ConfigError, SilenceUnknown
from api_performance.measure.priority import Pattern
from api_performance.model import PerformanceThreshold
from api_performance.stores.base import Event, Store

SILENCES: Final = "silences"
"""The key, and the lease, of the document that holds them."""

MOST: Final = 1000
LONGEST_SECONDS: Final = 400 * 86_400.0


@dataclass(frozen=True, slots=True)
class Matcher:
    """Which alerts are meant: those that fit every part that is not empty.

    `endpoint` is a pattern as in the settings (`GET /api/*`), or a name as the alert has it; `rule`
    the id of a rule or objective; `instance` that of a process, as the alert's subject or among its
    causes.
    """

    alert: str = ""
    endpoint: str = ""
    rule: str = ""
    severity: PerformanceThreshold | None = None
    instance: str = ""

    def __post_init__(self) -> None:
        """ConfigError for one that is empty: all alerts are silenced by the pattern `*`."""
        if not any((self.alert, self.endpoint, self.rule, self.severity, self.instance)):
            raise ConfigError(
                "a silence that names nothing is refused: name an alert, endpoint, rule, severity"
                " or instance; endpoint = '*' silences every alert"
            )

    def matches(self, alert: PerformanceAlert) -> bool:
        """Tell whether it means an alert."""
        return (
            self.alert in ("", alert.id)
            and self.rule in ("", alert.rule, objective_of(alert.rule))
            and self.severity in (None, alert.severity)
            and (not self.endpoint or _is_named(self.endpoint, alert.endpoint))
            and (not self.instance or _is_of(self.instance, alert))
        )


def _is_named(pattern: str, name: str) -> bool:
    method, _, template = name.partition(" ")
    return pattern in ("*", name) or _compiled(pattern).matches(method, template)


@lru_cache(maxsize=MOST)
def _compiled(pattern: str) -> Pattern:
    return Pattern(pattern)


def _is_of(instance: str, alert: PerformanceAlert) -> bool:
    return alert.subject == instance or f"instance:{instance}" in alert.causes


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that `matcher` means tell nobody in [starts_at, ends_at), Unix seconds UTC.

    ConfigError for an end that is not after the start, or is more than 400 days off.
    """

    matcher: Matcher
    starts_at: float
    ends_at: float
    author: str
    reason: str
    id: str = field(default_factory=lambda: secrets.token_hex(6))

    def __post_init__(self) -> None:
        """Refuse what never begins, or never ends."""
        if not self.starts_at < self.ends_at <= self.starts_at + LONGEST_SECONDS:
            raise ConfigError(
                f"ends_at = {self.ends_at:.0f} is refused: it must be after starts_at"
                f" = {self.starts_at:.0f}, by at most 400 days, both in Unix seconds"
            )

    def covers(self, alert: PerformanceAlert, now: float) -> bool:
        """Tell whether it silences an alert at an instant."""
        return self.starts_at <= now < self.ends_at and self.matcher.matches(alert)


_KIND: Final = Kind(SILENCES, "silence", MOST, msgspec.json.Decoder(list[Silence]).decode)


def is_silenced(alert: PerformanceAlert, silences: Iterable[Silence], now: float) -> bool:
    """Tell whether any of some silences covers an alert now."""
    return any(silence.covers(alert, now) for silence in silences)


class Silences:
    """The silences of a store, which all its processes share."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Keep them in `store`."""
        self._clock = clock
        self._documents = Documents(store, clock, _KIND)

    def all(self) -> list[Silence]:
        """Return those that are not over, the one that ends first in front. StoreUnavailable."""
        now = self._clock.now()
        left = [silence for silence in self._documents.all() if now < silence.ends_at]
        return sorted(left, key=lambda silence: (silence.ends_at, silence.id))

    def add(self, silence: Silence) -> Silence:
        """Add one, and let go of those that are over. ConfigError past a thousand of them."""
        now = self._clock.now()
        if silence.ends_at <= now:
            raise ConfigError(f"ends_at = {silence.ends_at:.0f} is refused: that is over already")

        def added(known: list[Silence]) -> list[Silence]:
            left = [each for each in known if now < each.ends_at and each.id != silence.id]
            if len(left) >= MOST:
                raise ConfigError(f"there are {MOST} silences already: end one first")
            return [*left, silence]

        self._documents.change(
            added,
            Event(now, CONFIGURATION, f"silence {silence.id}", silence.author, silence.reason),
        )
        return silence

    def end(self, silence_id: str, *, author: str, reason: str = "ended by hand") -> None:
        """End one before its time. SilenceUnknown."""

        def ended(known: list[Silence]) -> list[Silence]:
            left = [silence for silence in known if silence.id != silence_id]
            if len(left) == len(known):
                raise SilenceUnknown(f"no silence has the id {silence_id!r}: it may be over by now")
            return left

        now = self._clock.now()
        self._documents.change(
            ended, Event(now, CONFIGURATION, f"silence {silence_id}", author, reason)
        )
