"""Usual levels: the same hour of past days, whatever one of them was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.analysis.levels import (
    Level,
    comes_in_bursts,
    is_weekend,
    level_at,
    level_of_hour,
)

MONDAY = 472_176
"""Midnight of 13 November 2023 UTC in hours since 1970."""


def hours(days: int, busy: int = 3600) -> list[int]:
    """Requests of each hour of some days up to that Monday: `busy` at eight, else none."""
    return [busy if hour % 24 == 8 else 0 for hour in range(24 * days)]


def first(days: int) -> int:
    return MONDAY - 24 * days


def test_the_level_is_that_of_the_same_hour() -> None:
    # Of the five days up to Monday three are working days, as it is one.
    assert level_of_hour(first(5), hours(5), MONDAY + 8) == Level(1.0, 0.0, 3)
    assert level_of_hour(first(5), hours(5), MONDAY + 9) == Level(0.0, 0.0, 3)


def test_before_three_days_are_known_there_is_none() -> None:
    assert level_of_hour(first(2), hours(2), MONDAY + 8) is None
    assert level_of_hour(0, [], MONDAY + 8) is None


def test_an_outage_on_one_day_moves_neither_level_nor_spread() -> None:
    counts = hours(5)
    counts[24 + 8] = 0
    assert level_of_hour(first(5), counts, MONDAY + 8) == Level(1.0, 0.0, 3)


def test_the_same_weekday_counts_once_three_of_it_are_known() -> None:
    counts = hours(21)
    for week in range(3):
        counts[24 * 7 * week + 8] = 7200
    assert level_of_hour(first(21), counts, MONDAY + 8) == Level(2.0, 0.0, 3)
    assert level_of_hour(first(21), counts, MONDAY + 24 + 8) == Level(1.0, 0.0, 3)


def test_before_that_weekends_are_told_from_working_days() -> None:
    counts = hours(7)  # from a Monday on, so the last two are a weekend
    counts[24 * 5 + 8] = counts[24 * 6 + 8] = 0
    assert level_of_hour(first(7), counts, MONDAY + 8) == Level(1.0, 0.0, 5)


def test_saturday_and_sunday_are_a_weekend() -> None:
    days = [is_weekend(MONDAY + 24 * day) for day in range(7)]
    assert days == [False, False, False, False, False, True, True]


def test_days_that_differ_are_the_spread() -> None:
    counts = [0] * 24 * 5
    for day, count in enumerate((3240, 3600, 3960, 3600, 3240)):
        counts[24 * day + 8] = count
    level = level_of_hour(first(5), counts, MONDAY + 8)
    assert level is not None
    assert level.spread == pytest.approx(0.1 * 1.4826)


def test_of_the_two_nearest_hours_the_lower_level_counts() -> None:
    def of_hour(hour: int) -> Level:
        return Level(abs(hour - MONDAY - 3) / 10, hour - MONDAY, 4)

    assert level_at(of_hour, (MONDAY + 3.2) * 3600.0) == Level(0.0, 3.0, 4)
    assert level_at(of_hour, (MONDAY + 5.6) * 3600.0) == Level(0.2, 6.0, 4)


def test_what_comes_at_every_full_hour_comes_in_bursts() -> None:
    assert comes_in_bursts([60, 0, 0, 0, 0, 0], 0.5)
    assert comes_in_bursts([], 0.5)
    assert not comes_in_bursts([12, 9, 10, 11, 8, 10], 0.5)


def test_without_one_of_the_two_there_is_none() -> None:
    assert level_at(lambda _: None, 1e9) is None


@given(st.integers(0, 10_000), st.integers(3, 30), st.integers(0, 23))
def test_a_constant_traffic_is_its_own_level(count: int, days: int, hour: int) -> None:
    level = level_of_hour(first(days), [count] * 24 * days, MONDAY + hour)
    assert level is not None
    assert (level.per_second, level.spread) == (count / 3600, 0.0)
