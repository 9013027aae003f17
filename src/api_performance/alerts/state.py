"""The states of an alert: what a signal makes of each, as a table, and how an alert moves by it.

Rules. A breach counts once it has lasted; an end counts once it has lasted. Who acknowledges an
alert is left alone until it worsens, or ends and comes back. What was resolved by hand stays so
until it was clear once. What fires and ends again and again is flapping, until it is quiet. A cell
that the table lacks changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from api_performance.alerts.alert import ACTIVE, HANDED_IN, AlertState, PerformanceAlert
from api_performance.analysis.reading import Reading
from api_performance.model import PerformanceThreshold

FLAP_CHANGES: Final = 5
FLAP_SECONDS: Final = 3600.0
"""The fifth change within an hour is flapping: it fires for the third time. An end needs minutes
of clear windows, so a fault that is there for good makes one change, and a second attempt three."""

STEADY_SECONDS: Final = 1800.0
"""What was clear, or past its bound, for so long flaps no more."""

GONE_SECONDS: Final = 3600.0
"""Nothing was told of it for so long: its rule, endpoint or process is no more."""

WORSE_FACTOR: Final = 1.5
"""An acknowledged value that grows by half is worse; a rule's noise stays well below that."""


class Signal(StrEnum):
    """What is said of an alert: by a reading of its rule, by people, by a silence."""

    BREACHED = "past its bound, not for long"
    LASTING = "past its bound for long enough"
    STEADY = "past its bound for so long that it does not flap"
    FLUTTERING = "past its bound again, for the third time lately"
    WORSENED = "worse than when it was told, or than when it was acknowledged"
    HELD = "past its bound, resolved by hand, and not clear since"
    BETWEEN = "neither past its bound nor clear"
    NO_DATA = "nothing to tell"
    GONE = "nothing to tell for an hour"
    CLEAR = "clear, not for long"
    CLEARED = "clear for long enough"
    QUIET = "clear for so long that it does not flap"
    ENDED = "resolved by hand, and clear for the first time since"
    ACKNOWLEDGED = "somebody looks after it"
    RESOLVED = "resolved by hand"
    SILENCED = "a silence covers it"
    UNSILENCED = "no silence covers it"


_OK, _PENDING, _FIRING, _ACKNOWLEDGED, _RESOLVED, _FLAPPING, _SILENCED = AlertState
_RAISED: Final = {
    Signal.LASTING: _FIRING,
    Signal.STEADY: _FIRING,
    Signal.WORSENED: _FIRING,
    Signal.FLUTTERING: _FLAPPING,
}
_OVER: Final = {
    Signal.CLEARED: _RESOLVED,
    Signal.QUIET: _RESOLVED,
    Signal.GONE: _RESOLVED,
    Signal.RESOLVED: _RESOLVED,
}
_NOT_YET: Final = (
    *(Signal.BETWEEN, Signal.NO_DATA, Signal.GONE, Signal.CLEAR, Signal.CLEARED, Signal.QUIET),
)

TABLE: Final[Mapping[AlertState, Mapping[Signal, AlertState]]] = MappingProxyType(
    {
        _OK: {**_RAISED, Signal.BREACHED: _PENDING},
        _PENDING: {**_RAISED, **dict.fromkeys(_NOT_YET, _OK)},
        _FIRING: {**_OVER, Signal.ACKNOWLEDGED: _ACKNOWLEDGED, Signal.SILENCED: _SILENCED},
        _ACKNOWLEDGED: {**_OVER, Signal.WORSENED: _FIRING},
        _RESOLVED: {**_RAISED, Signal.BREACHED: _PENDING, Signal.ENDED: _OK},
        _FLAPPING: {
            Signal.STEADY: _FIRING,
            Signal.QUIET: _RESOLVED,
            Signal.GONE: _RESOLVED,
            Signal.RESOLVED: _RESOLVED,
            Signal.ACKNOWLEDGED: _ACKNOWLEDGED,
            Signal.SILENCED: _SILENCED,
        },
        _SILENCED: {**_OVER, Signal.ACKNOWLEDGED: _ACKNOWLEDGED, Signal.UNSILENCED: _FIRING},
    }
)
"""state -> signal -> the state that follows."""

SEVERITIES: Final = tuple(PerformanceThreshold)
"""The severities, the least first."""


@dataclass(slots=True)
class Since:
    """For how long readings have said the same, by a clock that nobody sets, in seconds.

    Readings of `breached_at`, `clear_at` and `missing_at` are None while that is not so.
    """

    breached_at: float | None = None
    clear_at: float | None = None
    missing_at: float | None = None

    def note(self, reading: Reading | None, perf: float) -> None:
        """Take in what is read at `perf`; None: nothing was."""
        is_breached = reading is not None and reading.is_breached
        is_clear = reading is not None and reading.is_clear
        is_told = reading is not None and (is_breached or is_clear or reading.value is not None)
        self.breached_at = _began(self.breached_at, perf, is_breached)
        self.clear_at = _began(self.clear_at, perf, is_clear)
        self.missing_at = _began(self.missing_at, perf, not is_told)


def _began(known: float | None, perf: float, holds: bool) -> float | None:
    return (perf if known is None else known) if holds else None


