from __future__ import annotations

from dataclasses import replace
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.advice.adviser import advise
from api_performance.advice.catalog import CATALOG, rules
from api_performance.advice.facts import EndpointFacts, ProcessFacts
from api_performance.advice.found import Bounds, Found
from api_performance.advice.recommendation import OptimizationImpact, OptimizationType
from api_performance.advice_bounds import ADVICE_BOUNDS
from api_performance.measure.calls import OperationStats
from api_performance.measure.repeated_responses import CHANGED, LOOKED_AT, SAME
from api_performance.measure.responses import COMPRESSED, NOT_COMPRESSED
from api_performance.measure.sketch import Sketch
from api_performance.model import (
    EVENT_LOOP,
    FRAMEWORK,
    RESPONSE,
    WAITED_FOR_LOOP,
    Endpoint,
    LatencyType,
    MetricPriority,
    Operation,
)
from tests.advice.making import (
    CATALOGUE,
    NOW,
    PARTNER,
    PRICE,
    advice,
    calls,
    facts,
    facts_of,
    found_by,
    window,
)

GET = Operation(LatencyType.CACHE, "GET", "redis", "shop/cache.py:9 in read")
SET = Operation(LatencyType.CACHE, "SET", "redis")
WAIT = Operation(LatencyType.DATABASE, "wait for a connection", "sqlite")
PLACE = "shop/report.py:12 in report"
BLOCK = Operation(LatencyType.PROCESSING, PLACE, EVENT_LOOP, PLACE)
WAITED = Operation(LatencyType.PROCESSING, f"{PLACE} GET /products", WAITED_FOR_LOOP, PLACE)
FULL = ProcessFacts("h:1", "s", waiting_for_thread=4, pool_name="AnyIO", pool_size=40)
BUSY = ProcessFacts("host:1", "shop", cpu_ratio=0.95, lag_p99_seconds=0.1)


def test_a_statement_for_every_row_is_n_plus_one_with_its_line_and_a_bounded_estimate() -> None:
    (found,) = advice({PRICE: calls(300, 40, 0.003)})
    assert (found.rule, found.optimization_type) == ("n_plus_one", OptimizationType.DATABASE)
    assert found.source == PRICE.source
    assert PRICE.text in found.description
    assert found.impact is OptimizationImpact.HIGH
    assert found.improvement_low is not None
    assert found.improvement_high is not None
    assert (
        found.improvement_low < found.estimated_improvement < found.improvement_high <= 0.6 + 1e-9
    )
    assert found.saved_seconds_per_day == pytest.approx(
        found.estimated_improvement * 60.0 / 300 * 86_400
    )
    assert found.sample_count == 300


def test_the_interval_of_few_requests_holds_what_a_comparison_of_them_will_see() -> None:
    statement = {PRICE: calls(300, 40, 0.003)}
    equal = window(NOW, 300, 0.2, statement)
    (steady,) = advise(facts_of(equal, statement), rules(), NOW)
    uneven = window(NOW, 300, 0.2, statement)
    uneven.class_stats(200).response_time = Sketch.of([0.1, 0.3] * 150)
    (wild,) = advise(facts_of(uneven, statement), rules(), NOW)
    assert wild.estimated_improvement == pytest.approx(steady.estimated_improvement)
    error = 1.645 * 0.5 / 300**0.5 * hypot(1, 1 - steady.estimated_improvement)
    assert (steady.improvement_low or 0.0) - (wild.improvement_low or 0.0) == pytest.approx(
        error, rel=0.02
    )
    assert (wild.improvement_high or 0.0) - (steady.improvement_high or 0.0) == pytest.approx(
        error, rel=0.02
    )


def test_parallel_calls_are_no_loop() -> None:
    assert found_by({PRICE: calls(300, 40, 0.003, parallel=True)}) == []
    halves = calls(300, 8, 0.02)
    halves.wall_seconds /= 4  # as a semaphore of four leaves it: later ones begin after the first
    assert found_by({PARTNER: halves}) == []


