"""Forecasts: what they find in series that are known, and that no series makes them fail."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.analysis.forecast import Forecast, forecast
from api_performance.analysis.seasonal import Floats
from api_performance.errors import ConfigError, NothingMeasured
from benchmarks.forecast.families import cases
from benchmarks.forecast.rivals import seasonal_naive
from benchmarks.forecast.scoring import score

HOURS = np.arange(24 * 28)
DAILY: Floats = 100 + 50 * np.sin(2 * np.pi * HOURS / 24)
WEEKLY: Floats = DAILY * np.where(HOURS // 24 % 7 >= 5, 0.4, 1.0)


def noise(spread: float, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(1, spread, len(HOURS))


def is_whole(found: Forecast, horizon: int) -> bool:
    columns = (found.mean, found.lower, found.upper)
    return all(len(each) == horizon and bool(np.isfinite(each).all()) for each in columns)


def off_by(found: Forecast, truth: Floats) -> float:
    return float(np.abs(found.mean / truth - 1).mean())


@pytest.mark.parametrize("series", [DAILY, WEEKLY], ids=["daily", "weekly"])
def test_a_season_is_found_by_itself(series: Floats) -> None:
    found = forecast((series * noise(0.02))[:-24])
    assert off_by(found, series[-24:]) < 0.03
    assert (found.is_reliable, found.reason) == (True, "")
    assert "%" in found.method


def test_growth_is_carried_on() -> None:
    growing = WEEKLY * 1.1 ** (HOURS / 168) * noise(0.01)
    found = forecast(growing[:-24])
    naive = seasonal_naive(growing[:-24], 168, 24)
    assert off_by(found, growing[-24:]) < 0.5 * float(np.abs(naive / growing[-24:] - 1).mean())


def test_an_outage_is_not_repeated() -> None:
    broken = (DAILY * noise(0.02)).copy()
    broken[-72:-60] = 3.0
    broken[-40:-35] = np.nan
    assert off_by(forecast(broken[:-24]), DAILY[-24:]) < 0.06


def test_the_interval_holds_95_of_100_and_the_error_is_below_the_naives() -> None:
    scores = score(cases(seed=3, per_family=2))
    assert 0.91 <= scores.mean_coverage <= 0.995
    assert scores.mean_ratio("naive day") < 0.85
    assert scores.mean_ratio("naive week") < 0.95


def test_a_series_without_a_season_keeps_its_level() -> None:
    steady = 5 * noise(0.1)
    found = forecast(steady)
    assert off_by(found, np.full(24, 5.0)) < 0.05
    assert (found.lower < 4.6).all()
    assert (found.upper > 5.4).all()


@pytest.mark.parametrize("value", [0.0, 0.25, -3.0])
def test_a_constant_stays_what_it_is(value: float) -> None:
    found = forecast([value] * 24 * 21)
    for column in (found.mean, found.lower, found.upper):
        assert column == pytest.approx(np.full(24, value), abs=1e-6)
    assert found.is_reliable


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1.5], "the history is too short: 1 hour of 72 hours"),
        ([1.0, 2.0, 3.0], "the history is too short: 3 hours of 72 hours"),
        ([*DAILY[:200], *[np.nan] * 30], "nothing was measured in the last 30 hours"),
        (np.where(HOURS % 2 == 1, np.nan, DAILY), "50% of the history is missing"),
    ],
)
def test_what_cannot_be_relied_on_says_why_and_is_told_all_the_same(
    values: Sequence[float], reason: str
) -> None:
    found = forecast(values)
    assert is_whole(found, 24)
    assert (found.is_reliable, found.reason) == (False, reason)


def test_a_single_value_is_expected_to_stay_within_half_and_double() -> None:
    found = forecast([0.4], horizon=2)
    assert found.mean.tolist() == pytest.approx([0.4, 0.4])
    assert found.lower.tolist() == pytest.approx([0.2, 0.2])
    assert found.upper.tolist() == pytest.approx([0.8, 0.8])


def test_what_is_possible_bounds_the_interval() -> None:
    ratios = np.clip(np.random.default_rng(2).normal(0.9, 0.2, 500), 0, 1)
    found = forecast(ratios, most=1.0)
    assert found.upper.max() <= 1.0
    assert found.lower.min() >= 0.0


def test_nothing_is_foretold_of_nothing() -> None:
    for nothing in ([], [float("nan")] * 50):
        with pytest.raises(NothingMeasured, match="measure first"):
            forecast(nothing)


@pytest.mark.parametrize("seasons", [(24, 100), (0,), (24, 12), (2, 4, 8)])
def test_seasons_that_cannot_be_are_refused(seasons: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="seasons"):
        forecast([1.0], seasons)
    with pytest.raises(ConfigError, match="horizon = 0"):
        forecast([1.0], horizon=0)


VALUES = st.one_of(
    st.floats(0, 1e6), st.sampled_from([0.0, float("nan"), float("inf"), 1e300, 1e-300, -5.0])
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(VALUES, min_size=1, max_size=12),
    st.integers(1, 60),
    st.sampled_from([(), (7,), (24,), (24, 168), (4, 28)]),
    st.sampled_from([1, 24, 50]),
)
def test_any_series_has_a_forecast_within_its_interval(
    piece: list[float], times: int, seasons: tuple[int, ...], horizon: int
) -> None:
    values = piece * times
    if not np.isfinite(values).any():
        with pytest.raises(NothingMeasured):
            forecast(values, seasons, horizon)
        return
    found = forecast(values, seasons, horizon)
    assert is_whole(found, horizon)
    assert (found.lower <= found.mean).all()
    assert (found.mean <= found.upper).all()
    assert found.is_reliable == (not found.reason)


@settings(max_examples=10, deadline=None)
@given(st.floats(1e-3, 1e3))
def test_the_unit_makes_no_difference(unit: float) -> None:
    values = WEEKLY[:400] * noise(0.05)[:400]
    one, other = forecast(values), forecast(values * unit)
    assert other.mean == pytest.approx(one.mean * unit, rel=1e-6)
    assert other.upper == pytest.approx(one.upper * unit, rel=1e-6)
