"""What moved with a change is told by what it brought, and what did not is left out."""

from __future__ import annotations

import numpy as np
import pytest

from api_performance.analysis.moved import Part, what_moved

RNG = np.random.default_rng(4)


def minutes(mean: float, number: int = 30) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return mean * np.exp(RNG.normal(0, 0.1, number))


def test_the_operation_that_brought_the_change_comes_first() -> None:
    slow, steady = (minutes(0.02), minutes(0.05)), (minutes(0.04), minutes(0.04))
    parts = [Part("operation:SELECT a", *steady), Part("operation:SELECT b", *slow)]
    whole = Part("response_time", steady[0] + slow[0], steady[1] + slow[1])
    (moved,) = what_moved(parts, whole)
    assert moved.name == "operation:SELECT b"
    assert moved.share == pytest.approx(1.0, abs=0.2)
    assert moved.after > moved.before


def test_what_moved_the_other_way_did_not_bring_it() -> None:
    up, down = Part("a", minutes(0.02), minutes(0.06)), Part("b", minutes(0.04), minutes(0.03))
    whole = Part("whole", up.before + down.before, up.after + down.after)
    assert [each.name for each in what_moved([up, down], whole)] == ["a"]
    assert [each.name for each in what_moved([up, down])] == ["a", "b"]


def test_one_slow_minute_moves_nobody() -> None:
    after = minutes(0.02)
    after[7] = 3.0
    assert what_moved([Part("a", minutes(0.02), after)]) == []


def test_too_few_minutes_and_none_tell_nothing() -> None:
    nothing = np.full(30, np.nan)
    assert what_moved([Part("a", minutes(1, 2), minutes(2)), Part("b", nothing, minutes(2))]) == []


def test_constant_parts_move_where_they_differ_alone() -> None:
    same, more = np.full(5, 0.5), np.full(5, 0.7)
    assert what_moved([Part("a", same, same)]) == []
    (moved,) = what_moved([Part("b", same, more)])
    assert (moved.before, moved.after) == pytest.approx((0.5, 0.7))