def test_a_loop_that_takes_little_of_the_time_is_left_alone() -> None:
    assert found_by({PRICE: calls(300, 5, 0.0001)}) == []


def test_few_requests_are_no_evidence() -> None:
    assert found_by({PRICE: calls(20, 40, 0.003)}, requests=20) == []


def test_what_saves_nearly_nothing_of_the_service_is_left_alone() -> None:
    from api_performance.advice.facts import Gathering

    gathering = Gathering()
    rare = Endpoint("GET", "/rare", "shop")
    gathering.put(CATALOGUE, window(NOW, 3_000_000, 0.2), 300.0)
    gathering.put(rare, window(NOW, 40, 0.2, {PRICE: calls(40, 40, 0.003)}), 300.0)
    assert advise(gathering.facts({PRICE.id: PRICE}), rules(), NOW) == []


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (PRICE, OptimizationType.DATABASE),
        (PARTNER, OptimizationType.EXTERNAL_API),
        (GET, OptimizationType.CACHING),
    ],
)
def test_the_same_question_again_is_an_exact_repeat(
    operation: Operation, kind: OptimizationType
) -> None:
    (found,) = advice({operation: calls(300, 8, 0.01, exact=1.0)})
    assert (found.rule, found.optimization_type) == ("exact_repeats", kind)
    assert found.estimated_improvement == pytest.approx(0.4 * 7 / 8)


def test_outgoing_calls_in_a_loop_and_different_ones_in_sequence() -> None:
    assert found_by({PARTNER: calls(300, 6, 0.02)}) == ["calls_in_a_loop"]
    other = replace(PARTNER, text="GET partner.example/v1/taxes")
    both = {PARTNER: calls(300, 1, 0.05), other: calls(300, 1, 0.08)}
    (found,) = advice(both)
    assert found.rule == "sequential_calls"
    assert found.improvement_high == pytest.approx(0.25)
    together = {key: calls(300, 1, 0.08) for key in both}
    for stats in together.values():
        stats.exclusive_seconds /= 2
    assert found_by(together) == []


def test_long_statements_that_only_read_could_run_together() -> None:
    other = replace(PRICE, text="SELECT amount FROM stock WHERE shop = ?")
    (found,) = advice({PRICE: calls(300, 1, 0.05), other: calls(300, 1, 0.06)})
    assert (found.rule, found.optimization_type) == (
        "sequential_statements",
        OptimizationType.DATABASE,
    )
    assert found.improvement_high == pytest.approx(0.25)
    assert other.text in found.description


@pytest.mark.parametrize(
    ("text", "calls_each", "seconds", "beside"),
    [
        ("UPDATE stock SET amount = ?", 1, 0.06, False),  # writes keep their order
        ("SELECT amount FROM stock WHERE shop = ?", 1, 0.06, True),
        ("SELECT amount FROM stock WHERE shop = ?", 1, 0.01, False),  # a connection takes as long
        ("SELECT amount FROM stock WHERE shop = ?", 2, 0.03, False),
    ],
)
def test_statements_that_write_are_short_or_run_together_are_left(
    text: str, calls_each: int, seconds: float, beside: bool
) -> None:
    made = {PRICE: calls(300, 1, 0.05)}
    made[replace(PRICE, text=text)] = calls(300, calls_each, seconds)
    if beside:
        for stats in made.values():
            stats.exclusive_seconds /= 2
    assert "sequential_statements" not in found_by(made)


def test_a_slow_statement_and_a_slow_dependency() -> None:
    assert found_by({PRICE: calls(300, 1, 0.15)}) == ["slow_statement"]
    assert found_by({PARTNER: calls(300, 1, 0.3)}, seconds=0.35) == ["slow_dependency"]
    assert found_by({PARTNER: calls(300, 1, 0.03)}) == []
    commit = replace(PRICE, text="COMMIT")
    assert "slow_statement" not in found_by({commit: calls(300, 1, 0.15)})


