"""Who is told of an incident, when, and how often again."""

from __future__ import annotations

import pytest

from api_performance.alerts.commands import Act
from api_performance.alerts.desk import Desk
from api_performance.alerts.notice import Notice
from api_performance.config import Config
from api_performance.config.routes import NotifyRoute
from api_performance.errors import ConfigError
from api_performance.model import MetricPriority, PerformanceThreshold
from api_performance.stores.memory import MemoryStore
from tests.alerts.making import CHECKOUT, Rounds, breached, clear, notices

ROUTES = (
    NotifyRoute(channels=("chat",), every=3600.0),
    NotifyRoute(
        channels=("pager",), priorities=(MetricPriority.CRITICAL,), after=900.0, every=1800.0
    ),
    NotifyRoute(channels=("boss",), severities=(PerformanceThreshold.CRITICAL,), after=7200.0),
)
HIGHER = breached(severity=PerformanceThreshold.CRITICAL)


@pytest.fixture
def rounds() -> Rounds:
    return Rounds(MemoryStore(), *ROUTES)


def told(rounds: Rounds) -> list[tuple[str, tuple[str, ...]]]:
    return [(notice.kind.value, tuple(notice.channels)) for notice in notices(rounds.store)]


def test_more_people_are_told_while_nobody_looks_after_it(rounds: Rounds) -> None:
    rounds.read(breached())
    rounds.read(breached(), seconds=899.0)
    assert told(rounds) == [("firing", ("chat",))]
    rounds.read(breached(), seconds=1.0)
    assert told(rounds)[1:] == [("escalated", ("pager",))]


def test_an_endpoint_that_matters_less_pages_nobody(rounds: Rounds) -> None:
    rounds.read(breached(priority=MetricPriority.LOW))
    rounds.read(breached(priority=MetricPriority.LOW), seconds=900.0)
    assert told(rounds) == [("firing", ("chat",))]


def test_those_who_were_told_are_reminded_each_in_their_time(rounds: Rounds) -> None:
    rounds.read(breached(), rounds=1)
    rounds.read(breached(), seconds=900.0)
    rounds.read(breached(), seconds=1800.0)
    assert told(rounds)[2:] == [("reminder", ("pager",))]


def test_nobody_is_told_again_once_somebody_looks_after_it(rounds: Rounds) -> None:
    rounds.read(breached())
    desk = Desk(rounds.store, rounds.clock)
    desk.act(Act.ACKNOWLEDGE, desk.standing(), author="ann", reason="")
    rounds.read(breached(), seconds=3600.0, rounds=5)
    assert told(rounds) == [("firing", ("chat",))]
    rounds.read(clear())
    assert told(rounds)[1:] == [("resolved", ("chat",))]


def test_all_who_were_told_hear_that_it_worsened_and_that_it_is_over(rounds: Rounds) -> None:
    rounds.read(breached())
    rounds.read(breached(), seconds=900.0)
    rounds.read(HIGHER)
    rounds.read(HIGHER, seconds=7200.0)
    rounds.read(clear())
    assert told(rounds)[2:] == [
        ("worsened", ("chat", "pager")),
        ("escalated", ("boss",)),
        ("resolved", ("chat", "pager", "boss")),
    ]


def test_what_no_route_takes_is_told_to_nobody_until_it_is_worse() -> None:
    route = NotifyRoute(channels=("pager",), severities=(PerformanceThreshold.CRITICAL,))
    rounds = Rounds(MemoryStore(), route)
    rounds.read(breached(), rounds=3)
    assert told(rounds) == []
    rounds.read(HIGHER)
    assert told(rounds) == [("firing", ("pager",))]


def test_a_clock_that_went_back_delays_a_reminder_and_loses_none(rounds: Rounds) -> None:
    rounds.read(breached())
    rounds.clock.jump(-600.0)
    rounds.read(breached(), seconds=1500.0)
    assert told(rounds)[1:] == [("escalated", ("pager",))]


