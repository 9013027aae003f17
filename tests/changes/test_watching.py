"""A change is found in the store, kept as a finding, and told until it is over."""

from __future__ import annotations

import pytest

from api_performance.changes.change import Effect
from api_performance.changes.deploys import DeployBook, Said
from api_performance.changes.finding import KeptFinding, standing
from api_performance.model import MetricPriority, PerformanceThreshold
from tests.changes.stored import Watched
from tests.queries.making import CHAT, CHECKOUT, START, USERS, a_window


@pytest.fixture
def slower() -> Watched:
    """An endpoint of 100 ms that takes 200 ms since its second hour, and has been looked at."""
    watched = Watched()
    watched.minutes(90, 0.1)
    watched.minutes(20, 0.2)
    watched.look()
    return watched


def kept(watched: Watched) -> KeptFinding:
    (finding,) = standing(watched.service.store)
    return finding


def test_a_change_is_kept_with_endpoint_time_and_size(slower: Watched) -> None:
    finding = kept(slower)
    assert (finding.endpoint, finding.priority, finding.is_open) == (
        USERS.name, MetricPriority.HIGH, True,
    )  # fmt: skip
    change = finding.change
    assert change.began_from <= START + 90 * 60 <= change.began_until
    assert change.ratio == pytest.approx(2.0, rel=0.05)


def test_it_costs_what_all_users_together_wait_longer_a_day(slower: Watched) -> None:
    finding = kept(slower)
    assert finding.requests_a_day == pytest.approx(30 * 1440, rel=0.1)
    assert finding.cost_seconds is not None
    assert finding.cost_seconds == pytest.approx(0.1 * 30 * 1440, rel=0.1)
    assert finding.rank == pytest.approx(4 * finding.cost_seconds)
    assert finding.cost_low is not None and finding.cost_high is not None
    assert finding.cost_low < finding.cost_seconds < finding.cost_high


def test_what_moved_is_told_with_it(slower: Watched) -> None:
    moved = {each.name: each for each in kept(slower).moved}
    assert moved["database"].share == pytest.approx(0.5, abs=0.1)


def test_the_same_change_is_one_finding_however_often_it_is_looked_at(slower: Watched) -> None:
    slower.minutes(3, 0.2)
    assert slower.look() == []
    assert kept(slower).is_open


def test_who_judges_next_finds_the_same_one(slower: Watched) -> None:
    before = kept(slower)
    slower.watch = slower.judge()
    slower.look()
    after = kept(slower)
    assert (after.id, after.change.found) == (before.id, before.change.found)


def test_a_change_that_is_gone_is_closed(slower: Watched) -> None:
    slower.minutes(3, 0.1)
    slower.look()
    finding = kept(slower)
    assert finding.change.closed == pytest.approx(START + 111 * 60, abs=120)


def test_what_is_not_found_again_is_closed_by_who_judges_next(slower: Watched) -> None:
    class Blind:
        def learn(self, *_: object) -> None: ...

        def update(self, *_: object) -> list[object]:
            return []

    slower.make_watch = Blind  # type: ignore[assignment]  # finds nothing
    slower.watch = slower.judge()
    slower.look()
    assert not kept(slower).is_open


def test_a_regression_alerts_until_it_is_over(slower: Watched) -> None:
    now = slower.service.clock.now()
    (reading,) = slower.watch.readings(now)
    assert (reading.rule, reading.subject, reading.metric) == (
        "regression", USERS.id, "response_time",
    )  # fmt: skip
    assert reading.is_breached
    assert reading.severity is PerformanceThreshold.WARNING
    assert "is slower by 100" in reading.text
    slower.minutes(3, 0.1)
    slower.look()
    (reading,) = slower.watch.readings(slower.service.clock.now())
    assert reading.is_clear and not reading.is_breached
    assert list(slower.watch.readings(slower.service.clock.now() + 7300)) == []


def test_the_deploy_that_it_came_with_is_named() -> None:
    watched = Watched()
    watched.minutes(90, 0.1)
    DeployBook(watched.service.store, watched.service.clock).mark(Said("2.4"))
    watched.minutes(10, 0.2)
    watched.look()
    finding = kept(watched)
    assert finding.version == "2.4"
    (reading,) = watched.watch.readings(watched.service.clock.now())
    assert "with the deploy of 2.4" in reading.text
    assert reading.causes[-1] == "version:2.4"


def test_endpoints_are_told_apart_and_streams_left_out() -> None:
    watched = Watched()
    for minute in range(100):
        seconds = 0.1 if minute < 90 else 0.3
        now = watched.service.clock.now()
        windows = [
            (USERS, a_window(now, [0.1] * 30)),
            (CHECKOUT, a_window(now, [seconds] * 30, endpoint=CHECKOUT)),
            (CHAT, a_window(now, [seconds] * 30, endpoint=CHAT)),
        ]
        watched.service.clock.advance(60)
        watched.service.flush(*windows)
    watched.look()
    finding = kept(watched)
    assert (finding.endpoint, finding.change.effect) == (CHECKOUT.name, Effect.WORSE)
    (reading,) = watched.watch.readings(watched.service.clock.now())
    assert reading.severity is PerformanceThreshold.CRITICAL