def test_a_wait_for_a_connection_is_the_pools() -> None:
    assert found_by({WAIT: calls(300, 1, 0.08)}) == ["pool_wait"]


def test_failures_of_a_call_explain_those_of_the_endpoint() -> None:
    failing = {PARTNER: calls(300, 1, 0.03, failed=50)}
    assert found_by(failing, failed=50) == ["failing_dependency"]
    assert found_by(failing) == []  # an answer of 404 that the endpoint bears
    assert found_by({}, failed=50) == ["errors_dominate"]


def test_a_few_failures_tell_where_chance_would_not_bring_them() -> None:
    assert found_by({}, requests=60, failed=8) == ["errors_dominate"]
    assert found_by({}, requests=60, failed=4) == []
    assert found_by({}, requests=30, failed=2) == []
    failing = {PARTNER: calls(60, 1, 0.03, failed=8)}
    assert found_by(failing, requests=60, failed=8) == ["failing_dependency"]


def test_a_cache_that_is_filled_as_often_as_it_is_read_misses() -> None:
    behind = {PRICE: calls(300, 2, 0.02, parallel=True)}
    missing = {GET: calls(300, 1, 0.001), SET: calls(290, 1, 0.001), **behind}
    (found,) = advice(missing, seconds=0.06)
    assert (found.rule, found.source) == ("cache_misses", GET.source)
    hitting = {GET: calls(300, 1, 0.001), SET: calls(5, 1, 0.001), PRICE: calls(5, 1, 0.04)}
    assert found_by(hitting, seconds=0.06) == []


def test_a_blocking_line_is_named_and_what_others_waited_is_what_it_costs() -> None:
    block = OperationStats(
        requests=90, calls=90, wall_seconds=13.5, seconds=Sketch.of_equal(0.15, 90)
    )
    waited = OperationStats(requests=90, calls=90, wall_seconds=13.5)
    (found,) = advice({BLOCK: block, WAITED: waited})
    assert (found.rule, found.source) == ("blocking_call", PLACE)
    assert found.saved_seconds_per_day == pytest.approx(0.6 * 13.5 / 300 * 86_400)
    assert found.improvement_high is not None
    assert found.improvement_high <= 13.5 / 60 + 1e-9
    few = OperationStats(requests=5, calls=5, wall_seconds=0.5)
    assert found_by({BLOCK: few, WAITED: waited}) == []  # a machine that had no processor for it


@pytest.mark.parametrize(
    ("process", "rule"),
    [
        (
            ProcessFacts("h:1", "s", waiting_for_thread=4, pool_name="AnyIO", pool_size=40),
            "thread_pool",
        ),
        (ProcessFacts("h:1", "s", cpu_ratio=0.4, collection_ratio=0.1), "garbage_pauses"),
        (BUSY, "busy_processes"),
    ],
)
def test_processes_that_hold_requests_up(process: ProcessFacts, rule: str) -> None:
    (found,) = advice({}, processes=[process])
    assert (found.rule, found.endpoint) == (rule, "")


def test_collections_are_not_blamed_where_no_processor_is_free() -> None:
    starved = ProcessFacts("h:1", "s", cpu_ratio=0.2, collection_ratio=0.1)
    assert found_by({}, processes=[starved]) == []


def test_one_process_that_does_the_work_of_all_is_uneven() -> None:
    idle = ProcessFacts("host:2", "shop", cpu_ratio=0.1)
    assert found_by({}, processes=[replace(BUSY, cpu_ratio=0.6), idle]) == ["uneven_processes"]
    assert found_by({}, processes=[idle, idle]) == []


def test_serialization_is_told_where_steps_are_timed() -> None:
    step = Operation(LatencyType.PROCESSING, "response serialization", FRAMEWORK, is_whole=False)
    assert found_by({step: calls(10, 1, 0.1)}) == ["serialization"]


