"""The usual level of an hour of the week is the median of the newest days of its kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.analysis.usual import UsualWeek

MONDAY = 24 * 4  # 5 January 1970, the hour since 1970


def filled(days: int, level: float = 3.0, weekend: float = 1.0) -> UsualWeek:
    """Two metrics, of which the second is never known, for so many days from a Monday on."""
    usual = UsualWeek(2)
    for hour in range(MONDAY, MONDAY + 24 * days):
        is_weekend = (hour - MONDAY) // 24 % 7 >= 5
        usual.add(hour, np.array([weekend if is_weekend else level, np.nan]))
    return usual


def middle(hour: int) -> float:
    return 3600.0 * (hour + 0.5)


def test_weekends_are_told_from_working_days_and_both_need_three_days() -> None:
    usual = filled(13)  # the last one a Saturday
    assert usual.at(middle(MONDAY + 24 * 13 + 5))[0] == 1.0
    assert np.isnan(filled(5).at(middle(MONDAY + 24 * 5 + 5))[0])
    assert np.isnan(filled(2).at(middle(MONDAY + 24 * 2 + 5))[0])
    assert filled(3).at(middle(MONDAY + 24 * 3 + 5))[0] == 3.0


def test_what_is_never_known_has_no_usual_level() -> None:
    assert np.isnan(filled(14).at(middle(MONDAY + 24 * 14))[1])


def test_two_strange_days_move_nothing() -> None:
    usual = filled(5)
    for day in (7, 8):
        usual.add(MONDAY + 24 * day, np.array([9.0, np.nan]))
    assert usual.at(middle(MONDAY + 24 * 9))[0] == 3.0


def test_between_two_hours_it_is_interpolated() -> None:
    usual = UsualWeek(1)
    for day in range(3):
        for hour in range(24):
            usual.add(MONDAY + 24 * day + hour, np.array([0.2 * hour]))
    hour = MONDAY + 24 * 3 + 10
    assert usual.at(middle(hour) + 900)[0] == pytest.approx(0.2 * 10.25)


@given(st.floats(-20, 20), st.lists(st.floats(-2.5, 2.5), min_size=3, max_size=9))
def test_it_lies_within_what_was_seen(about: float, away: list[float]) -> None:
    levels = [about + each for each in away]
    usual = UsualWeek(1)
    days = [day for day in range(20) if day % 7 < 5]
    for day, level in zip(days, levels, strict=False):
        for hour in range(24):
            usual.add(MONDAY + 24 * day + hour, np.array([level]))
    told = usual.at(middle(MONDAY + 24 * 21 + 12))[0]
    assert min(levels) - 0.02 <= told <= max(levels) + 0.02
