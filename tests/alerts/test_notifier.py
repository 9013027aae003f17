"""Notices reach their channels: in order, again where that may help, and once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag

import pytest

from api_performance.alerts.channels.base import Channel, ChannelAnswer, delivered, refused, waiting
from api_performance.alerts.channels.memory import MemoryChannel
from api_performance.alerts.notice import Notice, NoticeKind
from api_performance.alerts.notifier import Notifier
from api_performance.alerts.outbox import GIVE_UP_SECONDS, LONGEST_WAIT_SECONDS
from api_performance.clock import ManualClock
from api_performance.errors import LeaseLost, StoreUnavailable
from api_performance.stores.base import Event, Lease, Retention, Store
from api_performance.stores.memory import MemoryStore
from api_performance.stores.sqlite import SQLiteStore
from tests.alerts.notices import START, a_lease, a_notice, decide, told

WAIT_SECONDS = 30.0


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = (
        MemoryStore(Retention())
        if request.param == "memory"
        else SQLiteStore(tmp_path / "metrics.sqlite3", Retention())
    )
    yield made
    made.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START + 10)


class Judge:
    """Rounds of one process that judges, over one channel unless told otherwise."""

    def __init__(self, store: Store, clock: ManualClock, *others: Channel) -> None:
        self.channel = MemoryChannel()
        self.store, self.clock = store, clock
        self.lease = a_lease(store, clock)
        self.notifier = self.another(*others)

    def another(self, *others: Channel) -> Notifier:
        """What a process that was started anew delivers with."""
        channels = {channel.name: channel for channel in (self.channel, *others)}
        self.notifier = Notifier(channels, self.store, self.clock, random=lambda: 0.0)
        return self.notifier

    def round(self, seconds: float = 0.0) -> None:
        self.clock.advance(seconds)
        self.notifier.deliver(self.lease, self.clock.now())
        assert self.notifier.wait(WAIT_SECONDS)

    @property
    def taken(self) -> list[str]:
        return [notice.id for notice in self.channel.notices]

    @property
    def tried(self) -> list[str]:
        return [notice.id for notice in self.channel.attempts]


@pytest.fixture
def judge(store: Store, clock: ManualClock) -> Judge:
    return Judge(store, clock)


def test_a_notice_is_told_once_and_that_is_stored(judge: Judge) -> None:
    notice = a_notice()
    decide(judge.store, notice, judge.lease)
    judge.round()
    judge.round(10)
    assert judge.tried == [notice.id]
    delivery = told(judge.store)[f"{notice.id}/memory"]
    assert (delivery.state, delivery.attempts, delivery.at) == ("delivered", 1, START + 10)
    assert [each.state for each in judge.notifier.outcomes()] == ["delivered"]
    assert judge.notifier.outcomes() == []


def test_what_was_decided_and_not_told_is_told_after_a_restart(judge: Judge) -> None:
    judge.round()
    decide(judge.store, a_notice(), judge.lease)
    judge.another().deliver(judge.lease, judge.clock.now())
    assert judge.notifier.wait(WAIT_SECONDS)
    judge.another()
    judge.round()
    assert judge.tried == [a_notice().id]


def test_a_channel_that_fails_is_tried_again_after_pauses_that_double(judge: Judge) -> None:
    judge.channel.answer_with(*[waiting("HTTP 503")] * 3)
    decide(judge.store, a_notice(), judge.lease)
    tried = []
    for _ in range(80):
        judge.round(1)
        tried.append(len(judge.tried))
    gaps = [tried.count(attempts) for attempts in (1, 2, 3)]
    assert (gaps, tried[-1]) == ([10, 20, 40], 4)
    assert told(judge.store)[f"{a_notice().id}/memory"].attempts == 4


def test_what_waits_is_told_with_its_reason_and_its_next_attempt(judge: Judge) -> None:
    judge.channel.answer_with(waiting("HTTP 503"))
    decide(judge.store, a_notice(), judge.lease)
    judge.round()
    (delivery,) = told(judge.store).values()
    assert (delivery.state, delivery.reason) == ("waiting", "HTTP 503")
    assert delivery.next_at == judge.clock.now() + 10


def test_a_receiver_s_own_pause_is_kept_up_to_an_hour(judge: Judge) -> None:
    judge.channel.answer_with(waiting("HTTP 429", 300), waiting("HTTP 429", 1e9))
    decide(judge.store, a_notice(), judge.lease)
    for seconds, attempts in ((0, 1), (299, 1), (1, 2), (LONGEST_WAIT_SECONDS - 1, 2), (1, 3)):
        judge.round(seconds)
        assert len(judge.tried) == attempts
    assert judge.taken == [a_notice().id]


def test_pauses_survive_a_restart(judge: Judge) -> None:
    judge.channel.answer_with(waiting("HTTP 429", 300))
    decide(judge.store, a_notice(), judge.lease)
    judge.round()
    judge.another()
    judge.round(299)
    assert len(judge.tried) == 1
    judge.round(1)
    assert told(judge.store)[f"{a_notice().id}/memory"].attempts == 2


def test_a_clock_that_is_set_back_keeps_nothing_waiting(judge: Judge) -> None:
    judge.channel.answer_with(waiting("HTTP 503"))
    decide(judge.store, a_notice(), judge.lease)
    judge.round()
    judge.clock = ManualClock(START - 1e6)
    judge.another()
    judge.round()
    assert judge.taken == [a_notice().id]


def test_a_refusal_is_not_repeated_and_is_said(
    judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    judge.channel.answer_with(refused("HTTP 404"))
    decide(judge.store, a_notice(), judge.lease)
    judge.round()
    judge.round(GIVE_UP_SECONDS)
    assert len(judge.tried) == 1
    assert told(judge.store)[f"{a_notice().id}/memory"].state == "refused"
    (line,) = caplog.messages
    assert "memory was not told of the incident incident-1 (refused): HTTP 404" in line


def test_a_receiver_that_stays_away_is_said_once_long_before_it_is_given_up(
    judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    judge.channel.answer_with(*[waiting("HTTP 503")] * 100)
    for number in range(6):
        decide(judge.store, a_notice(number, f"incident-{number}"), judge.lease)
    judge.round()
    judge.round(10)
    assert caplog.messages == []
    for seconds in (20, 40, 80):
        judge.round(seconds)
    (line,) = caplog.messages
    assert line == "the channel memory took nothing 3 times in a row, it is tried again: HTTP 503"


def test_after_a_day_it_is_given_up_and_that_is_said(
    judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    judge.channel.answer_with(*[waiting("HTTP 503")] * 1000)
    decide(judge.store, a_notice(), judge.lease)
    for _ in range(int(GIVE_UP_SECONDS // 600) + 1):
        judge.round(600)
    (delivery,) = told(judge.store).values()
    assert (delivery.state, delivery.reason) == ("gave_up", "not in a day: HTTP 503")
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "(gave_up): not in a day: HTTP 503" in caplog.messages[1]
    attempts = len(judge.tried)
    judge.round(1000)
    assert len(judge.tried) == attempts < 200


def test_resolved_never_overtakes_firing(judge: Judge) -> None:
    firing, resolved = a_notice(1), a_notice(2, kind=NoticeKind.RESOLVED)
    judge.channel.answer_with(waiting("HTTP 503"))
    decide(judge.store, firing, judge.lease)
    judge.round()
    decide(judge.store, resolved, judge.lease)
    judge.round()
    assert judge.tried == [firing.id]
    judge.round(10)
    assert judge.taken == [firing.id, resolved.id]


def test_a_notice_that_is_never_taken_keeps_back_none_of_another_incident(judge: Judge) -> None:
    judge.channel.answer_with(waiting("HTTP 500: I choke on this"))
    decide(judge.store, a_notice(1, "bad"), judge.lease)
    decide(judge.store, a_notice(2, "good"), judge.lease)
    judge.round()
    judge.round(10)
    assert [notice.incident for notice in judge.channel.attempts] == ["bad", "good", "bad"]


def test_a_channel_that_hangs_keeps_back_neither_judging_nor_other_channels(
    store: Store, clock: ManualClock
) -> None:
    hanging = Hanging()
    judge = Judge(store, clock, hanging)
    decide(store, a_notice(channels=("hanging", "memory")), judge.lease)
    judge.notifier.deliver(judge.lease, clock.now())
    assert hanging.began.wait(WAIT_SECONDS)
    decide(store, a_notice(2, "other"), judge.lease)
    while len(judge.taken) < 2:
        judge.notifier.deliver(judge.lease, clock.now())
    assert f"{a_notice().id}/hanging" not in told(store)
    hanging.end.set()
    assert judge.notifier.wait(WAIT_SECONDS)
    assert told(store)[f"{a_notice().id}/hanging"].state == "delivered"
    assert hanging.count == 1


class Hanging:
    """A channel that answers when it is let."""

    name, repeat_seconds = "hanging", 0.0

    def __init__(self) -> None:
        self.began, self.end, self.count = Flag(), Flag(), 0

    def send(self, notice: Notice) -> ChannelAnswer:
        self.count += 1
        self.began.set()
        assert self.end.wait(WAIT_SECONDS)
        return delivered()


def test_a_fault_in_a_channel_is_told_and_tried_again(store: Store, clock: ManualClock) -> None:
    judge = Judge(store, clock, Faulty())
    decide(store, a_notice(channels=("faulty",)), judge.lease)
    judge.round()
    (delivery,) = told(store).values()
    assert delivery.state == "waiting"
    assert "KeyError at test_notifier.py" in delivery.reason and "hunter2" not in delivery.reason


class Faulty:
    name, repeat_seconds = "faulty", 0.0

    def send(self, notice: Notice) -> ChannelAnswer:
        raise KeyError("hunter2")


def test_a_channel_that_is_not_there_is_named(judge: Judge) -> None:
    decide(judge.store, a_notice(channels=("pager",)), judge.lease)
    judge.round()
    (delivery,) = told(judge.store).values()
    assert delivery.state == "refused"
    assert delivery.reason.startswith("there is no channel of this name, but memory")


def test_a_lease_that_is_lost_ends_all_sending(judge: Judge) -> None:
    judge.round()
    judge.clock.advance(2e9)
    a_lease(judge.store, judge.clock, "b")
    decide(judge.store, a_notice(at=judge.clock.now()))
    judge.round()  # what is due is looked at under the lease, and left
    assert judge.tried == []
    with pytest.raises(LeaseLost):
        judge.round()
    assert judge.tried == []


def test_who_takes_over_tells_nothing_that_was_told(judge: Judge) -> None:
    decide(judge.store, a_notice(1), judge.lease)
    judge.round()
    judge.clock.advance(2e9)
    decide(judge.store, a_notice(2, at=judge.clock.now()))
    judge.lease = a_lease(judge.store, judge.clock, "b")
    judge.another()
    judge.round()
    assert judge.tried == [a_notice(1).id, a_notice(2).id]


class Forgetful(MemoryStore):
    """A store that takes no event while it `is_away`; all else it answers."""

    is_away = False

    def record_event(self, event: Event, lease: Lease | None = None) -> Event:
        if self.is_away:
            raise StoreUnavailable("away")
        return super().record_event(event, lease)


def test_in_a_process_nothing_is_told_twice_though_the_store_keeps_nothing(
    clock: ManualClock,
) -> None:
    store = Forgetful(Retention())
    judge = Judge(store, clock)
    decide(store, a_notice(), judge.lease)
    store.is_away = True
    judge.round()
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            judge.round(10)
    assert told(store) == {}
    store.is_away = False
    judge.round(10)
    assert judge.tried == [a_notice().id]
    assert told(store)[f"{a_notice().id}/memory"].state == "delivered"


def test_what_a_process_delivered_after_its_lease_was_lost_it_tells_with_the_next(
    store: Store, clock: ManualClock
) -> None:
    hanging = Hanging()
    judge = Judge(store, clock, hanging)
    decide(store, a_notice(channels=("hanging",)), judge.lease)
    judge.notifier.deliver(judge.lease, clock.now())
    assert hanging.began.wait(WAIT_SECONDS)
    clock.advance(2e9)
    a_lease(store, clock, "b", seconds=1)
    clock.advance(2)
    judge.lease = a_lease(store, clock, "a")
    judge.notifier.deliver(judge.lease, clock.now())  # waits for what was begun before
    hanging.end.set()
    assert judge.notifier.wait(WAIT_SECONDS)
    judge.round()
    assert hanging.count == 1
    assert told(store)[f"{a_notice().id}/hanging"].state == "delivered"


def test_a_store_that_was_emptied_is_read_anew(judge: Judge) -> None:
    decide(judge.store, a_notice(1), judge.lease)
    judge.round()
    judge.store.clear()
    decide(judge.store, a_notice(1), judge.lease)
    decide(judge.store, a_notice(2), judge.lease)
    judge.round()
    judge.round()
    assert judge.tried == [a_notice(1).id, a_notice(2).id]


def test_a_receiver_that_forgets_is_told_again_what_holds_until_it_is_over(
    store: Store, clock: ManualClock
) -> None:
    forgetful = MemoryChannel("forgetful", repeat_seconds=60)
    judge = Judge(store, clock, forgetful)
    decide(store, a_notice(1, channels=("forgetful",)), judge.lease)
    judge.round()
    for _ in range(18):
        judge.round(10)
    assert 3 <= len(forgetful.attempts) - 1 <= 4
    judge.another(forgetful)
    before = len(forgetful.attempts)
    judge.round()
    assert len(forgetful.attempts) == before + 1
    over = a_notice(2, kind=NoticeKind.RESOLVED, channels=("forgetful",))
    decide(store, over, judge.lease)
    for _ in range(18):
        judge.round(10)
    assert [notice.kind for notice in forgetful.attempts[before + 1 :]] == ["resolved"]
    assert len(told(store)) == 2


def test_a_closed_notifier_ends_what_it_sends_and_begins_nothing(
    store: Store, clock: ManualClock
) -> None:
    hanging = Hanging()
    judge = Judge(store, clock, hanging)
    for incident in ("one", "two"):
        decide(store, a_notice(1, incident, channels=("hanging",)), judge.lease)
    judge.notifier.deliver(judge.lease, clock.now())
    assert hanging.began.wait(WAIT_SECONDS)
    judge.notifier.close()
    hanging.end.set()
    assert judge.notifier.wait(WAIT_SECONDS)
    assert hanging.count == 1
    assert [delivery.state for delivery in told(store).values()] == ["delivered"]


def test_what_was_taken_and_could_not_be_stored_comes_twice_under_one_id_after_a_crash(
    clock: ManualClock,
) -> None:
    store = Forgetful(Retention())
    judge = Judge(store, clock)
    decide(store, a_notice(), judge.lease)
    store.is_away = True
    judge.round()
    store.is_away = False
    judge.another()
    judge.round()
    assert judge.tried == [a_notice().id] * 2
    assert judge.taken == [a_notice().id]
