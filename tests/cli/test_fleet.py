"""What the processes of a store say of themselves is judged: clocks, lease, losses, releases."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from api_performance.cli.checks.fleet import Reading, check_fleet, check_lease, read
from api_performance.clock import ManualClock
from api_performance.findings import Finding, Level
from api_performance.model import Instance
from api_performance.stores.base import Batch, InstanceState, Lease, StoreStatus
from api_performance.stores.memory import MemoryStore

NOW = 1_700_000_040.0
STATUS = StoreStatus("sqlite", "here", 10, 1 << 30, 0, None, None)


def a_state(pid: int = 1, age: float = 1.0, host: str = "a", **fields: object) -> InstanceState:
    instance = Instance("shop", "1.0", "", host, pid, NOW - 600)
    return replace(InstanceState(instance, NOW - age, 7), **fields)  # type: ignore[arg-type] # a test's own fields


def a_reading(*states: InstanceState, lease: Lease | None = None, **status: object) -> Reading:
    return Reading(NOW, states, lease, replace(STATUS, **status))  # type: ignore[arg-type] # as above


def found(reading: Reading, check: str) -> Finding:
    return next(each for each in check_fleet(reading) if each.check == check)


def a_lease(left: float, holder: str = "a-9-0") -> Lease:
    return Lease("fold", holder, 3, NOW + left)


@pytest.mark.parametrize(
    ("left", "is_alive", "level", "text"),
    [
        (-31, True, Level.ERROR, "is stale: a-9-0 held it until 31"),
        (-31, False, Level.NOTE, "the next process takes it"),
        (-5, True, Level.NOTE, "the next process takes it"),
        (10, True, Level.WARNING, "a-9-0 holds it, but has not reported"),
        (7200, True, Level.ERROR, "holds it for another 2"),
    ],
)
def test_a_lease_is_judged_by_its_end_and_its_holder(
    left: float, is_alive: bool, level: Level, text: str
) -> None:
    states = [a_state(age=1.0 if is_alive else 300.0)]
    judged = check_lease(a_reading(*states, lease=a_lease(left)))
    assert judged.level is level and text in judged.text
    assert bool(judged.remedy) is (level is not Level.NOTE)


def test_a_lease_of_a_process_that_reports_is_well() -> None:
    state = a_state()
    assert check_lease(a_reading(state, lease=a_lease(10, state.instance.id))).level is Level.OK


@pytest.mark.parametrize("lease", [None, Lease("fold", "a-9-0", 3, 0.0)])
def test_a_lease_that_nobody_holds_waits_for_the_next(lease: Lease | None) -> None:
    assert check_lease(a_reading(a_state(), lease=lease)).level is Level.NOTE


def test_what_processes_dropped_is_told_with_its_number() -> None:
    lossy = a_state(2, dropped_windows=2, requests_in_dropped_windows=40)
    losses = found(a_reading(a_state(dropped_requests=3), lossy), "Losses")
    assert losses.level is Level.WARNING
    assert "3 requests, and 2 windows with 40 requests" in losses.text
    assert "max_buffered_requests" in losses.remedy


def test_what_a_process_runs_into_is_told() -> None:
    findings = list(check_fleet(a_reading(a_state(last_error="the disk is full"))))
    assert any(each.text.endswith("reports: the disk is full") for each in findings)


def test_different_releases_are_told() -> None:
    releases = found(a_reading(a_state(release="0.1.0"), a_state(2, release="0.2.0")), "Releases")
    assert releases.level is Level.WARNING and "0.1.0, 0.2.0" in releases.text


def test_several_hosts_on_one_file_are_warned_of() -> None:
    hosts = found(a_reading(a_state(host="a"), a_state(host="b")), "Hosts")
    assert hosts.level is Level.WARNING and "a, b" in hosts.text and "Redis" in hosts.remedy


@pytest.mark.parametrize(
    ("size_bytes", "dropped", "level"),
    [(950, 0, Level.WARNING), (500, 0, Level.OK), (500, 2, Level.WARNING)],
)
def test_a_store_near_its_bound_is_warned_of(size_bytes: int, dropped: int, level: Level) -> None:
    reading = a_reading(a_state(), size_bytes=size_bytes, max_bytes=1000, dropped_for_size=dropped)
    assert found(reading, "Size").level is level


def test_a_store_that_nobody_folds_is_an_error() -> None:
    assert found(a_reading(a_state(), unfolded_batches=1001), "Folding").level is Level.ERROR


def test_silence_is_told_with_its_length() -> None:
    silence = found(a_reading(a_state(age=600)), "Processes")
    assert silence.level is Level.WARNING and "10\u00a0min ago" in silence.text


def test_a_clock_that_is_ahead_is_an_error_with_the_seconds() -> None:
    clocks = found(a_reading(a_state(age=1), a_state(2, age=-30)), "Clocks")
    assert clocks.level is Level.ERROR and "30.0 s ahead of" in clocks.text


def write(store: MemoryStore, state: InstanceState) -> None:
    store.append(Batch(state, state.sequence, ()))


def look(store: MemoryStore, during: Callable[[], None]) -> tuple[Reading, float]:
    """Read a store while something happens; return what was read and how long it took."""
    clock = ManualClock(NOW)

    def wait(seconds: float) -> None:
        clock.advance(seconds)
        during()

    return read(store, clock.now, wait), clock.now() - NOW


def test_a_process_that_goes_on_writing_in_the_past_has_a_clock_that_is_behind() -> None:
    store = MemoryStore()
    write(store, a_state(age=60))
    reading, seconds = look(store, lambda: write(store, a_state(age=59, sequence=8)))
    assert seconds < 1
    clocks = found(reading, "Clocks")
    assert clocks.level is Level.ERROR and "59.5 s behind the store's" in clocks.text
    assert len(reading.alive) == 1


def test_a_process_that_was_ended_has_no_clock_that_is_behind() -> None:
    store = MemoryStore()
    write(store, a_state(age=60))
    reading, seconds = look(store, lambda: None)
    assert seconds == 6.5
    assert found(reading, "Clocks").level is Level.OK
    assert reading.alive == []


def test_a_process_that_writes_what_had_to_wait_has_no_clock_that_is_behind() -> None:
    store = MemoryStore()
    write(store, a_state(age=60))
    late = a_state(age=59, sequence=8, buffered_batches=20)
    reading, _ = look(store, lambda: write(store, late))
    assert found(reading, "Clocks").level is Level.OK


def test_who_reports_in_time_is_not_waited_for() -> None:
    store = MemoryStore()
    write(store, a_state(age=4))
    assert look(store, lambda: None)[1] == 0
