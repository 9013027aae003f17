"""Amounts that leave their week's pattern are told, with size and moment; others are not."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from api_performance.analysis.amounts import BLOCK_SECONDS, DAY_BLOCKS, Amount, AmountWatch
from api_performance.analysis.finding import Direction, Finding

FIRST = 20_005 * DAY_BLOCKS  # a Wednesday
DAYS = 24
AMOUNTS = (Amount("requests", float(np.log(1.5))), Amount("bytes", 0.2))
Levels = NDArray[np.float64]


def weeks(days: int = DAYS, seed: int = 1) -> Levels:
    """Two metrics with a day's and a weekend's shape, that wander a little."""
    rng = np.random.default_rng(seed)
    block = np.arange(days * DAY_BLOCKS)
    is_weekend = (block // DAY_BLOCKS + 2) % 7 >= 5
    cycle = 0.6 * np.cos(2 * np.pi * block / DAY_BLOCKS) - 0.5 * is_weekend
    return np.stack([1 + cycle, 7 + 0.1 * cycle]) + rng.normal(0, 0.05, (2, len(block)))


def told(
    watch: AmountWatch,
    levels: Levels,
    first: int,
    deploys: tuple[float, ...] = (),
    requests: Levels | None = None,
) -> list[Finding]:
    """What is told of levels in the end, the first word of each first."""
    counts = np.zeros(levels.shape[1]) if requests is None else requests
    found = {
        each.key: each
        for place, (level, count) in enumerate(zip(levels.T, counts, strict=True))
        for each in watch.update(first + place, level, deploys, count)
    }
    return sorted(found.values(), key=lambda each: each.found)


QUIET = weeks()
KNOWN = (DAYS - 2) * DAY_BLOCKS
AT = KNOWN + 60


@pytest.fixture(scope="module")
def learned() -> AmountWatch:
    """A watch that was shown three weeks, weekends among them, and told nothing."""
    watch = AmountWatch(AMOUNTS)
    assert told(watch, QUIET[:, :KNOWN], FIRST) == []
    return watch


def after(learned: AmountWatch, levels: Levels, deploys: tuple[float, ...] = ()) -> list[Finding]:
    return told(deepcopy(learned), levels[:, KNOWN:], FIRST + KNOWN, deploys)


def changed(row: int, ratio: float, end: int | None = None) -> Levels:
    levels = QUIET.copy()
    levels[row, AT:end] += np.log(ratio)
    return levels


def at(block: int) -> float:
    return (FIRST + block) * BLOCK_SECONDS


@pytest.mark.parametrize(("row", "ratio"), [(0, 0.5), (0, 2.0), (1, 1.4), (1, 0.7)])
def test_a_change_is_told_within_the_hour_with_size_and_moment(
    learned: AmountWatch, row: int, ratio: float
) -> None:
    (finding,) = after(learned, changed(row, ratio))
    assert finding.metric == AMOUNTS[row].metric
    assert finding.direction is (Direction.UP if ratio > 1 else Direction.DOWN)
    assert at(AT) < finding.found <= at(AT + 6)
    assert finding.began_from <= at(AT) <= finding.began_until
    assert abs(finding.began - at(AT)) <= BLOCK_SECONDS
    assert finding.ratio_low <= ratio <= finding.ratio_high
    assert finding.after / finding.before == pytest.approx(finding.ratio)
    assert finding.closed is None and finding.deploy is None


def test_the_deploy_that_it_came_with_is_its_moment(learned: AmountWatch) -> None:
    deploy = at(AT) + 130
    (finding,) = after(learned, changed(1, 1.5), deploys=(at(AT) - 7200, deploy))
    assert finding.deploy == finding.began == deploy


def test_what_passes_is_closed(learned: AmountWatch) -> None:
    (finding,) = after(learned, changed(0, 3.0, AT + 20))
    assert finding.closed is not None
    assert abs(finding.closed - at(AT + 20)) <= BLOCK_SECONDS


def test_less_than_the_floor_is_nobodys_concern(learned: AmountWatch) -> None:
    assert after(learned, changed(0, 1.3)) == []


def test_two_strange_blocks_are_no_change(learned: AmountWatch) -> None:
    levels = QUIET.copy()
    levels[:, AT] += 3
    assert after(learned, levels) == []


@pytest.mark.parametrize("seed", range(4))
def test_what_few_requests_tell_at_night_is_taken_for_chance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    number = DAYS * DAY_BLOCKS
    by_day = 1.0 + 0.97 * np.cos(2 * np.pi * np.arange(number) / DAY_BLOCKS)
    requests = 100 * by_day + 2
    levels = 7 + rng.normal(0, 1.2, (2, number)) / np.sqrt(requests)
    assert told(AmountWatch(AMOUNTS), levels, FIRST, requests=requests) == []


def test_a_jump_of_each_night_is_told_in_the_first_nights_at_most() -> None:
    levels = QUIET.copy()
    levels[1, np.arange(levels.shape[1]) % DAY_BLOCKS // 6 == 3] += 1.5  # an hour at three o'clock
    found = told(AmountWatch(AMOUNTS), levels, FIRST)
    assert all(each.found < at(12 * DAY_BLOCKS) for each in found)
    assert len(found) <= 1


def test_after_a_week_it_is_what_is_normal() -> None:
    levels = weeks(30)
    since = 13 * DAY_BLOCKS
    levels[0, since:] += np.log(2)
    (finding,) = told(AmountWatch(AMOUNTS), levels, FIRST)
    assert finding.direction is Direction.UP
    assert abs(finding.began - at(since)) <= BLOCK_SECONDS


def test_three_days_are_learned_from_first() -> None:
    levels = QUIET[:, : 3 * DAY_BLOCKS].copy()
    levels[:, 2 * DAY_BLOCKS + 70 :] += 2
    assert told(AmountWatch(AMOUNTS), levels, FIRST) == []


def test_hours_of_the_past_say_what_is_usual_of_a_weekend() -> None:
    watch = AmountWatch(AMOUNTS)
    begin = 13 * DAY_BLOCKS  # a Tuesday: four days of blocks, then a Saturday
    for hour in range(begin // 6):
        watch.learn(FIRST // 6 + hour, QUIET[:, hour * 6 : hour * 6 + 6].mean(axis=1))
    assert told(watch, QUIET[:, begin : begin + 7 * DAY_BLOCKS], FIRST + begin) == []


SHORT = QUIET[:, : 10 * DAY_BLOCKS]
DAY = np.arange(SHORT.shape[1]) / DAY_BLOCKS
ODD = {
    "constant": np.full_like(SHORT, 2.0),
    "of zeros": np.zeros_like(SHORT),
    "empty": np.full_like(SHORT, np.nan),
    "infinite": np.full_like(SHORT, -np.inf),
    "gone": np.where(DAY < 7.5, SHORT, np.nan),
    "new": np.where(DAY < 3.3, np.nan, SHORT),
    "with a gap of two days": np.where(abs(DAY - 6) < 1, np.nan, SHORT),
}


@pytest.mark.parametrize("name", ODD)
def test_in_what_is_odd_nothing_is_found(name: str) -> None:
    assert told(AmountWatch(AMOUNTS), ODD[name], FIRST) == []


def test_a_clock_that_jumps_is_no_change(learned: AmountWatch) -> None:
    for jump in (-3000, -10, 500, 50 * DAY_BLOCKS):
        watch = deepcopy(learned)
        levels = QUIET[:, KNOWN : KNOWN + DAY_BLOCKS]
        assert told(watch, levels, FIRST + KNOWN + jump // DAY_BLOCKS * DAY_BLOCKS) == []


@settings(max_examples=8, deadline=None)
@given(
    scale=st.sampled_from([0.0, 1e-9, 1.0, 1e3]),
    holes=st.floats(0, 1),
    seed=st.integers(0, 9999),
    step=st.integers(1, 40),
)
def test_whatever_is_handed_over_raises_nothing(
    scale: float, holes: float, seed: int, step: int
) -> None:
    rng = np.random.default_rng(seed)
    watch = AmountWatch(AMOUNTS)
    with np.errstate(all="raise", under="ignore"):
        for place in range(500):
            level = np.where(rng.random(2) < holes, np.nan, scale * rng.standard_normal(2))
            for each in watch.update(FIRST + place * step, level, [rng.uniform(0, 2e9)]):
                assert each.began_from <= each.began_until
                assert each.ratio_low <= each.ratio <= each.ratio_high
                assert 0 <= each.confidence <= 1


@given(st.floats(-5, 5), st.integers(0, 99))
@settings(max_examples=5, deadline=None)
def test_a_constant_has_no_change_whatever_its_level(level: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    levels = np.full((2, 5 * DAY_BLOCKS), level) + rng.normal(0, 1e-6, (2, 5 * DAY_BLOCKS))
    assert told(AmountWatch(AMOUNTS), levels, FIRST) == []


def test_what_could_not_be_told_is_not_told_the_other_way_round_later() -> None:
    levels = weeks(20)
    levels[0, 11 * DAY_BLOCKS :] += np.log(2)  # a Sunday, of whose day before nothing is usual yet
    found = told(AmountWatch(AMOUNTS), levels, FIRST)
    assert [each for each in found if each.direction is Direction.DOWN] == []
