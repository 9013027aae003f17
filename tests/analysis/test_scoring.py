"""Alarms are scored as they would be felt: false, in an incident, or in time."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.analysis.campaign import corpus
from benchmarks.analysis.generator import WEEK, Series, Spec, is_marked, make
from benchmarks.analysis.operations import names_the_right_one
from benchmarks.analysis.scoring import CELLS, MONTH, Share, false_alarms_a_month, score

CHANGE = WEEK + 2000


def series(change: int | None) -> Series:
    nothing = np.zeros((1, 1), np.uint16)
    marks = np.array([CHANGE])
    bumps = [(WEEK + 500, WEEK + 510)]
    return Series(Spec("step", 0.1), nothing, np.ones(2), nothing[0], marks, change, bumps)


def test_alarms_before_the_change_are_false_but_for_those_of_an_incident() -> None:
    alarms = [WEEK - 5, WEEK + 100, WEEK + 120, WEEK + 505, WEEK + 900, CHANGE + 7, CHANGE + 90]
    scored = score(series(CHANGE), alarms)
    assert (scored.false_alarms, scored.transient_alarms, scored.delay) == (2, 1, 7)
    assert (scored.is_marked, scored.quiet_minutes, scored.bumps) == (True, 2000, 1)
    assert false_alarms_a_month([scored]) == pytest.approx(2 * MONTH / 2000)


def test_without_a_change_every_alarm_is_false_and_none_is_in_time() -> None:
    scored = score(series(None), [WEEK + 1, CHANGE + 7])
    assert (scored.false_alarms, scored.delay) == (2, None)


def test_an_alarm_after_a_day_is_too_late() -> None:
    assert score(series(CHANGE), [CHANGE + 1441]).delay is None


def test_wilsons_interval_is_the_textbooks() -> None:
    low, high = Share(8, 10).interval
    assert (low, high) == pytest.approx((0.490, 0.943), abs=0.001)
    assert Share(0, 0).interval == (0.0, 1.0)


def test_the_operation_that_moved_is_named() -> None:
    assert sum(names_the_right_one(seed, 0.1, 150) for seed in range(10)) >= 9


def test_every_cell_has_as_many_series_as_were_asked_for_marked_as_it_wants_them() -> None:
    specs = corpus(5, 2, 6)
    assert len(set(specs)) == len(specs)
    assert sum(each.kind == "none" for each in specs) == 6
    for cell in CELLS:
        held = [
            each
            for each in specs
            if (each.kind, each.size) == (cell.kind, cell.size)
            and each.traffic in cell.traffic
            and cell.is_marked in (None, is_marked(each))
        ]
        assert len(held) >= 2, cell.name


def test_a_series_is_marked_as_its_spec_foretells() -> None:
    specs = [Spec("step", 0.1, "low", seed) for seed in range(3)]
    assert [make(each).is_marked for each in specs] == [is_marked(each) for each in specs]
