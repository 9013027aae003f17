"""Exclusive attribution: worked examples, and the parts add up to the whole whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.clock import ManualClock
from api_performance.measure.latency import OPERATION, PART_INDEX, Breakdown, Span
from api_performance.model import LatencyType

DATABASE = PART_INDEX[LatencyType.DATABASE]
CACHE = PART_INDEX[LatencyType.CACHE]
EXTERNAL = PART_INDEX[LatencyType.EXTERNAL_API]
PROCESSING = PART_INDEX[LatencyType.PROCESSING]


class Request:
    """A breakdown on a clock that stands still between steps."""

    def __init__(self) -> None:
        self.clock = ManualClock(0.0)
        self.breakdown = Breakdown(0.0, self.clock.perf)

    def passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def parts(self) -> dict[int, object]:
        ended, seconds, _ = self.breakdown.finish()
        assert sum(seconds) == pytest.approx(ended)
        return {part: pytest.approx(value) for part, value in enumerate(seconds) if value}


def test_what_nothing_covers_is_processing() -> None:
    request = Request()
    request.passes(1)
    span = request.breakdown.open(DATABASE)
    request.passes(2)
    request.breakdown.close(span)
    request.passes(3)
    assert request.parts() == {PROCESSING: 4, DATABASE: 2}


def test_nested_work_belongs_to_the_innermost() -> None:
    request = Request()
    outer = request.breakdown.open(EXTERNAL)
    request.passes(1)
    inner = request.breakdown.open(CACHE, outer)
    request.passes(2)
    request.breakdown.close(inner)
    request.passes(4)
    request.breakdown.close(outer)
    assert request.parts() == {EXTERNAL: 5, CACHE: 2}


def test_parallel_work_of_one_type_counts_once() -> None:
    request = Request()
    first = request.breakdown.open(DATABASE)
    request.passes(1)
    second = request.breakdown.open(DATABASE)
    request.passes(1)
    request.breakdown.close(first)
    request.passes(1)
    request.breakdown.close(second)
    assert request.parts() == {DATABASE: 3}


def test_parallel_types_share_each_instant() -> None:
    request = Request()
    spans = [request.breakdown.open(part) for part in (DATABASE, CACHE, EXTERNAL)]
    request.passes(3)
    request.breakdown.close(spans[0])
    request.passes(2)
    for span in spans:
        request.breakdown.close(span)
    assert request.parts() == {DATABASE: 1, CACHE: 2, EXTERNAL: 2}


def test_a_child_that_outlives_its_parent_still_counts() -> None:
    request = Request()
    parent = request.breakdown.open(EXTERNAL)
    child = request.breakdown.open(DATABASE, parent)
    request.passes(1)
    request.breakdown.close(parent)
    request.passes(1)
    request.breakdown.close(child)
    request.passes(1)
    assert request.parts() == {DATABASE: 2, PROCESSING: 1}


def test_what_closes_twice_or_after_the_end_changes_nothing() -> None:
    request = Request()
    span = request.breakdown.open(DATABASE)
    request.passes(1)
    request.breakdown.close(span)
    request.breakdown.close(span)
    late = request.breakdown.open(CACHE)
    _, parts, _ = request.breakdown.finish()
    request.passes(5)
    request.breakdown.close(late)
    assert [part for part, seconds in enumerate(parts) if seconds] == [DATABASE]
    assert parts[DATABASE] == 1


Steps = st.lists(
    st.tuples(
        st.sampled_from(["open", "close", "nest"]),
        st.integers(0, 4),
        st.floats(0, 10, allow_nan=False),
        st.integers(0, 20),
    ),
    max_size=60,
)


@given(Steps)
def test_the_parts_always_add_up(steps: list[tuple[str, int, float, int]]) -> None:
    request = Request()
    spans: list[Span] = []
    for action, part, seconds, choice in steps:
        request.passes(seconds)
        if action == "open" or not spans:
            spans.append(request.breakdown.open(part))
        elif action == "nest":
            spans.append(request.breakdown.open(part, spans[choice % len(spans)]))
        else:
            request.breakdown.close(spans[choice % len(spans)])
    request.passes(1)
    ended, seconds_by_part, _ = request.breakdown.finish()
    assert sum(seconds_by_part) == pytest.approx(ended)
    assert min(seconds_by_part) >= 0


@given(Steps)
def test_a_type_never_gets_more_than_its_spans_were_open(
    steps: list[tuple[str, int, float, int]],
) -> None:
    request = Request()
    opened: list[tuple[Span, float]] = []
    open_seconds = [0.0] * 5
    for action, part, seconds, choice in steps:
        request.passes(seconds)
        if action != "close" or not opened:
            opened.append((request.breakdown.open(part), request.clock.perf()))
        else:
            span, at = opened.pop(choice % len(opened))
            open_seconds[span[OPERATION].part] += request.clock.perf() - at
            request.breakdown.close(span)
    for span, at in opened:
        open_seconds[span[OPERATION].part] += request.clock.perf() - at
    _, seconds_by_part, _ = request.breakdown.finish()
    for part in range(5):
        if part != PROCESSING:
            assert seconds_by_part[part] <= open_seconds[part] + 1e-9
