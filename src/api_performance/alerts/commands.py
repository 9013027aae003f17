"""What people and code do to alerts: acknowledge, resolve, hand in. From any process.

An act is an event, with no lease; who judges takes it at its next round. Until then every reader
lays it over what the judge stored, by the same table of states, so that all see it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import msgspec

from api_performance.alerts.alert import AlertState, PerformanceAlert
from api_performance.alerts.records import LONGEST_REASON, alerts_of, as_text
from api_performance.alerts.silences import Silence
from api_performance.alerts.state import SEVERITIES, Signal, moved
from api_performance.errors import AlertUnknown
from api_performance.stores.base import Event

ALERT_COMMAND: Final = "alert command"
"""The kind of event of every act: its subject is the alert's id."""

LONGEST_AUTHOR: Final = 100

LONGEST_TEXT: Final = 2000
"""Of what code hands in: each transition and each notice carries it again."""

MOST_CAUSES: Final = 20


class Act(StrEnum):
    """What may be done to an alert."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    RAISE = "raise"


_SIGNALS: Final = {Act.ACKNOWLEDGE: Signal.ACKNOWLEDGED, Act.RESOLVE: Signal.RESOLVED}


@dataclass(frozen=True, slots=True)
class Command:
    """One act. `alert` is as who acts saw it afterwards: it stands where no judge knows it."""

    act: Act
    alert: PerformanceAlert


def folded(known: PerformanceAlert | None, event: Event) -> PerformanceAlert | None:
    """Return an alert after the command of an event, None if that cannot be read.

    It is taken once: an alert that took it already comes back as it is.
    """
    if known is not None and event.id and event.id <= known.command_id:
        return known
    try:
        command = msgspec.json.decode(event.details, type=Command)
    except (msgspec.MsgspecError, ValueError):  # another version wrote it
        return known
    return replace(acted(known, command, event), command_id=event.id)


def acted(known: PerformanceAlert | None, command: Command, event: Event) -> PerformanceAlert:
    """Return an alert after a command; `event` tells who acted, when and why."""
    if command.act is Act.RAISE:
        return _raised(known, command.alert, event)
    if known is None:
        return command.alert
    told = {"author": event.author, "reason": event.reason}
    return moved(known, _SIGNALS[command.act], event.at, **told)


def _raised(
    known: PerformanceAlert | None, given: PerformanceAlert, event: Event
) -> PerformanceAlert:
    told = {"author": event.author, "reason": event.reason}
    if known is None:
        return moved(replace(given, state=AlertState.OK), Signal.LASTING, event.at, **told)
    is_worse = SEVERITIES.index(given.severity) > SEVERITIES.index(known.severity)
    anew = replace(
        known,
        current_value=given.current_value,
        threshold=given.threshold,
        severity=given.severity,
        message=given.message,
        causes=given.causes,
    )
    signal = Signal.WORSENED if is_worse and known.is_active else Signal.LASTING
    return moved(anew, signal, event.at, **told)


def standing(
    alerts: Iterable[Event], commands: Iterable[Event], silences: Iterable[Silence], now: float
) -> dict[str, PerformanceAlert]:
    """Return by id how it stands with every alert: as judged, then commands, then silences."""
    found = {alert.id: alert for _, alert in alerts_of(alerts)}
    for event in commands:
        alert = folded(found.get(event.subject), event)
        if alert is not None:
            found[event.subject] = alert
    silences = list(silences)
    return {of: with_silence(alert, silences, now) for of, alert in found.items()}


def with_silence(
    alert: PerformanceAlert, silences: Iterable[Silence], now: float
) -> PerformanceAlert:
    """Return an alert silenced, or no longer."""
    if alert.state not in _AUDIBLE:
        return alert
    by = next((silence for silence in silences if silence.covers(alert, now)), None)
    if by is None:
        return moved(alert, Signal.UNSILENCED, now)
    return moved(alert, Signal.SILENCED, now, author=by.author, reason=by.reason)


_AUDIBLE: Final = (AlertState.FIRING, AlertState.FLAPPING, AlertState.SILENCED)


def commanded(
    act: Act, known: Mapping[str, PerformanceAlert], ids: Iterable[str], by: Event
) -> list[tuple[PerformanceAlert, Event | None]]:
    """Return some alerts as an act makes them, each with the event to record.

    `known` is how it stands with all; `by` tells who acts, when and why. An alert that the act
    changes nothing of comes as it is, without an event. AlertUnknown for an id that is none.
    """
    by = replace(
        by, author=_kept(by.author, LONGEST_AUTHOR), reason=_kept(by.reason, LONGEST_REASON)
    )
    chosen = [_known(known, alert_id) for alert_id in dict.fromkeys(ids)]
    found: list[tuple[PerformanceAlert, Event | None]] = []
    for alert in chosen:
        after = acted(alert, Command(act, alert), by)
        found.append((after, None if after is alert else _event(Command(act, after), by)))
    return found


def handed_in(alert: PerformanceAlert, by: Event) -> Event:
    """Return the event that hands an alert in, its texts no longer than LONGEST_TEXT."""
    kept = replace(
        alert,
        endpoint=_kept(alert.endpoint, LONGEST_TEXT),
        subject=_kept(alert.subject, LONGEST_TEXT),
        metric_type=_kept(alert.metric_type, LONGEST_TEXT),
        message=_kept(alert.message, LONGEST_TEXT),
        causes=tuple(_kept(cause, LONGEST_TEXT) for cause in alert.causes[:MOST_CAUSES]),
    )
    return _event(Command(Act.RAISE, kept), by)


def _kept(text: str, longest: int) -> str:
    """Return a text that fits and can be written: no half of a character that UTF-16 splits."""
    return text[:longest].encode(errors="replace").decode()


def _event(command: Command, by: Event) -> Event:
    details = as_text(command)
    return Event(by.at, ALERT_COMMAND, command.alert.id, by.author, by.reason, details=details)


def _known(known: Mapping[str, PerformanceAlert], alert_id: str) -> PerformanceAlert:
    alert = known.get(alert_id)
    if alert is None:
        raise AlertUnknown(
            f"no alert has the id {alert_id!r}: get_alerts() and the page list those there are"
        )
    return alert
