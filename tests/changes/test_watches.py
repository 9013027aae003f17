"""An endpoint's minutes are watched: a change is told with its size, and nothing without one."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest

from api_performance.changes.finding import Change, Effect
from api_performance.changes.minutes import FIRST, WIDTH, Minutes
from api_performance.changes.watches import ChangeWatch
from tests.queries.making import START

BEGIN = START // 3600 * 3600
REQUESTS = 60
LEARNED = 2 * 1440 + 60


def minutes_of(start: float, factors: list[float], seed: int, errors: float = 0.0) -> Minutes:
    """Minutes of lognormal times around 100 ms times a factor, some of which fail."""
    rng = np.random.default_rng(seed)
    made = Minutes.empty(start, start + 60 * len(factors))
    for row, factor in enumerate(factors):
        count = rng.poisson(REQUESTS)
        seconds = np.log(0.1 * factor) + 0.5 * rng.standard_normal(count)
        places = np.clip(np.round((seconds - FIRST) / WIDTH).astype(int), 0, None)
        np.add.at(made.times[row], places, 1)
        failed = rng.binomial(count, errors)
        made.count[row], made.errors[row] = count + failed, failed
    return made


def told(
    watch: ChangeWatch, first: int, factors: list[float], *, deploys: tuple[float, ...] = ()
) -> list[Change]:
    """What is told of minutes from the `first` on, handed over an hour at a time."""
    found: dict[float, Change] = {}
    for begin in range(0, len(factors), 60):
        start = BEGIN + 60 * (first + begin)
        read = minutes_of(start, factors[begin : begin + 60], seed=first + begin)
        for change in watch.update(read, deploys, start + 60 * len(read.count)):
            found[change.found] = change
    return list(found.values())


@pytest.fixture(scope="module")
def learned() -> ChangeWatch:
    """A watch that two steady days were shown to, and found nothing in."""
    watch = ChangeWatch()
    assert told(watch, 0, [1.0] * LEARNED) == []
    return watch


def test_a_step_is_told_within_minutes_with_its_size(learned: ChangeWatch) -> None:
    at = BEGIN + 60 * (LEARNED + 30)
    found = told(deepcopy(learned), LEARNED, [1.0] * 30 + [1.4] * 60)
    (change,) = [each for each in found if each.metric == "response_time"]
    assert change.effect is Effect.WORSE
    assert at <= change.found <= at + 900
    assert change.began == pytest.approx(at, abs=300)
    assert change.ratio == pytest.approx(1.4, rel=0.1)
    assert change.ratio_low < 1.4 < change.ratio_high
    assert change.after / change.before == pytest.approx(change.ratio, rel=0.01)


def test_what_became_faster_is_better_and_its_deploy_is_named(learned: ChangeWatch) -> None:
    at = BEGIN + 60 * (LEARNED + 30)
    found = told(deepcopy(learned), LEARNED, [1.0] * 30 + [0.7] * 60, deploys=(at,))
    (change,) = [each for each in found if each.metric == "response_time"]
    assert (change.effect, change.deploy_at) == (Effect.BETTER, at)


def test_more_failures_are_told_from_the_first_one_on() -> None:
    watch = ChangeWatch()
    found: list[Change] = []
    for begin in range(0, LEARNED + 120, 60):
        start = BEGIN + 60 * begin
        share = 0.01 if begin < LEARNED else 0.2
        read = minutes_of(start, [1.0] * 60, seed=begin, errors=share)
        read.times[:] = 0  # only errors are looked at
        found += watch.update(read, (), start + 3600)
    (change,) = {each.metric: each for each in found}.values()
    assert (change.metric, change.effect) == ("error_ratio", Effect.WORSE)
    assert change.ratio == pytest.approx(20, rel=0.6)


def test_odd_minutes_raise_nothing_and_tell_nothing() -> None:
    watch = ChangeWatch()
    for start in (BEGIN, BEGIN + 7200, BEGIN + 86_400 * 3):
        empty = Minutes.empty(start, start + 3600)
        assert list(watch.update(empty, (), start + 3600)) == []
    failing = Minutes.empty(BEGIN + 86_400 * 3 + 3600, BEGIN + 86_400 * 3 + 7200)
    failing.count[:] = failing.errors[:] = 10
    assert list(watch.update(failing, (), BEGIN + 86_400 * 4)) == []
