"""A day with twelve faults: recorded windows, written to a store under a manual clock, and judged.

Before it lie four weeks without a fault, of which only the hours are written, and an evening. Where
nothing begins or ends a round of judging every two minutes is enough; where something does there is
one every ten seconds, as in life. All that judges is the product's own, from the store to the
decision what people are told.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from api_performance.alerts.alert import ALERT
from api_performance.alerts.grouping import Incident, incidents
from api_performance.alerts.notice import NOTICE, Notice, NoticeKind
from api_performance.alerts.records import alerts_of
from api_performance.clock import ManualClock
from api_performance.config import Config
from api_performance.judging import JUDGE_SECONDS, Judging
from api_performance.measure.window import Window
from api_performance.model import PERFORMANCE_THRESHOLDS, Endpoint, Instance
from api_performance.objective import default_objectives
from api_performance.stores.base import FOLD_LEASE, Batch, InstanceState, Lease, Retention
from api_performance.stores.memory import MemoryStore
from api_performance.wiring import make_judging
from benchmarks.alerting.faults import ALLOWED_SECONDS, DAY, MINUTE, WORKER, BadHour, begins_at
from benchmarks.alerting.fleet import SERVICE, Fleet
from benchmarks.alerting.recording import SLICE_SECONDS, Recorded, Slice
from benchmarks.alerting.traffic import BEGIN, HOUR
from benchmarks.alerting.traffic import DAY as DAY_SECONDS

PAST_DAYS: Final = 28
EVENING_SECONDS: Final = 6 * HOUR
MIDNIGHT: Final = BEGIN + PAST_DAYS * DAY_SECONDS
MORNING: Final = 5 * HOUR
"""Until then it is night."""

HOURS_MADE: Final = 3
"""So many different hours are made of recorded slices, to be chosen from for the past."""

LEASE_SECONDS: Final = 120.0
QUIET_SECONDS: Final = 120.0
CARE_SECONDS: Final = 300.0
NEAR_SECONDS: Final = 600.0
"""So long after a fault's beginning and end a round is held every ten seconds."""

NO_PROMISES: Final = [
    replace(each, enabled=False) for each in default_objectives(PERFORMANCE_THRESHOLDS)
]
"""The shop misses the default objectives all day through, by the faults that it was made with: one
payment in twenty fails. So they are switched off, as its owner would."""

LATE_MACHINE: Final = [{"id": "loop_lag", "warning": 0.5, "critical": 2.0}]
"""The recorded machine had thirty programs to run on two cores, so that each waited 0.2 s for its
turn, and every event loop was late: past the default bound (0.1 s) all day through."""


