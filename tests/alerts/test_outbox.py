"""Whatever a channel answers: an incident's notices go in order, and each comes to one end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api_performance.alerts.channels.base import (
    ChannelAnswer,
    DeliveryState,
    delivered,
    refused,
    waiting,
)
from api_performance.alerts.channels.memory import MemoryChannel
from api_performance.alerts.delivery import Delivery
from api_performance.alerts.outbox import GIVE_UP_SECONDS, LONGEST_WAIT_SECONDS, Outbox
from tests.alerts.notices import START, a_notice

answers = st.one_of(
    st.just(delivered()),
    st.just(refused("HTTP 404")),
    st.floats(0, 1e5).map(lambda seconds: waiting("HTTP 503", seconds)),
)
steps = st.one_of(
    st.integers(0, 3),  # a notice of this incident
    answers,
    st.floats(0, 4000),  # time passes
    st.floats(-1e6, 1e6).map(lambda seconds: ("clock", seconds)),  # somebody sets the clock
)


class Life:
    """An outbox, the clocks that it is read by, and what came of each notice."""

    def __init__(self, chance: float) -> None:
        self.outbox = Outbox(MemoryChannel(), lambda: chance)
        self.now, self.perf, self.count = START, 0.0, 0
        self.expected: dict[str, list[str]] = {}
        self.ended: dict[str, list[str]] = {}

    def add(self, number: int) -> None:
        notice = a_notice(self.count, f"incident-{number}", at=self.now)
        self.outbox.add(notice)
        self.expected.setdefault(notice.incident, []).append(notice.id)
        self.count += 1

    def round(self, answer: ChannelAnswer) -> None:
        for delivery in self.outbox.expired(self.now):
            assert delivery.state is DeliveryState.GAVE_UP
            self.end(delivery)
        item = self.outbox.next(self.now, self.perf)
        if item is not None:
            assert self.outbox.next(self.now, self.perf) is None  # one at a time
            after = self.outbox.note(item, answer, self.now, self.perf)
            assert after is not None
            self.end(after)

    def end(self, delivery: Delivery) -> None:
        if delivery.state.is_final:
            self.ended.setdefault(delivery.incident, []).append(delivery.notice)

    def pass_time(self, seconds: float) -> None:
        self.now, self.perf = self.now + seconds, self.perf + seconds

    def take(self, step: object) -> None:
        if isinstance(step, int):
            self.add(step)
        elif isinstance(step, float):
            self.pass_time(step)
        elif isinstance(step, ChannelAnswer):
            self.round(step)
        elif isinstance(step, tuple):
            self.now += step[1]


@given(st.lists(steps, max_size=60), st.floats(0, 1, exclude_max=True))
def test_order_is_kept_and_everything_ends(taken: list[object], chance: float) -> None:
    life = Life(chance)
    for step in taken:
        life.take(step)
    for _ in range(life.count):
        life.pass_time(LONGEST_WAIT_SECONDS + 1)
        life.round(delivered())
    assert life.ended == life.expected


@given(st.integers(1, 40), st.floats(0, 1, exclude_max=True))
def test_pauses_are_between_a_half_and_the_whole_and_never_past_a_quarter_of_an_hour(
    attempts: int, chance: float
) -> None:
    outbox = Outbox(MemoryChannel(), lambda: chance)
    outbox.add(a_notice())
    now = START
    for attempt in range(attempts):
        item = outbox.next(now, now)
        assert item is not None
        after = outbox.note(item, waiting("HTTP 503"), now, now)
        assert after is not None
        pause = after.next_at - now
        whole = min(10.0 * 2**attempt, 900.0)
        assert whole / 2 - 1e-6 <= pause <= whole + 1e-6
        assert outbox.next(now + pause * 0.9, now + pause * 0.9) is None
        now = after.next_at


def test_of_a_day_of_failures_few_are_attempts() -> None:
    outbox = Outbox(MemoryChannel(), lambda: 0.5)
    outbox.add(a_notice())
    attempts = 0
    for second in range(0, int(GIVE_UP_SECONDS), 10):
        item = outbox.next(START + second, float(second))
        if item is not None:
            outbox.note(item, waiting("HTTP 503"), START + second, float(second))
            attempts += 1
    assert 96 <= attempts <= 140
