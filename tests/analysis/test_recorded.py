"""Two load runs compared: what is worse is found, what is the same is not."""

from __future__ import annotations

from math import exp
from random import Random

import pytest

from api_performance.analysis.recorded import (
    FALSE_CHECKS,
    Compared,
    Least,
    Metric,
    Slice,
    Verdict,
    compare,
)
from api_performance.measure.sketch import Sketch


def run(
    draw: Random,
    *,
    slices: int = 12,
    seconds: float = 0.05,
    tail: float = 1.0,
    failing: float = 0.01,
    wander: float = 0.05,
) -> list[Slice]:
    """Ten seconds each of a hundred requests; a tenth of them are `tail` times as slow."""
    made, level = [], 0.0
    for _ in range(slices):
        level = 0.5 * level + draw.gauss(0, wander)
        times = [
            seconds * exp(level) * draw.lognormvariate(0, 0.4) * (tail if number < 10 else 1)
            for number in range(100)
        ]
        made.append(Slice(Sketch.of(times), sum(draw.random() < failing for _ in times)))
    return made


def of(metric: Metric, found: list[Compared]) -> Compared:
    (each,) = [each for each in found if each.metric is metric]
    return each


def test_a_slower_run_is_worse_within_an_interval_that_holds_the_truth() -> None:
    draw = Random(1)
    found = compare(run(draw), run(draw, seconds=0.075), 30, Least())
    mean = of(Metric.MEAN, found)
    assert mean.verdict is Verdict.WORSE
    assert mean.low is not None
    assert mean.high is not None
    assert mean.low < 0.5 < mean.high
    assert of(Metric.P95, found).change == pytest.approx(0.5, abs=0.15)
    assert of(Metric.ERRORS, found).verdict is Verdict.SAME


def test_a_slower_tail_is_worse_though_the_bulk_is_the_same() -> None:
    draw = Random(2)
    tail = of(Metric.P95, compare(run(draw), run(draw, tail=4.0), 3, Least()))
    assert tail.verdict is Verdict.WORSE
    assert tail.change is not None
    assert tail.change > 0.5


def test_more_failures_are_worse_and_a_few_more_are_not() -> None:
    draw = Random(3)
    worse = of(Metric.ERRORS, compare(run(draw), run(draw, failing=0.06), 30, Least()))
    assert worse.verdict is Verdict.WORSE
    assert worse.before == pytest.approx(0.01, abs=0.01)
    few = of(Metric.ERRORS, compare(run(draw), run(draw, failing=0.018), 30, Least()))
    assert few.verdict is not Verdict.WORSE


def test_a_quicker_run_is_better() -> None:
    draw = Random(4)
    found = compare(run(draw, seconds=0.1, failing=0.1), run(draw, failing=0.0), 30, Least())
    assert [each.verdict for each in found] == [Verdict.BETTER] * 3


def test_what_is_too_small_to_matter_is_the_same_however_sure() -> None:
    draw = Random(5)
    quick = compare(
        run(draw, seconds=0.0005, wander=0.0), run(draw, seconds=0.001, wander=0.0), 3, Least()
    )
    assert of(Metric.MEAN, quick).verdict is Verdict.SAME
    little = compare(run(draw, wander=0.0), run(draw, seconds=0.053, wander=0.0), 3, Least())
    assert of(Metric.MEAN, little).verdict is Verdict.SAME


def test_what_looks_worse_but_may_be_chance_is_uncertain() -> None:
    draw = Random(6)
    found = compare(run(draw, slices=5), run(draw, slices=5, seconds=0.06), 600, Least())
    assert of(Metric.MEAN, found).verdict is Verdict.UNCERTAIN


def test_runs_that_are_too_short_tell_nothing() -> None:
    draw = Random(7)
    assert compare(run(draw, slices=4), run(draw, slices=30), 3, Least()) == []
    assert compare([], [], 3, Least()) == []


def test_checks_of_the_same_find_something_worse_as_seldom_as_they_say() -> None:
    draw, checks, endpoints = Random(8), 60, 5
    wrong = 0
    for _ in range(checks):
        found = [
            each.verdict
            for _ in range(endpoints)
            for each in compare(run(draw), run(draw), 3 * endpoints, Least())
        ]
        wrong += Verdict.WORSE in found
    assert wrong <= 2 * FALSE_CHECKS * checks
