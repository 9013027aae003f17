"""Whoever takes turns with a lease, and however: no act follows one of a greater number."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.errors import LeaseLost
from api_performance.stores.base import Event, Lease, Store
from api_performance.wiring import make_store

from .conftest import OpenStore
from .making import NOW

HOLDERS = st.sampled_from("abcde")
SECONDS = 10.0


class Turns(RuleBasedStateMachine):
    """Holders of one lease, each of which knows only what it was told last."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.now = NOW
        self.told: dict[str, Lease] = {}
        self.highest_given = 0

    @rule(holder=HOLDERS)
    def tries(self, holder: str) -> None:
        """Whoever tries once a lease is over has it; until then nobody else has."""
        lease = self.store.acquire("judge", holder, self.now, SECONDS)
        if lease is None:
            return
        assert lease.fencing >= self.highest_given
        others = [known for name, known in self.told.items() if name != holder]
        assert lease.fencing not in {known.fencing for known in others}
        self.highest_given = lease.fencing
        self.told[holder] = lease

    @rule(seconds=st.floats(0, 25))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(holder=HOLDERS)
    def gives_back(self, holder: str) -> None:
        if holder in self.told:
            self.store.release(self.told[holder])

    @rule(holder=HOLDERS)
    def acts(self, holder: str) -> None:
        """Also one that was stopped in between, and does not know of its successor."""
        if holder in self.told:
            with suppress(LeaseLost):
                lease = self.told[holder]
                event = Event(NOW, "act", str(lease.fencing), holder, "a test")
                self.store.record_event(event, lease)

    @rule()
    def a_lease_that_is_over_is_there_for_whoever_tries(self) -> None:
        self.now += SECONDS
        self.tries("a")
        assert self.store.lease("judge") == self.told["a"]

    @invariant()
    def acts_are_in_order_and_each_number_is_one_holders(self) -> None:
        acts = [(int(each.subject), each.author) for each in self.store.events(NOW, NOW + 1)]
        numbers = [number for number, _ in acts]
        assert numbers == sorted(numbers)
        assert len(set(acts)) == len(set(numbers))


def test_no_two_act_with_the_same_or_an_older_fencing_number(open_store: OpenStore) -> None:
    class TurnsWithAFreshStore(Turns):
        def __init__(self) -> None:
            super().__init__(open_store())

    run_state_machine_as_test(
        TurnsWithAFreshStore,
        settings=settings(max_examples=30, stateful_step_count=30, deadline=None),
    )


LEASE_SECONDS = 5.0
STOPPED_SECONDS = 30.0
PATIENCE_SECONDS = 120.0


def acts(store: Store) -> list[Event]:
    """Return the acts in the order in which the store took them."""
    return sorted(store.events(0, time.time() + 1, ("act",)), key=lambda event: event.id)


@contextmanager
def five_processes(address: str) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", "tests.stores.lease_worker", address, str(LEASE_SECONDS)]
    processes = {name: subprocess.Popen([*command, name]) for name in "abcde"}
    try:
        yield processes
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def successor_of(store: Store, holder: str) -> str:
    """Wait until another acts; return its name."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := acts(store)) or found[-1].author == holder:
        assert time.monotonic() < deadline, f"nobody followed {holder!r}"
        time.sleep(0.1)
    return found[-1].author


STORES = ["sqlite", pytest.param("redis", marks=pytest.mark.needs_system("redis-server"))]


@pytest.fixture(params=STORES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'metrics.sqlite3'}"
    return str(request.getfixturevalue("redis_server").fresh())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_of_five_processes_one_acts_at_a_time_though_holders_are_killed_and_stopped(
    address: str,
) -> None:
    with (
        closing(make_store(Config(store=address), SystemClock())) as store,
        five_processes(address) as processes,
    ):
        first = successor_of(store, "")
        processes[first].kill()
        second = successor_of(store, first)
        processes[second].send_signal(signal.SIGSTOP)
        successor_of(store, second)
        time.sleep(STOPPED_SECONDS)  # what is tested is a process that sleeps so long
        processes[second].send_signal(signal.SIGCONT)
        time.sleep(LEASE_SECONDS)  # in which it tries to act by what it was told before
        history = acts(store)
    numbers = [int(act.subject) for act in history]
    assert numbers == sorted(numbers)
    authors = {(act.subject, act.author) for act in history}
    assert len(authors) == len(set(numbers)) >= 3
    assert max(after.at - before.at for before, after in pairwise(history)) <= 2 * LEASE_SECONDS
