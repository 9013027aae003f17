"""Counting many durations at once comes to the same as the bucket of each."""

from __future__ import annotations

from collections import Counter
from math import inf, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.measure.buckets import bucket_index, counts_of, upper_bound

LOWEST, HIGHEST = bucket_index(0.0), bucket_index(inf)

near_a_bound = st.builds(
    lambda index, steps: min(max(_moved(upper_bound(index), steps), 1e-6), 3600.0),
    st.integers(-200, 40),
    st.integers(-3, 3),
)


def _moved(value: float, steps: int) -> float:
    for _ in range(abs(steps)):
        value = nextafter(value, inf if steps > 0 else 0.0)
    return value


@given(
    st.lists(near_a_bound, min_size=1, max_size=8),
    st.lists(st.floats(1e-6, 3600.0), max_size=8),
    st.sampled_from([1, 40, 600]),
)
def test_counts_are_those_of_each_duration(
    near: list[float], anywhere: list[float], times: int
) -> None:
    ascending = sorted((near + anywhere) * times)
    counts = counts_of(ascending)
    assert counts == Counter(map(bucket_index, ascending))
    assert list(counts) == sorted(counts)


@pytest.mark.parametrize("number", [1, 2, 3_000])
def test_the_bounds_of_the_range_are_counted(number: int) -> None:
    assert counts_of([1e-6] * number) == {LOWEST: number}
    assert counts_of([3600.0] * number) == {HIGHEST: number}
    assert counts_of([1e-6] * number + [3600.0] * number) == {LOWEST: number, HIGHEST: number}
