"""Calls of operations: what a request leaves, what a drain makes of it, and that it is bounded."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from api_performance.clock import ManualClock
from api_performance.measure.called import Calls, SomeCalls
from api_performance.measure.calls import (
    AT_ONCE,
    MAX_PER_ENDPOINT,
    CallTally,
    OperationStats,
    PackedStats,
    Work,
)
from api_performance.measure.latency import MAX_CALLS, Breakdown, Span
from api_performance.model import FRAMEWORK, LATENCY_PARTS, OTHER, LatencyType, Operation

QUERY = Operation(LatencyType.DATABASE, "SELECT ?", "sqlite")
OTHER_QUERY = Operation(LatencyType.DATABASE, "SELECT ? FROM items", "sqlite")
GET = Operation(LatencyType.CACHE, "GET", "redis")
NO_CALLS = Calls([], [], [], [], [], [], [])
OPERATIONS = (QUERY, OTHER_QUERY, GET)


class Request:
    """A breakdown on a clock that stands still between steps."""

    def __init__(self) -> None:
        self.clock = ManualClock(0.0)
        self.breakdown = Breakdown(0.0, self.clock.perf)

    def calls(self, operation: Operation, seconds: float, mark: int = 0, **end: bool) -> None:
        span = self.breakdown.begin(operation, None, mark)
        self.clock.advance(seconds)
        self.breakdown.close(span, **end)

    def kept(self) -> SomeCalls:
        _, _, calls = self.breakdown.finish()
        assert calls is not None
        return calls

    def stats(self) -> dict[str, OperationStats]:
        return stats_of(self.breakdown.finish()[2])


def stats_of(*requests: SomeCalls | None) -> dict[str, OperationStats]:
    tally, operations = CallTally(set()), dict[str, OperationStats]()
    for calls in requests:
        if calls is not None:
            tally.add(Work(calls))
    tally.into(operations)
    return operations


def test_a_call_leaves_its_operation_times_mark_and_end() -> None:
    request = Request()
    request.clock.advance(1)
    request.calls(QUERY, 2, mark=7, has_failed=True)
    kept = request.kept()
    assert kept == Calls((QUERY,), (-1,), (1,), (3,), (7,), (True,), (2,), is_in_sequence=True)


@pytest.fixture
def no_collections() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collections")
@pytest.mark.parametrize("are_nested", [False, True])
@pytest.mark.parametrize("calls", [3, MAX_CALLS + 1])
def test_a_finished_request_leaves_nothing_to_the_collector_of_garbage(
    calls: int, are_nested: bool
) -> None:
    mark = 10**12  # an object that only this test and its spans know
    known = sys.getrefcount(mark)
    request = Request()
    around = request.breakdown.begin(QUERY) if are_nested else None
    for _ in range(calls):
        request.breakdown.close(request.breakdown.begin(GET, around, mark))
    assert sys.getrefcount(mark) > known
    request.kept()
    del request, around
    assert sys.getrefcount(mark) == known


def test_repeats_are_told_apart_from_exact_ones() -> None:
    request = Request()
    for mark in (1, 2, 1, 3):
        request.calls(QUERY, 0.5, mark)
    (stats,) = request.stats().values()
    assert (stats.requests, stats.calls, stats.most_calls) == (1, 4, 4)
    assert (stats.repeats, stats.exact_repeats) == (3, 1)
    assert stats.exclusive_seconds == stats.seconds.sum == 2.0


def test_calls_whose_arguments_are_unknown_are_no_exact_repeats() -> None:
    request = Request()
    request.calls(QUERY, 0.5)
    request.calls(QUERY, 0.5)
    (stats,) = request.stats().values()
    assert (stats.repeats, stats.exact_repeats) == (1, 0)


Sequences = st.lists(
    st.lists(
        st.tuples(st.sampled_from(OPERATIONS), st.integers(1, 8), st.integers(0, 3), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    max_size=12,
)


@given(Sequences, st.booleans())
def test_requests_that_are_alike_come_to_the_same_as_each_by_itself(
    requests: list[list[tuple[Operation, int, int, bool]]], are_many: bool
) -> None:
    works = []
    for calls in requests * (AT_ONCE // 4 if are_many else 1):
        request = Request()
        for operation, eighths, mark, has_failed in calls:
            request.calls(operation, eighths / 8, mark, has_failed=has_failed)
        works.append(request.kept())
    assert all(calls.is_in_sequence for calls in works)
    by_itself = [msgspec.structs.replace(calls, is_in_sequence=False) for calls in works]
    assert packed(stats_of(*works)) == packed(stats_of(*by_itself))


def packed(stats: dict[str, OperationStats]) -> list[PackedStats]:
    return [stats[key].packed(key, compact=False) for key in sorted(stats)]


def test_pauses_before_repeats_are_known_of_one_request_and_taken_for_the_others() -> None:
    works = []
    for calls, pause in ((4, 0.0003), (6, 0.0001)):
        request = Request()
        for number in range(calls):
            request.calls(QUERY, 0.5)
            request.clock.advance(pause if number else 30.0)  # a long one is not the library's
        works.append(request.kept())
    (stats,) = stats_of(*works).values()
    assert stats.repeats == 3 + 5
    assert stats.between_seconds == pytest.approx((0.001 + 2 * 0.0003) / 3 * 8)


def test_what_lies_between_other_calls_counts_for_what_comes_after_it() -> None:
    request = Request()
    for _ in range(3):
        for operation in (QUERY, GET):
            request.calls(operation, 0.5)
            request.clock.advance(0.0002)
    assert {key: each.between_seconds for key, each in request.stats().items()} == {
        QUERY.id: pytest.approx(0.0004),
        GET.id: pytest.approx(0.0004),
    }


def test_nothing_lies_between_parallel_calls() -> None:
    request = Request()
    for _ in range(2):
        spans = [request.breakdown.begin(QUERY) for _ in range(3)]
        request.clock.advance(0.02)
        for span in spans:
            request.breakdown.close(span)
    (stats,) = request.stats().values()
    assert (stats.repeats, stats.between_seconds) == (3, 0.0)


def test_parallel_calls_are_no_repeats_and_count_once_as_time_and_wholly_as_work() -> None:
    request = Request()
    spans = [request.breakdown.begin(QUERY) for _ in range(10)]
    request.clock.advance(0.02)
    for span in spans:
        request.breakdown.close(span)
    (stats,) = request.stats().values()
    assert (stats.calls, stats.repeats) == (10, 0)
    assert stats.exclusive_seconds == pytest.approx(0.02)
    assert stats.wall_seconds == pytest.approx(0.02)
    assert stats.seconds.sum == pytest.approx(0.2)


def test_what_is_still_under_way_ended_with_the_response() -> None:
    request = Request()
    request.breakdown.begin(QUERY)
    request.clock.advance(3)
    (stats,) = request.stats().values()
    assert stats.seconds.sum == 3


def test_calls_past_the_bound_of_a_request_are_counted_without_their_times() -> None:
    request = Request()
    for _ in range(MAX_CALLS + 50):
        request.calls(QUERY, 0.5)
    kept = request.kept()
    assert len(kept.operations) == MAX_CALLS
    (stats,) = stats_of(kept).values()
    assert stats.calls == stats.most_calls == MAX_CALLS + 50
    assert stats.repeats == MAX_CALLS + 49
    assert stats.seconds.sum == pytest.approx((MAX_CALLS + 50) / 2)


def test_an_endpoint_tells_a_bounded_number_of_operations_apart() -> None:
    told_apart: set[str] = set()
    operations: dict[str, OperationStats] = {}
    for number in range(MAX_PER_ENDPOINT + 20):
        tally = CallTally(told_apart)
        operation = Operation(LatencyType.DATABASE, f"SELECT {number}")
        tally.add(Work(Calls([operation], [-1], [0.0], [1.0], [0], [False], [1.0])))
        tally.into(operations)
    assert len(operations) == MAX_PER_ENDPOINT + 1
    assert operations[Operation(LatencyType.DATABASE, OTHER).id].calls == 20


def test_what_happens_after_the_response_leaves_nothing() -> None:
    request = Request()
    request.calls(QUERY, 1)
    span = request.breakdown.begin(QUERY)
    kept = request.kept()
    request.calls(QUERY, 1)
    request.breakdown.close(span)
    assert list(kept.ended) == [1, 1]


def test_spans_of_a_request_that_are_kept_are_bounded() -> None:
    request = Request()
    outer = request.breakdown.begin(GET)
    for _ in range(10 * MAX_CALLS):
        inner = request.breakdown.begin(QUERY, outer)
        request.clock.advance(0.5)
        request.breakdown.close(inner)
        assert len(request.breakdown.spans) <= MAX_CALLS
    request.breakdown.close(outer)
    ended, parts, calls = request.breakdown.finish()
    assert sum(parts) == parts[QUERY.part] == ended == 5 * MAX_CALLS
    assert calls is not None
    assert (calls.operations[0], len(calls.operations)) == (GET, MAX_CALLS)
    assert calls.more == {QUERY: [9 * MAX_CALLS + 1, (9 * MAX_CALLS + 1) / 2]}


Steps = st.lists(
    st.tuples(
        st.sampled_from(["begin", "inside", "end"]),
        st.sampled_from(OPERATIONS),
        st.integers(0, 8),
        st.integers(0, 20),
    ),
    max_size=50,
)


def played(steps: Sequence[tuple[str, Operation, int, int]], limit: int = MAX_CALLS) -> Request:
    """Open and close spans as the steps say; an eighth of a second is exact in binary.

    Past `limit` spans those that ended are charged on the way.
    """
    request = Request()
    request.breakdown.limit = limit
    spans: list[Span] = []
    for action, operation, eighths, choice in steps:
        request.clock.advance(eighths / 8)
        if action == "end" and spans:
            request.breakdown.close(spans.pop(choice % len(spans)))
        else:
            is_inside = action == "inside" and bool(spans)
            parent = spans[choice % len(spans)] if is_inside else None
            spans.append(request.breakdown.begin(operation, parent))
    request.clock.advance(1)
    return request


def reference(calls: SomeCalls) -> list[Fraction]:
    """Each call's share by the rule, instant by instant."""
    shares = [Fraction(0)] * len(calls.operations)
    parts = [operation.part for operation in calls.operations]
    times = list(zip(calls.began, calls.ended, strict=True))
    for began, ended in pairwise(sorted({*calls.began, *calls.ended})):
        is_open = [since <= began and ended <= until for since, until in times]
        parents = {around for around, each in zip(calls.around, is_open, strict=True) if each}
        innermost = [index for index, each in enumerate(is_open) if each and index not in parents]
        types = {parts[index] for index in innermost}
        for index in innermost:
            same = sum(parts[other] == parts[index] for other in innermost)
            shares[index] += Fraction(ended - began) / len(types) / same
    return shares


