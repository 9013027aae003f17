"""What requests did inside: operations and exemplars, as they are asked for."""

from __future__ import annotations

import pytest

from api_performance.clock import ManualClock
from api_performance.measure.calls import CallTally, Work
from api_performance.measure.exemplars import Contest, Exemplar, shown
from api_performance.measure.latency import Breakdown
from api_performance.model import DEPENDENCIES, FRAMEWORK, LATENCY_PARTS, LatencyType, Operation
from api_performance.queries import Asked, EndpointUnknown, Filter, Queries
from api_performance.queries.operations import UNNAMED
from api_performance.stores.base import Batch, InstanceState
from tests.queries.making import USERS, Service, a_window, an_instance

STOCK = Operation(LatencyType.DATABASE, "SELECT ? FROM stock", "sqlite", "shop/stock.py:3 in stock")
PAY = Operation(LatencyType.EXTERNAL_API, "POST pay.example/charges", "http")
HOUR = Asked(3600)


def a_request(seconds: float, loops: int = 1, mark: int = 0) -> Work:
    """A call of PAY for half of the time, with calls of STOCK inside of it."""
    breakdown = Breakdown(0.0, (clock := ManualClock(0.0)).perf)
    pay = breakdown.begin(PAY)
    for n in range(loops):
        stock = breakdown.begin(STOCK, pay, mark or n + 1)
        clock.advance(0.75 * seconds / 2 / loops)
        breakdown.close(stock, has_failed=n == 0)
        clock.advance(0.25 * seconds / 2 / loops)
    breakdown.close(pay)
    _, _, calls = breakdown.finish()
    assert calls is not None
    return Work(calls, "0af7651916cd43dd8448eb211c80319c")


def measure(
    service: Service,
    times: list[float],
    loops: int = 1,
    mark: int = 0,
    *,
    named: tuple[Operation, ...] = (STOCK, PAY),
) -> None:
    at = service.clock.now() - 1
    window = a_window(at, times)
    tally = CallTally(set())
    works = [a_request(seconds, loops, mark) for seconds in times]
    for work in works:
        tally.add(work)
    tally.into(window.operations)

    def packed(place: int) -> bytes:
        parts = [0] * len(LATENCY_PARTS)
        calls, more = shown(works[place].calls, 0.0)
        trace = works[place].trace_id
        return Exemplar(at, times[place], 200, tuple(parts), calls, more, trace).pack()

    contest = Contest(lambda: 0.5)
    assert contest.has_winner(at, len(times), max(times))
    contest.settle(window, times, packed)
    sequence = service.sequences["one"] = service.sequences.get("one", 0) + 1
    state = InstanceState(an_instance(), service.clock.now(), sequence)
    service.store.append(Batch(state, sequence, [(USERS, window)], operations=named))


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def queries(service: Service) -> Queries:
    return Queries(service.store, service.clock)


def test_operations_come_with_the_most_time_first_and_per_request(
    service: Service, queries: Queries
) -> None:
    measure(service, [0.4, 0.4], loops=4)
    page = queries.operations(USERS.id, HOUR, Filter())
    assert (page.name, page.request_count) == (USERS.name, 2)
    assert page.response_seconds == pytest.approx(0.8)
    first, second = page.operations
    assert [first.text, second.text] == [STOCK.text, PAY.text]
    assert (second.call_count, second.calls_per_request, second.pattern) == (2, 1.0, "")
    assert second.exclusive_seconds == pytest.approx(0.1)  # what the calls inside of it leave
    assert (first.call_count, first.most_calls, first.repeat_count) == (8, 4, 6)
    assert first.share_of_time_ratio == pytest.approx(0.375)
    assert (first.failure_count, first.source) == (2, STOCK.source)


@pytest.mark.parametrize(
    ("loops", "mark", "pattern"), [(3, 0, ""), (4, 0, "n_plus_one"), (4, 7, "exact_repeats")]
)
def test_calling_it_again_and_again_is_a_pattern(
    service: Service, queries: Queries, loops: int, mark: int, pattern: str
) -> None:
    measure(service, [0.4], loops, mark)
    rows = queries.operations(USERS.id, HOUR, Filter()).operations
    stock = next(row for row in rows if row.text == STOCK.text)
    assert (stock.pattern, stock.sequence_length) == (pattern, loops if pattern else None)


