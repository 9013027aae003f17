"""Windows as arrays of minutes: nothing is lost, and what failed has no time."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.changes.minutes import FIRST, WIDTH, Minutes
from tests.queries.making import START, a_window


@settings(max_examples=50)
@given(st.lists(st.floats(1e-6, 3600.0), min_size=1, max_size=30))
def test_each_request_stands_within_half_a_column_of_its_time(seconds: list[float]) -> None:
    minutes = Minutes.empty(START, START + 120)
    minutes.add(a_window(START + 70, seconds))
    assert minutes.count.tolist() == [0, len(seconds)]
    assert minutes.times.sum() == len(seconds)
    columns = np.repeat(np.arange(minutes.times.shape[1]), minutes.times[1].astype(int))
    told = FIRST + WIDTH * columns
    assert np.abs(told - np.log(sorted(seconds))).max() <= WIDTH * 0.55


def test_what_failed_is_counted_and_has_no_time() -> None:
    minutes = Minutes.empty(START, START + 60)
    minutes.add(a_window(START, [0.1] * 3))
    minutes.add(a_window(START, [0.001] * 2, status=500))
    assert (minutes.count.tolist(), minutes.errors.tolist()) == ([5], [2])
    assert minutes.times.sum() == 3


def test_what_lies_outside_is_left_out() -> None:
    minutes = Minutes.empty(START, START + 60)
    for at in (START - 60, START + 60):
        minutes.add(a_window(at, [0.1]))
    assert minutes.count.sum() == 0
