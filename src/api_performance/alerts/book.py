"""The book of alerts: readings, commands and silences become transitions, these become notices.

Kept by whoever holds the lease. All that is decided is an event in the store, written under the
lease's number, and decided from what the store holds: so whoever judges next goes on where the last
one ended, in the middle of a round too. Durations are read from a clock that nobody sets; where
they must come from instants, after a restart, none is negative.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from api_performance.alerts.alert import (
    ALERT,
    HANDED_IN,
    AlertState,
    PerformanceAlert,
    Transition,
    alert_id,
)
from api_performance.alerts.commands import ALERT_COMMAND, folded, with_silence
from api_performance.alerts.escalation import Policy, Told
from api_performance.alerts.grouping import Grouping, Incident, incidents
from api_performance.alerts.notice import NOTICE, Notice
from api_performance.alerts.present import Present
from api_performance.alerts.records import LONGEST_REASON, alerts_of, as_event, as_text
from api_performance.alerts.silences import Silences
from api_performance.alerts.state import (
    Signal,
    Since,
    forget_flips,
    moved,
    signal_of,
    with_reading,
)
from api_performance.alerts.words import measured
from api_performance.analysis.reading import Reading
from api_performance.clock import Clock
from api_performance.stores.base import Event, Lease, Store

JUDGE: Final = "judge"
"""The author of what no person did."""

NO_RULE: Final = "its rule or objective was deleted or switched off"


class Book:
    """Keeps the alerts of one store."""

    def __init__(self, store: Store, clock: Clock, policy: Policy) -> None:
        """Keep them in `store`; tell people as `policy` says."""
        self._store = store
        self._clock = clock
        self._policy = policy
        self._silences = Silences(store, clock)
        self._present = Present(store)
        self._fencing = 0
        self._alerts: dict[str, PerformanceAlert] = {}
        self._told: dict[str, Told] = {}
        self._since: dict[str, Since] = {}
        self._ids: dict[tuple[str, str, str], str] = {}
        self._last_alert = self._last_command = 0

    @property
    def alerts(self) -> Mapping[str, PerformanceAlert]:
        """Every alert that was ever raised, by id, as it stands."""
        return self._alerts

    def keep(
        self, readings: Iterable[Reading], lease: Lease, rules: Collection[str] | None = None
    ) -> list[Transition]:
        """Do one round under `lease`; return what changed.

        `rules` are the ids of those that look, None where that is not known: an alert of any other
        is over, for nobody will ever read its end.

        LeaseLost, StoreUnavailable: then what is stored stands, and the next round goes on there.
        """
        try:
            if lease.fencing != self._fencing:
                self._read()
                self._tell(lease)  # what the one before stored, and may not have told
            elif self._is_lost():
                self._restore(lease)
            self._fencing = lease.fencing
            now = self._clock.now()
            changed = self._store_all(self._changes(readings, rules, now), now, lease)
            self._present.write(self._alerts.values())
            self._tell(lease)
        except BaseException:
            self._fencing = 0  # what was written is not known: read it again
            raise
        return changed

    # What the store holds

    def _read(self) -> None:
        now, perf = self._clock.now(), self._clock.perf()
        self._alerts, self._since, self._told = {}, {}, {}
        self._last_alert = self._last_command = 0
        for event, alert in alerts_of(self._store.latest_events(ALERT)):
            self._alerts[alert.id] = alert
            self._last_alert = event.id
            if alert.state is AlertState.PENDING:
                self._since[alert.id] = Since(breached_at=perf - max(0.0, now - alert.began_at))
        for event in self._store.latest_events(NOTICE):
            self._note_told(event)
        named = {alert.incident for alert in self._alerts.values()}
        self._told = {of: told for of, told in self._told.items() if told.is_open or of in named}

    def _note_told(self, event: Event) -> None:
        try:
            notice = msgspec.json.decode(event.details, type=Notice)
        except (msgspec.MsgspecError, ValueError):  # another version wrote it
            return
        self._told[notice.incident] = self._told.get(notice.incident, Told()).after(notice)

    def _is_lost(self) -> bool:
        """Tell whether the store has been emptied since this book wrote to it."""
        last = self._last_alert
        return last > 0 and not self._store.latest_events(ALERT, last - 1)

    def _restore(self, lease: Lease) -> None:
        """Write anew what holds: the store was emptied, the trouble is not over."""
        held = [alert for alert in self._alerts.values() if alert.is_active]
        self._alerts, self._last_alert, self._last_command = {}, 0, 0
        for alert in held:
            self._record(alert, lease)

    def _record(self, alert: PerformanceAlert, lease: Lease) -> int:
        self._last_alert = self._store.record_event(as_event(alert), lease).id
        self._alerts[alert.id] = alert
        return self._last_alert

    # What changes

    def _changes(
        self, readings: Iterable[Reading], rules: Collection[str] | None, now: float
    ) -> list[PerformanceAlert]:
        """Return alerts as they are from now on, where that is not as they are stored."""
        after = self._commanded()
        after |= self._without_rule(rules, after, now)
        after |= self._read_on(readings, after, now)
        silences = self._silences.all()
        for of, alert in (self._alerts | after).items():
            heard = with_silence(alert, silences, now)
            if heard is not alert:
                after[of] = heard
        moved_ones = []
        for of, alert in after.items():
            if _is_moved(self._alerts.get(of), alert):
                moved_ones.append(alert)
            elif of in self._alerts:
                self._alerts[of] = alert  # it took a command that changes nothing
        return moved_ones

    def _commanded(self) -> dict[str, PerformanceAlert]:
        """Return the alerts that commands since the last round were about, after them."""
        after = {}
        for event in self._store.latest_events(ALERT_COMMAND, self._last_command):
            self._last_command = event.id
            alert = folded(self._alerts.get(event.subject), event)
            if alert is not None:
                after[event.subject] = alert
        return after

    def _without_rule(
        self, rules: Collection[str] | None, commanded: Mapping[str, PerformanceAlert], now: float
    ) -> dict[str, PerformanceAlert]:
        """Return the alerts that are over because their rule or objective is no more."""
        if rules is None:
            return {}
        left = {
            of: alert
            for of, alert in {**self._alerts, **commanded}.items()
            if alert.rule not in rules and alert.rule != HANDED_IN and not _is_idle(alert)
        }
        return {
            of: moved(alert, Signal.GONE, now, author=JUDGE, reason=NO_RULE)
            for of, alert in left.items()
        }

    def _read_on(
        self, readings: Iterable[Reading], commanded: Mapping[str, PerformanceAlert], now: float
    ) -> dict[str, PerformanceAlert]:
        """Return the alerts that readings, or their absence, change."""
        perf, after, read = self._clock.perf(), {}, set()
        known = {**self._alerts, **commanded}
        for reading in readings:
            of = self._id_of(reading)
            read.add(of)
            alert = known.get(of)
            if _is_idle(alert) and not reading.is_breached:
                self._since.pop(of, None)
                continue
            alert = alert or _fresh(of, reading, now)
            after[of] = self._after(alert, reading, now, perf)
        for of, alert in known.items():
            if of not in read and not _is_idle(alert) and alert.rule != HANDED_IN:
                after[of] = self._after(alert, None, now, perf)
        return {of: alert for of, alert in after.items() if alert is not known.get(of)}

    def _after(
        self, alert: PerformanceAlert, reading: Reading | None, now: float, perf: float
    ) -> PerformanceAlert:
        since = self._since.setdefault(alert.id, Since())
        since.note(reading, perf)
        alert = forget_flips(alert, now)
        signal = signal_of(alert, reading, since, perf)
        shown = _measured(alert, reading) if reading else alert
        after = moved(shown, signal, now, author=JUDGE, reason=_reason(alert, reading))
        if after is not shown:
            return after
        is_shown = alert.is_active and shown is not alert
        return replace(shown, severity=alert.severity) if is_shown else alert

    def _id_of(self, reading: Reading) -> str:
        key = reading.rule, reading.metric, reading.subject
        known = self._ids.get(key)
        if known is None:
            known = self._ids[key] = alert_id(f"{reading.rule}/{reading.metric}", reading.subject)
        return known

    # What is stored

    def _store_all(
        self, changed: Sequence[PerformanceAlert], now: float, lease: Lease
    ) -> list[Transition]:
        before = {alert.id: self._alerts.get(alert.id) for alert in changed}
        fired = [alert for alert in changed if alert.is_active and not _is_active(before[alert.id])]
        firing = {alert.id for alert in fired}
        others = [alert for alert in changed if alert.id not in firing]
        if fired:
            services = {each.id: each.service for each in self._store.endpoints()}
            grouping = Grouping(self._alerts.values(), services, now)
            fired = list(grouping.assigned((alert, before[alert.id]) for alert in fired))
        transitions = []
        for alert in (*others, *fired):
            event_id = self._record(alert, lease)
            earlier = before[alert.id]
            state = AlertState.OK if earlier is None else earlier.state
            transitions.append(Transition(alert, state, event_id))
        return transitions

    def _tell(self, lease: Lease) -> None:
        """Decide what people are told now, and store each decision."""
        now = self._clock.now()
        for incident in self._telling():
            told = self._told.get(incident.id, Told()).seen_with(incident)
            self._told[incident.id] = told
            notice = self._policy.due(incident, told, now)
            if notice is not None:
                self._store.record_event(_as_event(notice), lease)
                self._told[incident.id] = told.after(notice)

    def _telling(self) -> list[Incident]:
        """Return the incidents that hold, or of whose end nobody was told."""
        alerts = self._alerts.values()
        names = {alert.incident for alert in alerts if alert.is_active}
        names |= {name for name, told in self._told.items() if told.is_open}
        return incidents(alert for alert in alerts if alert.incident in names)


def _measured(alert: PerformanceAlert, reading: Reading) -> PerformanceAlert:
    """Return an alert as it is measured now; within its bound it still says what it said."""
    if reading.is_breached:
        return with_reading(alert, reading)
    if not alert.is_active or reading.value is None:
        return alert
    return replace(alert, current_value=reading.value, sample_count=reading.sample_count)


def _is_active(alert: PerformanceAlert | None) -> bool:
    return alert is not None and alert.is_active


def _is_idle(alert: PerformanceAlert | None) -> bool:
    """Tell whether only a breach can change an alert."""
    if alert is None or alert.state is AlertState.OK:
        return True
    return alert.state is AlertState.RESOLVED and alert.ended_at > 0


def _is_moved(before: PerformanceAlert | None, after: PerformanceAlert) -> bool:
    """Tell whether an alert made a transition; a value alone makes none."""
    if before is None:
        return after.state is not AlertState.OK
    return _standing(before) != _standing(after)


def _standing(alert: PerformanceAlert) -> tuple[object, ...]:
    return alert.state, alert.severity, alert.rearm_count


def _fresh(of: str, reading: Reading, now: float) -> PerformanceAlert:
    return PerformanceAlert(
        endpoint=reading.name,
        metric_type=reading.metric,
        current_value=reading.bound if reading.value is None else reading.value,
        threshold=reading.bound,
        severity=reading.severity,
        message=reading.text,
        priority=reading.priority,
        at=now,
        id=of,
        rule=reading.rule,
        subject=reading.subject,
        unit=reading.unit,
        state=AlertState.OK,
    )


def _reason(alert: PerformanceAlert, reading: Reading | None) -> str:
    """Return what was read, in a few words; "" where nothing was."""
    if reading is None or reading.value is None:
        return ""
    value, bound = measured(reading.value, alert.unit), measured(reading.bound, alert.unit)
    return f"{reading.metric} is {value}, the bound {bound}"


def _as_event(notice: Notice) -> Event:
    return Event(
        notice.at, NOTICE, notice.id, JUDGE, notice.title[:LONGEST_REASON], details=as_text(notice)
    )
