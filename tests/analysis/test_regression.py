"""Changes are found, told with their moment and size, and nothing is found that is not there."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.analysis.minutes import MinuteSeries
from api_performance.analysis.regression import Direction, Finding, Watch, find_changes
from tests.analysis.wandering import BEGIN, DAY, at, changed, part, wandering, with_load

DAYS = 6
MINUTES = DAYS * DAY
CHANGE = 5 * DAY + 300

QUIET = wandering(MINUTES)
END = at(MINUTES)


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def test_nothing_is_found_in_a_series_without_a_change() -> None:
    assert find_changes(QUIET, [], END) == []


def test_deploys_without_effect_are_no_findings() -> None:
    assert find_changes(QUIET, [at(4 * DAY + 600), at(5 * DAY + 700)], END) == []


def test_a_rise_at_a_deploy_is_found_within_ten_minutes_and_names_it() -> None:
    finding = only(find_changes(changed(QUIET, CHANGE, 1.1), [at(CHANGE)], END))
    assert finding.direction is Direction.UP
    assert finding.deploy == finding.began == at(CHANGE)
    assert at(CHANGE) < finding.found <= at(CHANGE + 11)
    assert finding.ratio_low <= 1.1 <= finding.ratio_high
    assert 0.99 < finding.confidence <= 1
    assert finding.closed is None


def test_levels_are_in_seconds() -> None:
    finding = only(find_changes(changed(QUIET, CHANGE, 1.5), [], END))
    assert 0.09 < finding.before < 0.13
    assert finding.after / finding.before == pytest.approx(finding.ratio)


@pytest.mark.parametrize("correlation", [0.93, 0.97])
def test_a_jump_beyond_all_noise_is_found_at_once_however_slowly_an_endpoint_wanders(
    correlation: float,
) -> None:
    slow = wandering(MINUTES, requests=2000.0, spread=0.02, correlation=correlation)
    finding = find_changes(changed(slow, CHANGE, 1.5), [], END)[0]
    assert at(CHANGE) < finding.found <= at(CHANGE + 11)
    assert finding.ratio == pytest.approx(1.5, rel=0.05)


def test_a_rise_without_a_deploy_is_located_within_its_interval() -> None:
    finding = only(find_changes(changed(QUIET, CHANGE, 1.15), [at(CHANGE - 900)], END))
    assert finding.deploy is None
    assert finding.began_from <= at(CHANGE) <= finding.began_until
    assert abs(finding.began - at(CHANGE)) <= 5 * 60


def test_an_improvement_is_found_too() -> None:
    finding = only(find_changes(changed(QUIET, CHANGE, 0.85), [at(CHANGE)], END))
    assert finding.direction is Direction.DOWN
    assert finding.ratio == pytest.approx(0.85, abs=0.03)


def test_an_incident_that_passes_closes_by_itself() -> None:
    finding = only(find_changes(changed(QUIET, CHANGE, 1.6, CHANGE + 40), [], END))
    assert finding.closed is not None
    assert abs(finding.closed - at(CHANGE + 40)) <= 10 * 60


def test_a_slow_drift_is_found_within_the_day() -> None:
    value = QUIET.value.copy()
    since = 4 * DAY + 600
    value[since:] += np.log(1.2) * np.minimum(np.arange(MINUTES - since) / DAY, 1)
    findings = find_changes(replace(QUIET, value=value), [], END)
    assert findings
    assert findings[0].direction is Direction.UP
    assert findings[0].found <= at(since + DAY)


@pytest.mark.parametrize("ratio", [0.25, 0.5, 2.0, 4.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_load_that_was_never_seen_is_no_change_of_the_response_time(
    ratio: float, seed: int
) -> None:
    steady = wandering(MINUTES, requests=2000.0, seed=seed, by_load=0.0)
    load = np.where(np.arange(MINUTES) < CHANGE, 150.0, 150.0 * ratio)
    assert find_changes(with_load(steady, load, seed), [], END) == []


def test_minutes_handed_over_in_pieces_find_the_same() -> None:
    series = changed(QUIET, CHANGE, 1.2)
    whole = find_changes(series, [at(CHANGE)], END)
    watch, told = Watch("response_time"), {}
    cuts = [0, 1000, CHANGE - 7, *range(CHANGE, CHANGE + 90), MINUTES]
    for begin, end in pairwise(cuts):
        # some minutes come twice, and some before they are over
        handed = part(series, max(begin - 5, 0), min(end + 3, MINUTES))
        deploys = [at(CHANGE)] if end > CHANGE else []
        told.update({each.key: each for each in watch.update(handed, deploys, at(end) + 30)})
    for one, other in zip(told.values(), whole, strict=True):
        assert (one.key, one.began, one.deploy) == (other.key, other.began, other.deploy)
        assert one.ratio == pytest.approx(other.ratio)


def test_the_future_changes_nothing_that_was_told() -> None:
    series = changed(QUIET, CHANGE, 1.2)
    cut = part(series, 0, CHANGE + 60)
    known = [each.found for each in find_changes(cut, [at(CHANGE)], END)]
    found = [each.found for each in find_changes(series, [at(CHANGE)], END)]
    assert known == found[: len(known)]
    assert known


def test_a_series_of_plain_values_will_do() -> None:
    rng = np.random.default_rng(3)
    value = rng.normal(0, 0.05, MINUTES)
    value[CHANGE:] += 0.2
    unknown = np.full(MINUTES, np.nan)
    plain = MinuteSeries("cpu", BEGIN, value, unknown, np.ones(MINUTES))
    finding = only(find_changes(plain, [], END))
    assert finding.ratio == pytest.approx(np.exp(0.2), rel=0.02)
    assert abs(finding.began - at(CHANGE)) <= 120


ODD = {
    "constant": np.full(MINUTES, np.log(0.1)),
    "of zeros": np.zeros(MINUTES),
    "empty": np.full(MINUTES, np.nan),
    "gone after four days": np.where(np.arange(MINUTES) < 4 * DAY, QUIET.value, np.nan),
    "new after four days": np.where(np.arange(MINUTES) < 4 * DAY, np.nan, QUIET.value),
    "with a gap of a day": np.where(np.arange(MINUTES) // DAY == 3, np.nan, QUIET.value),
}


@pytest.mark.parametrize("name", ODD)
def test_in_a_series_that_is_odd_nothing_is_found(name: str) -> None:
    value = ODD[name]
    count = np.where(np.isfinite(value), QUIET.count, 0.0)
    assert find_changes(replace(QUIET, value=value, count=count), [], END) == []


def test_of_a_day_nothing_is_told() -> None:
    series = changed(part(QUIET, 0, DAY), DAY // 2, 3.0)
    assert find_changes(series, [at(DAY // 2)], at(DAY)) == []


@settings(max_examples=8, deadline=None)
@given(
    minutes=st.integers(1, 5000),
    scale=st.sampled_from([0.0, 1e-9, 1.0, 1e6]),
    holes=st.floats(0, 1),
    seed=st.integers(0, 9999),
    start=st.floats(0, 4e9),
)
def test_whatever_is_handed_over_raises_nothing(
    minutes: int, scale: float, holes: float, seed: int, start: float
) -> None:
    rng = np.random.default_rng(seed)
    value = np.where(rng.random(minutes) < holes, np.nan, scale * rng.standard_cauchy(minutes))
    noise = np.where(rng.random(minutes) < 0.5, np.nan, 0.01)
    count = rng.integers(0, 3, minutes).astype(float)
    series = MinuteSeries("anything", start, value, noise, count)
    deploys = list(rng.uniform(start, start + 60 * minutes, 3))
    with np.errstate(all="raise", under="ignore"):
        for each in find_changes(series, deploys, start + 60 * minutes):
            assert each.began_from <= each.began_until
            assert each.ratio_low <= each.ratio_high
