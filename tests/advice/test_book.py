"""Recommendations in a store: found, kept, acted upon, and what they did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api_performance.advice.catalog import rules
from api_performance.advice.life import GONE_SECONDS, Act
from api_performance.advice.recommendation import RECOMMENDATION, RecommendationState
from api_performance.advising.book import ADVISE_SECONDS, AdviceBook
from api_performance.advising.desk import AdviceDesk
from api_performance.advising.processes import Processes
from api_performance.clock import ManualClock
from api_performance.errors import LeaseLost, RecommendationUnknown
from api_performance.model import Instance, Judged, Pauses, PoolUse
from api_performance.stores.base import FOLD_LEASE, Batch, InstanceState, Lease, Store
from api_performance.stores.memory import MemoryStore
from api_performance.stores.sqlite import SQLiteStore
from tests.advice.making import CATALOGUE
from tests.advice.stored import REPAIRED, keep

START = 1_800_000_000.0
"""A minute's start."""


class Case:
    """A store, who judges it, and who asks, at one moment after another."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = ManualClock(START)
        self.book = AdviceBook(store, rules())
        self.desk = AdviceDesk(store, self.clock, rules)

    def lease(self, holder: str = "a") -> Lease:
        lease = self.store.acquire(FOLD_LEASE, holder, self.clock.now(), 1e9)
        assert lease is not None
        return lease

    def judge_at(self, seconds: float) -> None:
        """Judge so many seconds after the start, and say so as a process does."""
        self.clock.advance(START + seconds - self.clock.now())
        now = self.clock.now()
        instance = Instance("shop", "1", "", "judge", 9, START)
        judged = Judged(now, now, 9, 1, 0, 0, 0.0, 0)
        state = InstanceState(instance, now, int(seconds) + 1, judged=judged)
        self.store.append(Batch(state, int(seconds) + 1, []))
        for _ in range(5):  # behind, it reads some minutes at a time
            self.book.hold(now, self.lease())

    def only(self) -> str:
        (found,) = self.desk.standing()
        return found

    def state(self) -> RecommendationState:
        return self.desk.standing()[self.only()].state


@pytest.fixture(params=["memory", "sqlite"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    made: Store = (
        MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "a.sqlite3")
    )
    with closing(made):
        yield Case(made)


def minutes(first: int, last: int) -> list[float]:
    return [START + 60 * number for number in range(first, last)]


def test_who_judges_finds_it_once_and_stores_it_once(case: Case) -> None:
    keep(case.store, minutes(-5, 0))
    case.judge_at(20)
    assert case.state() is RecommendationState.OPEN
    case.judge_at(25 + ADVISE_SECONDS)
    events = case.store.events(0, START * 2, (RECOMMENDATION,))
    assert [event.subject for event in events] == [case.only()]


def test_where_nobody_judges_who_asks_looks_for_itself_and_stores_nothing(case: Case) -> None:
    keep(case.store, minutes(-5, 0))
    case.clock.advance(20)
    assert not case.desk.is_judged()
    assert case.state() is RecommendationState.OPEN
    assert case.store.events(0, START * 2, (RECOMMENDATION,)) == []
    case.desk.act(Act.DISMISS, [case.only()], author="ann", reason="rare")
    assert case.state() is RecommendationState.DISMISSED


def test_an_act_is_seen_at_once_and_outlives_the_judge(case: Case) -> None:
    keep(case.store, minutes(-5, 0))
    case.judge_at(20)
    (after,) = case.desk.act(Act.DISMISS, [case.only()], author="ann", reason="known")
    assert (after.state, after.author, after.reason) == ("dismissed", "ann", "known")
    assert case.state() is RecommendationState.DISMISSED
    keep(case.store, minutes(0, 3))
    case.book = AdviceBook(case.store, rules())  # another process judges from now on
    case.judge_at(200)
    assert case.state() is RecommendationState.DISMISSED
    steps = case.desk.history(case.only())
    assert [event.author for event in steps] == ["", "ann", "ann"]


def test_what_is_repaired_is_gone_by_itself(case: Case) -> None:
    keep(case.store, minutes(-5, 0))
    case.judge_at(20)
    keep(case.store, minutes(40, 50), REPAIRED, seconds=0.09)
    case.judge_at(40 * 60 + GONE_SECONDS + 70)
    assert case.state() is RecommendationState.GONE


def test_what_an_applied_change_did_is_measured_and_stands_beside_the_estimate(case: Case) -> None:
    keep(case.store, minutes(-10, 0))
    case.judge_at(20)
    case.desk.act(Act.APPLY, [case.only()], author="ann", reason="joined")
    keep(case.store, minutes(1, 12), REPAIRED, seconds=0.09)
    case.judge_at(12 * 60 + 15)
    found = case.desk.standing()[case.only()]
    assert found.state is RecommendationState.VERIFIED
    assert found.actual_improvement == pytest.approx(0.55, abs=0.01)
    low, high, actual = found.improvement_low, found.improvement_high, found.actual_improvement
    assert low is not None
    assert high is not None
    assert actual is not None
    assert low <= actual <= high


def test_an_unknown_id_does_nothing(case: Case) -> None:
    with pytest.raises(RecommendationUnknown, match="nope"):
        case.desk.act(Act.ACCEPT, ["nope"], author="ann")


def test_who_lost_the_lease_stores_nothing(case: Case) -> None:
    keep(case.store, minutes(-5, 0))
    old = case.lease("a")
    case.store.release(old)
    case.lease("b")
    case.clock.advance(20)
    for _ in range(2):  # the first rounds only read, five minutes each
        case.book.hold(case.clock.now(), old)
    with pytest.raises(LeaseLost):
        case.book.hold(case.clock.now(), old)
    assert case.store.events(0, START * 2, (RECOMMENDATION,)) == []


def test_what_is_kept_names_no_value_of_a_parameter(case: Case) -> None:
    keep(case.store, minutes(-5, 0))
    case.judge_at(20)
    (event,) = case.store.events(0, START * 2, (RECOMMENDATION,))
    assert CATALOGUE.name in event.details
    assert "id = ?" in event.details


def test_processes_are_told_by_what_they_did_since_they_were_heard_first() -> None:
    processes = Processes()

    def say(at: float, cpu: float, waiting: int) -> InstanceState:
        pauses = Pauses(pools=(PoolUse("AnyIO", 40, 40, waiting),))
        instance = Instance("shop", "1", "", "host", 1, START)
        return InstanceState(instance, at, 1, process_cpu_seconds=cpu, pauses=pauses)

    (first,) = processes.facts(START + 30, [say(START + 30, 20.0, 0)])
    assert first.cpu_ratio is None  # imports are not its usual
    (then,) = processes.facts(START + 130, [say(START + 130, 30.0, 9)])
    assert then.cpu_ratio == pytest.approx(0.1)
    (last,) = processes.facts(START + 190, [say(START + 190, 36.0, 9)])
    assert (last.waiting_for_thread, last.pool_size) == (9, 40)
    assert processes.facts(START + 400, [say(START + 190, 36.0, 9)]) == []
