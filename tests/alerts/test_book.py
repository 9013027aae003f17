"""The book of alerts over real stores: transitions, commands, silences, restarts, lost leases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api_performance.alerts.alert import ALERT, AlertState, PerformanceAlert
from api_performance.alerts.commands import ALERT_COMMAND, Act, commanded, handed_in
from api_performance.alerts.desk import Desk
from api_performance.alerts.records import alert_of, alerts_of
from api_performance.alerts.silences import Matcher, Silence, Silences
from api_performance.alerts.state import GONE_SECONDS, STEADY_SECONDS
from api_performance.errors import AlertUnknown, LeaseLost
from api_performance.model import PerformanceThreshold
from api_performance.stores.base import Event, Store
from api_performance.stores.memory import MemoryStore
from api_performance.stores.sqlite import SQLiteStore
from tests.alerts.making import CHECKOUT, Rounds, a_lease, breached, clear, notices

SEARCH = breached(subject="c0ffee000002", name="GET /search")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
    else:
        with closing(SQLiteStore(tmp_path / "metrics.sqlite3")) as opened:
            yield opened


@pytest.fixture
def rounds(store: Store) -> Rounds:
    return Rounds(store)


def act(rounds: Rounds, kind: Act, *ids: str, author: str = "ann") -> list[PerformanceAlert]:
    desk = Desk(rounds.store, rounds.clock)
    return desk.act(kind, ids or desk.standing(), author=author, reason="seen")


def seen(rounds: Rounds) -> dict[str, PerformanceAlert]:
    """What a reader in another process sees."""
    return Desk(rounds.store, rounds.clock).standing()


def test_a_breach_is_pending_then_firing_then_resolved_and_each_is_an_event(rounds: Rounds) -> None:
    reading = breached(keep_seconds=20.0)
    rounds.read(reading)
    assert rounds.states() == ["pending"]
    rounds.read(reading, rounds=2)
    assert rounds.states() == ["firing"]
    rounds.read(clear(clear_seconds=10.0), rounds=2)
    assert rounds.states() == ["resolved"]
    found = alerts_of(rounds.store.events(0, 2e9, (ALERT,)))
    steps = [(event.author, alert.state.value, alert.current_value) for event, alert in found]
    assert steps == [
        ("judge", "pending", 3.0),
        ("judge", "firing", 3.0),
        ("judge", "resolved", 0.2),
    ]
    assert rounds.told() == ["firing", "resolved"]


def test_what_is_clear_writes_nothing(rounds: Rounds) -> None:
    rounds.read(clear(), rounds=3)
    assert rounds.store.events(0, 2e9) == []
    assert rounds.states() == []


def test_an_alert_that_is_looked_after_is_told_anew_when_it_worsens(rounds: Rounds) -> None:
    rounds.read(breached())
    (taken,) = act(rounds, Act.ACKNOWLEDGE)
    assert (taken.state, taken.acknowledged_by) == (AlertState.ACKNOWLEDGED, "ann")
    rounds.read(breached(value=3.1), rounds=100)
    assert (rounds.states(), rounds.told()) == (["acknowledged"], ["firing"])
    rounds.read(breached(value=5.0), rounds=3)
    assert (rounds.states(), rounds.told()) == (["firing"], ["firing", "worsened"])


def test_an_alert_that_was_looked_after_is_told_anew_when_it_returns(rounds: Rounds) -> None:
    rounds.read(breached())
    act(rounds, Act.ACKNOWLEDGE)
    rounds.read(breached())
    rounds.read(clear())
    rounds.read(breached())
    assert rounds.told() == ["firing", "resolved", "firing"]
    assert len({notice.incident for notice in notices(rounds.store)}) == 1


def test_what_was_resolved_by_hand_fires_anew_only_after_it_was_clear(rounds: Rounds) -> None:
    rounds.read(breached())
    act(rounds, Act.RESOLVE)
    rounds.read(breached(), rounds=5)
    assert (rounds.states(), rounds.told()) == (["resolved"], ["firing", "resolved"])
    rounds.restart()
    rounds.read(breached())
    assert rounds.states() == ["resolved"]
    rounds.read(clear())
    rounds.read(breached())
    assert rounds.told() == ["firing", "resolved", "firing"]


def test_a_command_is_seen_at_once_and_taken_once(rounds: Rounds) -> None:
    rounds.read(breached())
    act(rounds, Act.RESOLVE)
    (alert,) = seen(rounds).values()
    assert alert.state is AlertState.RESOLVED
    rounds.read(clear())
    rounds.read(breached())
    for _ in range(2):
        (alert,) = seen(rounds).values()
        assert alert.state is AlertState.FIRING
        rounds.restart()
        rounds.read(breached())
        assert rounds.states() == ["firing"]


def test_a_command_that_came_too_late_is_not_taken_later(rounds: Rounds) -> None:
    rounds.read(breached())
    known = seen(rounds)
    rounds.read(clear())
    by = Event(rounds.clock.now(), "", "", "ann", "")
    ((_, event),) = commanded(Act.ACKNOWLEDGE, known, known, by)
    assert event is not None
    rounds.store.record_event(event)
    rounds.read(clear())
    rounds.read(breached())
    rounds.restart()
    rounds.read(breached())
    assert rounds.states() == ["firing"]
    assert [alert.state.value for alert in seen(rounds).values()] == ["firing"]


def test_an_unknown_alert_is_refused_before_anything_is_done(rounds: Rounds) -> None:
    rounds.read(breached())
    (known,) = seen(rounds)
    with pytest.raises(AlertUnknown, match="'beef'"):
        act(rounds, Act.ACKNOWLEDGE, known, "beef")
    assert rounds.store.latest_events(ALERT_COMMAND) == []


def hand_in(rounds: Rounds, alert: PerformanceAlert) -> None:
    by = Event(rounds.clock.now(), "", "", "code", "")
    rounds.store.record_event(handed_in(alert, by))


def test_an_alert_that_code_hands_in_is_told_and_ends_by_hand(rounds: Rounds) -> None:
    alert = PerformanceAlert(
        "/pay", "response_time", 3.0, 1.0, PerformanceThreshold.CRITICAL, "slow"
    )
    hand_in(rounds, alert)
    assert seen(rounds)[alert.id].state is AlertState.FIRING
    rounds.read(rounds=500)
    assert (rounds.states(), rounds.told()) == (["firing"], ["firing"])
    act(rounds, Act.RESOLVE)
    rounds.read()
    assert rounds.told() == ["firing", "resolved"]
    hand_in(rounds, alert)
    rounds.read()
    assert rounds.told() == ["firing", "resolved", "firing"]


def silence(rounds: Rounds, seconds: float = 60.0, **matcher: str) -> Silence:
    now = rounds.clock.now()
    made = Silence(Matcher(**matcher), now, now + seconds, "ann", "deploy")  # type: ignore[arg-type]  # texts
    return Silences(rounds.store, rounds.clock).add(made)


def test_a_silenced_alert_tells_nobody_until_the_silence_is_over(rounds: Rounds) -> None:
    silence(rounds, endpoint="POST /check*")
    rounds.read(breached(), SEARCH)
    assert rounds.states() == ["silenced", "firing"]
    assert [notice.alerts[0].endpoint for notice in notices(rounds.store)] == ["GET /search"]
    rounds.read(breached(), SEARCH, rounds=6)
    assert rounds.states() == ["firing", "firing"]
    assert len(rounds.told()) == 2


def test_what_ends_while_it_is_silenced_was_never_told(rounds: Rounds) -> None:
    silence(rounds, rule="slow")
    rounds.read(breached())
    rounds.read(clear())
    assert (rounds.states(), rounds.told()) == (["resolved"], [])


def test_what_was_told_and_is_silenced_then_is_told_to_be_over(rounds: Rounds) -> None:
    rounds.read(breached())
    silence(rounds, severity="warning")
    assert [alert.state.value for alert in seen(rounds).values()] == ["silenced"]
    rounds.read(breached())
    rounds.read(clear())
    assert rounds.told() == ["firing", "resolved"]


def test_what_fires_again_and_again_is_flapping_and_told_three_times(rounds: Rounds) -> None:
    for _ in range(20):
        rounds.read(breached(), rounds=3)
        rounds.read(clear(), rounds=3)
    assert rounds.states() == ["flapping"]
    assert rounds.told() == ["firing", "resolved", "firing", "resolved", "firing"]
    assert len({notice.incident for notice in notices(rounds.store)}) == 1
    rounds.read(clear(), seconds=STEADY_SECONDS, rounds=2)
    assert (rounds.states(), rounds.told()[-1]) == (["resolved"], "resolved")


def test_a_rule_that_is_no_more_ends_its_alert_after_an_hour(rounds: Rounds) -> None:
    rounds.read(breached())
    rounds.read()
    rounds.read(seconds=GONE_SECONDS - 1)
    assert rounds.states() == ["firing"]
    rounds.read(seconds=1.0)
    assert rounds.states() == ["resolved"]


def test_a_pending_alert_goes_on_after_a_restart(rounds: Rounds) -> None:
    reading = breached(keep_seconds=60.0)
    rounds.read(reading, rounds=4)
    rounds.restart()
    rounds.read(reading, rounds=3)
    assert rounds.states() == ["firing"]


@pytest.mark.parametrize("offset", [-86_400.0, 86_400.0])
def test_a_clock_that_jumps_makes_no_breach_longer_or_shorter(
    rounds: Rounds, offset: float
) -> None:
    reading = breached(keep_seconds=60.0)
    rounds.read(reading, rounds=2)
    rounds.clock.jump(offset)
    rounds.read(reading, rounds=4)
    assert rounds.states() == ["pending"]
    rounds.read(reading)
    assert (rounds.states(), rounds.told()) == (["firing"], ["firing"])


def test_a_restart_after_the_clock_went_back_waits_no_longer_than_the_rule_says(
    rounds: Rounds,
) -> None:
    reading = breached(keep_seconds=60.0)
    rounds.read(reading)
    rounds.restart()
    rounds.clock.jump(-86_400.0)
    rounds.read(reading, rounds=7)
    assert rounds.states() == ["firing"]


def test_what_another_judges_now_is_refused_and_leaves_nothing_half_done(rounds: Rounds) -> None:
    rounds.read(breached())
    old = rounds.lease
    rounds.store.release(old)
    rounds.lease = a_lease(rounds.store, rounds.clock, "b")
    before = rounds.store.events(0, 2e9)
    with pytest.raises(LeaseLost):
        rounds.book.keep([clear(), SEARCH], old)
    assert rounds.store.events(0, 2e9) == before
    rounds.read(clear(), SEARCH)
    assert rounds.states() == ["resolved", "firing"]


def test_what_was_stored_and_not_told_is_told_by_whoever_judges_next(rounds: Rounds) -> None:
    rounds.read(breached())
    notice = notices(rounds.store)[0]
    fresh = Rounds(MemoryStore())
    fresh.lease = a_lease(fresh.store, fresh.clock)
    (event,) = rounds.store.latest_events(ALERT)
    fresh.store.record_event(event, fresh.lease)  # the crash: a transition, and no notice of it
    fresh.read(clear())
    told = notices(fresh.store)
    assert [each.kind.value for each in told] == ["firing", "resolved"]
    assert (told[0].id, told[0].incident) == (notice.id, notice.incident)


def test_an_emptied_store_is_given_anew_what_holds_and_nobody_is_told_twice(
    rounds: Rounds,
) -> None:
    rounds.read(breached())
    rounds.store.clear()
    rounds.read(breached(), rounds=2)
    (event,) = rounds.store.latest_events(ALERT)
    found = alert_of(event)
    assert found is not None
    assert found.state is AlertState.FIRING
    assert rounds.told() == []
    rounds.read(clear())
    assert rounds.told() == ["resolved"]


def test_a_record_of_another_version_is_left_aside(rounds: Rounds) -> None:
    rounds.store.record_event(Event(1.0, ALERT, "x", "judge", "", details='{"endpoint": 7}'))
    rounds.store.record_event(Event(1.0, ALERT_COMMAND, "x", "ann", "", details="{}"))
    rounds.read(breached(CHECKOUT))
    assert rounds.states() == ["firing"]


def test_an_alert_whose_rule_was_deleted_is_over_at_once(rounds: Rounds) -> None:
    other = breached(SEARCH, rule="failing")
    rounds.read(breached(), other, rules={"slow", "failing"})
    rounds.read(other, rules={"failing"})
    by_rule = {alert.rule: alert for alert in seen(rounds).values()}
    gone = by_rule["slow"]
    assert (gone.state, by_rule["failing"].state) == (AlertState.RESOLVED, AlertState.FIRING)
    assert "deleted" in gone.reason
    assert gone.ended_at == rounds.clock.now()
    rounds.read(other, rules={"failing"})
    assert rounds.told() == ["firing", "firing", "resolved"]


def test_what_code_handed_in_needs_no_rule(rounds: Rounds) -> None:
    alert = PerformanceAlert(
        "/pay", "response_time", 3.0, 1.0, PerformanceThreshold.WARNING, "slow"
    )
    rounds.store.record_event(
        handed_in(alert, Event(rounds.clock.now(), "", "", "the program", ""))
    )
    rounds.read(rules=set(), rounds=3)
    assert rounds.states() == ["firing"]


def test_an_alert_shows_what_is_measured_now(rounds: Rounds) -> None:
    rounds.read(breached(value=3.0))
    rounds.read(breached(value=4.5, text="One in 8 requests takes too long.", causes=("store",)))
    (alert,) = seen(rounds).values()
    assert (alert.current_value, alert.message) == (4.5, "One in 8 requests takes too long.")
    assert list(alert.causes) == ["store"]
    assert len(rounds.store.events(0, 2e9, (ALERT,))) == 1  # a value alone is no transition
    rounds.read(clear(clear_seconds=60.0))
    (alert,) = seen(rounds).values()
    assert (alert.state, alert.current_value) == (AlertState.FIRING, 0.2)


def test_what_is_acknowledged_is_the_present_value(rounds: Rounds) -> None:
    rounds.read(breached(value=3.0))
    rounds.read(breached(value=4.5))
    (alert,) = act(rounds, Act.ACKNOWLEDGE)
    assert alert.acknowledged_value == 4.5
    rounds.read(breached(value=5.0), rounds=2)
    assert rounds.states() == ["acknowledged"]  # a tenth more is not worse


def test_who_judges_next_shows_the_present_value_too(rounds: Rounds) -> None:
    rounds.read(breached(value=3.0))
    rounds.restart()
    rounds.read(breached(value=4.5))
    (alert,) = seen(rounds).values()
    assert alert.current_value == 4.5
