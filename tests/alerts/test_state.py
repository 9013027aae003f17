"""The table of states, cell by cell, and what a reading signals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api_performance.alerts.alert import AlertState, PerformanceAlert
from api_performance.alerts.state import (
    FLAP_SECONDS,
    GONE_SECONDS,
    STEADY_SECONDS,
    Signal,
    Since,
    forget_flips,
    moved,
    signal_of,
    step,
)
from api_performance.model import PerformanceThreshold
from tests.alerts.making import between, breached, clear

SIGNALS = (
    *("breached", "lasting", "steady", "fluttering", "worsened", "held", "between", "no_data"),
    *("gone", "clear", "cleared", "quiet", "ended"),
    *("acknowledged", "resolved", "silenced", "unsilenced"),
)
WORDS = {
    "o": AlertState.OK,
    "p": AlertState.PENDING,
    "F": AlertState.FIRING,
    "A": AlertState.ACKNOWLEDGED,
    "r": AlertState.RESOLVED,
    "L": AlertState.FLAPPING,
    "S": AlertState.SILENCED,
}
# brea last stea flut wors held betw nod  gone clea clrd quie ende ackn reso sil  unsil
EXPECTED = {
    AlertState.OK: "p F F L F o o o o o o o o o o o o",
    AlertState.PENDING: "p F F L F p o o o o o o p p p p p",
    AlertState.FIRING: "F F F F F F F F r F r r F A r S F",
    AlertState.ACKNOWLEDGED: "A A A A F A A A r A r r A A r A A",
    AlertState.RESOLVED: "p F F L F r r r r r r r o r r r r",
    AlertState.FLAPPING: "L L F L L L L L r L L r L A r S L",
    AlertState.SILENCED: "S S S S S S S S r S r r S A r S F",
}
CELLS = [
    (state, Signal[name.upper()], WORDS[letter])
    for state, row in EXPECTED.items()
    for name, letter in zip(SIGNALS, row.split(), strict=True)
]


def test_the_cells_are_all_there_are() -> None:
    assert len(CELLS) == len(AlertState) * len(Signal)


@pytest.mark.parametrize(
    ("state", "signal", "follows"), CELLS, ids=[f"{s}-{g.name}" for s, g, _ in CELLS]
)
def test_a_cell_of_the_table(state: AlertState, signal: Signal, follows: AlertState) -> None:
    assert step(state, signal) is follows
    after = moved(an_alert(state=state), signal, 2000.0, author="ann", reason="why")
    assert after.state is follows
    if follows is not state:
        assert (after.at, after.author, after.reason) == (2000.0, "ann", "why")


def an_alert(**fields: object) -> PerformanceAlert:
    given = PerformanceAlert(
        "POST /checkout",
        "response_time_p95",
        3.0,
        1.0,
        PerformanceThreshold.WARNING,
        "slow",
        at=1000.0,
        rule="slow",
    )
    return replace(given, **fields)  # type: ignore[arg-type]  # a test's own fields


def test_a_breach_counts_once_it_has_lasted() -> None:
    alert, since = an_alert(state=AlertState.OK), Since()
    reading = breached(keep_seconds=60.0)
    since.note(reading, 0.0)
    assert signal_of(alert, reading, since, 0.0) is Signal.BREACHED
    since.note(reading, 59.0)
    assert signal_of(alert, reading, since, 59.0) is Signal.BREACHED
    since.note(reading, 60.0)
    assert signal_of(alert, reading, since, 60.0) is Signal.LASTING
    since.note(reading, STEADY_SECONDS)
    assert signal_of(alert, reading, since, STEADY_SECONDS) is Signal.STEADY


def test_a_breach_begins_anew_after_the_value_was_within_its_bound() -> None:
    since = Since()
    since.note(breached(), 0.0)
    since.note(between(), 10.0)
    assert signal_of(an_alert(), between(), since, 10.0) is Signal.BETWEEN
    since.note(breached(), 20.0)
    assert since.breached_at == 20.0


def test_an_end_counts_once_it_has_lasted() -> None:
    alert, since = an_alert(state=AlertState.FIRING), Since()
    reading = clear(clear_seconds=120.0)
    since.note(reading, 0.0)
    assert signal_of(alert, reading, since, 119.0) is Signal.CLEAR
    assert signal_of(alert, reading, since, 120.0) is Signal.CLEARED
    assert signal_of(alert, reading, since, STEADY_SECONDS) is Signal.QUIET


def test_nothing_to_tell_is_no_end_for_an_hour() -> None:
    alert, since = an_alert(state=AlertState.FIRING), Since()
    since.note(None, 0.0)
    assert signal_of(alert, None, since, GONE_SECONDS - 1) is Signal.NO_DATA
    assert signal_of(alert, None, since, GONE_SECONDS) is Signal.GONE


@pytest.mark.parametrize(
    ("state", "changes", "signal"),
    [
        (AlertState.FIRING, {"severity": PerformanceThreshold.CRITICAL}, Signal.WORSENED),
        (AlertState.FIRING, {"value": 300.0}, Signal.LASTING),
        (AlertState.ACKNOWLEDGED, {"severity": PerformanceThreshold.CRITICAL}, Signal.WORSENED),
        (AlertState.ACKNOWLEDGED, {"value": 4.4}, Signal.LASTING),
        (AlertState.ACKNOWLEDGED, {"value": 4.5}, Signal.WORSENED),
        (AlertState.SILENCED, {"severity": PerformanceThreshold.CRITICAL}, Signal.LASTING),
    ],
)
def test_what_is_worse_re_arms(state: AlertState, changes: dict[str, Any], signal: Signal) -> None:
    alert, since = an_alert(state=state, acknowledged_value=3.0), Since()
    reading = breached(**changes)
    since.note(reading, 0.0)
    assert signal_of(alert, reading, since, 0.0) is signal


@pytest.mark.parametrize(("value", "signal"), [(6.1, Signal.LASTING), (6.0, Signal.WORSENED)])
def test_below_a_lower_bound_less_is_worse(value: float, signal: Signal) -> None:
    alert, since = an_alert(state=AlertState.ACKNOWLEDGED, acknowledged_value=9.0), Since()
    reading = breached(value=value, bound=10.0, unit="per_second")
    since.note(reading, 0.0)
    assert signal_of(alert, reading, since, 0.0) is signal


def test_what_was_resolved_by_hand_stays_so_until_it_was_clear_once() -> None:
    alert = moved(an_alert(state=AlertState.FIRING), Signal.RESOLVED, 1.0, author="ann")
    since = Since()
    since.note(breached(), 0.0)
    assert signal_of(alert, breached(), since, 0.0) is Signal.HELD
    since.note(clear(), 10.0)
    assert signal_of(alert, clear(), since, 10.0) is Signal.ENDED
    ended = moved(alert, Signal.ENDED, 10.0)
    assert (ended.state, ended.ended_at) == (AlertState.OK, 10.0)
    since.note(breached(), 20.0)
    assert signal_of(ended, breached(), since, 20.0) is Signal.LASTING


def test_what_fires_for_the_third_time_in_an_hour_is_flapping() -> None:
    alert, since = an_alert(state=AlertState.OK), Since()
    since.note(breached(), 0.0)
    for at in (10.0, 30.0):
        assert signal_of(alert, breached(), since, 0.0) is Signal.LASTING
        alert = moved(moved(alert, Signal.LASTING, at), Signal.CLEARED, at + 10)
    assert alert.flips == (10.0, 20.0, 30.0, 40.0)
    assert signal_of(alert, breached(), since, 0.0) is Signal.FLUTTERING
    calm = forget_flips(alert, 10.0 + FLAP_SECONDS)
    assert signal_of(calm, breached(), since, 0.0) is Signal.LASTING


def test_an_alert_tells_since_when_it_fires_and_who_looks_after_it() -> None:
    pending = moved(an_alert(state=AlertState.OK), Signal.BREACHED, 10.0)
    firing = moved(pending, Signal.LASTING, 70.0)
    assert (firing.began_at, firing.fired_at, firing.ended_at) == (10.0, 70.0, 0.0)
    taken = moved(firing, Signal.ACKNOWLEDGED, 80.0, author="ann")
    assert (taken.acknowledged_by, taken.acknowledged_value) == ("ann", 3.0)
    anew = moved(taken, Signal.WORSENED, 90.0)
    assert (anew.acknowledged_by, anew.rearm_count) == ("", 1)
    over = moved(anew, Signal.CLEARED, 100.0)
    assert (over.ended_at, over.state) == (100.0, AlertState.RESOLVED)


def test_what_changes_nothing_is_the_alert_itself() -> None:
    alert = an_alert(state=AlertState.FIRING)
    assert moved(alert, Signal.LASTING, 5.0) is alert