def test_a_notice_says_in_words_what_holds_and_for_whom(rounds: Rounds) -> None:
    rounds.read(breached())
    (notice,) = notices(rounds.store)
    assert notice.title == "warning, POST /checkout: One in 12 requests takes too long"
    assert notice.text == "warning: One in 12 requests takes too long."
    assert (notice.service, notice.environment) == ("shop", "test")
    assert (notice.severity, notice.priority) == ("warning", "critical")
    assert [alert.subject for alert in notice.alerts] == [CHECKOUT.subject]


def test_ids_of_notices_are_all_different(rounds: Rounds) -> None:
    rounds.read(breached(), seconds=900.0, rounds=20)
    found: list[Notice] = notices(rounds.store)
    assert len({notice.id for notice in found}) == len(found) > 5


def test_routes_are_settings() -> None:
    config = Config(
        channels={name: {"kind": "log"} for name in ("pager", "chat")},
        notify=[{"channels": "pager, chat", "priorities": ["high"], "after": "15m"}],
    )
    (route,) = config.notify
    assert (route.channels, route.after) == (("pager", "chat"), 900.0)
    assert route.takes(MetricPriority.HIGH, PerformanceThreshold.WARNING)
    assert not route.takes(MetricPriority.LOW, PerformanceThreshold.WARNING)


@pytest.mark.parametrize(
    ("route", "names"),
    [
        ({"channels": []}, "notify.0.channels"),
        ({"channels": "pagr"}, "there is no channel 'pagr', but log"),
        ({"channels": "a", "severities": "bad"}, "notify.0.severities"),
        ({"channels": "a", "after": "soon"}, "notify.0.after"),
        ({"channels": "a", "chanels": 1}, "notify.0.chanels"),
    ],
)
def test_a_wrong_route_is_refused_by_name(route: dict[str, object], names: str) -> None:
    with pytest.raises(ConfigError, match=names.replace(".", r"\.")):
        Config(notify=[route])


PAGE = breached(CHECKOUT, rule="up/page", severity=PerformanceThreshold.CRITICAL)
TICKET = breached(CHECKOUT, rule="up/ticket")


def named(rounds: Rounds) -> list[tuple[str, str]]:
    return [(notice.kind.value, notice.severity.value) for notice in notices(rounds.store)]


def test_a_page_is_told_to_be_over_when_it_is_and_the_ticket_that_is_left_by_itself(
    rounds: Rounds,
) -> None:
    rounds.read(PAGE, TICKET, rounds=10)
    rounds.read(clear(PAGE), TICKET, rounds=10)
    assert named(rounds) == [
        ("firing", "critical"),
        ("resolved", "critical"),
        ("firing", "warning"),
    ]
    rounds.read(clear(PAGE), clear(TICKET), rounds=10)
    assert named(rounds)[3:] == [("resolved", "warning")]
    assert notices(rounds.store)[-1].title.startswith("over: warning, ")
    assert len({notice.incident for notice in notices(rounds.store)}) == 1


def test_a_ticket_joins_its_page_however_late_and_tells_nobody_while_that_holds(
    rounds: Rounds,
) -> None:
    rounds.read(PAGE)
    desk = Desk(rounds.store, rounds.clock)
    desk.act(Act.ACKNOWLEDGE, desk.standing(), author="ann", reason="")
    rounds.read(PAGE, seconds=3000.0)
    rounds.read(PAGE, TICKET, seconds=10.0)
    rounds.read(PAGE, TICKET, seconds=8000.0)
    assert named(rounds) == [("firing", "critical")]
    assert len({alert.incident for alert in rounds.book.alerts.values()}) == 1


def test_a_page_that_follows_its_ticket_worsens_it(rounds: Rounds) -> None:
    rounds.read(TICKET)
    rounds.read(TICKET, seconds=3000.0)
    rounds.read(PAGE, TICKET)
    rounds.read(clear(PAGE), TICKET, rounds=3)
    assert [each for each in named(rounds) if each[0] != "escalated"] == [
        ("firing", "warning"),
        ("worsened", "critical"),
        ("resolved", "critical"),
        ("firing", "warning"),
    ]
