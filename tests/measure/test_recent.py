"""The newest requests of a process: a fair few, the slowest, and some that failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random

import pytest

from api_performance.measure.recent import (
    MOST_FAILED,
    MOST_FAIR,
    MOST_KEPT,
    WANTED,
    Recent,
    RecentRequest,
    Taken,
    Why,
    unpacked,
)

MOST_OF_A_DRAIN = MOST_FAIR + 1 + MOST_FAILED


@dataclass
class Some:
    """Requests of one endpoint and status, each ending at its place among them."""

    endpoint: str
    times: list[float]
    status: int = 200

    def statuses(self) -> list[int]:
        return [self.status] * len(self.times)

    def seconds(self) -> list[float]:
        return self.times

    def recent(self, place: int, number: int, why: Why) -> RecentRequest:
        times = float(place), int(self.times[place] * 1e6)
        return RecentRequest(number, why, self.endpoint, *times, self.status)


def offer(recent: Recent, endpoint: str, seconds: list[float], status: int = 200) -> None:
    most = len(seconds), max(seconds), status
    if recent.is_wanted(*most):
        recent.take(Some(endpoint, seconds, status), *most)


def last_of(recent: Recent) -> Taken:
    return unpacked(recent.packed)[-1]


def test_few_requests_are_all_there_once() -> None:
    recent = Recent(Random(1).random)
    offer(recent, "a", [0.1, 0.3])
    offer(recent, "b", [0.2], status=503)
    recent.close(7.0)
    taken = last_of(recent)
    assert (taken.end, taken.seen) == (7.0, 3)
    found = {(each.endpoint_id, each.microseconds, Why(each.why)) for each in taken.requests}
    assert found == {
        ("a", 100_000, Why.CHANCE),
        ("a", 300_000, Why.SLOWEST),
        ("b", 200_000, Why.FAILED),
    }
    assert len({each.number for each in taken.requests}) == 3


@pytest.mark.parametrize("count", [0, 1, 10, 13, 1_000, 100_000])
def test_no_rate_brings_more_than_an_eye_follows_even_as_it_begins(count: int) -> None:
    recent = Recent(Random(1).random)
    for expected in (0, 3 + count):
        recent.expect(expected)
        offer(recent, "a", [0.1] * 3)
        offer(recent, "b", [0.1] * count or [0.2])
        recent.close(1.0)
        assert 1 <= len(last_of(recent).requests) <= MOST_OF_A_DRAIN
        assert last_of(recent).seen == 3 + max(count, 1)
    if count >= 1_000:
        by_chance = [each for each in last_of(recent).requests if each.why == Why.CHANCE]
        assert WANTED - 2 <= len(by_chance) <= WANTED + 1


def test_each_endpoint_is_there_as_often_as_it_is_called() -> None:
    recent, found = Recent(Random(1).random), Counter[str]()
    for _ in range(400):
        recent.expect(200)
        for endpoint, count in (("many", 160), ("some", 32), ("few", 8)):
            offer(recent, endpoint, [0.1] * count)
        recent.close(1.0)
        by_chance = [each for each in last_of(recent).requests if each.why == Why.CHANCE]
        found.update(each.endpoint_id for each in by_chance)
    assert found.total() == pytest.approx(400 * WANTED, rel=0.1)
    assert found["many"] / found.total() == pytest.approx(0.8, rel=0.1)
    assert found["some"] / found.total() == pytest.approx(0.16, rel=0.2)
    assert found["few"] / found.total() == pytest.approx(0.04, rel=0.4)


def test_a_slow_one_and_a_failed_one_are_never_missed() -> None:
    recent = Recent(Random(1).random)
    for _ in range(3):
        offer(recent, "a", [0.1] * 500 + [2.5] + [0.1] * 500)
        offer(recent, "b", [0.2] * 500)
        offer(recent, "c", [0.1], status=500)
        recent.close(1.0)
    reasons = {Why(each.why): each for each in last_of(recent).requests}
    assert reasons[Why.SLOWEST].microseconds == 2_500_000
    assert reasons[Why.FAILED].endpoint_id == "c"


def test_where_all_fails_each_endpoint_has_its_chance_to_be_among_the_few() -> None:
    recent, found = Recent(Random(1).random), Counter[str]()
    for _ in range(600):
        recent.expect(500)
        for endpoint in "abcdefghij":
            offer(recent, endpoint, [0.1] * 50, status=500)
        recent.close(1.0)
        failed = [each for each in last_of(recent).requests if each.why == Why.FAILED]
        assert len(failed) <= MOST_FAILED
        found.update(each.endpoint_id for each in failed)
    assert all(100 < found[endpoint] < 300 for endpoint in "abcdefghij")


def test_what_is_kept_is_bounded_in_number_and_bytes() -> None:
    recent = Recent(Random(1).random)
    trace = "0af7651916cd43dd8448eb211c80319c"

    class Traced(Some):
        def recent(self, place: int, number: int, why: Why) -> RecentRequest:
            parts = (120_000, 230_000, 340_000, 450_000, 560_000)
            at = 1.7e9 + place, 1_700_000
            return RecentRequest(number + 10**9, why, "0" * 12, *at, 500, parts, trace)

    for second in range(60):
        recent.expect(1_000)
        most = 1_000, 1.0 + second, 500
        assert recent.is_wanted(*most)
        recent.take(Traced("", [1.0 + second] * 1_000, 500), *most)
        recent.close(float(second))
    taken = unpacked(recent.packed)
    assert MOST_KEPT - MOST_OF_A_DRAIN < sum(len(each.requests) for each in taken) <= MOST_KEPT
    assert taken[-1].end == 59.0
    assert sum(map(len, recent.packed)) < 11_000  # 14 kB as base64


def test_a_quiet_second_adds_nothing_and_takes_nothing_away() -> None:
    recent = Recent(Random(1).random)
    offer(recent, "a", [0.1])
    recent.close(1.0)
    kept = recent.packed
    recent.close(2.0)
    assert recent.packed == kept


def test_what_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no recent requests"):
        unpacked([b"\xc1"])
