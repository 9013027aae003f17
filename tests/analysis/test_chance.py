"""Bounds on chance: never below the exact tail, and not far above it."""

from math import comb, exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.analysis.chance import chance_of_at_least, chance_of_at_most


def binomial(bad: int, total: int, ratio: float) -> float:
    return sum(
        comb(total, each) * ratio**each * (1 - ratio) ** (total - each)
        for each in range(bad, total + 1)
    )


def poisson(count: int, expected: float) -> float:
    return sum(exp(-expected) * expected**each / factorial(each) for each in range(count + 1))


def test_ten_of_ten_at_one_in_twenty_are_a_twentieth_to_the_tenth() -> None:
    assert chance_of_at_least(10, 10, 0.05) == pytest.approx(0.05**10)


def test_none_of_28_expected_is_one_in_a_million_at_half_of_them() -> None:
    assert chance_of_at_most(0, 14) == pytest.approx(exp(-14))
    assert exp(-14) < 1e-6 < exp(-13)


def test_what_is_to_be_expected_says_nothing() -> None:
    assert chance_of_at_least(5, 100, 0.05) == 1.0
    assert chance_of_at_least(0, 0, 0.05) == 1.0
    assert chance_of_at_most(10, 10) == 1.0


def test_what_never_happens_is_never_chance() -> None:
    assert chance_of_at_least(1, 100, 0.0) == 0.0


@given(st.integers(1, 120), st.floats(0.001, 0.999), st.data())
def test_the_binomial_bound_is_never_below_the_tail(
    total: int, ratio: float, data: st.DataObject
) -> None:
    bad = data.draw(st.integers(0, total))
    assert chance_of_at_least(bad, total, ratio) >= binomial(bad, total, ratio) * (1 - 1e-9)


@given(st.integers(0, 100), st.floats(0.01, 120))
def test_the_poisson_bound_is_never_below_the_tail(count: int, expected: float) -> None:
    assert chance_of_at_most(count, expected) >= poisson(count, expected) * (1 - 1e-9)


def test_the_bounds_are_some_ten_times_above_the_tails_at_a_hundred_samples() -> None:
    assert chance_of_at_least(20, 100, 0.05) < 20 * binomial(20, 100, 0.05)
    assert chance_of_at_most(60, 100) < 20 * poisson(60, 100)
