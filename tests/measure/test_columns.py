"""Windows added up column by column are what merging them one by one makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.measure.calls import OperationStats
from api_performance.measure.columns import _ADDED, sum_of_packed
from api_performance.measure.sketch import Sketch
from api_performance.measure.users import UserSketch
from api_performance.measure.window import ClassStats, State, Window
from api_performance.model import LATENCY_PARTS

seconds = st.lists(
    st.integers(1_000, 5_000_000_000).map(lambda nanoseconds: nanoseconds / 1e9), max_size=6
)
"""Whole nanoseconds, as they are packed."""
sketches = st.one_of(seconds, seconds.map(lambda some: some[:2] * 300 + some * 6)).map(Sketch.of)
"""Few durations, more, and many that are alike: each has a packed form of its own."""
counts = st.integers(0, 1_000)
operations = st.builds(
    OperationStats,
    *[counts] * 6,
    *[counts.map(lambda count: count / 64)] * 3,
    sketches,
)
exemplars = st.dictionaries(
    st.integers(0, 2), st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=3)), max_size=2
)
CLASSES = st.sampled_from([1, 2, 3, 4, 5])
BOUNDS = [(0.1, 0.5, 1.0, 2.0), (0.5, 2.0, 5.0, 10.0)]


@st.composite
def windows(draw: st.DrawFn, bounds: st.SearchStrategy[tuple[float, ...]]) -> Window:
    statuses = draw(st.dictionaries(st.integers(200, 212), st.integers(1, 9), max_size=6))
    return Window(
        start=1_700_000_000.0,
        statuses=statuses,
        plain=draw(st.dictionaries(CLASSES, sketches, max_size=2)),
        classes=draw(
            st.dictionaries(CLASSES, st.builds(ClassStats, sketches, sketches), max_size=2)
        ),
        under={bound: draw(counts) for bound in draw(bounds)} if statuses else {},
        latency_seconds=tuple(draw(counts) / 64 for _ in LATENCY_PARTS),
        latency=draw(st.dictionaries(st.integers(0, len(LATENCY_PARTS) - 1), sketches, max_size=3)),
        bytes_in=draw(counts),
        bytes_out=draw(counts),
        in_flight_peak=draw(counts),
        exceptions=draw(counts),
        messages=draw(counts),
        open_connections=draw(counts),
        users=UserSketch.of(draw(st.lists(st.integers(1, 65_535), max_size=9))),
        background=draw(sketches),
        edge_wait=draw(sketches),
        operations=draw(st.dictionaries(st.sampled_from("abc"), operations, max_size=2)),
        slowest=draw(exemplars),
        typical=draw(exemplars),
    )


def merged(some: list[Window], *, is_parallel: bool = False) -> Window:
    whole, *others = (Window.unpack(each.pack()) for each in some)
    for window in others:
        whole.merge(window, is_parallel=is_parallel)
    return whole


@given(st.lists(windows(st.just(BOUNDS[0])), min_size=1, max_size=5), st.booleans())
def test_many_windows_at_once_are_what_merging_makes_of_them(
    some: list[Window], is_parallel: bool
) -> None:
    found = sum_of_packed([each.pack() for each in some], is_parallel=is_parallel)
    assert found == merged(some, is_parallel=is_parallel)


@given(st.lists(windows(st.sampled_from(BOUNDS)), min_size=2, max_size=4))
def test_unlike_thresholds_are_merged_as_ever(some: list[Window]) -> None:
    assert sum_of_packed([each.pack() for each in some]) == merged(some)


def test_more_statuses_than_a_window_keeps_count_as_their_class() -> None:
    some = [Window(0.0, statuses={400 + number: 1}) for number in range(20)]
    found = sum_of_packed([each.pack() for each in some])
    assert found.statuses == merged(some).statuses
    assert found.statuses[400] == 5


@given(windows(st.just(BOUNDS[0])), windows(st.just(BOUNDS[0])))
def test_without_what_is_large_all_else_is_there(one: Window, other: Window) -> None:
    packed = [one.pack(), other.pack()]
    found = sum_of_packed(packed, with_latency=False, with_operations=False)
    expected = merged([one, other])
    expected.latency, expected.operations = {}, {}
    expected.slowest, expected.typical = {}, {}
    assert found == expected


def test_what_was_packed_is_told_from_what_was_not() -> None:
    with pytest.raises(ValueError, match="no packed window"):
        sum_of_packed([Window(0.0).pack(), b"\x00"])


def test_every_field_that_is_added_is_a_field() -> None:
    assert set(State.__struct_fields__) >= _ADDED


def test_a_field_that_columns_do_not_know_is_merged_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that a window may grow by one before its column is written."""
    monkeypatch.setattr("api_performance.measure.columns._OTHERS", ["messages"])
    some = [Window(0.0, messages=1), Window(0.0, messages=2)]
    assert sum_of_packed([each.pack() for each in some]).messages == 3
