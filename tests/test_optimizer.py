"""Whether what was measured keeps the targets that were agreed."""

from __future__ import annotations

import pytest

from api_performance.errors import ConfigError, MetricsRefused
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.optimizer import SLA_TARGETS, SLAMonitor
from api_performance.queries import Asked, Filter, Queries
from tests.queries.making import CHECKOUT, UNUSED, USERS, Service, a_window

ALL_KEPT = {
    "response_time_p95": 0.4,
    "response_time_p99": 1.5,
    "availability": 0.9995,
    "error_rate": 0.0005,
    "throughput_min": 250.0,
}


def check(metrics: object) -> dict[str, bool]:
    return SLAMonitor().check_sla_compliance(metrics)  # type: ignore[arg-type]  # wrong ones too


def test_each_target_is_checked_by_itself() -> None:
    assert check(ALL_KEPT) == dict.fromkeys(SLA_TARGETS, True)
    for name, value in {
        "response_time_p95": 1.0,  # below a second, it says
        "response_time_p99": 2.5,
        "availability": 0.998,
        "error_rate": 0.01,
        "throughput_min": 99.9,
    }.items():
        assert check({**ALL_KEPT, name: value}) == {**dict.fromkeys(SLA_TARGETS, True), name: False}


def test_what_was_not_measured_is_absent() -> None:
    assert check({}) == {}
    assert check({"availability": None, "error_rate": 0.0, "memory": "much"}) == {
        "error_rate": True
    }
    assert check(Window(0.0)) == {}


def test_throughput_is_taken_by_its_short_name() -> None:
    assert check({"throughput": 100}) == {"throughput_min": True}


def test_a_window_knows_all_but_the_throughput() -> None:
    window = a_window(0.0, [0.1] * 98 + [1.5, 3.0], endpoint=CHECKOUT)
    assert check(window) == {
        "response_time_p95": True,
        "response_time_p99": True,
        "availability": True,
        "error_rate": True,
    }
    assert check(a_window(0.0, [1.2] * 10, endpoint=USERS, status=503)) == {
        "response_time_p95": False,
        "response_time_p99": True,
        "availability": False,
        "error_rate": False,
    }


def test_a_row_of_the_table_and_a_summary_are_taken_as_they_are() -> None:
    service = Service()
    service.flush(declared=[UNUSED])
    service.measure(USERS, [0.1] * 30)
    queries = Queries(service.store, service.clock)
    row = queries.endpoint(USERS.id, Asked(), Filter())
    assert check(row) == {**dict.fromkeys(SLA_TARGETS, True), "throughput_min": False}
    assert check(queries.summary(Asked(), Filter())) == check(row)
    assert check(queries.endpoint(UNUSED.id, Asked(), Filter())) == {}


def test_targets_may_be_ones_own() -> None:
    monitor = SLAMonitor({"error_rate": 0.0, "throughput": 5})
    assert monitor.check_sla_compliance({"error_rate": 0.0, "throughput": 5}) == {
        "error_rate": True,
        "throughput_min": True,
    }
    with pytest.raises(ConfigError, match="there is no target 'latency', but response_time_p95"):
        SLAMonitor({"latency": 1.0})
    with pytest.raises(ConfigError, match="error_rate = -1 is refused"):
        SLAMonitor({"error_rate": -1})


@pytest.mark.parametrize("wrong", [None, 3, "fast", [0.1], Endpoint("GET", "/")])
def test_what_is_no_measurement_is_refused_by_name(wrong: object) -> None:
    with pytest.raises(MetricsRefused, match=f"is a {type(wrong).__name__}: give a window"):
        check(wrong)


@pytest.mark.parametrize("wrong", ["0.5", True, float("nan"), [1]])
def test_a_value_that_is_no_number_is_refused(wrong: object) -> None:
    with pytest.raises(MetricsRefused, match=r"error_rate = .* is refused: give a number"):
        check({"error_rate": wrong})