def step(state: AlertState, signal: Signal) -> AlertState:
    """Return the state that follows."""
    return TABLE[state].get(signal, state)


def signal_of(
    alert: PerformanceAlert, reading: Reading | None, since: Since, perf: float
) -> Signal:
    """Return what a reading says of an alert, given for how long it and its like have said so."""
    is_held = alert.state is AlertState.RESOLVED and not alert.ended_at
    if reading is not None and since.breached_at is not None:
        return Signal.HELD if is_held else _breach(alert, reading, perf - since.breached_at)
    if reading is not None and since.clear_at is not None:
        return Signal.ENDED if is_held else _end(reading, perf - since.clear_at)
    if since.missing_at is None:
        return Signal.BETWEEN
    return Signal.GONE if perf - since.missing_at >= GONE_SECONDS else Signal.NO_DATA


def _breach(alert: PerformanceAlert, reading: Reading, seconds: float) -> Signal:
    if is_worse(alert, reading):
        return Signal.WORSENED
    if seconds >= STEADY_SECONDS:
        return Signal.STEADY
    if seconds < reading.keep_seconds:
        return Signal.BREACHED
    is_fluttering = not alert.is_active and len(alert.flips) >= FLAP_CHANGES - 1
    return Signal.FLUTTERING if is_fluttering else Signal.LASTING


def _end(reading: Reading, seconds: float) -> Signal:
    if seconds >= STEADY_SECONDS:
        return Signal.QUIET
    return Signal.CLEARED if seconds >= reading.clear_seconds else Signal.CLEAR


def is_worse(alert: PerformanceAlert, reading: Reading) -> bool:
    """Tell whether an active alert is worse than when it was told, or acknowledged."""
    if not alert.is_active or alert.state is AlertState.SILENCED:
        return False
    if SEVERITIES.index(reading.severity) > SEVERITIES.index(alert.severity):
        return True
    known = alert.acknowledged_value
    if alert.state is not AlertState.ACKNOWLEDGED or known is None or reading.value is None:
        return False
    if known > reading.bound:
        return reading.value >= known * WORSE_FACTOR
    return known < reading.bound and reading.value <= known / WORSE_FACTOR and reading.value < known


def forget_flips(alert: PerformanceAlert, now: float) -> PerformanceAlert:
    """Return an alert without the changes that are no longer of the last hour."""
    recent = tuple(at for at in alert.flips if 0 <= now - at < FLAP_SECONDS)
    return alert if len(recent) == len(alert.flips) else replace(alert, flips=recent)


def with_reading(alert: PerformanceAlert, reading: Reading) -> PerformanceAlert:
    """Return an alert that shows what a breached reading says."""
    return replace(
        alert,
        endpoint=reading.name,
        current_value=alert.current_value if reading.value is None else reading.value,
        threshold=reading.bound,
        severity=reading.severity,
        priority=reading.priority,
        message=reading.text or alert.message,
        window_seconds=reading.window_seconds,
        sample_count=reading.sample_count,
        causes=tuple(reading.causes) or alert.causes,
    )


def moved(
    alert: PerformanceAlert, signal: Signal, at: float, *, author: str = "", reason: str = ""
) -> PerformanceAlert:
    """Return an alert as a signal makes it at the instant `at`; itself where nothing changes."""
    state = step(alert.state, signal)
    if state is alert.state and signal is not Signal.WORSENED:
        return alert
    changes: dict[str, Any] = {  # Any: the alert's own fields
        "state": state,
        "at": at,
        "author": author,
        "reason": reason or signal.value,
    }
    was_active, is_active = alert.state in ACTIVE, state in ACTIVE
    if not was_active and not is_active and state is AlertState.PENDING:
        changes["began_at"] = at
    if is_active and not was_active:
        changes |= _fired(alert, at)
    if was_active and not is_active:
        changes |= _ended(alert, signal, at)
    if signal is Signal.ENDED:
        changes["ended_at"] = at
    if state is AlertState.ACKNOWLEDGED and alert.state is not state:
        changes |= {"acknowledged_by": author, "acknowledged_value": alert.current_value}
    if alert.state is AlertState.ACKNOWLEDGED and state is AlertState.FIRING:
        changes |= {"acknowledged_by": "", "rearm_count": alert.rearm_count + 1}
    return replace(alert, **changes)


def _fired(alert: PerformanceAlert, at: float) -> dict[str, Any]:  # Any: the alert's own fields
    is_new = alert.state is not AlertState.PENDING
    return {
        "began_at": at if is_new else alert.began_at,
        "fired_at": at,
        "ended_at": 0.0,
        "acknowledged_by": "",
        "acknowledged_value": None,
        "flips": (*alert.flips, at)[-FLAP_CHANGES:],
    }


def _ended(
    alert: PerformanceAlert, signal: Signal, at: float
) -> dict[str, Any]:  # Any: the alert's own fields
    is_by_hand = signal is Signal.RESOLVED and alert.rule != HANDED_IN
    return {"ended_at": 0.0 if is_by_hand else at, "flips": (*alert.flips, at)[-FLAP_CHANGES:]}