@given(Steps, st.integers(1, 60))
def test_shares_and_parts_are_those_of_exact_interval_arithmetic(
    steps: list[tuple[str, Operation, int, int]], limit: int
) -> None:
    request = played(steps, limit)
    ended, parts, calls = request.breakdown.finish()
    calls = calls or NO_CALLS
    shares = reference(calls)
    assert list(calls.exclusive) == pytest.approx([float(share) for share in shares], abs=1e-6)
    for part in range(len(LATENCY_PARTS)):
        own = [
            share
            for operation, share in zip(calls.operations, shares, strict=True)
            if operation.part == part
        ]
        if part != LATENCY_PARTS.index(LatencyType.PROCESSING):
            assert parts[part] == pytest.approx(float(sum(own)), abs=1e-6)
    assert sum(parts) == pytest.approx(ended, abs=1e-6)


@given(st.lists(Steps, max_size=4), st.randoms(use_true_random=False))
def test_statistics_merge_in_any_order(
    requests: list[list[tuple[str, Operation, int, int]]], random: object
) -> None:
    apart = [played(steps).stats() for steps in requests]
    whole: list[dict[str, OperationStats]] = [{}, {}]
    for target, order in zip(whole, (apart, apart[::-1]), strict=True):
        for stats in order:
            for key, one in stats.items():
                target.setdefault(key, OperationStats()).merge(one)
    first, second = (
        {key: one.packed(key, compact=False) for key, one in each.items()} for each in whole
    )
    assert first.keys() == second.keys()
    for key, packed in first.items():
        assert (
            OperationStats.unpacked(packed)[1].calls
            == OperationStats.unpacked(second[key])[1].calls
        )
        assert astuple(packed)[:7] == astuple(second[key])[:7]


def test_a_step_of_the_framework_has_what_no_call_takes_and_a_step_inside_of_it_its_own() -> None:
    request = Request()
    endpoint = Operation(LatencyType.PROCESSING, "endpoint function", FRAMEWORK)
    wait = Operation(LatencyType.PROCESSING, "wait", FRAMEWORK)
    breakdown = request.breakdown
    breakdown.step = breakdown.begin_step(endpoint)
    request.clock.advance(1)
    inner = breakdown.begin_step(wait)
    request.clock.advance(1)
    breakdown.close(inner)
    request.clock.advance(2)
    request.calls(QUERY, 3)  # not known to be inside of the step
    request.clock.advance(3)
    breakdown.close(breakdown.step)
    _, parts, calls = breakdown.finish()
    assert calls is not None
    assert list(calls.exclusive) == [6, 1, 3]
    assert (parts[QUERY.part], parts[endpoint.part]) == (3, 7)