def test_large_responses_that_are_not_compressed_are_told_and_compressed_ones_are_not() -> None:
    plain = Operation(LatencyType.NETWORK, NOT_COMPRESSED, RESPONSE)
    packed = Operation(LatencyType.NETWORK, COMPRESSED, RESPONSE)
    looked = OperationStats(requests=40, calls=40)
    (found,) = advice({plain: looked}, bytes_out=300 * 100_000)
    assert (found.rule, found.optimization_type) == ("uncompressed", OptimizationType.COMPRESSION)
    assert found.saved_seconds_per_day == pytest.approx(75_000 / (25e6 / 8) * 86_400)
    few = OperationStats(requests=3, calls=3)
    assert found_by({packed: looked, plain: few}, bytes_out=300 * 20_000) == []


def looked(count: int, same: float, changed: float = 0.0) -> dict[Operation, OperationStats]:
    """Responses of 0.2 s that were looked at, and the parts of them that were told."""
    counts = {LOOKED_AT: count, SAME: round(count * same), CHANGED: round(count * changed)}
    return {
        Operation(LatencyType.NETWORK, text, RESPONSE): OperationStats(
            requests=some, calls=some, wall_seconds=0.2 * some
        )
        for text, some in counts.items()
    }


def test_answers_that_are_the_same_again_could_be_kept() -> None:
    (found,) = advice({PRICE: calls(300, 1, 0.045), PARTNER: calls(300, 1, 0.1), **looked(80, 0.9)})
    assert (found.rule, found.optimization_type) == (
        "repeated_responses",
        OptimizationType.CACHING,
    )
    assert found.sample_count == 80
    assert found.improvement_high == pytest.approx(0.9)
    assert found.estimated_improvement < 0.9
    assert found.source == PARTNER.source


@pytest.mark.parametrize(
    ("count", "same", "changed", "fetched", "method"),
    [
        (80, 0.9, 0.05, 0.15, "GET"),  # it varies by what no request says, or soon
        (80, 0.6, 0.0, 0.15, "GET"),  # too rarely asked
        (20, 0.9, 0.0, 0.15, "GET"),  # too few to tell
        (80, 0.9, 0.0, 0.05, "GET"),  # it waits for nothing that could be kept: a long poll
        (80, 0.9, 0.0, 0.15, "POST"),
    ],
)
def test_answers_that_change_or_cost_nothing_are_not_to_be_kept(
    count: int, same: float, changed: float, fetched: float, method: str
) -> None:
    endpoint = replace(CATALOGUE, method=method)
    fetching = {PARTNER: calls(300, 1, fetched)}
    operations = {**fetching, **looked(count, same, changed)}
    assert "repeated_responses" not in found_by(operations, endpoint=endpoint)


def test_a_cause_that_is_known_is_mended_before_answers_are_kept() -> None:
    assert found_by({PRICE: calls(300, 40, 0.003), **looked(80, 0.9)}) == ["n_plus_one"]


def test_no_cache_is_suggested_for_answers_that_were_seen_to_change() -> None:
    many = {replace(PRICE, text=f"SELECT {n}"): calls(300, 1, 0.04) for n in range(10)}
    assert found_by({**many, **looked(80, 0.1, 0.7)}, seconds=0.6) == ["floor_database"]


def test_rules_of_thumb_speak_last_and_say_so() -> None:
    many = {replace(PRICE, text=f"SELECT {n}"): calls(300, 1, 0.04) for n in range(10)}
    thin = [(each.rule, each.is_thin) for each in advice(many, seconds=0.6)]
    assert sorted(thin) == [("floor_caching", True), ("floor_database", True)]
    assert found_by({PRICE: calls(300, 1, 0.5)}, seconds=0.6) == ["slow_statement"]
    post = replace(CATALOGUE, method="POST")
    assert found_by(many, endpoint=post, seconds=0.6) == ["floor_database"]
    assert found_by({}, seconds=0.6) == []  # a long poll waits for nothing that could be kept


