"""The day's curve is a day's: quiet at night, busiest around noon, and the same tomorrow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.load.day import hour_of, level

HOURS = st.floats(-1_000, 1_000)
MINUTES = [minute / 60 for minute in range(24 * 60)]


@given(HOURS)
def test_the_level_is_a_share_of_the_peak(hour: float) -> None:
    assert 0 < level(hour) <= 1 + 1e-9


@given(HOURS)
def test_tomorrow_is_as_today(hour: float) -> None:
    assert level(hour) == pytest.approx(level(hour + 24), abs=1e-6)


@given(HOURS)
def test_the_level_changes_slowly(hour: float) -> None:
    assert abs(level(hour + 0.1) - level(hour)) < 0.1


def test_noon_is_the_peak_and_night_is_quiet() -> None:
    assert 12 <= max(MINUTES, key=level) <= 14
    assert 2 <= min(MINUTES, key=level) <= 5
    assert max(map(level, MINUTES)) == pytest.approx(1)
    assert min(map(level, MINUTES)) < 0.1


def test_the_evening_is_busier_than_the_hours_around_it() -> None:
    assert level(20) > level(18)
    assert level(20) > level(23)


@given(st.floats(0, 1e5), st.floats(1, 1e4))
def test_the_clock_shows_an_hour_of_the_day(elapsed_seconds: float, day_seconds: float) -> None:
    assert 0 <= hour_of(elapsed_seconds, day_seconds) < 24


def test_a_day_begins_in_the_morning_and_takes_its_seconds() -> None:
    assert hour_of(0, 240) == hour_of(240, 240) == 8
    assert hour_of(120, 240) == 20
