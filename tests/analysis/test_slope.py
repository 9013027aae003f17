"""How a short series goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.analysis.slope import slope


def test_a_line_is_told_exactly() -> None:
    found = slope([10.0 + 0.5 * at for at in range(200)])
    assert found is not None
    assert found.change == pytest.approx(100)
    assert (found.lower, found.upper) == pytest.approx((100, 100))
    assert found.direction == "rising"
    falling = slope([float(-at) for at in range(10)])
    assert falling is not None
    assert falling.direction == "falling"


def test_an_outlier_does_not_bend_it() -> None:
    values: list[float | None] = [1.0] * 20
    values[3], values[7] = 1e6, None
    found = slope(values)
    assert found is not None
    assert (found.change, found.level, found.direction) == (0.0, 1.0, "steady")


@pytest.mark.parametrize("values", [[], [None] * 100, [1.0, 2.0, 3.0]])
def test_of_too_few_values_nothing_is_told(values: list[float | None]) -> None:
    assert slope(values) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=80))
def test_the_slope_lies_within_its_interval(values: list[float]) -> None:
    found = slope(values)
    assert found is not None
    assert found.lower <= found.change <= found.upper
