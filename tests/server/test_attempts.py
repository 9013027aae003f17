"""Guessing tokens is slowed down, and what is remembered of it is bounded."""

import pytest

from api_performance.clock import ManualClock
from api_performance.server.attempts import MOST_ADDRESSES, Attempts
from tests.queries.making import START


def failed(attempts: Attempts, address: str, times: int = 10) -> None:
    for _ in range(times):
        attempts.note_failure(address)


def test_ten_failures_in_a_minute_make_an_address_wait_for_the_rest_of_it() -> None:
    clock = ManualClock(START)
    attempts = Attempts(clock)
    failed(attempts, "10.0.0.1", 9)
    assert attempts.seconds_to_wait("10.0.0.1") == 0
    clock.advance(20)
    failed(attempts, "10.0.0.1", 1)
    assert attempts.seconds_to_wait("10.0.0.1") == pytest.approx(40)
    assert attempts.seconds_to_wait("10.0.0.2") == 0
    clock.advance(40)
    assert attempts.seconds_to_wait("10.0.0.1") == 0


def test_a_flood_of_failures_makes_nobody_wait_longer_than_a_minute() -> None:
    clock = ManualClock(START)
    attempts = Attempts(clock)
    failed(attempts, "10.0.0.1", 1_000)
    assert attempts.seconds_to_wait("10.0.0.1") == pytest.approx(60)


def test_of_too_many_addresses_the_first_is_forgotten() -> None:
    attempts = Attempts(ManualClock(START))
    failed(attempts, "first")
    failed(attempts, "second")
    for number in range(MOST_ADDRESSES - 1):
        attempts.note_failure(str(number))
    assert attempts.seconds_to_wait("first") == 0
    assert attempts.seconds_to_wait("second") > 0
