"""A minute's centre and slow part are read from its histogram, each apart from the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from api_performance.analysis.centre import CentreReader, Levels
from api_performance.analysis.endpoint import RESPONSE_TIME, RESPONSE_TIME_TAIL, EndpointWatch
from api_performance.analysis.regression import Direction
from tests.analysis.wandering import BEGIN, DAY, WIDTH, at, histograms

MINUTES = 2 * DAY
MOVED = MINUTES - 300


def read(requests: float, *, shift: float = 0.0, slow: float = 0.0) -> Levels:
    centre, slow_shift = np.full(MINUTES, np.log(0.1)), np.zeros(MINUTES)
    centre[MOVED:] += shift
    slow_shift[MOVED:] += slow
    return CentreReader(WIDTH).read(histograms(centre, requests, slow_shift=slow_shift))


def moved(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.nanmean(values[MOVED + 30 :]) - np.nanmean(values[DAY:MOVED]))


@pytest.mark.parametrize("requests", [12.0, 300.0])
def test_a_shift_of_all_moves_the_centre_alone(requests: float) -> None:
    levels = read(requests, shift=0.08)
    assert moved(levels.centre) == pytest.approx(0.08, abs=0.015)
    assert abs(moved(levels.tail)) < 0.03


def test_a_shift_of_the_slow_part_moves_the_tail() -> None:
    levels = read(300.0, slow=0.2)
    assert moved(levels.tail) > 0.08
    assert abs(moved(levels.centre)) < 0.02


def test_the_noise_is_as_great_as_it_is_told_to_be() -> None:
    levels = read(150.0)
    away = (levels.centre - np.nanmean(levels.centre[DAY:])) / np.sqrt(levels.centre_noise)
    assert 0.9 < np.nanstd(away[DAY:]) < 1.1


def test_a_minute_without_requests_says_nothing() -> None:
    histogram = histograms(np.full(90, np.log(0.1)), 50.0)
    histogram.counts[40] = 0
    levels = CentreReader(WIDTH).read(histogram)
    assert np.flatnonzero(np.isnan(levels.centre)).tolist() == [40]
    assert levels.count[40] == 0
    assert np.isnan(
        CentreReader(WIDTH).read(replace(histogram, counts=histogram.counts * 0)).tail
    ).all()


@pytest.mark.parametrize(
    ("metric", "shift", "slow"), [(RESPONSE_TIME, 0.3, 0.0), (RESPONSE_TIME_TAIL, 0.0, 0.25)]
)
def test_an_endpoint_is_told_by_its_bulk_or_by_its_tail(
    metric: str, shift: float, slow: float
) -> None:
    days, change = 3, 2 * DAY + 900
    since = np.arange(days * DAY) >= change
    level, slower = np.log(0.1) + shift * since, (slow * since).astype(float)
    times = histograms(level, 150.0, slow_shift=slower)
    watch = EndpointWatch(WIDTH)
    found = watch.update(BEGIN, times, [at(change)], at(days * DAY))
    told = next(each for each in found if each.metric == metric)
    assert (told.direction, told.deploy) == (Direction.UP, at(change))
    assert watch.update(BEGIN, times, [], at(days * DAY)) == []
