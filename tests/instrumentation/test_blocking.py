"""Calls that keep their thread until they return, which leave rows instead of spans."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.instrumentation.wrapping import timed_call
from api_performance.measure.called import RowCalls, SomeCalls
from api_performance.measure.calls import CallTally, OperationStats, PackedStats, Work
from api_performance.measure.current import current_request
from api_performance.measure.latency import MAX_CALLS
from api_performance.measure.operations import begin, end, known
from api_performance.model import LatencyType, Operation

from .asked import ask_for
from .following import Seen, calls_of, noted_so_far, seen_in_request

QUERY = known(LatencyType.DATABASE, "SELECT ?", "blocking")
GET = known(LatencyType.CACHE, "GET", "blocking")
WAIT = known(LatencyType.CACHE, "wait", "blocking")


@timed_call(lambda args, _: (args[0], args[1] if len(args) > 1 else 0))
def block(_operation: Operation, _mark: int = 0, inside: object = None) -> None:
    if callable(inside):
        inside()


def test_calls_one_after_another_leave_rows() -> None:
    kinds: list[type] = []

    def work() -> None:
        for operation, mark in ((QUERY, 1), (GET, 2), (QUERY, 1)):
            block(operation, mark)
        request = current_request.get()
        breakdown = request.open_breakdown() if request is not None else None
        assert breakdown is not None
        kinds.append(type(breakdown.so_far(breakdown.perf())[1]))

    seen = seen_in_request(work)
    assert kinds == [RowCalls]
    assert [(call.operation, call.mark) for call in seen.calls] == [
        (QUERY, 1),
        (GET, 2),
        (QUERY, 1),
    ]
    assert not any(call.has_failed or call.around for call in seen.calls)
    assert sum(call.seconds for call in seen.calls if call.operation is GET) == pytest.approx(
        seen.parts[LatencyType.CACHE]
    )


def test_what_runs_inside_of_a_call_is_part_of_it() -> None:
    def inner() -> None:
        block(GET)
        end(begin(GET))

    seen = seen_in_request(lambda: block(QUERY, 0, inner))
    assert seen.texts == ["SELECT ?"]


def test_a_wait_inside_of_a_call_is_told_apart() -> None:
    seen = seen_in_request(lambda: block(GET, 0, lambda: end(begin(WAIT, is_inner=True))))
    assert [(call.text, call.around) for call in seen.calls] == [("GET", ""), ("wait", "GET")]


def test_a_call_that_fails_is_kept_as_failed_and_its_error_raised() -> None:
    def fail() -> None:
        raise OSError("the program's own")

    def work() -> None:
        block(GET)
        with pytest.raises(OSError, match="the program's own"):
            block(QUERY, 0, fail)
        block(GET)

    seen = seen_in_request(work)
    assert [(call.text, call.has_failed) for call in seen.calls] == [
        ("GET", False),
        ("SELECT ?", True),
        ("GET", False),
    ]


def test_a_call_may_follow_what_is_none() -> None:
    def work() -> None:
        block(GET)
        end(begin(QUERY))
        block(GET)

    seen = seen_in_request(work)
    assert seen.texts == ["GET", "SELECT ?", "GET"]
    assert all(one.ended <= other.began for one, other in pairwise(seen.calls))


def test_calls_past_the_bound_of_a_request_are_counted() -> None:
    async def work() -> None:
        for number in range(3 * MAX_CALLS):
            block(GET, number + 1)

    asked = asyncio.run(ask_for(work))
    assert len(asked.calls) == MAX_CALLS
    assert asked.finished is not None
    assert asked.finished.work is not None
    (stats,) = stats_of([asked.finished.work.calls]).values()
    assert stats.calls == 3 * MAX_CALLS
    assert stats.wall_seconds == pytest.approx(asked.seconds(LatencyType.CACHE))


def test_a_call_under_way_in_another_thread_lasts_until_the_response() -> None:
    begun, over = threading.Event(), threading.Event()
    threads: list[asyncio.Task[None]] = []

    def inside() -> None:
        begun.set()
        assert over.wait(60)

    async def work() -> None:
        threads.append(asyncio.create_task(asyncio.to_thread(block, QUERY, 0, inside)))
        assert await asyncio.to_thread(begun.wait, 60)
        block(GET)

    async def ask() -> Seen:
        asked = await ask_for(work)
        over.set()
        await threads[0]
        assert asked.finished is not None
        assert asked.finished.work is not None
        return Seen(calls_of(asked.finished.work.calls), {})

    seen = asyncio.run(ask())
    assert sorted(seen.texts) == ["GET", "SELECT ?"]
    query = next(call for call in seen.calls if call.text == "SELECT ?")
    assert query.ended >= max(call.ended for call in seen.calls)


def test_parallel_calls_are_parallel() -> None:
    both = threading.Barrier(2)

    async def work() -> None:
        one, other = (
            asyncio.to_thread(block, operation, 0, lambda: both.wait(60))
            for operation in (QUERY, GET)
        )
        await asyncio.gather(one, other)
        seen.append(noted_so_far())

    seen: list[Seen] = []
    seen_in_request(work)
    first, second = seen[0].calls
    assert {first.text, second.text} == {"SELECT ?", "GET"}
    assert first.ended > second.began
    covered = sum(seen[0].parts[part] for part in (LatencyType.DATABASE, LatencyType.CACHE))
    assert covered < first.seconds + second.seconds
    assert covered == pytest.approx(max(first.ended, second.ended) - first.began)


def stats_of(requests: Sequence[SomeCalls]) -> dict[str, OperationStats]:
    tally, operations = CallTally(set()), dict[str, OperationStats]()
    for calls in requests:
        tally.add(Work(calls))
    tally.into(operations)
    return operations


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([QUERY, GET]), st.integers(0, 3)), min_size=1, max_size=6)
)
def test_rows_come_to_the_same_as_spans(calls: list[tuple[Operation, int]]) -> None:
    kept: list[SomeCalls] = []

    def work() -> None:
        for operation, mark in calls:
            block(operation, mark)
        request = current_request.get()
        breakdown = request.open_breakdown() if request is not None else None
        assert breakdown is not None
        rows = breakdown.so_far(breakdown.perf())[1]
        end(begin(QUERY, None))  # a span that is no call: now the others are spans, too
        spans = breakdown.so_far(breakdown.perf())[1]
        assert rows is not None
        assert spans is not None
        kept.extend((rows, spans))

    seen_in_request(work)
    rows, spans = kept
    assert isinstance(rows, RowCalls)
    assert not isinstance(spans, RowCalls)
    assert calls_of(rows) == calls_of(spans)
    by_itself = msgspec.structs.replace(spans, is_in_sequence=False)
    assert packed([rows] * 3) == packed([spans] * 3) == packed([by_itself] * 3)


def packed(requests: Sequence[SomeCalls]) -> list[PackedStats]:
    stats = stats_of(requests)
    return [stats[key].packed(key, compact=False) for key in sorted(stats)]
