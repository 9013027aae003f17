"""When a service had a process at all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.alerts.lives import LifeBook, Lives, Span
from api_performance.model import ALIVE_SECONDS
from tests.alerts.pasts import NOW

HOUR = 3600.0
SPANS = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 1000)), max_size=5)


def known(*its: Span) -> Lives:
    book = LifeBook()
    book.hear(NOW, [("shop", span) for span in its], HOUR)
    return book.lives(NOW)


@given(spans=SPANS, begin=st.integers(0, 3500))
@settings(max_examples=50, deadline=None)
def test_seconds_are_those_in_which_one_lived(spans: list[tuple[int, int]], begin: int) -> None:
    start = NOW - HOUR
    lives = known(*((start + first, start + first + more) for first, more in spans))
    lived = {second for first, more in spans for second in range(first, first + more)}
    silent = [second for second in range(begin, 3600) if second not in lived]
    between = ALIVE_SECONDS * (len(spans) + 1)  # silences so short are none
    assert 0 <= 3600 - begin - lives.seconds("shop", start + begin, NOW) <= len(silent)
    assert 3600 - begin - lives.seconds("shop", start + begin, NOW) >= len(silent) - between


def test_who_reported_just_now_lives_up_to_now() -> None:
    assert known((NOW - 100, NOW - 14)).within("shop", NOW - 600, NOW) == [(NOW - 100, NOW)]


def test_a_service_that_is_not_heard_of_did_not_live_in_the_last_hour() -> None:
    assert known((NOW - 100, NOW)).seconds("news", NOW - HOUR, NOW) == 0.0


def test_what_lay_before_the_first_look_may_have_been_measured() -> None:
    assert known().within("shop", NOW - 3 * HOUR, NOW) == [(NOW - 3 * HOUR, NOW - HOUR)]


def test_where_nobody_listened_all_may_have_been_measured() -> None:
    assert Lives().seconds("shop", NOW - HOUR, NOW) == HOUR


def test_lives_are_remembered_for_six_hours() -> None:
    book = LifeBook()
    for hour in range(9):
        at = NOW + hour * HOUR
        book.hear(at, [("shop", (at - 600, at))], HOUR)
    lives = book.lives(NOW + 8 * HOUR)
    assert lives.since == NOW + 2 * HOUR
    assert len(lives.spans["shop"]) == 7
    book.hear(NOW + 20 * HOUR, [], HOUR)
    assert book.lives(NOW + 20 * HOUR).spans["shop"] == []


def test_time_of_which_windows_were_lost_was_not_measured() -> None:
    book = LifeBook()
    life, lost = ("shop", (NOW - 900, NOW)), ("shop", (NOW - 700, NOW - 300))
    book.hear(NOW, [life, ("news", life[1])], HOUR, [lost])
    lives = book.lives(NOW)
    assert lives.within("shop", NOW - 800, NOW) == [(NOW - 800, NOW - 700), (NOW - 300, NOW)]
    assert lives.seconds("news", NOW - 800, NOW) == 800
