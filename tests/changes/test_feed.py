"""Each minute of each endpoint is read once: the past piece by piece, then what is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from api_performance.changes.feed import DAY, Feed
from tests.queries.making import CHECKOUT, USERS, Service, a_window

MINUTE = 60.0


def measured(service: Service, minutes: int) -> None:
    for _ in range(minutes):
        now = service.clock.now()
        windows = [(each, a_window(now, [0.1], endpoint=each)) for each in (USERS, CHECKOUT)]
        service.clock.advance(MINUTE)
        service.flush(*windows)
    service.fold()


def read(
    feed: Feed, service: Service, ids: list[str], is_over: Callable[[], bool] = lambda: False
) -> dict[str, list[float]]:
    """Return the minutes that were read of each endpoint, as its pieces have them."""
    found: dict[str, list[float]] = defaultdict(list)
    for piece in feed.follow(ids, service.clock.now(), is_over=is_over):
        for endpoint, window in piece.windows:
            if piece.since.get(endpoint.id, piece.end) <= window.start < piece.end:
                found[endpoint.id].append(window.start // MINUTE * MINUTE)
    return {each: sorted(minutes) for each, minutes in found.items()}


def test_the_past_is_read_once_and_in_order_then_what_is_new() -> None:
    service = Service()
    begin = service.clock.now()
    measured(service, 200)
    service.clock.advance(30)
    feed = Feed(service.store)
    ids = [USERS.id, CHECKOUT.id]
    found = read(feed, service, ids)
    whole = [begin + MINUTE * minute for minute in range(200)]
    assert found == dict.fromkeys(ids, whole)
    assert read(feed, service, ids) == {}
    service.clock.advance(30)
    measured(service, 3)
    service.clock.advance(30)
    newer = [begin + MINUTE * minute for minute in (201, 202, 203)]
    assert read(feed, service, ids) == dict.fromkeys(ids, newer)


def test_the_past_waits_where_the_round_is_over_and_goes_on_there() -> None:
    service = Service()
    measured(service, 200)
    service.clock.advance(30)
    feed = Feed(service.store)
    pieces = 0

    def is_over() -> bool:
        nonlocal pieces
        pieces += 1
        return pieces % 2 == 0

    found: list[float] = []
    for _ in range(20):
        found += read(feed, service, [USERS.id], is_over).get(USERS.id, [])
    assert len(found) == len(set(found)) == 200
    assert feed.is_caught_up(USERS.id, service.clock.now())


def test_a_minute_that_is_not_over_is_not_read() -> None:
    service = Service()
    measured(service, 100)
    feed = Feed(service.store)
    assert len(read(feed, service, [USERS.id])[USERS.id]) == 99
    service.clock.advance(30)
    assert len(read(feed, service, [USERS.id])[USERS.id]) == 1


def test_what_cannot_be_read_now_is_read_the_next_time() -> None:
    service = Service()
    measured(service, 100)
    service.clock.advance(30)
    feed = Feed(service.store)
    for _ in feed.follow([USERS.id], service.clock.now(), is_over=lambda: False):
        break  # as where the store does not answer
    assert len(read(feed, service, [USERS.id])[USERS.id]) == 100


def test_an_endpoint_that_comes_later_is_read_from_now_on() -> None:
    service = Service()
    measured(service, 100)
    service.clock.advance(30)
    feed = Feed(service.store)
    read(feed, service, [USERS.id])
    found = read(feed, service, [USERS.id, CHECKOUT.id])
    assert len(found[CHECKOUT.id]) <= 15
    assert feed.is_caught_up(CHECKOUT.id, service.clock.now())


def test_the_hours_before_the_minutes_are_read_for_what_is_usual() -> None:
    service = Service()
    begin = service.clock.now()
    measured(service, 300)
    since = begin // 3600 * 3600 + 4 * 3600
    hours = list(Feed(service.store).hours({USERS.id: since}))
    assert {endpoint for endpoint, _ in hours} == {USERS}
    assert all(window.start + 3600 <= since for _, window in hours)
    assert sum(window.count for _, window in hours) == (since - begin) / 60
    assert list(Feed(service.store).hours({})) == []


@pytest.mark.parametrize(("endpoint_days", "days"), [(4800, 14), (12, 6), (1, 4)])
def test_the_past_is_two_weeks_or_of_many_endpoints_less_but_four_days_at_least(
    endpoint_days: int, days: int
) -> None:
    service = Service()
    measured(service, 10)
    service.clock.advance(20 * DAY)
    measured(service, 10)
    feed = Feed(service.store, past_endpoint_days=endpoint_days)
    now = service.clock.now()
    pieces = feed.follow([USERS.id, CHECKOUT.id], now, is_over=lambda: False)
    begin = next(iter(pieces)).since[USERS.id]
    assert now - days * DAY - 3600 < begin <= now - days * DAY
