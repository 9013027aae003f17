"""What processes, services and the store say of themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api_performance.alert_metric import DEFAULT_RULES, Scope
from api_performance.alerts.rule import Facts, ProcessFacts, RuleSet
from api_performance.alerts.rules import readings
from api_performance.alerts.rules.defaults import default_rules
from api_performance.analysis.history import History
from api_performance.analysis.reading import Reading
from api_performance.model import (
    LongestBlock,
    MetricPriority,
    Pauses,
    PerformanceThreshold,
    PoolUse,
)
from tests.alerts.pasts import DAY, NOW, Flow, Flows, a_history, always, an_endpoint, since

WARNING, CRITICAL = PerformanceThreshold.WARNING, PerformanceThreshold.CRITICAL
X = an_endpoint(priority=MetricPriority.CRITICAL)
WELL = ProcessFacts(
    *("web-1-7-a", "web-1:7", "shop", "1"),
    started_at=NOW - DAY,
    seen_at=NOW,
    in_flight=3.0,
    usual_in_flight=6.0,
    pauses=Pauses(loop_count=1, lag_p99_seconds=0.004, pools=(PoolUse("anyio", 12, 40, 0),)),
    blocked_ratio=0.001,
    cpu_ratio=0.4,
    memory_bytes=(200e6,) * 6,
)


def read(
    rule_id: str, facts: Facts | ProcessFacts, flows: Flows | None = None, subject: str = ""
) -> Reading:
    """Return what one default rule sees, the others being there as well."""
    facts = facts if isinstance(facts, Facts) else Facts([facts])
    history = a_history(default_rules(), flows) if flows else History(lambda _: ())
    found = readings(RuleSet(default_rules()), history, facts, NOW)
    (reading,) = (each for each in found if each.rule == rule_id and subject in ("", each.subject))
    return reading


def a_process(**fields: object) -> ProcessFacts:
    return replace(WELL, **fields)  # type: ignore[arg-type]  # a test's own fields


def pauses(**fields: object) -> ProcessFacts:
    assert WELL.pauses is not None
    return a_process(pauses=replace(WELL.pauses, **fields))  # type: ignore[arg-type]  # as above


PROCESS_RULES = [rule for rule, metric in DEFAULT_RULES.items() if metric.scope is Scope.PROCESS]


@pytest.mark.parametrize("rule_id", PROCESS_RULES)
def test_a_process_that_is_well_is_clear(rule_id: str) -> None:
    reading = read(rule_id, WELL)
    assert (reading.is_breached, reading.is_clear) == (False, True)
    assert (reading.subject, reading.name) == ("web-1-7-a", "web-1:7 (shop)")


@pytest.mark.parametrize(
    "rule_id", [each for each in PROCESS_RULES if each not in ("dropped", "own_error")]
)
def test_nothing_is_told_of_what_a_process_does_not_say(rule_id: str) -> None:
    silent = ProcessFacts("a", "a", "shop", "1", NOW - 60, NOW)
    reading = read(rule_id, silent)
    assert (reading.value, reading.is_breached, reading.is_clear) == (None, False, False)


@pytest.mark.parametrize(
    ("rule_id", "process", "severity", "words"),
    [
        ("loop_lag", pauses(lag_p99_seconds=0.2), WARNING, "late by 200\u00a0ms at p99"),
        ("loop_lag", pauses(lag_p99_seconds=0.7), CRITICAL, "late by 700\u00a0ms"),
        ("loop_blocked", a_process(blocked_ratio=0.4), CRITICAL, "blocked for 40.0\u00a0%"),
        (
            "thread_pool",
            pauses(pools=(PoolUse("anyio", 40, 40, 30),)),
            WARNING,
            "30 calls wait for one of the 40 threads of anyio",
        ),
        ("process_cpu", a_process(cpu_ratio=0.99), WARNING, "computes 0.990 s in every second"),
        (
            "memory_growth",
            a_process(memory_bytes=(200e6, 220e6, 240e6, 260e6, 280e6, 300e6)),
            WARNING,
            "took 200\u00a0MB of memory an hour ago and takes 300\u00a0MB now",
        ),
        ("dropped", a_process(dropped=12), WARNING, "lost 12 requests or windows"),
        ("own_error", a_process(last_error="StoreAway: no"), WARNING, "reports: StoreAway: no"),
    ],
)
def test_a_process_past_a_bound_is_named(
    rule_id: str, process: ProcessFacts, severity: PerformanceThreshold, words: str
) -> None:
    reading = read(rule_id, process)
    assert (reading.is_breached, reading.severity) == (True, severity)
    assert words in reading.text
    assert "instance:web-1-7-a" in reading.causes


def test_the_line_that_blocked_the_loop_is_its_cause() -> None:
    block = LongestBlock(NOW, 2.0, "shop/listing.py:42 in listing", "GET /x")
    process = replace(pauses(longest_block=block), blocked_ratio=0.2)
    reading = read("loop_blocked", process)
    assert reading.causes[0] == "place:shop/listing.py:42 in listing"
    assert "longest at shop/listing.py:42 in listing" in reading.text


def test_a_pool_that_is_full_with_nobody_waiting_is_well_used() -> None:
    assert read("thread_pool", pauses(pools=(PoolUse("anyio", 40, 40, 0),))).is_clear


def test_memory_that_rises_and_falls_does_not_grow() -> None:
    assert read("memory_growth", a_process(memory_bytes=(2e8, 3e8, 2.5e8, 4e8, 3e8, 5e8))).is_clear


def test_requests_that_pile_up_without_more_of_them_saturate() -> None:
    piled = a_process(in_flight=40.0)
    reading = read("in_flight", piled, {X: always(Flow(10.0))})
    assert (reading.is_breached, reading.severity) == (True, CRITICAL)
    assert reading.priority is MetricPriority.CRITICAL
    assert "has 40 requests under way, where the usual peak is 6" in reading.text


def test_more_under_way_because_more_come_is_no_saturation() -> None:
    busy = a_process(in_flight=40.0)
    reading = read("in_flight", busy, {X: since(600, Flow(100.0), Flow(10.0))})
    assert not reading.is_breached


def test_a_process_that_is_gone_is_not_judged() -> None:
    facts = Facts([WELL, a_process(id="gone", is_alive=False, blocked_ratio=0.9)])
    assert read("loop_blocked", facts).subject == "web-1-7-a"


def test_a_service_of_which_no_process_speaks_is_silent() -> None:
    gone = a_process(is_alive=False, seen_at=NOW - 90)
    reading = read("no_data", gone, {X: always(Flow(1.0))})
    assert (reading.is_breached, reading.severity, reading.value) == (True, CRITICAL, 90.0)
    assert (reading.subject, reading.priority) == ("service:shop", MetricPriority.CRITICAL)
    assert reading.text.startswith("No process of shop has said anything for 1\u00a0min")


def test_one_process_that_speaks_is_enough() -> None:
    facts = Facts([WELL, a_process(id="gone", is_alive=False, seen_at=NOW - 90)])
    reading = read("no_data", facts)
    assert (reading.is_breached, reading.is_clear) == (False, True)


def test_nothing_is_told_of_a_service_that_was_stopped() -> None:
    reading = read("no_data", a_process(is_alive=False, has_ended=True, seen_at=NOW - 900))
    assert (reading.is_breached, reading.is_clear) == (False, False)


def test_a_service_whose_last_process_was_stopped_is_stopped_though_another_was_killed() -> None:
    ended = a_process(is_alive=False, has_ended=True, seen_at=NOW - 900)
    killed = a_process(id="killed", is_alive=False, seen_at=NOW - 1800)
    assert not read("no_data", Facts([ended, killed])).is_breached


def test_the_store_s_trouble_is_told_with_its_remedy() -> None:
    reading = read("store", Facts(store_problem="It is full. Make room."))
    assert (reading.is_breached, reading.severity) == (True, CRITICAL)
    assert reading.text == "The store is in trouble: It is full. Make room."


def test_batches_that_nobody_folds_are_told() -> None:
    assert read("unfolded", Facts(unfolded_batches=1500)).is_breached
    assert read("unfolded", Facts(unfolded_batches=3)).is_clear