def test_operations_are_the_same_before_and_after_folding_and_of_the_range(
    service: Service, queries: Queries
) -> None:
    measure(service, [0.4], loops=4)
    before = queries.operations(USERS.id, HOUR, Filter()).operations
    service.pass_time(10)
    assert queries.operations(USERS.id, HOUR, Filter()).operations == before
    service.pass_time(7200)
    assert queries.operations(USERS.id, HOUR, Filter()).operations == []
    assert queries.operations(USERS.id, Asked(86_400), Filter()).operations == before


def test_an_operation_whose_name_is_gone_is_still_counted(
    service: Service, queries: Queries
) -> None:
    measure(service, [0.4], named=())
    texts = {row.text for row in queries.operations(USERS.id, HOUR, Filter()).operations}
    assert texts == {UNNAMED}


def test_exemplars_are_those_of_the_range_the_slowest_first_with_their_steps(
    service: Service, queries: Queries
) -> None:
    measure(service, [0.1, 0.2, 0.9], loops=2)
    page = queries.exemplars(USERS.id, HOUR, Filter())
    assert sorted(each.why for each in page.exemplars) == ["slowest", "typical"]
    assert page.exemplars[0].seconds == 0.9
    assert (page.near_p50, page.near_p99) == (None, None)  # three requests tell no percentile
    pay, stock = page.exemplars[0].steps
    assert (pay.text, pay.call_count, pay.inside) == (PAY.text, 1, None)
    assert (stock.text, stock.call_count, stock.inside) == (STOCK.text, 2, PAY.id)
    assert stock.began_seconds == pytest.approx([0.0, 0.225])
    assert stock.seconds == pytest.approx(0.3375)
    assert page.exemplars[0].trace_id
    service.pass_time(600)
    assert queries.exemplars(USERS.id, Asked(300), Filter()).exemplars == []


def test_the_exemplars_nearest_to_the_percentiles_are_named(
    service: Service, queries: Queries
) -> None:
    measure(service, [0.1] * 990 + [1.0] * 10)
    page = queries.exemplars(USERS.id, HOUR, Filter())
    assert page.near_p50 is not None
    assert page.exemplars[page.near_p50].seconds == 0.1
    assert page.near_p99 is not None
    assert page.exemplars[page.near_p99].seconds in (0.1, 1.0)


def test_one_instance_is_told_apart(service: Service, queries: Queries) -> None:
    measure(service, [0.4])
    here, there = (Filter(instances=frozenset({of})) for of in (an_instance().id, "elsewhere"))
    assert len(queries.operations(USERS.id, HOUR, here).operations) == 2
    assert len(queries.exemplars(USERS.id, HOUR, here).exemplars) == 2
    assert queries.operations(USERS.id, HOUR, there).operations == []


def test_an_endpoint_that_is_none_is_said_so(service: Service, queries: Queries) -> None:
    service.pass_time(1)
    with pytest.raises(EndpointUnknown):
        queries.operations("000000000000", HOUR, Filter())


def test_steps_are_estimated_from_the_requests_in_which_they_were_timed(
    service: Service, queries: Queries
) -> None:
    first = Operation(LatencyType.PROCESSING, DEPENDENCIES, FRAMEWORK)
    waits = Operation(LatencyType.PROCESSING, "wait for a worker thread", FRAMEWORK)
    window = a_window(service.clock.now() - 1, [0.4] * 10)
    tally = CallTally(set())
    breakdown = Breakdown(0.0, (clock := ManualClock(0.0)).perf)
    breakdown.step = breakdown.begin_step(first)
    for _ in range(4):
        wait = breakdown.begin_step(waits)
        clock.advance(0.01)
        breakdown.close(wait)
        clock.advance(0.01)
    clock.advance(0.12)
    breakdown.close(breakdown.step)
    _, _, calls = breakdown.finish()
    assert calls is not None
    tally.add(Work(calls))
    tally.into(window.operations)
    state = InstanceState(an_instance(), service.clock.now(), 1)
    service.store.append(Batch(state, 1, [(USERS, window)], operations=(first, waits)))
    rows = {row.text: row for row in queries.operations(USERS.id, HOUR, Filter()).operations}
    solved, waited = rows[first.text], rows[waits.text]
    assert (solved.call_count, solved.calls_per_request, solved.is_estimated) == (10, 1.0, True)
    assert solved.duration.count == 1
    assert solved.work_seconds == pytest.approx(2.0)
    assert solved.share_of_time_ratio == pytest.approx(0.16 / 0.4)
    assert (waited.call_count, waited.pattern) == (40, "")
