"""An endpoint's minutes are watched: a change is told with its size, and nothing without one."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest

from api_performance.changes.change import Change, Effect
from api_performance.changes.minutes import FIRST, WIDTH, Hours, Minutes
from api_performance.changes.watches import ChangeWatch
from api_performance.measure.window import Window
from api_performance.model import LatencyType
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


# -- what it does and takes

DAYS = 5
AT = 4 * 1440 + 600


def cycle(instant: float) -> float:
    """What an hour of the day has of the usual requests."""
    return float(1 + 0.4 * np.cos(2 * np.pi * instant / 86_400))


def worked(
    seed: int,
    *,
    requests: tuple[float, float] = (REQUESTS, REQUESTS),
    size: tuple[float, float] = (2000.0, 2000.0),
    database: tuple[float, float] = (0.02, 0.02),
    response: tuple[float, float] = (0.1, 0.1),
) -> list[Minutes]:
    """Hours of minutes of requests, bytes and seconds, before AT and from then on."""
    rng = np.random.default_rng(seed)
    found = []
    for hour in range(24 * DAYS):
        start = BEGIN + 3600 * hour
        made = Minutes.empty(start, start + 3600)
        since = (60 * hour + np.arange(60) >= AT).astype(int)
        made.count[:] = rng.poisson(np.array(requests)[since] * cycle(start))
        made.bytes_out[:] = made.count * np.array(size)[since] * rng.normal(1, 0.05, 60)
        made.parts[:, 2] = made.count * np.array(database)[since] * rng.normal(1, 0.05, 60)
        made.parts[:, 1] = made.count * np.array(response)[since] - made.parts[:, 2]
        for row, count in enumerate(made.count):
            seconds = np.log(response[since[row]]) + 0.3 * rng.standard_normal(int(count))
            np.add.at(made.times[row], np.round((seconds - FIRST) / WIDTH).astype(int), 1)
        found.append(made)
    return found


def usual_weeks() -> Hours:
    """Three weeks of hours like those before AT."""
    hours = Hours()
    for hour in range(1, 21 * 24):
        window = Window(BEGIN - 3600 * hour)
        count = round(60 * REQUESTS * cycle(window.start))
        window.count_status(200, count)
        window.bytes_out = 2000 * count
        window.add_latency(LatencyType.DATABASE, [0.02 * count])
        window.add_latency(LatencyType.PROCESSING, [0.08 * count])
        hours.add(window)
    return hours


def followed(minutes: list[Minutes], deploys: tuple[float, ...] = ()) -> list[Change]:
    watch = ChangeWatch()
    watch.learn(usual_weeks())
    found: dict[tuple[str, float], Change] = {}
    for read in minutes:
        for change in watch.update(read, deploys, read.start + 3600):
            found[change.metric, change.found] = change
    return list(found.values())


def test_a_loss_of_requests_is_told_a_second_and_is_neither_better_nor_worse() -> None:
    found = followed(worked(1, requests=(REQUESTS, REQUESTS / 2)))
    (change,) = [each for each in found if each.metric == "throughput"]
    assert change.effect is Effect.NEITHER
    usual = REQUESTS / 60 * cycle(BEGIN + 60 * AT)
    assert (change.before, change.after) == pytest.approx((usual, usual / 2), rel=0.1)
    assert change.began_from <= BEGIN + 60 * AT <= change.began_until
    assert BEGIN + 60 * AT < change.found <= BEGIN + 60 * AT + 3600


def test_larger_responses_are_told_in_bytes_with_their_deploy() -> None:
    deploy = BEGIN + 60.0 * AT + 30
    (change,) = followed(worked(2, size=(2000, 3000)), (deploy,))
    assert (change.metric, change.effect) == ("bytes_out", Effect.NEITHER)
    assert (change.before, change.after) == pytest.approx((2000, 3000), rel=0.05)
    assert change.deploy_at == deploy


def test_parts_that_change_within_the_same_response_time_are_told_by_themselves() -> None:
    found = followed(worked(3, database=(0.02, 0.04)))
    effects = {each.metric: each.effect for each in found}
    assert effects == {"database_time": Effect.WORSE, "processing_time": Effect.BETTER}
    database = next(each for each in found if each.metric == "database_time")
    assert (database.before, database.after) == pytest.approx((0.02, 0.04), rel=0.05)


def test_a_part_that_makes_the_response_slower_is_told_with_it_and_not_twice() -> None:
    found = followed(worked(4, database=(0.02, 0.08), response=(0.1, 0.16)))
    assert "response_time" in {each.metric for each in found}
    assert {each.metric for each in found} <= {"response_time", "response_time_tail"}


def test_a_part_of_next_to_nothing_is_nobodys_concern() -> None:
    assert followed(worked(5, database=(0.001, 0.002))) == []


def test_an_endpoint_that_is_no_more_called_lost_nothing() -> None:
    assert followed(worked(6, requests=(REQUESTS, 0.0))) == []