@dataclass(slots=True)
class Seen:
    """An incident as it was told: when it began, and its cause while it lasted."""

    id: str
    began_at: float
    causes: dict[str, int] = field(default_factory=dict)
    told: str = ""
    alerts: set[str] = field(default_factory=set)
    notices: int = 0

    @property
    def cause(self) -> str:
        """What was given as its cause for the longest time."""
        return max(self.causes, key=lambda each: self.causes[each], default="")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fault, the incidents that began while it lasted, and whether its cause was named right."""

    fault: BadHour
    began_at: float
    incidents: Sequence[Seen]
    is_named: bool

    @property
    def found_after_seconds(self) -> float | None:
        """Seconds until the first of them; None: it was not found."""
        return min((each.began_at - self.began_at for each in self.incidents), default=None)


class Day:
    """Replays and judges. Made for one run."""

    def __init__(self, recorded: Recorded, seed: int = 1) -> None:
        """Take what was `recorded`; what is chosen of it depends on `seed`."""
        self.clock = ManualClock(MIDNIGHT - EVENING_SECONDS)
        self.store = MemoryStore(Retention(max_store_bytes=1 << 31))
        self.seen: dict[str, Seen] = {}
        self._worst = ""
        self._recorded = recorded
        self._chance = random.Random(seed)
        self._fleet = Fleet(self.store, recorded.operations.values())
        config = Config(
            store="memory://", service=SERVICE, objectives=NO_PROMISES, alert_rules=LATE_MACHINE
        )
        self._judging: Judging = make_judging(config, self.store, self.clock)
        self._judged_at = self._cared_at = 0.0
        self._last_notice = 0
        self._fault: BadHour | None = None
        self._number = 0

    def live(self, faults: Sequence[BadHour] = DAY) -> list[Outcome]:
        """Live through the day, and return what became of its faults."""
        self._write_past()
        self._fleet.start(self.clock.now() - HOUR, "1.0", self._workers())
        while self.clock.now() < MIDNIGHT + DAY_SECONDS:
            self._step(faults)
        self._judging.close()
        return [self._outcome(number, fault) for number, fault in enumerate(faults)]

    def _workers(self) -> int:
        return len(self._recorded.slices["usual"][0])

    # The past

    def _write_past(self) -> None:
        """Write the hours of four weeks as one process' that is no more."""
        gone = Instance(SERVICE, "1.0", "demo", "web-1", 1, BEGIN)
        days, nights = self._hours("usual"), self._hours("night")
        lease = self._lease()
        end = int(self.clock.now())
        for sequence, start in enumerate(range(int(BEGIN), end, HOUR), 1):
            is_night = start % DAY_SECONDS < MORNING
            hour = self._chance.choice(nights if is_night else days)
            windows = [(endpoint, window.copy(float(start))) for endpoint, window in hour]
            state = InstanceState(gone, start + HOUR, sequence, has_ended=True)
            self.store.append(Batch(state, sequence, windows))
            self.store.fold(start + 2.0 * HOUR, lease)
        self.store.compact(self.clock.now(), lease)

    def _hours(self, name: str) -> list[list[tuple[Endpoint, Window]]]:
        """Return some hours made of recorded slices of all workers."""
        return [self._hour(self._recorded.slices[name]) for _ in range(HOURS_MADE)]

    def _hour(self, slices: Sequence[Slice]) -> list[tuple[Endpoint, Window]]:
        merged: dict[str, tuple[Endpoint, Window]] = {}
        for each in self._chance.choices(slices, k=HOUR // SLICE_SECONDS):
            for worker in each:
                for endpoint, window in worker.windows:
                    merged.setdefault(endpoint.id, (endpoint, Window(0.0)))[1].merge(window)
        for _, window in merged.values():
            window.operations = {}  # nobody asks after those of weeks ago
        return list(merged.values())

    def _lease(self) -> Lease:
        lease = self.store.acquire(FOLD_LEASE, "the judge", self.clock.now(), LEASE_SECONDS)
        if lease is None:
            raise RuntimeError("nobody else asks for the lease")
        return lease

    # The day

    def _step(self, faults: Sequence[BadHour]) -> None:
        """Live through ten seconds."""
        at = self.clock.now() - MIDNIGHT
        number = next((n for n in range(len(faults)) if _lasts(faults[n], n, at)), None)
        self._turn_to(None if number is None else faults[number])
        self._write(at, number)
        self.clock.advance(SLICE_SECONDS)
        now = self.clock.now()
        lease = self._lease()
        if now - self._cared_at >= QUIET_SECONDS:
            self._cared_at = now
            self.store.fold(now, lease)
            if now % CARE_SECONDS < SLICE_SECONDS:
                self.store.compact(now, lease)
        is_near = any(_is_near(fault, n, at) for n, fault in enumerate(faults))
        if at >= -HOUR and now - self._judged_at >= (JUDGE_SECONDS if is_near else QUIET_SECONDS):
            self._judged_at = now
            self._judging.hold(lease)
            self._look(now)

    def _turn_to(self, fault: BadHour | None) -> None:
        """Begin a fault, or end the one that is: deploy, lose or start what goes with that."""
        if fault is self._fault:
            return
        now, before = self.clock.now(), self._fault
        self._fault, self._number = fault, 0
        if fault is not None and WORKER in fault.named:
            self._worst = self._worst_of(fault)
        if fault is not None and fault.is_lost:
            self._fleet.lose()
        elif fault is not None and fault.is_release:
            self._fleet.stop(now)
            self._fleet.start(now, "1.1", self._workers())
        elif before is not None and (before.is_lost or before.is_release):
            self._fleet.stop(now)
            self._fleet.start(now, "1.0", self._workers())

    def _write(self, at: float, number: int | None) -> None:
        start, fault = self.clock.now(), self._fault
        if number is not None and fault is not None and _is_on(fault, at - begins_at(number)):
            slices = self._recorded.slices[fault.recording]
            self._fleet.write(start, slices, self._number, goes_on=fault.goes_on)
            self._number = (self._number + 1) % len(slices)
            return
        slices = self._recorded.slices["usual" if at % DAY_SECONDS >= MORNING else "night"]
        self._fleet.write(start, slices, self._chance.randrange(len(slices)), goes_on=False)

    # What is told

    def _look(self, now: float) -> None:
        """Note the incidents that hold, with the cause that each names."""
        alerts = (alert for _, alert in alerts_of(self.store.latest_events(ALERT)))
        for incident in incidents(alerts):
            if incident.is_active:
                self._note(incident)
        for event in self.store.latest_events(NOTICE, self._last_notice):
            self._last_notice = event.id
            notice = msgspec.json.decode(event.details, type=Notice)
            seen = self.seen.get(notice.incident)
            if seen is not None:
                seen.notices += 1
                if notice.kind is NoticeKind.FIRING and not seen.told:
                    seen.told = notice.title

    def _note(self, incident: Incident) -> None:
        fired = min(alert.fired_at for alert in incident.alerts if alert.fired_at)
        seen = self.seen.setdefault(incident.id, Seen(incident.id, fired))
        seen.causes[incident.cause] = seen.causes.get(incident.cause, 0) + 1
        seen.alerts |= {f"{alert.rule} {alert.endpoint}" for alert in incident.alerts}

    def _outcome(self, number: int, fault: BadHour) -> Outcome:
        start = MIDNIGHT + begins_at(number)
        end = start + fault.minutes * MINUTE + ALLOWED_SECONDS
        its = sorted(
            (each for each in self.seen.values() if start <= each.began_at < end),
            key=lambda each: each.began_at,
        )
        names = [name.replace(WORKER, self._worst) for name in fault.named]
        is_named = any(name in its[0].cause for name in names) if its else False
        return Outcome(fault, start, its, is_named)

    def _worst_of(self, fault: BadHour) -> str:
        """Return the process in which most requests of a recording fail."""
        failed = [0] * self._workers()
        for each in self._recorded.slices[fault.recording]:
            for place, worker in enumerate(each):
                failed[place] += sum(window.exceptions for _, window in worker.windows)
        return self._fleet.processes[failed.index(max(failed))].instance.id


def _lasts(fault: BadHour, number: int, at: float) -> bool:
    return 0 <= at - begins_at(number) < fault.minutes * MINUTE


def _is_near(fault: BadHour, number: int, at: float) -> bool:
    """Tell whether a fault begins, comes back or ends: then nothing is left out."""
    since, end = at - begins_at(number), fault.minutes * MINUTE
    if fault.on_minutes:
        return 0 <= since < end + NEAR_SECONDS
    return 0 <= since < NEAR_SECONDS or end <= since < end + NEAR_SECONDS


def _is_on(fault: BadHour, since: float) -> bool:
    if not fault.on_minutes:
        return True
    return since % ((fault.on_minutes + fault.off_minutes) * MINUTE) < fault.on_minutes * MINUTE


def told(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield a few lines for each fault."""
    for outcome in outcomes:
        after = outcome.found_after_seconds
        found = "NOT FOUND" if after is None else f"found after {after / 60:.1f} min"
        right = "cause right" if outcome.is_named else "CAUSE WRONG"
        yield f"{outcome.fault.what}: {found}, {len(outcome.incidents)} incidents, {right}"
        for seen in outcome.incidents:
            yield f"    {seen.cause} ({len(seen.alerts)} alerts, {seen.notices} notices)"


def others(day: Day, outcomes: Sequence[Outcome]) -> list[Seen]:
    """Return the incidents of the day that no fault explains."""
    explained = {seen.id for outcome in outcomes for seen in outcome.incidents}
    return [seen for seen in day.seen.values() if seen.id not in explained]


def hour_of(seen: Seen) -> float:
    """Return the hour of the day at which an incident began."""
    return (seen.began_at - MIDNIGHT) / HOUR


def as_numbers(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as it is written down."""
    return {
        "fault": outcome.fault.what,
        "found_after_seconds": outcome.found_after_seconds,
        "causes": [seen.cause for seen in outcome.incidents],
        "is_named": outcome.is_named,
    }
