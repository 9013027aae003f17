"""Slow and failing requests: past a bound, not by chance, and still."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rule import Facts, Rule, RuleSet
from api_performance.alerts.rules import readings
from api_performance.alerts.rules.defaults import default_rules
from api_performance.alerts.rules.requests import beside_usual, count_errors, count_slow
from api_performance.analysis.reading import Reading
from api_performance.measure.window import Window
from api_performance.model import MetricPriority, PerformanceThreshold, TrafficKind
from tests.alerts.pasts import (
    DAY,
    NOW,
    Flow,
    a_history,
    a_state,
    always,
    an_endpoint,
    facts_of,
    since,
)

WARNING, CRITICAL = PerformanceThreshold.WARNING, PerformanceThreshold.CRITICAL
X = an_endpoint()
WELL = Flow(2.0)


def read(
    metric: AlertMetric, flow: object, rules: list[Rule] | None = None, facts: Facts | None = None
) -> Reading:
    rules = rules or default_rules()
    history = a_history(rules, {X: flow})  # type: ignore[dict-item]  # a flow over time
    (found,) = (
        each
        for each in readings(RuleSet(rules), history, facts or Facts(), NOW)
        if each.metric == metric and each.subject == X.id
    )
    return found


def errors(flow: object, rules: list[Rule] | None = None) -> Reading:
    return read(AlertMetric.ERRORS, flow, rules)


def response_time(flow: object, rules: list[Rule] | None = None) -> Reading:
    return read(AlertMetric.RESPONSE_TIME, flow, rules)


def test_well_is_clear() -> None:
    for reading in (errors(always(WELL)), response_time(always(WELL))):
        assert (reading.is_breached, reading.is_clear, reading.value) == (False, True, 0.0)


def test_a_burst_of_errors_is_told_in_plain_words() -> None:
    reading = errors(since(120, Flow(2.0, errors=0.5), WELL))
    assert reading.is_breached
    assert reading.severity is CRITICAL
    assert reading.value == pytest.approx(0.2, abs=0.01)
    assert reading.text == (
        "One in 5 requests to GET /x fails (120 of 600 in 5\u00a0min; none is usual)."
        " Its users get errors."
    )


def test_a_few_errors_more_are_a_warning() -> None:
    reading = errors(since(900, Flow(20.0, errors=0.05), Flow(20.0)))
    assert (reading.is_breached, reading.severity) == (True, WARNING)


def test_an_exception_after_the_response_began_is_an_error() -> None:
    assert errors(since(300, Flow(2.0, exceptions=0.5), WELL)).is_breached


def test_what_is_usual_is_no_burst() -> None:
    reading = errors(always(Flow(2.0, errors=0.1)))
    assert (reading.is_breached, reading.is_clear) == (False, True)
    assert reading.bound == pytest.approx(0.2, abs=0.01)


def test_more_than_usual_says_what_is_usual() -> None:
    reading = errors(since(300, Flow(2.0, errors=0.4), Flow(2.0, errors=0.1)))
    assert "usual is 10.00\u00a0%" in reading.text


def test_a_service_that_fails_from_its_first_hour_on_does_not_take_that_for_usual() -> None:
    rules = default_rules()
    history = a_history(rules, {X: always(Flow(2.0, errors=0.5))}, begun=NOW - DAY / 2)
    (reading,) = (
        each
        for each in readings(RuleSet(rules), history, Facts(), NOW)
        if each.metric == AlertMetric.ERRORS
    )
    assert reading.is_breached


def test_until_the_week_was_read_nothing_is_told_of_errors() -> None:
    rules = default_rules()
    history = a_history(rules, {X: always(Flow(2.0, errors=0.1))}, rounds=1)
    found = {each.metric for each in readings(RuleSet(rules), history, Facts(), NOW)}
    assert AlertMetric.RESPONSE_TIME in found
    assert AlertMetric.ERRORS not in found


def test_half_of_all_being_usual_three_quarters_are_the_bound() -> None:
    assert beside_usual(WARNING, 0.01, 0.5) == pytest.approx(0.75)
    assert beside_usual(CRITICAL, 0.05, 0.002) == 0.05


def test_four_failures_of_a_quiet_endpoint_are_no_burst() -> None:
    reading = errors(since(1200, Flow(1 / 300, errors=1.0), Flow(1 / 300)))
    assert reading.sample_count == 12
    assert not reading.is_breached


def test_a_quiet_endpoint_that_fails_altogether_is_found_in_a_wider_window() -> None:
    reading = errors(since(3600, Flow(1 / 300, errors=1.0), Flow(1 / 300)))
    assert (reading.is_breached, reading.window_seconds) == (True, 3600.0)
    assert reading.text.startswith("Every request to GET /x fails (12 of 12 in 1\u00a0h")


def test_a_burst_that_is_over_alerts_no_more() -> None:
    over = since(90, WELL, Flow(2.0, errors=0.9))
    reading = errors(lambda at: over(at) if at > NOW - 200 else WELL)
    assert (reading.is_breached, reading.is_clear) == (False, True)


def test_nothing_is_told_of_what_nobody_asks_for() -> None:
    reading = errors(since(2 * 3600, Flow(0.0), WELL))
    assert (reading.value, reading.is_breached, reading.is_clear) == (None, False, False)


def test_slow_responses_past_the_warning_bound_are_a_warning() -> None:
    reading = response_time(since(600, Flow(2.0, warning=0.2), WELL))
    assert (reading.is_breached, reading.severity, reading.bound) == (True, WARNING, 0.05)
    assert reading.text == (
        "One in 5 requests to GET /x takes longer than 2.00\u00a0s"
        " (120 of 600 in 5\u00a0min; 5.0\u00a0% may). Its users wait."
    )


def test_slow_responses_past_the_critical_bound_are_critical() -> None:
    reading = response_time(since(600, Flow(2.0, warning=0.9, critical=0.8), WELL))
    assert reading.severity is CRITICAL
    assert reading.text.startswith("8 in 10 requests to GET /x take longer than 5.00\u00a0s")


def test_a_share_at_the_bound_neither_alerts_nor_is_clear() -> None:
    reading = response_time(always(Flow(2.0, warning=0.047)))
    assert (reading.is_breached, reading.is_clear) == (False, False)


def test_a_bound_between_the_thresholds_is_read_from_the_sketch() -> None:
    window = Window(0.0)
    window.count_status(200, 4)
    window.class_stats(200).response_time.add([0.1, 0.2, 0.7, 0.9])
    assert count_slow(0.6, window) == (4, 2)


def test_a_failed_request_that_raised_counts_once() -> None:
    window = Window(0.0)
    window.count_status(200, 8)
    window.count_status(500, 2)
    window.exceptions = 2
    assert count_errors(window) == (10, 2)


def test_a_priority_has_its_own_bounds() -> None:
    rules = {rule.id: rule for rule in default_rules()}
    assert rules["errors-critical"].warning == 0.001
    assert rules["errors-low"].bounds == ((CRITICAL, 0.5), (WARNING, 0.05))
    assert rules["response_time-critical"].warning == 1.0


def test_a_rule_for_another_priority_does_not_look() -> None:
    rules = [Rule("x", "x", AlertMetric.ERRORS, 0.1, priority=MetricPriority.LOW)]
    history = a_history(rules, {X: always(WELL)})
    assert readings(RuleSet(rules), history, Facts(), NOW) == []


def test_what_no_route_took_and_streams_are_not_judged() -> None:
    ws = replace(X, template="/live", kind=TrafficKind.EVENT_STREAM)
    rules = default_rules()
    history = a_history(rules, {an_endpoint("(unmatched)"): always(WELL), ws: always(WELL)})
    found = readings(RuleSet(rules), history, Facts(), NOW)
    assert {reading.subject for reading in found} == {"store"}


@pytest.mark.parametrize("metric", [AlertMetric.ERRORS, AlertMetric.RESPONSE_TIME])
def test_what_was_over_before_an_outage_is_not_told_in_it(metric: AlertMetric) -> None:
    def flow(at: float) -> Flow:
        bad = 0.5 if NOW - 3600 <= at < NOW - 2400 else 0.0
        return Flow(0.3 if at < NOW - 1000 else 0.0, errors=bad, warning=bad)

    is_told = {
        seen: read(metric, flow, facts=facts_of(a_state(1, NOW - DAY, seen))).is_breached
        for seen in (NOW - 1000, NOW)
    }
    assert is_told == {NOW - 1000: False, NOW: True}  # what lives and gets no requests still may


@pytest.mark.parametrize(("ago", "is_told"), [(50, True), (70, False)])
def test_what_a_service_died_of_is_told_in_the_minute_after(ago: int, is_told: bool) -> None:
    failing = since(600, Flow(2.0, errors=0.5), WELL)

    def flow(at: float) -> Flow:
        return Flow(0.0) if at >= NOW - ago else failing(at)

    facts = facts_of(a_state(1, NOW - DAY, NOW - ago))
    assert read(AlertMetric.ERRORS, flow, facts=facts).is_breached is is_told
