"""Silences and maintenance windows: whom they mean, how long, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from api_performance.alerts.alert import PerformanceAlert
from api_performance.alerts.documents import CONFIGURATION
from api_performance.alerts.silences import MOST, SILENCES, Matcher, Silence, Silences
from api_performance.clock import ManualClock, SystemClock
from api_performance.errors import ConfigError, SilenceUnknown, StoreTooNew, StoreUnavailable
from api_performance.model import PerformanceThreshold
from api_performance.stores.memory import MemoryStore
from api_performance.stores.sqlite import SQLiteStore

WARNING = PerformanceThreshold.WARNING
ALERT = PerformanceAlert(
    "GET /api/users", "p95", 3.0, 1.0, WARNING, "slow", causes=("instance:web-1",), rule="slow"
)
NOW = 1_700_000_000.0


def a_silence(seconds: float = 60.0, starts_in: float = 0.0, **matcher: str) -> Silence:
    start = NOW + starts_in
    matched = Matcher(**(matcher or {"endpoint": "*"}))  # type: ignore[arg-type]  # texts
    return Silence(matched, start, start + seconds, "ann", "deploy")


@pytest.mark.parametrize(
    ("matcher", "is_meant"),
    [
        (Matcher(endpoint="*"), True),
        (Matcher(endpoint="/api/*"), True),
        (Matcher(endpoint="GET /api/users"), True),
        (Matcher(endpoint="POST *"), False),
        (Matcher(rule="slow"), True),
        (Matcher(rule="errors"), False),
        (Matcher(severity=WARNING), True),
        (Matcher(severity=PerformanceThreshold.CRITICAL), False),
        (Matcher(instance="web-1"), True),
        (Matcher(instance="web-2"), False),
        (Matcher(alert=ALERT.id), True),
        (Matcher(alert="beef"), False),
        (Matcher(endpoint="/api/*", rule="errors"), False),
    ],
)
def test_a_silence_means_the_alerts_that_fit_all_it_names(matcher: Matcher, is_meant: bool) -> None:
    assert matcher.matches(ALERT) is is_meant


def test_a_silence_of_an_objective_means_its_pages_and_tickets() -> None:
    means = Matcher(rule="up").matches
    assert means(replace(ALERT, rule="up/page"))
    assert means(replace(ALERT, rule="up/ticket"))
    assert not means(replace(ALERT, rule="other/page"))
    assert not Matcher(rule="up/page").matches(replace(ALERT, rule="up/ticket"))


def test_a_maintenance_window_begins_and_ends_by_itself() -> None:
    window = a_silence(60.0, starts_in=100.0)
    holds = [window.covers(ALERT, NOW + at) for at in (99.0, 100.0, 159.0, 160.0)]
    assert holds == [False, True, True, False]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Matcher, "names nothing"),
        (lambda: a_silence(0.0), f"ends_at = {NOW:.0f} is refused.*starts_at = {NOW:.0f},"),
        (lambda: a_silence(401 * 86_400.0), "400 days"),
        (lambda: silences().add(a_silence(60.0, starts_in=-60.0)), "over already"),
    ],
)
def test_one_that_cannot_be_is_refused(make: object, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        make()  # type: ignore[operator]  # each of them is called


def silences() -> Silences:
    return Silences(MemoryStore(), ManualClock(NOW))


def test_silences_outlive_a_clear_and_tell_who_made_them() -> None:
    store, clock = MemoryStore(), ManualClock(NOW)
    kept = Silences(store, clock)
    late, soon = kept.add(a_silence(600.0)), kept.add(a_silence(60.0))
    told = store.events(0, NOW + 1, (CONFIGURATION,))
    assert [(event.author, event.reason) for event in told] == [("ann", "deploy")] * 2
    store.clear()
    assert kept.all() == [soon, late]
    clock.advance(60)
    assert Silences(store, clock).all() == [late]


def test_a_silence_is_ended_before_its_time_and_only_once() -> None:
    kept = silences()
    made = kept.add(a_silence())
    kept.end(made.id, author="bob")
    assert kept.all() == []
    with pytest.raises(SilenceUnknown, match=made.id):
        kept.end(made.id, author="bob")


def test_there_are_never_more_than_a_thousand() -> None:
    kept = silences()
    for _ in range(MOST):
        kept.add(a_silence())
    with pytest.raises(ConfigError, match="1000"):
        kept.add(a_silence())


def test_people_who_save_at_once_lose_nothing(tmp_path: Path) -> None:
    def add(number: int) -> None:
        with closing(SQLiteStore(tmp_path / "metrics.sqlite3")) as store:
            kept = Silences(store, SystemClock())
            now = SystemClock.now()
            kept.add(Silence(Matcher(rule=str(number)), now, now + 600, "ann", ""))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(16)))
    with closing(SQLiteStore(tmp_path / "metrics.sqlite3")) as store:
        found = Silences(store, SystemClock()).all()
    assert {silence.matcher.rule for silence in found} == {str(number) for number in range(16)}


def test_changes_leave_nothing_behind_in_the_file_of_keys(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "metrics.sqlite3")) as store:
        kept = Silences(store, ManualClock(NOW))
        store.key("hash", lambda: b"kept")
        file = tmp_path / "metrics.sqlite3.keys"
        sizes = set()
        for _ in range(5):
            kept.end(kept.add(a_silence()).id, author="ann")
            sizes.add(file.stat().st_size)
        assert len(sizes) == 1
        assert file.stat().st_mode & 0o777 == 0o600
        assert store.key("hash", lambda: b"another") == b"kept"
    assert [path.name for path in tmp_path.glob("*.new")] == []


def test_while_another_changes_them_all_the_time_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, clock = MemoryStore(), ManualClock(NOW)
    monkeypatch.setattr("api_performance.alerts.documents.TRY_SECONDS", 0.0)
    store.acquire(SILENCES, "another", clock.now(), 60)
    with pytest.raises(StoreUnavailable, match="changed by others"):
        Silences(store, clock).add(a_silence())


def test_what_a_later_version_wrote_silences_nothing() -> None:
    store = MemoryStore()
    store.replace_key(SILENCES, b'[{"matcher": 7}]')
    assert Silences(store, ManualClock(NOW)).all() == []


def test_what_a_later_version_wrote_is_not_lost_by_a_change() -> None:
    store = MemoryStore()
    kept = Silences(store, ManualClock(NOW))
    made = kept.add(a_silence())
    assert kept.all() == [made]
    later = b'[{"matcher": 7}]'
    store.replace_key(SILENCES, later)
    with pytest.raises(StoreTooNew, match="silences cannot be read, so none is changed"):
        kept.add(a_silence())
    assert store.key(SILENCES, lambda: b"") == later
    assert kept.all() == [made]
    store.replace_key(SILENCES, b"[]")
    assert kept.add(a_silence()) in kept.all()
