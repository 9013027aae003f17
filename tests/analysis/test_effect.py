from __future__ import annotations

from random import Random

import pytest

from api_performance.analysis.effect import Minute, effect_of


def minutes(mean: float, count: int, noise: Random, spread: float = 0.2) -> list[Minute]:
    return [(100, 100 * mean * noise.lognormvariate(0, spread)) for _ in range(count)]


def test_a_hand_worked_case() -> None:
    effect = effect_of([(100, 10.0)] * 5, [(100, 5.0)] * 5)
    assert effect is not None
    assert effect.improvement == pytest.approx(0.5)
    assert effect.low == pytest.approx(0.5)
    assert effect.high == pytest.approx(0.5)


def test_too_few_minutes_or_requests_say_nothing() -> None:
    assert effect_of([(100, 10.0)] * 4, [(100, 5.0)] * 5) is None
    assert effect_of([(1, 0.1)] * 20, [(100, 5.0)] * 5) is None
    assert effect_of([], []) is None


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    noise, held, rounds = Random(1), 0, 200
    for _ in range(rounds):
        effect = effect_of(minutes(0.2, 20, noise), minutes(0.14, 20, noise))
        assert effect is not None
        held += effect.low <= 0.3 <= effect.high
    assert held >= 0.88 * rounds


def test_no_change_is_seldom_taken_for_one() -> None:
    noise, wrong, rounds = Random(2), 0, 200
    for _ in range(rounds):
        effect = effect_of(minutes(0.2, 20, noise), minutes(0.2, 20, noise))
        assert effect is not None
        wrong += effect.is_better or effect.is_worse
    assert wrong <= 0.12 * rounds


def test_the_day_before_takes_the_daily_cycle_out() -> None:
    noise = Random(3)
    morning, noon = minutes(0.1, 30, noise, 0.05), minutes(0.2, 30, noise, 0.05)
    alone = effect_of(morning, noon)
    assert alone is not None
    assert alone.is_worse
    usual = minutes(0.1, 30, noise, 0.05), minutes(0.2, 30, noise, 0.05)
    effect = effect_of(morning, noon, usual)
    assert effect is not None
    assert abs(effect.improvement) < 0.1
    assert not effect.is_worse
