"""What is known of processes by listening to them for a while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from api_performance.alerts.rule import Facts, ProcessFacts
from api_performance.alerts.watch import MAX_PROCESSES, Watch, look_for
from api_performance.measure.calls import OperationStats
from api_performance.measure.window import Window
from api_performance.model import Instance, LatencyType, Operation, Pauses
from api_performance.stores.base import Batch, InstanceState, StoreStatus
from api_performance.stores.memory import MemoryStore
from tests.alerts.pasts import NOW, an_endpoint

STATUS = StoreStatus("memory", "memory://", 0, 0, 7, None, None)
STARTED = NOW - 7200


def a_state(at: float, **fields: object) -> InstanceState:
    instance = Instance("shop", "1.0", "", "web-1", 7, STARTED)
    return replace(InstanceState(instance, at, int(at)), **fields)  # type: ignore[arg-type]  # a test's


def rounds(seconds: int) -> Iterator[float]:
    """Yield the instants of rounds up to NOW, ten seconds apart."""
    return (NOW - seconds + 10 * number for number in range(seconds // 10 + 1))


def watched(states: Iterator[InstanceState]) -> ProcessFacts:
    watch = Watch()
    facts = Facts()
    for state in states:
        facts = watch.look(state.seen_at, [state], STATUS)
    (process,) = facts.processes
    return process


def test_a_process_is_named_and_alive() -> None:
    process = watched(iter([a_state(NOW)]))
    assert (process.name, process.service, process.is_alive) == ("web-1:7", "shop", True)
    assert (process.usual_in_flight, process.blocked_ratio, process.cpu_ratio) == (None, None, None)


def test_one_that_says_nothing_for_a_quarter_of_a_minute_is_gone_and_then_forgotten() -> None:
    watch = Watch()
    watch.look(NOW, [a_state(NOW)], STATUS)
    (gone,) = watch.look(NOW + 16, [], STATUS).processes
    assert not gone.is_alive
    assert watch.look(NOW + 3601, [], STATUS).processes == []


def test_one_that_said_that_it_stops_is_gone_at_once() -> None:
    process = watched(iter([a_state(NOW, has_ended=True)]))
    assert (process.is_alive, process.has_ended) == (False, True)


def test_sums_become_shares_of_the_last_minutes() -> None:
    process = watched(
        a_state(
            at,
            pauses=Pauses(blocked_seconds=0.2 * (at - STARTED)),
            process_cpu_seconds=0.5 * (at - STARTED),
            dropped_windows=int(at - STARTED),
        )
        for at in rounds(600)
    )
    assert process.blocked_ratio == pytest.approx(0.2)
    assert process.cpu_ratio == pytest.approx(0.5)
    assert process.dropped == 300


def test_the_usual_peak_is_that_of_the_minutes_before_the_last_quarter_of_an_hour() -> None:
    def in_flight(at: float) -> int:
        return 50 if at > NOW - 600 else 9 if NOW - 3000 < at < NOW - 2900 else 3

    process = watched(a_state(at, in_flight=in_flight(at)) for at in rounds(5400))
    assert process.in_flight == 50
    assert process.usual_in_flight == 9


def test_before_half_an_hour_is_known_there_is_no_usual_peak() -> None:
    assert watched(a_state(at, in_flight=3) for at in rounds(1800)).usual_in_flight is None


def test_memory_is_told_in_medians_of_ten_minutes() -> None:
    process = watched(a_state(at, resident_bytes=int(at - STARTED) * 1000) for at in rounds(5400))
    assert len(process.memory_bytes) == 6
    assert process.memory_bytes[-1] - process.memory_bytes[0] == pytest.approx(3e6, rel=0.03)


def test_the_first_quarter_of_an_hour_of_a_process_is_not_its_memory() -> None:
    young = Instance("shop", "1.0", "", "web-1", 7, NOW - 1200)
    states = (replace(a_state(at, resident_bytes=1), instance=young) for at in rounds(1200))
    assert watched(states).memory_bytes == [1.0]


def test_versions_are_told_with_when_they_began_oldest_first() -> None:
    newer = replace(a_state(NOW), instance=Instance("shop", "1.1", "", "web-1", 8, NOW - 60))
    facts = Watch().look(NOW, [newer, a_state(NOW)], STATUS)
    assert facts.versions == {"shop": [("1.0", STARTED), ("1.1", NOW - 60)]}


def test_the_store_s_trouble_comes_with_its_remedy() -> None:
    status = replace(STATUS, problem="It is full.", remedy="Make room.")
    facts = Watch().look(NOW, [], status)
    assert facts.store_problem == "It is full. Make room."
    assert facts.unfolded_batches == 7


def test_more_processes_than_can_be_watched_are_passed_over() -> None:
    states = [
        replace(a_state(NOW), instance=Instance("shop", "1", "", "web", pid, NOW))
        for pid in range(MAX_PROCESSES + 5)
    ]
    assert len(Watch().look(NOW, states, STATUS).processes) == MAX_PROCESSES


def test_operations_are_read_of_the_newest_minutes_and_of_the_hour_before() -> None:
    store, endpoint = MemoryStore(), an_endpoint()
    select = Operation(LatencyType.DATABASE, "SELECT 1", "sqlite")
    windows = []
    for age in (60, 1200):
        window = Window(NOW - age)
        window.count_status(200, age)
        window.operations = {select.id: OperationStats(requests=1, calls=1)}
        windows.append((endpoint, window))
    store.append(Batch(a_state(NOW), 1, windows, operations=[select]))
    found = look_for(store, NOW, frozenset({endpoint.id}))
    evidence = found.evidence[endpoint.id]
    assert (evidence.newest.count, evidence.before.count) == (60, 1200)
    assert select.id in evidence.newest.operations
    assert found.operations[select.id] == select


def test_what_a_process_lost_while_the_store_was_away_was_not_measured() -> None:
    watch = Watch()
    watch.look(NOW - 600, [a_state(NOW - 600)], STATUS)
    watch.look(NOW - 90, [a_state(NOW - 90, dropped_windows=450)], STATUS)
    lives = watch.look(NOW, [a_state(NOW, dropped_windows=450)], STATUS).lives
    assert lives.within("shop", NOW - 900, NOW) == [(NOW - 900, NOW - 600), (NOW - 90, NOW)]


def test_requests_lost_for_want_of_room_leave_the_time_measured() -> None:
    watch = Watch()
    watch.look(NOW - 60, [a_state(NOW - 60)], STATUS)
    lives = watch.look(NOW, [a_state(NOW, dropped_requests=3)], STATUS).lives
    assert lives.seconds("shop", NOW - 900, NOW) == 900