def spread(stats: OperationStats, quickest: float) -> OperationStats:
    """The same calls, of which some are as quick as that."""
    quick = Sketch.of([quickest])
    quick.merge(stats.seconds)
    stats.seconds = quick
    return stats


def test_while_event_loops_are_late_a_wait_may_be_theirs_unless_the_quickest_wait_too() -> None:
    late = ProcessFacts("host:1", "shop", lag_p99_seconds=0.2)
    slow = {PARTNER: spread(calls(300, 1, 0.3), 0.02)}
    assert found_by(slow, seconds=0.35, processes=[late]) == []
    assert found_by(slow, seconds=0.35) == ["slow_dependency"]
    always = {PARTNER: spread(calls(300, 1, 0.3), 0.25)}
    assert found_by(always, seconds=0.35, processes=[late]) == ["slow_dependency"]


def test_while_event_loops_are_late_the_least_that_is_saved_is_what_the_quickest_calls_take() -> (
    None
):
    late = ProcessFacts("host:1", "shop", lag_p99_seconds=0.2)
    loop = {PARTNER: spread(calls(300, 6, 0.025), 0.005)}
    (sure,) = advice(loop)
    (unsure,) = advice(loop, processes=[late])
    assert unsure.rule == "calls_in_a_loop"
    assert unsure.improvement_low == pytest.approx((sure.improvement_low or 0.0) / 5, rel=1e-3)
    assert unsure.improvement_high == sure.improvement_high
    assert unsure.estimated_improvement == sure.estimated_improvement


@pytest.mark.parametrize(("exact", "rule"), [(0.0, "n_plus_one"), (1.0, "exact_repeats")])
def test_many_cheap_statements_are_a_loop_though_an_orm_takes_most_of_the_time(
    exact: float, rule: str
) -> None:
    (found,) = advice({PRICE: calls(300, 40, 0.00002, exact=exact, between=0.0008)})
    assert found.rule == rule
    assert found.improvement_low is not None
    assert found.improvement_high is not None
    assert found.improvement_low < 0.01
    assert 0.1 < found.estimated_improvement < found.improvement_high < 0.17
    assert "what lies between them 16" in found.derivation


def test_calls_at_once_save_nothing_of_what_is_done_between_them() -> None:
    (found,) = advice({PARTNER: calls(300, 6, 0.02, between=0.001)})
    assert found.improvement_high == pytest.approx(0.5)


def test_a_slow_statement_is_told_while_event_loops_are_late_if_its_quickest_calls_are_slow() -> (
    None
):
    late = [ProcessFacts("host:1", "shop", lag_p99_seconds=0.2)]
    slow = {PRICE: calls(300, 1, 0.06)}
    assert found_by(slow, seconds=0.1, processes=late) == ["slow_statement"]
    waits = {PRICE: spread(calls(300, 1, 0.06), 0.01)}
    assert found_by(waits, seconds=0.1, processes=late) == []


def test_low_traffic_alone_is_no_fault() -> None:
    idle = ProcessFacts("host:1", "shop", cpu_ratio=0.05)
    assert found_by({}, requests=60, processes=[idle]) == []


def test_the_more_important_endpoint_comes_first_where_both_save_alike() -> None:
    from api_performance.advice.facts import Gathering

    gathering = Gathering()
    for template, priority in (("/low", "low"), ("/critical", "critical")):
        endpoint = Endpoint("GET", template, "shop", MetricPriority(priority))
        gathering.put(endpoint, window(NOW, 300, 0.2, {PRICE: calls(300, 40, 0.003)}), 300.0)
    found = advise(gathering.facts({PRICE.id: PRICE}), rules(), NOW)
    assert [each.endpoint for each in found] == ["GET /critical", "GET /low"]


