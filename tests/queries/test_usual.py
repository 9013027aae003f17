"""What is usual of an endpoint: its hours of the days before, but for the odd ones."""

from __future__ import annotations

import pytest

from api_performance.queries import Asked, EndpointUnknown, Filter, Queries
from api_performance.queries.usual import UsualPage, usual_page
from tests.queries.making import START, USERS, Service, a_window

DAY = 86_400.0
HOUR = 3600.0


def after_days(seconds: list[float], *, requests: int = 200) -> UsualPage:
    """What is usual of an hour whose like took so long on the days before."""
    service = Service()
    begin = START // HOUR * HOUR
    for day, each in enumerate(seconds):
        service.clock.advance(begin + day * DAY + HOUR - service.clock.now())
        at = service.clock.now() - 600
        service.flush((USERS, a_window(at, [each] * requests)))
        service.pass_time(10)
    service.clock.advance(begin + len(seconds) * DAY + 60 - service.clock.now())
    queries = Queries(service.store, service.clock)
    return usual_page(queries, USERS.id, Asked(60), Filter())


def test_the_band_leaves_out_the_odd_day() -> None:
    (hour,) = after_days([0.1, 0.11, 0.12, 0.11, 0.1, 0.12, 0.11, 0.1, 0.12, 3.0]).hours
    assert hour.day_count == 10
    assert hour.low_seconds == pytest.approx(0.1, rel=0.01)
    assert hour.high_seconds == pytest.approx(0.12, rel=0.01)
    assert (hour.start, hour.end) == (START // HOUR * HOUR + 10 * DAY, hour.start + HOUR)


def test_two_days_are_too_few_to_tell() -> None:
    assert after_days([0.1, 0.1]).hours == []


def test_hours_with_few_requests_tell_nothing() -> None:
    assert after_days([0.1] * 5, requests=20).hours == []


def test_an_unknown_endpoint_is_refused() -> None:
    service = Service()
    with pytest.raises(EndpointUnknown):
        usual_page(Queries(service.store, service.clock), "none", Asked(60), Filter())
