"""Rings of counts agree with the traffic they were read from, however late it came."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.analysis.history import MOST_SLICES, SPANS, History, Indicator, Slices
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from tests.analysis.traffic import ERRORS, PAY, START, Traffic

HOUR = 3600.0
DAY = 24 * HOUR


def a_history() -> History:
    return History(lambda _: (ERRORS,))


def read_all(history: History, traffic: Traffic, now: float) -> None:
    while not history.knows(SPANS[3600], now):
        history.follow(now, traffic.read)


def counted(history: History, seconds: float, now: float) -> tuple[int, int]:
    counts = history.counts(PAY.id, "errors", seconds, now)
    return counts.total, counts.bad


@pytest.mark.parametrize("seconds", [60.0, 300.0, 1800.0, HOUR, 6 * HOUR])
@given(
    steps=st.lists(st.tuples(st.integers(0, 2399), st.integers(0, 5), st.integers(0, 5))),
    now=st.integers(0, 359),
)
@settings(max_examples=20, deadline=None)
def test_a_span_is_the_sum_of_its_traffic(
    seconds: float, steps: list[tuple[int, int, int]], now: int
) -> None:
    traffic, at = Traffic(), START + DAY + 10.0 * now
    for step, good, bad in steps:
        traffic.add(at - 10.0 * step, good, bad)
    history = a_history()
    read_all(history, traffic, at)
    finest = 10.0 if seconds < HOUR else 60.0
    total, _ = counted(history, seconds, at)
    at_least = sum(traffic.sums(at - seconds + finest, at + 10))
    at_most = sum(traffic.sums(at - seconds - finest, at + 10))
    assert at_least <= total <= at_most


RAISED = Indicator("raised", lambda window: (window.count, window.exceptions))
numbers = st.lists(
    st.tuples(st.integers(0, 2399), st.integers(0, 4), st.integers(0, 9)), min_size=1
)


@pytest.mark.parametrize("seconds", [60.0, 300.0, 1800.0, HOUR, 6 * HOUR, 3 * DAY])
@given(parts=numbers, offset=st.floats(0, 3600))
@settings(max_examples=30, deadline=None)
def test_there_are_never_more_bad_events_than_events(
    seconds: float, parts: list[tuple[int, int, int]], offset: float
) -> None:
    now, windows = START + 40 * DAY + offset, list[Window]()
    for step, count, raised in parts:
        windows.append(Window(now - 10.0 * step, statuses={200: count}))
        windows[-1].exceptions = raised

    def read(start: float, end: float, step: int) -> Iterator[tuple[Endpoint, Window]]:
        return ((PAY, window) for window in windows if start <= window.start // step * step < end)

    history = History(lambda _: (RAISED,))
    while not history.knows(SPANS[3600], now):
        history.follow(now, read)
    counts = history.counts(PAY.id, "raised", seconds, now)
    assert counts.bad <= counts.total
    slices = history.slices(PAY.id, "raised", 60, 6 * HOUR, now)
    assert all(bad <= total for total, bad in zip(slices.total, slices.bad, strict=True))


def test_steady_traffic_slides_through_long_spans_evenly() -> None:
    traffic, now = Traffic(), START + 40 * DAY + 1234.0
    for minute in range(5 * 24 * 60):
        traffic.add(now - 60.0 * minute - 1, 6, 1)
    history = a_history()
    read_all(history, traffic, now)
    for days in (1, 2, 3):
        total, bad = counted(history, days * DAY, now)
        assert total == pytest.approx(days * 1440 * 7, rel=0.001)
        assert bad == pytest.approx(days * 1440, rel=0.001)


def test_the_past_is_read_piece_by_piece_and_every_span_says_whether_it_is_known() -> None:
    traffic, history, now = Traffic(), a_history(), START + 40 * DAY
    history.follow(now, traffic.read)
    assert all((end - start) / step <= MOST_SLICES for start, end, step in traffic.reads)
    assert history.knows(300.0, now)
    assert not history.knows(HOUR, now)
    for _ in range(12):
        history.follow(now, traffic.read)
    assert all(history.knows(span, now) for span in SPANS.values())


def test_only_the_newest_slices_are_read_again() -> None:
    traffic, history, now = Traffic(), a_history(), START + 40 * DAY
    read_all(history, traffic, now)
    del traffic.reads[:]
    history.follow(now + 10, traffic.read)
    assert traffic.reads == [(now - 60, now + 20, 10)]


def test_what_comes_late_is_counted_once() -> None:
    traffic, history, now = Traffic(), a_history(), START + 40 * DAY
    traffic.add(now - 30, 5)
    read_all(history, traffic, now)
    traffic.add(now - 30, 2, 1)
    history.follow(now + 10, traffic.read)
    assert counted(history, 300.0, now + 10) == (8, 1)


def test_a_reading_that_fails_is_done_again() -> None:
    traffic, history, now = Traffic(), a_history(), START + 40 * DAY
    traffic.add(now - 30, 5)
    read_all(history, traffic, now)

    def fail(start: float, end: float, step: int) -> Iterator[tuple[Endpoint, Window]]:
        yield from traffic.read(start, end, step)
        raise OSError("away")

    for seconds in range(10, 50, 10):
        with pytest.raises(OSError, match="away"):
            history.follow(now + seconds, fail)
    del traffic.reads[:]
    history.follow(now + 50, traffic.read)
    assert counted(history, 300.0, now + 50) == (5, 0)
    assert traffic.reads[0][0] >= now - 130


@pytest.mark.parametrize("pause", [-7200.0, -30.0, 1800.0, 2 * HOUR, 40 * DAY])
def test_after_a_pause_or_a_set_clock_nothing_old_is_counted_anew(pause: float) -> None:
    traffic, history, now = Traffic(), a_history(), START + 80 * DAY
    for step in range(400):
        traffic.add(now - 10.0 * step, 1)
    read_all(history, traffic, now)
    later = now + pause
    read_all(history, traffic, later)
    history.follow(later, traffic.read)
    total, _ = counted(history, 300.0, later)
    assert total <= 31
    assert total == sum(traffic.sums(later - 300, later + 10)) or pause < 0


def test_counts_know_since_when_the_endpoint_is_called() -> None:
    traffic, history, now = Traffic(), a_history(), START + 40 * DAY
    traffic.add(now - 120, 1)
    history.follow(now, traffic.read)
    assert history.counts(PAY.id, "errors", HOUR, now).covered_seconds == 120.0
    assert history.counts(PAY.id, "errors", 60.0, now).covered_seconds == 60.0
    assert history.counts("nobody", "errors", HOUR, now).covered_seconds == 0.0


def test_hours_are_whole_and_oldest_first() -> None:
    traffic, history, now = Traffic(), a_history(), START + 40 * DAY + 1800
    for hour in range(5):
        traffic.add(now - hour * HOUR, 10 + hour)
    read_all(history, traffic, now)
    hours = history.hours(PAY.id, "errors", now)
    assert isinstance(hours, Slices)
    assert list(hours.total) == [14, 13, 12, 11]
    assert hours.start == START + 40 * DAY - 4 * HOUR


def test_an_endpoint_that_changed_is_counted_by_what_it_is_now() -> None:
    asked: list[Endpoint] = []

    def indicators(endpoint: Endpoint) -> list[Indicator]:
        asked.append(endpoint)
        return [ERRORS]

    history = History(indicators)
    other = Endpoint("POST", "/pay", "shop")
    for endpoint in (PAY, PAY, other, other):
        history.put(10, endpoint, Window(START, statuses={200: 1}))
    assert asked == [PAY, other]
    assert history.endpoints() == [other]


@pytest.mark.parametrize("most", [1, 7])
@pytest.mark.parametrize("pause", [0.0, 1800.0, 5 * HOUR, 40 * DAY])
def test_no_piece_is_longer_than_was_asked_and_all_is_read_in_the_end(
    most: int, pause: float
) -> None:
    traffic, history, now = Traffic(), a_history(), START + 80 * DAY
    for step in range(0, 3000, 10):
        traffic.add(now + pause - 10.0 * step, 5, 1)
    read_all(history, traffic, now)
    del traffic.reads[:]
    later = now + pause
    while not all(history.knows(span, later) for span in SPANS.values()):
        history.follow(later, traffic.read, most=most)
    assert all((end - start) / step <= most + 8 for start, end, step in traffic.reads)
    assert len(traffic.reads) <= 3 + 1800 / most
    assert counted(history, 300.0, later) == sum_of(traffic, later - 300, later + 10)


def sum_of(traffic: Traffic, begin: float, end: float) -> tuple[int, int]:
    good, bad = traffic.sums(begin, end)
    return good + bad, bad


def test_what_lags_behind_is_not_known() -> None:
    traffic, history, now = Traffic(), a_history(), START + 80 * DAY
    read_all(history, traffic, now)
    history.follow(now + 1800, traffic.read, most=7)
    assert not history.knows(300.0, now + 1800)


def test_reading_ends_with_the_piece_after_which_it_is_over() -> None:
    traffic, history, now = Traffic(), a_history(), START + 40 * DAY
    history.follow(now, traffic.read, is_over=lambda: len(traffic.reads) == 2)
    assert [step for _, _, step in traffic.reads] == [10, 60]
