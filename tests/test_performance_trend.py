"""A performance trend says whether a metric became worse, from values at any instants."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api_performance.clock import ManualClock
from api_performance.errors import ConfigError, MetricsRefused
from api_performance.optimizer import PerformanceTrend, TrendDirection

HOUR = 3600.0


def followed(metric: str, values: list[float], step: float = 60.0) -> PerformanceTrend:
    trend = PerformanceTrend(metric, window_hours=24)
    for number, value in enumerate(values):
        trend.add_data_point(value, timestamp=1_700_000_000 + step * number)
    return trend


def wavering(level: float, number: int) -> list[float]:
    return [level * (1 + 0.01 * (each * 7 % 5 - 2)) for each in range(number)]


def test_slower_responses_are_a_regression() -> None:
    trend = followed("response_time", wavering(0.1, 40) + wavering(0.13, 20))
    assert trend.regression_detected
    assert trend.direction is TrendDirection.DEGRADING
    assert 0 < trend.strength <= 1
    assert trend.trend is not None
    assert trend.trend.jump == pytest.approx(0.3, abs=0.02)


def test_what_is_worse_depends_on_the_metric() -> None:
    values = wavering(100, 40) + wavering(60, 20)
    assert followed("throughput", values).regression_detected
    assert followed("error_rate", values).direction is TrendDirection.IMPROVING


def test_a_steady_metric_is_stable() -> None:
    trend = followed("response_time", wavering(0.1, 60))
    assert (trend.regression_detected, trend.direction) == (False, TrendDirection.STABLE)


def test_few_values_tell_nothing() -> None:
    trend = followed("response_time", [0.1, 9.0])
    assert (trend.regression_detected, trend.strength, trend.trend) == (False, 0.0, None)


def test_values_before_the_window_are_let_go() -> None:
    late = followed("response_time", wavering(0.1, 40) + wavering(0.2, 60), step=HOUR)
    assert not late.regression_detected  # the last day is all alike


def test_instants_may_be_left_out_or_datetimes() -> None:
    clock = ManualClock()
    trend = PerformanceTrend("response_time", 1, clock=clock)
    for value in wavering(0.1, 20) + wavering(0.2, 20):
        trend.add_data_point(value)
        clock.advance(60)
    assert trend.regression_detected
    trend.add_data_point(0.2, datetime.fromtimestamp(clock.now(), UTC))


def test_memory_is_bounded_and_the_trend_kept() -> None:
    most = PerformanceTrend.MOST_POINTS
    trend = followed("response_time", wavering(0.1, most) + wavering(0.2, most), step=1.0)
    assert len(trend._points) <= most
    assert trend.regression_detected


@pytest.mark.parametrize("window", [0, -1, float("nan"), float("inf"), "24", True])
def test_a_window_that_is_none_is_refused(window: object) -> None:
    with pytest.raises(ConfigError, match="window_hours"):
        PerformanceTrend("response_time", window)  # type: ignore[arg-type]  # wrong ones


@pytest.mark.parametrize(
    ("value", "timestamp"),
    [(float("nan"), None), ("1", None), (1.0, float("inf")), (1.0, datetime(2026, 1, 1))],  # noqa: DTZ001
)
def test_what_is_no_number_or_instant_is_refused(value: object, timestamp: object) -> None:
    with pytest.raises(MetricsRefused, match="is refused: give"):
        PerformanceTrend("x").add_data_point(value, timestamp)  # type: ignore[arg-type]  # wrong
