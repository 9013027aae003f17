"""A trend is told from plain values: its slope, its jump, and that there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.analysis.trend import find_trend

HOUR = 3600.0


def test_a_line_has_its_slope() -> None:
    instants = [HOUR * each for each in range(48)]
    trend = find_trend(instants, [0.1 * 1.01**each for each in range(48)])
    assert trend is not None
    assert trend.slope == pytest.approx(np.log(1.01), rel=1e-6)
    assert (trend.is_sure, trend.strength) == (True, 1.0)


def test_a_step_is_a_jump_at_its_instant() -> None:
    rng = np.random.default_rng(1)
    values = 0.1 * np.exp(rng.normal(0, 0.05, 100))
    values[60:] *= 1.2
    trend = find_trend([60.0 * each for each in range(100)], list(values))
    assert trend is not None
    assert trend.jumped_at == pytest.approx(60 * 60, abs=180)
    assert trend.jump == pytest.approx(0.2, abs=0.04)


def test_noise_has_no_trend() -> None:
    rng = np.random.default_rng(2)
    sure = 0
    for _ in range(40):
        trend = find_trend(list(range(200)), list(0.1 * np.exp(rng.normal(0, 0.2, 200))))
        assert trend is not None
        sure += bool(trend.change)
    assert sure <= 1


def test_of_few_values_nothing_is_told() -> None:
    assert find_trend(list(range(11)), [1.0] * 11) is None


@settings(max_examples=25, deadline=None)
@given(value=st.floats(-1e6, 1e6), number=st.integers(12, 60))
def test_a_constant_series_has_no_trend(value: float, number: int) -> None:
    trend = find_trend(list(range(number)), [value] * number)
    assert trend is not None
    assert (trend.change, trend.strength, trend.jumped_at) == (0.0, 0.0, None)


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=60),
    seed=st.integers(0, 99),
)
def test_order_changes_nothing_and_odd_values_raise_nothing(values: list[float], seed: int) -> None:
    instants = [float(each) for each in range(len(values))]
    order = np.random.default_rng(seed).permutation(len(values))
    shuffled = find_trend([instants[i] for i in order], [values[i] for i in order])
    assert shuffled == find_trend(instants, values)
