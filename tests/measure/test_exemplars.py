"""Exemplars: the slowest and a fair draw of every five minutes, merged in any order."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.measure.called import Calls
from api_performance.measure.exemplars import (
    CELL_SECONDS,
    MAX_SHOWN_CALLS,
    Contest,
    Exemplar,
    shown,
)
from api_performance.measure.window import Window
from api_performance.model import LatencyType, Operation

START = 1_700_000_100.0
QUERY = Operation(LatencyType.DATABASE, "SELECT ?", "sqlite")


def held(contest: Contest, start: float, seconds: list[float]) -> Window:
    window = Window(start)
    if contest.has_winner(start, len(seconds), max(seconds)):
        contest.settle(window, seconds, lambda place: Exemplar(start, seconds[place], 200).pack())
    return window


def slowest(window: Window) -> list[float]:
    return [Exemplar.unpack(packed).seconds for _, packed in window.slowest.values()]


@given(st.lists(st.floats(1e-6, 10.0), min_size=1, max_size=30), st.integers())
def test_the_slowest_of_each_five_minutes_is_kept(seconds: list[float], seed: int) -> None:
    contest = Contest(Random(seed).random)
    whole = Window(START)
    for number, each in enumerate(seconds):
        whole.merge(held(contest, START + number % 10, [each]))
    assert slowest(whole) == [max(seconds)]
    assert len(whole.typical) == 1


def test_cells_are_apart() -> None:
    contest = Contest(Random(1).random)
    whole = held(contest, START, [0.5])
    whole.merge(held(contest, START + CELL_SECONDS, [0.1]))
    assert sorted(slowest(whole)) == [0.1, 0.5]


def test_windows_merge_in_any_order() -> None:
    windows = [held(Contest(Random(n).random), START + n, [n / 10 + 0.1, 0.2]) for n in range(4)]
    found = set()
    for order in permutations(windows):
        whole = Window(START)
        for window in order:
            whole.merge(window)
        found.add(whole.pack())
    assert len(found) == 1


def test_a_typical_request_is_a_fair_draw_however_they_were_grouped() -> None:
    draws = {0.1: 0, 0.2: 0}
    for seed in range(2_000):
        contest = Contest(Random(seed).random)
        whole = held(contest, START, [0.1] * 9)
        whole.merge(held(contest, START + 1, [0.2] * 3))
        ((_, packed),) = whole.typical.values()
        draws[Exemplar.unpack(packed).seconds] += 1
    assert draws[0.2] / 2_000 == pytest.approx(0.25, abs=0.03)


def test_a_process_hands_on_few_of_many() -> None:
    random = Random(3)
    contest = Contest(random.random)
    windows = [held(contest, START + n / 10, [random.random()]) for n in range(1_000)]
    assert sum(bool(window.slowest) for window in windows) < 30
    assert sum(bool(window.typical) for window in windows) < 30


def test_an_exemplar_shows_the_first_calls_in_microseconds_and_counts_the_others() -> None:
    began, ended = [5.0 + n for n in range(100)], [5.5 + n for n in range(100)]
    none = [0] * 100
    calls = Calls(
        [QUERY] * 100, [-1] * 100, began, ended, none, [False] * 100, none, {QUERY: [7, 1.0]}
    )
    first, more = shown(calls, 4.0)
    assert (len(first), more) == (MAX_SHOWN_CALLS, 100 - MAX_SHOWN_CALLS + 7)
    assert (first[1].operation, first[1].began, first[1].microseconds) == (
        QUERY.id,
        2_000_000,
        500_000,
    )


def test_what_is_no_exemplar_is_said_so() -> None:
    with pytest.raises(ValueError, match="are no exemplar"):
        Exemplar.unpack(b"\x00")