def test_a_rule_can_be_switched_off_or_given_other_thresholds() -> None:
    seen = facts({PRICE: calls(300, 1, 0.15)})
    off = rules({"slow_statement": False, "floor_database": False})
    assert advise(seen, off, NOW) == []
    higher = rules({"slow_statement": {"least_seconds": 0.5}, "floor_database": False})
    assert advise(seen, higher, NOW) == []


def test_a_rule_that_fails_is_logged_and_ends_no_other(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: EndpointFacts, __: Bounds) -> list[Found]:
        raise ZeroDivisionError

    seen = facts({PRICE: calls(300, 40, 0.003)})
    broken = replace(CATALOG[0], id="broken", endpoint=fail)
    found = [advise(seen, (broken, *rules()), NOW) for _ in range(2)]
    assert [[each.rule for each in some] for some in found] == [["n_plus_one"]] * 2
    assert caplog.text.count("the rule of advice broken failed") == 1


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([*LatencyType][:5]), max_size=4),
    st.integers(0, 60),
    st.floats(0, 100),
    st.integers(0, 60),
)
def test_odd_numbers_raise_nothing(
    kinds: list[LatencyType], requests: int, seconds: float, failed: int
) -> None:
    empty = {Operation(kind, f"t{n}"): OperationStats() for n, kind in enumerate(kinds)}
    seen = facts(empty, requests=requests, seconds=seconds, failed=min(failed, requests))
    (endpoint,) = seen.endpoints
    for rule in rules():
        if rule.endpoint is not None:
            list(rule.endpoint(endpoint, rule.bounds))
        if rule.service is not None:
            list(rule.service(seen, rule.bounds))


def test_every_rule_has_bounds_a_source_and_a_way_back() -> None:
    assert [rule.id for rule in CATALOG] == list(ADVICE_BOUNDS)
    for rule in CATALOG:
        assert (rule.endpoint is None) != (rule.service is None)
        assert rule.when
        assert rule.source
        assert rule.risk
        assert rule.undo


@st.composite
def operations(draw: st.DrawFn) -> dict[Operation, OperationStats]:
    found = {}
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from([LatencyType.DATABASE, LatencyType.EXTERNAL_API]))
        each = draw(st.floats(1, 60))
        made = calls(
            *(300, each, draw(st.floats(1e-4, 0.5))),
            exact=draw(st.floats(0, 1)),
            parallel=draw(st.booleans()),
            between=draw(st.sampled_from([0.0, 0.0, 1e-3])),
        )
        found[Operation(kind, f"text {number}")] = made
    return found


def share_with_pauses(endpoint: EndpointFacts, part: LatencyType) -> float:
    """What a type takes, and what ends with its loops."""
    between = sum(each.between_share for each in endpoint.of_type(part))
    return endpoint.share_of(part) + between


@settings(max_examples=50)
@given(operations(), st.floats(0.5, 1.5))
def test_an_estimate_is_never_above_the_share_of_what_it_is_about(
    given_operations: dict[Operation, OperationStats], slack: float
) -> None:
    used = sum(stats.exclusive_seconds for stats in given_operations.values())
    seconds = max(used / 300 * slack, 1e-3)
    seen = facts(given_operations, seconds=seconds)
    (endpoint,) = seen.endpoints
    for found in advise(seen, rules(), NOW):
        low, high = found.improvement_low, found.improvement_high
        assert low is not None
        assert high is not None
        assert 0 <= low <= found.estimated_improvement <= high <= 1
        most = {
            OptimizationType.DATABASE: share_with_pauses(endpoint, LatencyType.DATABASE),
            OptimizationType.EXTERNAL_API: share_with_pauses(endpoint, LatencyType.EXTERNAL_API),
        }
        error = 3 * endpoint.error_of_mean + 1e-9  # what comparing so few requests may be off
        assert high <= most.get(found.optimization_type, 1.0) + error
