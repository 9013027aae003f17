"""From finished requests to windows: both buffers say the same, and both are bounded."""

from __future__ import annotations

import gc

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from api_performance.clock import ManualClock
from api_performance.measure.called import Calls
from api_performance.measure.calls import Work
from api_performance.measure.cardinality import EndpointRegistry, Hints, Rank, Slot
from api_performance.measure.filling import Measurement
from api_performance.measure.recorder import Recorder
from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import LatencyType, MetricPriority, Operation

KEY = b"a key of sixteen"
THRESHOLDS = (0.1, 0.5, 1.0, 2.0)
LIMIT = 50

requests = st.lists(
    st.tuples(
        st.sampled_from([200, 201, 404, 500, 503]),
        st.floats(2e-6, 5.0),
        st.integers(0, 1_000_000),
        st.sampled_from([("10.0.0.1", 1), ("10.0.0.2", 2), None]),
        st.integers(1, 20),
    ),
    min_size=1,
    max_size=80,
)


def rank(method: str, template: str, hints: Hints) -> Rank:
    return Rank(MetricPriority.HIGH, THRESHOLDS, is_monitored=True)


class Measuring:
    """A recorder with one endpoint, and the instants at which requests end."""

    def __init__(self, limit: int = 20_000) -> None:
        self.clock = ManualClock(1_000.0)
        self.registry = EndpointRegistry("shop", rank)
        self.slot = self.registry.slot("GET", "/items/{id}")
        self.recorder = Recorder(self.clock, UserHasher(KEY), self.registry.slots, limit)

    def drained(self) -> dict[float, Window]:
        return {window.start: window for _, window in self.recorder.drain()}


def record_plain(
    slot: Slot, rows: list[tuple[int, float, int, tuple[str, int] | None, int]], ended: list[float]
) -> None:
    for (status, seconds, size, client, in_flight), end in zip(rows, ended, strict=True):
        slot.plain_rows.extend((status, seconds, end, size, client, in_flight))


def said(window: Window) -> tuple[object, ...]:
    """Return what a window answers, whichever way its requests came in."""
    times = (window.response_times(), window.ttfb(), window.latencies())
    sizes = (window.bytes_in, window.bytes_out, window.in_flight_peak, window.users.count())
    seconds = [round(each * 1e9) for each in window.latency_seconds]
    return window.statuses, window.under, *times, *sizes, seconds


@given(requests, st.floats(0.001, 0.3))
def test_plain_rows_and_measurements_make_the_same_windows(
    rows: list[tuple[int, float, int, tuple[str, int] | None, int]], gap: float
) -> None:
    plain, whole = Measuring(), Measuring()
    first = plain.clock.perf()
    ended = [first + gap * number for number in range(len(rows))]
    record_plain(plain.slot, rows, ended)
    for (status, seconds, size, client, in_flight), end in zip(rows, ended, strict=True):
        user = client[0] if client else None
        times = end, seconds, seconds, 0.0
        whole.recorder.add(
            Measurement(whole.slot, status, *times, 0, size, user, in_flight, None, 0.0)
        )
    found, wanted = plain.drained(), whole.drained()
    assert {start: said(window) for start, window in found.items()} == {
        start: said(window) for start, window in wanted.items()
    }


@given(requests)
def test_every_plain_row_is_in_the_window_of_the_second_it_ended_in(
    rows: list[tuple[int, float, int, tuple[str, int] | None, int]],
) -> None:
    measuring = Measuring()
    first = measuring.clock.perf()
    offset = measuring.clock.now() - first
    ended = [first + 0.4 * number for number in range(len(rows))]
    record_plain(measuring.slot, rows, ended)
    windows = measuring.drained()
    assert windows.keys() == {float(int(end + offset)) for end in ended}
    assert sum(window.count for window in windows.values()) == len(rows)
    assert not measuring.drained()


def test_requests_past_the_limit_are_counted_as_dropped_until_the_next_drain() -> None:
    recorder = Measuring(LIMIT).recorder
    recorder.begun += 1
    assert recorder.make_room()
    for _ in range(LIMIT + 3):
        recorder.begun += 1
        if recorder.begun > recorder.full_at:
            assert not recorder.make_room()
    assert recorder.dropped_requests == 3
    recorder.drain()
    recorder.begun += 1
    assert recorder.begun <= recorder.full_at


def test_measurements_past_the_limit_are_dropped_and_the_others_kept() -> None:
    measuring = Measuring(LIMIT)
    end = measuring.clock.perf()
    row = Measurement(measuring.slot, 200, end, 0.1, 0.1, 0.0, 0, 0, None, 1, None, 0.0)
    for _ in range(LIMIT + 3):
        measuring.recorder.add(row)
    (window,) = measuring.drained().values()
    assert (window.count, measuring.recorder.dropped_requests) == (LIMIT, 3)


def test_exceptions_messages_and_background_time_need_no_request() -> None:
    measuring = Measuring()
    measuring.recorder.add_exception(measuring.slot)
    measuring.recorder.add_messages(measuring.slot, 4)
    measuring.recorder.add_background(measuring.slot, 0.25)
    (window,) = measuring.drained().values()
    assert (window.count, window.exceptions, window.messages) == (0, 1, 4)
    assert (window.background.count, window.background.sum) == (1, 0.25)


def test_a_new_process_forgets_what_its_parent_was_doing() -> None:
    measuring = Measuring()
    record_plain(measuring.slot, [(200, 0.1, 5, None, 1)], [measuring.clock.perf()])
    measuring.recorder.begun = 7
    measuring.recorder.begin_process()
    assert measuring.recorder.in_flight == 0
    assert not measuring.drained()


def test_the_collector_of_garbage_sees_nothing_of_a_window() -> None:
    measuring = Measuring()
    parts = (0.1, 0.2, 0.3, 0.0, 0.0)
    operation = Operation(LatencyType.DATABASE, "SELECT ?", "sqlite")
    for number in range(100):
        end = measuring.clock.perf()
        record_plain(measuring.slot, [(200, 0.1 * number + 1e-3, 5, ("10.0.0.1", 1), 1)], [end])
        measuring.recorder.add(
            Measurement(
                *(measuring.slot, 200, end, 0.6, 0.5, 0.0, 0, 5, f"user {number}", 1, parts, 0.01),
                Work(Calls([operation], [-1], [end - 0.5], [end - 0.2], [7], [False], [0.3])),
            )
        )
    (window,) = measuring.drained().values()
    seen: list[object] = []
    left: list[object] = [window]
    while left:
        seen.append(left.pop())
        left.extend(_contents(seen[-1]))
    gc.collect()  # takes tuples of numbers off its lists
    assert len(seen) > 30
    assert not [each for each in seen if gc.is_tracked(each)]


def _contents(value: object) -> list[object]:
    if isinstance(value, msgspec.Struct):
        return [getattr(value, name) for name in value.__struct_fields__]
    if isinstance(value, dict):
        return [*value, *value.values()]
    return list(value) if isinstance(value, tuple) else []
