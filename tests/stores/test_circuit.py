"""When a store that gave no answer is asked again, and what the calls in between are told."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.clock import ManualClock
from api_performance.errors import StoreAway, StoreUnavailable
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.stores.base import Batch, Pace, Query, StoreStatus, no_pace
from api_performance.stores.circuit import FIRST_SECONDS, MOST_SECONDS, Circuit
from api_performance.stores.guarded import READ_GRACE_SECONDS, GuardedStore
from api_performance.stores.memory import MemoryStore

from .making import NOW, a_flush, total

ALL = Query(NOW, NOW + 60, 1)


def broken_times(circuit: Circuit, clock: ManualClock, times: int) -> None:
    for _ in range(times):
        admitted = circuit.admit()
        assert admitted is not None
        circuit.failed(admitted)
        clock.advance(MOST_SECONDS)


def test_a_circuit_closes_with_the_first_answer_and_opens_with_the_first_silence() -> None:
    clock = ManualClock()
    circuit = Circuit(clock.perf, lambda: 1.0)
    states = [circuit.is_open]
    broken_times(circuit, clock, 1)
    states.append(circuit.is_open)
    assert circuit.admit() is not None
    circuit.answered()
    states.append(circuit.is_open)
    assert states == [False, True, False]
    assert circuit.admit() == circuit.admit() is not None


def test_pauses_double_up_to_the_longest() -> None:
    clock, waited = ManualClock(), []
    circuit = Circuit(clock.perf, lambda: 1.0)
    for _ in range(5):
        while (admitted := circuit.admit()) is None:
            clock.advance(0.25)
        waited.append(clock.perf())
        circuit.failed(admitted)
    pauses = [after - before for before, after in itertools.pairwise(waited)]
    assert pauses == [FIRST_SECONDS, 2 * FIRST_SECONDS, 4 * FIRST_SECONDS, MOST_SECONDS]


def test_one_call_is_on_trial_and_the_others_do_not_pass() -> None:
    clock = ManualClock()
    circuit = Circuit(clock.perf, lambda: 0.0)
    broken_times(circuit, clock, 1)
    assert circuit.admit() is not None
    assert [circuit.admit() for _ in range(3)] == [None] * 3


def test_calls_that_time_out_together_make_one_pause_not_ever_longer_ones() -> None:
    clock = ManualClock()
    circuit = Circuit(clock.perf, lambda: 1.0)
    together = [circuit.admit() for _ in range(8)]
    for admitted in together:
        assert admitted is not None
        circuit.failed(admitted)
    clock.advance(FIRST_SECONDS)
    assert circuit.admit() is not None


def test_who_waits_for_an_answer_leaves_the_trial_to_who_does_not() -> None:
    clock = ManualClock()
    circuit = Circuit(clock.perf, lambda: 1.0)
    admitted = circuit.admit()
    assert admitted is not None
    circuit.failed(admitted)
    clock.advance(FIRST_SECONDS)
    assert circuit.admit(READ_GRACE_SECONDS) is None
    clock.advance(READ_GRACE_SECONDS)
    assert circuit.admit(READ_GRACE_SECONDS) is not None


STEPS = st.lists(st.tuples(st.sampled_from(["ask", "fail", "answer", "wait"]), st.floats(0.0, 3.0)))


@given(STEPS, st.randoms(use_true_random=False))
def test_one_is_on_trial_at_most_and_after_the_longest_pause_one_may_try(
    steps: list[tuple[str, float]], chance: random.Random
) -> None:
    clock = ManualClock()
    circuit = Circuit(clock.perf, chance.random)
    running: list[int] = []
    for what, seconds in steps:
        was_open = circuit.is_open
        if what == "ask" and (admitted := circuit.admit()) is not None:
            running.append(admitted)
            assert not was_open or circuit.admit() is None
        elif what == "fail" and running:
            circuit.failed(running.pop(0))
        elif what == "answer" and running:
            del running[0]
            circuit.answered()
            assert not circuit.is_open
        elif what == "wait":
            clock.advance(seconds)
    for admitted in running:
        circuit.failed(admitted)
    clock.advance(MOST_SECONDS)
    assert circuit.admit() is not None


class Unplugged(MemoryStore):
    """A store whose network may be unplugged; it counts who tries."""

    is_away = False
    is_full = False
    tries = 0

    def _try(self) -> None:
        self.tries += 1
        if self.is_away:
            raise StoreAway("redis://there does not answer (gone). Start it; we try again.")

    def append(self, batch: Batch, *, pace: Pace = no_pace) -> bool:
        self._try()
        if self.is_full:
            raise StoreUnavailable("redis://there is full. Make room.")
        return super().append(batch, pace=pace)

    def windows(self, query: Query, *, pace: Pace = no_pace) -> Iterator[tuple[Endpoint, Window]]:
        self._try()
        yield from super().windows(query, pace=pace)


def guarded(clock: ManualClock) -> tuple[Unplugged, GuardedStore]:
    store = Unplugged()
    unasked = StoreStatus("redis", "redis://there", 0, 1 << 30, 0, None, None)
    return store, GuardedStore(store, Circuit(clock.perf, lambda: 1.0), unasked)


def test_a_store_that_is_away_is_tried_once_and_then_told_as_away_at_once() -> None:
    clock = ManualClock()
    store, guard = guarded(clock)
    store.is_away = True
    for _ in range(5):
        with pytest.raises(StoreAway, match=r"does not answer .+ Start it"):
            guard.append(a_flush(1, NOW))
        with pytest.raises(StoreAway, match=r"does not answer .+ Start it"):
            list(guard.windows(ALL))
    assert store.tries == 1


def test_the_status_of_a_store_that_is_away_is_its_last_and_names_the_problem() -> None:
    clock = ManualClock()
    store, guard = guarded(clock)
    guard.append(a_flush(1, NOW))
    known = guard.status()
    store.is_away = True
    with pytest.raises(StoreAway):
        guard.append(a_flush(2, NOW))
    status = guard.status()
    assert (status.problem, status.remedy) == (
        "redis://there does not answer (gone).",
        "Start it; we try again.",
    )
    assert (status.newest_at, known.problem) == (known.newest_at, "")


def test_a_write_finds_the_store_again_and_everybody_reads() -> None:
    clock = ManualClock()
    store, guard = guarded(clock)
    store.is_away = True
    with pytest.raises(StoreAway):
        guard.append(a_flush(1, NOW))
    store.is_away = False
    clock.advance(FIRST_SECONDS)
    with pytest.raises(StoreAway):
        list(guard.windows(ALL))
    assert guard.append(a_flush(1, NOW))
    assert total(guard) == 2
    assert guard.status().problem == ""


def test_a_reader_finds_the_store_again_where_nobody_writes() -> None:
    clock = ManualClock()
    store, guard = guarded(clock)
    store.is_away = True
    with pytest.raises(StoreAway):
        list(guard.windows(ALL))
    store.is_away = False
    clock.advance(FIRST_SECONDS + READ_GRACE_SECONDS)
    assert list(guard.windows(ALL)) == []


def test_a_full_store_answers_so_what_is_there_is_read() -> None:
    clock = ManualClock()
    store, guard = guarded(clock)
    guard.append(a_flush(1, NOW))
    store.is_full = True
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="is full"):
            guard.append(a_flush(2, NOW + 1))
        assert total(guard) == 2
