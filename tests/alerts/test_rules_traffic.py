"""Too few requests: fewer than usual, of an endpoint or of a service, or than a floor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rule import Facts, ProcessFacts, Rule, RuleSet
from api_performance.alerts.rules import readings
from api_performance.alerts.rules.defaults import default_rules, laid_over
from api_performance.analysis.reading import Reading
from api_performance.model import Pauses, PerformanceThreshold
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

X, Y, Z = an_endpoint("/x"), an_endpoint("/y"), an_endpoint("/z")
FLOWS = Callable[[float], Flow]
HALTED = since(700, Flow(0.0), Flow(1.0))
BUSY = Pauses(loop_count=1, lag_p99_seconds=0.8)


def a_process(**fields: object) -> ProcessFacts:
    process = ProcessFacts("web-1", "web-1:1", "shop", "1", NOW - DAY, NOW)
    return replace(process, **fields)  # type: ignore[arg-type]  # a test's own fields


def out(begin: float, end: float, flow: FLOWS) -> FLOWS:
    """Return what flows but for an outage, told in seconds before NOW."""
    return lambda at: Flow(0.0) if NOW - begin <= at < NOW - end else flow(at)


def outage(begin: float, end: float, first_at: float = NOW) -> Facts:
    """Return what is known where one process was gone at `begin` and another came at `end`."""
    gone, new = a_state(1, NOW - DAY, NOW - begin), a_state(2, NOW - end, NOW)
    return facts_of(gone, new, a_state(2, NOW - end, first_at), first_at=first_at)


def read(
    metric: AlertMetric,
    flows: dict[object, FLOWS],
    facts: Facts | None = None,
    rules: list[Rule] | None = None,
    begun: float = NOW - 31 * DAY,
) -> dict[str, Reading]:
    rules = rules or default_rules()
    history = a_history(rules, flows, begun=begun)  # type: ignore[arg-type]  # endpoints
    found = readings(RuleSet(rules), history, facts or Facts([a_process()]), NOW)
    return {each.name: each for each in found if each.metric == metric}


def traffic(flows: dict[object, FLOWS], **more: object) -> dict[str, Reading]:
    return read(AlertMetric.TRAFFIC, flows, **more)  # type: ignore[arg-type]


def test_the_usual_traffic_is_clear() -> None:
    reading = traffic({X: always(Flow(1.0))})["GET /x"]
    assert (reading.is_breached, reading.is_clear) == (False, True)
    assert reading.value == pytest.approx(1.0, abs=0.02)
    assert (reading.bound, reading.unit) == (0.5, "per_second")


def test_traffic_that_stops_is_critical_and_told_in_plain_words() -> None:
    reading = traffic({X: HALTED})["GET /x"]
    assert reading.is_breached
    assert reading.severity is PerformanceThreshold.CRITICAL
    assert reading.text == (
        "GET /x gets 0\u00a0/s where 1.00\u00a0/s is usual at this hour"
        " (0 requests in 10\u00a0min instead of 600). Users may not reach it."
    )


def test_a_third_of_the_usual_traffic_is_a_warning() -> None:
    reading = traffic({X: since(700, Flow(0.33), Flow(1.0))})["GET /x"]
    assert (reading.is_breached, reading.severity) == (True, PerformanceThreshold.WARNING)


def test_a_quiet_endpoint_of_which_nothing_comes_for_an_hour_is_no_fault() -> None:
    quiet = traffic({X: since(3600, Flow(0.0), Flow(10 / 3600))})["GET /x"]
    assert (quiet.is_breached, quiet.is_clear) == (False, False)


def test_one_of_fifty_an_hour_is_found_in_an_hour() -> None:
    quiet = traffic({X: since(3600, Flow(0.0), Flow(50 / 3600))})["GET /x"]
    assert (quiet.is_breached, quiet.window_seconds) == (True, 3600.0)


def test_a_young_service_has_no_usual_level() -> None:
    assert traffic({X: HALTED}, begun=NOW - 2 * DAY) == {}


def test_until_four_weeks_were_read_there_is_no_usual_level() -> None:
    rules = default_rules()
    for rounds in (1, 6):
        history = a_history(rules, {X: HALTED, Y: HALTED}, rounds=rounds)
        found = readings(RuleSet(rules), history, Facts([a_process()]), NOW)
        assert not [each for each in found if each.metric == AlertMetric.TRAFFIC]


def test_a_traffic_that_falls_every_evening_is_no_loss() -> None:
    def daily(at: float) -> Flow:
        return Flow(2.0 / 2 ** max((at % DAY - NOW % DAY) / 3600 + 3, 0))  # half of it each hour

    assert not traffic({X: daily})["GET /x"].is_breached


def test_a_daily_job_that_is_over_is_no_loss() -> None:
    def job(at: float) -> Flow:
        return Flow(2.0 if NOW % DAY - 1800 <= at % DAY < NOW % DAY - 1200 else 0.0)

    assert not traffic({X: job})["GET /x"].is_breached


def test_what_a_scheduler_calls_at_every_full_hour_is_no_loss_in_between() -> None:
    def hourly(at: float) -> Flow:
        return Flow(2.0 if (at - NOW + 1200) % 3600 < 600 else 0.0)

    assert not traffic({X: hourly})["GET /x"].is_breached


def test_a_loss_of_two_hours_is_still_one() -> None:
    assert traffic({X: since(7200, Flow(0.0), Flow(1.0))})["GET /x"].is_breached


def test_of_days_that_differ_much_a_low_one_is_no_loss() -> None:
    def by_day(at: float) -> Flow:
        return Flow(0.2 + 0.4 * (at // DAY % 5))

    assert not traffic({X: by_day})["GET /x"].is_breached


def test_a_service_of_which_all_falls_is_one_reading() -> None:
    found = traffic({X: HALTED, Y: HALTED, Z: HALTED})
    assert [name for name, each in found.items() if each.is_breached] == ["shop"]
    assert found["shop"].causes == ("service:shop",)
    assert not found["GET /x"].is_clear


def test_one_endpoint_that_falls_is_told_alone() -> None:
    found = traffic({X: HALTED, Y: always(Flow(1.0)), Z: always(Flow(1.0))})
    assert [name for name, each in found.items() if each.is_breached] == ["GET /x"]
    assert found["shop"].is_clear


def test_the_largest_endpoint_that_falls_is_not_the_service() -> None:
    large = since(700, Flow(0.0), Flow(20.0))
    found = traffic({X: large, Y: always(Flow(1.0)), Z: always(Flow(1.0))})
    assert [name for name, each in found.items() if each.is_breached] == ["GET /x"]


def test_of_a_silent_service_no_loss_is_told() -> None:
    assert traffic({X: HALTED}, facts=Facts([a_process(is_alive=False)])) == {}


@pytest.mark.parametrize("ago", [30, 310, 700, 2300])
def test_after_an_outage_the_minutes_that_nobody_measured_are_no_loss(ago: float) -> None:
    one, quiet = always(Flow(1.0)), always(Flow(50 / 3600))
    flows: dict[object, FLOWS] = {
        endpoint: out(ago + 1200, ago, flow) for endpoint, flow in ((X, one), (Y, one), (Z, quiet))
    }
    found = traffic(flows, facts=outage(ago + 1200, ago))
    assert not [name for name, each in found.items() if each.is_breached]


def test_users_who_do_not_come_back_after_an_outage_are_a_loss_of_half_a_window() -> None:
    for ago, is_told in ((290, False), (310, True)):
        flow = since(ago + 1200, Flow(0.0), Flow(1.0))
        reading = traffic({X: flow}, facts=outage(ago + 1200, ago))["GET /x"]
        assert (reading.is_breached, reading.window_seconds) == (is_told, ago * is_told)


def test_an_outage_two_hours_ago_lets_a_loss_be_found_as_soon_as_ever() -> None:
    facts = outage(9000, 7200, first_at=NOW - 7000)
    reading = traffic({X: out(9000, 7200, HALTED)}, facts=facts)["GET /x"]
    assert (reading.is_breached, reading.window_seconds) == (True, 600.0)


def test_of_a_job_that_an_outage_fell_upon_nothing_is_told_yet() -> None:
    def hourly(at: float) -> Flow:
        return Flow(2.0 if (at - NOW + 1200) % 3600 < 600 else 0.0)

    found = traffic({X: out(1500, 500, hourly)}, facts=outage(1500, 500))["GET /x"]
    assert (found.is_breached, found.is_clear) == (False, False)


def test_a_process_of_several_that_is_gone_leaves_no_gap() -> None:
    facts = facts_of(a_state(1, NOW - DAY, NOW - 700), a_state(2, NOW - DAY, NOW))
    reading = traffic({X: HALTED}, facts=facts)["GET /x"]
    assert (reading.is_breached, reading.window_seconds) == (True, 600.0)


def test_of_a_service_of_which_nobody_has_spoken_for_hours_no_loss_is_told() -> None:
    halted = since(9000, Flow(0.0), Flow(1.0))
    assert not traffic({X: halted}, facts=facts_of())["GET /x"].is_breached


def test_a_floor_is_one_of_the_minutes_in_which_a_process_lived() -> None:
    chosen = {"id": "throughput-high", "metric": AlertMetric.THROUGHPUT, "warning": 30.0}
    rules = laid_over(default_rules(), [chosen], "settings")
    flows: dict[object, FLOWS] = {X: out(200, 100, always(Flow(40.0)))}
    found = read(AlertMetric.THROUGHPUT, flows, outage(200, 100), rules)["GET /x"]
    assert not found.is_breached
    assert found.value == pytest.approx(40.0, rel=0.1)


def test_a_quiet_service_is_below_spec_s_floors_and_no_fault() -> None:
    reading = read(AlertMetric.THROUGHPUT, {X: always(Flow(1.0))})["GET /x"]
    assert (reading.is_breached, reading.is_clear, reading.bound) == (False, True, 50.0)


def test_a_floor_is_told_where_a_process_can_do_no_more_and_fewer_come_through() -> None:
    flows: dict[object, FLOWS] = {X: since(700, Flow(0.5), Flow(1.0))}
    reading = read(AlertMetric.THROUGHPUT, flows, Facts([a_process(pauses=BUSY)]))["GET /x"]
    assert reading.is_breached
    assert reading.causes == ("instance:web-1", "service:shop")
    assert "while its processes can do no more" in reading.text


def test_a_saturated_service_that_serves_all_that_is_usual_is_not_below_a_floor() -> None:
    facts = Facts([a_process(pauses=BUSY)])
    reading = read(AlertMetric.THROUGHPUT, {X: always(Flow(1.0))}, facts)["GET /x"]
    assert not reading.is_breached


def test_a_quiet_endpoint_of_a_saturated_service_without_a_usual_level_is_no_fault() -> None:
    facts = Facts([a_process(pauses=BUSY)])
    flows: dict[object, FLOWS] = {X: always(Flow(1.0))}
    reading = read(AlertMetric.THROUGHPUT, flows, facts, begun=NOW - 3600)["GET /x"]
    assert (reading.is_breached, reading.is_clear) == (False, False)


def test_a_floor_that_somebody_set_holds_always() -> None:
    chosen = {"id": "throughput-high", "metric": AlertMetric.THROUGHPUT, "warning": 30.0}
    rules = laid_over(default_rules(), [chosen], "settings")
    reading = read(AlertMetric.THROUGHPUT, {X: always(Flow(25.0))}, rules=rules)["GET /x"]
    assert (reading.is_breached, reading.severity) == (True, PerformanceThreshold.WARNING)
    assert reading.text.startswith("GET /x gets 25.0\u00a0/s of at least 30.0\u00a0/s")


def test_a_young_endpoint_is_told_of_in_seconds_and_one_request_is_one() -> None:
    chosen = {"id": "throughput-high", "metric": AlertMetric.THROUGHPUT, "warning": 30.0}
    rules = laid_over(default_rules(), [chosen], "settings")
    once = since(10, Flow(0.1), Flow(0.0))
    reading = read(AlertMetric.THROUGHPUT, {X: once}, rules=rules, begun=NOW - 10)["GET /x"]
    assert "(1 request in 10\u00a0s)" in reading.text
