"""What moved together with a breach: operations, versions, statuses, a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rule import Facts, ProcessFacts, RuleSet
from api_performance.alerts.rules import RuleReader
from api_performance.alerts.rules.defaults import default_rules
from api_performance.alerts.rules.evidence import Evidence, Found, grown, spans
from api_performance.analysis.reading import Reading
from api_performance.measure.calls import OperationStats
from api_performance.measure.window import Window
from api_performance.model import LatencyType, Operation, Pauses
from tests.alerts.pasts import DAY, NOW, Flow, a_history, always, an_endpoint, since

X = an_endpoint()
SELECT = Operation(LatencyType.DATABASE, "SELECT * FROM orders", "postgresql")
GET = Operation(LatencyType.CACHE, "GET", "redis")
WAIT = Operation(LatencyType.DATABASE, "wait for a connection", "sqlalchemy")
OPERATIONS = {each.id: each for each in (SELECT, GET, WAIT)}
SLOW = since(600, Flow(2.0, warning=0.5), Flow(2.0))
FAILING = since(600, Flow(2.0, errors=0.5), Flow(2.0))
WELL = ProcessFacts("web-1-7-a", "web-1:7", "shop", "1.0", NOW - DAY, NOW)


def a_window(count: int, seconds: float, failed: int = 0, **parts: tuple[float, int]) -> Window:
    """Return requests of so many seconds each; `parts`: exclusive seconds and failures of calls."""
    window = Window(NOW)
    window.count_status(200, count - failed)
    if failed:
        window.count_status(503, failed)
    window.class_stats(200).response_time.add([seconds] * count)
    by_name = {"select": SELECT, "get": GET, "wait": WAIT}
    window.operations = {
        by_name[name].id: OperationStats(
            requests=count, calls=count, failures=failures, exclusive_seconds=count * each
        )
        for name, (each, failures) in parts.items()
    }
    return window


BEFORE = a_window(1000, 0.2, select=(0.1, 0), get=(0.01, 0))
SLOWER = Evidence(a_window(100, 1.2, select=(1.0, 0), get=(0.02, 0)), BEFORE)


def read(
    flow: object, evidence: Evidence, facts: Facts | None = None, asked: list[object] | None = None
) -> Sequence[Reading]:
    rules = RuleSet(default_rules())
    history = a_history(default_rules(), {X: flow})  # type: ignore[dict-item]  # over time

    def look(endpoint_ids: frozenset[str]) -> Found:
        if asked is not None:
            asked.append(endpoint_ids)
        return Found({X.id: evidence}, OPERATIONS)

    return RuleReader(rules, history).readings(facts or Facts([WELL]), NOW, look)


def of(metric: AlertMetric, found: Sequence[Reading]) -> Reading:
    (reading,) = (each for each in found if each.metric == metric and each.subject == X.id)
    return reading


def test_only_what_is_breached_is_looked_for() -> None:
    asked: list[object] = []
    read(always(Flow(2.0)), SLOWER, asked=asked)
    assert asked == []
    read(SLOW, SLOWER, asked=asked)
    assert asked == [frozenset({X.id})]


def test_the_operation_that_grew_is_the_cause_of_slow_responses() -> None:
    reading = of(AlertMetric.RESPONSE_TIME, read(SLOW, SLOWER))
    assert reading.causes == ("operation:SELECT * FROM orders",)
    assert reading.text.endswith(
        "Its p95 is 1.20\u00a0s, in the hour before 200\u00a0ms."
        " 'SELECT * FROM orders' takes 900\u00a0ms more of each request."
    )


def test_an_operation_that_was_always_slow_is_no_cause() -> None:
    same = a_window(100, 1.2, select=(0.1, 0), get=(0.01, 0))
    assert grown(Evidence(same, BEFORE), OPERATIONS) == []


def test_a_new_operation_is_a_cause() -> None:
    evidence = Evidence(a_window(10, 1.2, select=(1.0, 0)), a_window(90, 0.2))
    ((operation, more),) = grown(evidence, OPERATIONS)
    assert (operation, round(more, 6)) == (SELECT, 1.0)


def test_the_operation_that_fails_is_the_cause_of_errors() -> None:
    evidence = Evidence(a_window(100, 0.2, 50, select=(0.1, 0), get=(0.01, 48)), BEFORE)
    reading = of(AlertMetric.ERRORS, read(FAILING, evidence))
    assert reading.causes == ("operation:GET", "status:503")
    assert reading.text.endswith("Most have status 503 (50).")


def test_a_version_that_is_new_is_a_cause() -> None:
    facts = Facts([WELL], {"shop": [("1.0", NOW - DAY), ("1.1", NOW - 300)]})
    assert "version:1.1" in of(AlertMetric.ERRORS, read(FAILING, Evidence(), facts)).causes


def test_the_only_version_and_an_old_one_are_none() -> None:
    for versions in ([("1.1", NOW - 300)], [("1.0", NOW - 2 * DAY), ("1.1", NOW - DAY)]):
        facts = Facts([WELL], {"shop": versions})
        assert of(AlertMetric.ERRORS, read(FAILING, Evidence(), facts)).causes == ()


def test_what_fails_by_a_call_does_not_because_a_process_is_held_up() -> None:
    facts = Facts([replace(WELL, pauses=Pauses(loop_count=1, lag_p99_seconds=1.0))])
    called = Evidence(a_window(100, 0.2, 50, get=(0.01, 48)), BEFORE)
    assert of(AlertMetric.ERRORS, read(FAILING, called, facts)).causes[0] == "operation:GET"
    assert "service:shop" not in of(AlertMetric.ERRORS, read(FAILING, called, facts)).causes
    assert "service:shop" in of(AlertMetric.ERRORS, read(FAILING, Evidence(), facts)).causes


def test_a_process_that_can_do_no_more_is_a_cause() -> None:
    held = replace(WELL, pauses=Pauses(loop_count=1, lag_p99_seconds=1.0))
    reading = of(AlertMetric.RESPONSE_TIME, read(SLOW, Evidence(), Facts([held])))
    assert reading.causes == ("instance:web-1-7-a", "service:shop")


def test_waiting_for_connections_is_told_of_a_slow_endpoint() -> None:
    evidence = Evidence(a_window(100, 1.0, wait=(0.6, 0)), BEFORE)
    reading = of(AlertMetric.CONNECTION_WAIT, read(SLOW, evidence))
    assert reading.is_breached
    assert reading.value == pytest.approx(0.6)
    assert reading.causes == ("operation:wait for a connection",)
    assert "wait for a connection for 60.0\u00a0% of their time" in reading.text


def test_an_endpoint_that_is_not_slow_does_not_wait() -> None:
    reading = of(AlertMetric.CONNECTION_WAIT, read(always(Flow(2.0)), SLOWER))
    assert (reading.is_breached, reading.is_clear) == (False, True)


def test_the_newest_minutes_and_the_hour_before_are_whole_minutes_apart() -> None:
    newest, before = spans(NOW + 7)
    assert newest == (NOW - 300, NOW + 7)
    assert before == (NOW - 3900, NOW - 300)
