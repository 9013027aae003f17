"""Whatever happens to who judges: no notice is lost, none is decided twice."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from api_performance.alerts.alert import ACTIVE, ALERT, AlertState
from api_performance.alerts.channels.memory import MemoryChannel
from api_performance.alerts.commands import Act
from api_performance.alerts.desk import Desk
from api_performance.alerts.notice import NOTICE, NoticeKind
from api_performance.alerts.notifier import Notifier
from api_performance.alerts.records import alert_of
from api_performance.errors import LeaseLost, StoreUnavailable
from api_performance.model import PerformanceThreshold
from api_performance.stores.base import Event, Lease
from api_performance.stores.memory import MemoryStore
from api_performance.stores.sqlite import SQLiteStore
from tests.alerts.making import (
    CHECKOUT,
    MachineClock,
    a_book,
    a_lease,
    between,
    breached,
    clear,
    decoded,
)

ENDPOINTS = [
    breached(CHECKOUT, subject=f"c0ffee00000{number}", name=f"GET /{number}", keep_seconds=keep)
    for number, keep in enumerate((0.0, 20.0))
]
SAYS = st.sampled_from(["breached", "worse", "higher", "between", "clear", "nothing"])
SECONDS = st.sampled_from([10.0, 60.0, 3600.0])


class Fragile:
    """A store that fails at the n-th event from now, before or after it was written."""

    fails_in = 0
    is_written = False

    def record_event(self, event: Event, lease: Lease | None = None) -> Event:
        self.fails_in -= 1
        if self.fails_in == 0:
            if self.is_written:
                super().record_event(event, lease)  # type: ignore[misc]  # the store's own
            raise StoreUnavailable("the connection broke")
        recorded: Event = super().record_event(event, lease)  # type: ignore[misc]  # as above
        return recorded


class FragileMemory(Fragile, MemoryStore):
    pass


class FragileSQLite(Fragile, SQLiteStore):
    pass


class Judges(RuleBasedStateMachine):
    """Two processes that take turns, die, lose the store and the lease, with people in between."""

    store: FragileMemory | FragileSQLite

    @initialize()
    def begin(self) -> None:
        self.make_store()
        self.clock = MachineClock()
        self.channel = MemoryChannel("log")
        self.holder = 0
        self.said = {reading.subject: "clear" for reading in ENDPOINTS}
        self.follow()

    def make_store(self) -> None:
        self.store = FragileMemory()

    def follow(self) -> None:
        """Another process is given the lease, and begins with an empty book."""
        self.holder += 1
        self.lease = a_lease(self.store, self.clock, str(self.holder))
        self.book = a_book(self.store, self.clock)
        self.notifier = Notifier({"log": self.channel}, self.store, self.clock)

    def readings(self) -> list[Any]:  # Any: readings
        made = []
        for reading in ENDPOINTS:
            says = self.said[reading.subject]
            if says == "breached":
                made.append(breached(reading))
            elif says == "worse":
                made.append(breached(reading, value=9.0))
            elif says == "higher":
                made.append(breached(reading, severity=PerformanceThreshold.CRITICAL))
            elif says != "nothing":
                made.append(clear(reading) if says == "clear" else between(reading))
        return made

    def judge(self) -> None:
        try:
            self.book.keep(self.readings(), self.lease)
            self.notifier.deliver(self.lease, self.clock.now())
        finally:
            assert self.notifier.wait(30)

    @rule(subject=st.sampled_from([each.subject for each in ENDPOINTS]), says=SAYS)
    def read(self, subject: str, says: str) -> None:
        self.said[subject] = says
        self.clock.advance(10)
        self.judge()

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.judge()

    @rule(seconds=st.sampled_from([-86_400.0, -30.0, 30.0, 600.0]))
    def set_the_clock(self, seconds: float) -> None:
        self.clock.jump(seconds)

    @rule(says=SAYS, fails_in=st.integers(1, 4), is_written=st.booleans(), dies=st.booleans())
    def break_off(self, says: str, fails_in: int, is_written: bool, dies: bool) -> None:
        """The store fails in the middle of a round, and the process may die of it."""
        self.said = dict.fromkeys(self.said, says)
        self.store.fails_in, self.store.is_written = fails_in, is_written
        self.clock.advance(10)
        try:
            self.judge()
        except StoreUnavailable:
            if dies:
                self.store.release(self.lease)
                self.follow()
        self.store.fails_in = 0

    @rule()
    def restart(self) -> None:
        self.store.release(self.lease)
        self.follow()

    @rule()
    def compete(self) -> None:
        """Another takes over; who does not know it yet is refused, and leaves no trace."""
        old_book, old_lease, old_notifier = self.book, self.lease, self.notifier
        self.store.release(old_lease)
        self.follow()
        before = self.store.events(0, 3e9)
        with suppress(LeaseLost):
            old_book.keep(self.readings(), old_lease)
        with suppress(LeaseLost):
            old_notifier.deliver(old_lease, self.clock.now())
        assert old_notifier.wait(30)
        assert self.store.events(0, 3e9) == before

    @rule(act=st.sampled_from([Act.ACKNOWLEDGE, Act.RESOLVE]))
    def act(self, act: Act) -> None:
        desk = Desk(self.store, self.clock)
        desk.act(act, desk.standing(), author="ann", reason="")

    @invariant()
    def no_notice_is_decided_twice_or_out_of_turn(self) -> None:
        if not hasattr(self, "book"):
            return
        is_open: dict[str, bool] = {}
        ids = set()
        for event in self.events(NOTICE):
            notice = decoded(event)
            assert notice.id not in ids
            ids.add(notice.id)
            begins = notice.kind is NoticeKind.FIRING
            assert is_open.get(notice.incident, False) is not begins
            is_open[notice.incident] = notice.kind is not NoticeKind.RESOLVED

    @invariant()
    def what_fires_is_told_before_it_ends(self) -> None:
        if not hasattr(self, "book"):
            return
        states: dict[str, AlertState] = {}
        is_open: set[str] = set()
        owed: dict[str, str] = {}
        for event in self.events(ALERT, NOTICE):
            if event.kind == NOTICE:
                notice = decoded(event)
                if notice.kind is NoticeKind.RESOLVED:
                    assert notice.incident not in owed.values()
                    is_open.discard(notice.incident)
                else:
                    is_open.add(notice.incident)
                    owed = {of: name for of, name in owed.items() if name != notice.incident}
                continue
            alert = alert_of(event)
            assert alert is not None
            if alert.state not in ACTIVE:
                assert alert.id not in owed, "it ended, and nobody was ever told of it"
            elif states.get(alert.id) not in ACTIVE and alert.incident not in is_open:
                owed[alert.id] = alert.incident
            states[alert.id] = alert.state

    def events(self, *kinds: str) -> list[Event]:
        """All events of some kinds as they were recorded, whatever the clock said."""
        return sorted(self.store.events(0, 3e9, kinds), key=lambda event: event.id)

    def teardown(self) -> None:
        if hasattr(self, "book"):
            self.judge()
            self.what_all_know_agrees()
            self.all_was_delivered_once_and_in_order()
            self.store.close()

    def what_all_know_agrees(self) -> None:
        """After a whole round people know of what holds, and of nothing else."""
        open_ones = {}
        for event in self.events(NOTICE):
            notice = decoded(event)
            open_ones[notice.incident] = notice.kind is not NoticeKind.RESOLVED
        alerts = self.book.alerts.values()
        active = {alert.incident for alert in alerts if alert.is_active}
        audible = {alert.incident for alert in alerts if alert.state is AlertState.FIRING}
        told = {name for name, is_open in open_ones.items() if is_open}
        assert audible <= told <= active

    def all_was_delivered_once_and_in_order(self) -> None:
        decided = [decoded(event) for event in self.events(NOTICE)]
        taken = self.channel.notices
        assert {notice.id for notice in taken} == {notice.id for notice in decided}
        for incident in {notice.incident for notice in decided}:
            told, known = (
                [each.id for each in notices if each.incident == incident]
                for notices in (decided, taken)
            )
            assert told == known
        doubles = len(self.channel.attempts) - len(taken)
        assert doubles < self.holder, "a receiver was given a notice twice by one process"


class JudgesOfAFile(Judges):
    """The same over SQLite."""

    def make_store(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = FragileSQLite(Path(self.folder.name) / "metrics.sqlite3")

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "folder"):
            self.folder.cleanup()


@pytest.mark.parametrize(("machine", "examples"), [(Judges, 150), (JudgesOfAFile, 15)])
def test_no_notice_is_lost_or_decided_twice(machine: type[Judges], examples: int) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None)
    )
