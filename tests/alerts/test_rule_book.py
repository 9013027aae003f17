"""Rules that people keep on the page: what counts, who said so, and what is refused."""

from __future__ import annotations

import pytest

from api_performance.alerts.chosen import rules_of
from api_performance.alerts.documents import CONFIGURATION
from api_performance.alerts.rule import Rule
from api_performance.alerts.rule_book import ALERT_RULES, MOST, RuleBook
from api_performance.clock import ManualClock
from api_performance.config import Config
from api_performance.config.alert_rules import AlertRule
from api_performance.errors import ConfigError, RuleUnknown, StoreTooNew
from api_performance.stores.memory import MemoryStore

MINE = AlertRule(id="traffic", enabled=False)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def a_book(store: MemoryStore, *settings: dict[str, object]) -> RuleBook:
    config = Config(store="memory://", alert_rules=list(settings))
    return RuleBook(store, ManualClock(1e9), rules_of(config))


def rule(book: RuleBook, rule_id: str) -> Rule:
    return {each.id: each for each in book.in_force()}[rule_id]


def test_every_process_has_what_one_saves_and_loses_what_one_deletes(store: MemoryStore) -> None:
    book, other = a_book(store), a_book(store)
    book.save(MINE, author="ann", reason="a holiday")
    assert not rule(other, "traffic").enabled
    other.delete("traffic", author="bob", reason="")
    assert rule(book, "traffic").enabled
    told = [(event.subject, event.author, event.reason) for event in store.events(0, 1e11)]
    assert told == [
        ("alert rule traffic", "ann", "a holiday"),
        ("alert rule traffic", "bob", "deleted"),
    ]
    assert {event.kind for event in store.events(0, 1e11)} == {CONFIGURATION}


def test_both_places_say_which_of_them_counts(store: MemoryStore) -> None:
    book = a_book(store, {"id": "traffic", "warning": 0.4})
    kept = book.save(AlertRule(id="traffic", warning=0.3), author="ann", reason="")
    assert (kept.warning, kept.critical, kept.overrides) == (0.3, 0.1, True)
    found = [each for each in book.all() if each.rule.id == "traffic"]
    assert [(each.rule.source, each.is_in_force) for each in found] == [
        ("page", True),
        ("settings", False),
    ]


def test_what_cannot_be_deleted_is_refused_with_what_to_do(store: MemoryStore) -> None:
    book = a_book(store)
    with pytest.raises(ConfigError, match=r"'traffic' is not the page's.*enabled = false"):
        book.delete("traffic", author="ann", reason="")
    with pytest.raises(RuleUnknown, match="no alert rule has the id 'none'"):
        book.delete("none", author="ann", reason="")


def test_there_are_never_more_than_a_thousand(store: MemoryStore) -> None:
    book = a_book(store)
    rules = [{"id": f"r{n}", "metric": "errors", "warning": 0.1} for n in range(MOST)]
    store.replace_key(ALERT_RULES, str(rules).replace("'", '"').encode())
    with pytest.raises(ConfigError, match="1000 alert rules"):
        book.save(MINE, author="ann", reason="")


def test_what_cannot_be_read_leaves_the_rules_of_before_and_is_not_lost(store: MemoryStore) -> None:
    book = a_book(store)
    book.save(MINE, author="ann", reason="")
    assert not rule(book, "traffic").enabled
    later = b'[{"id": "traffic", "colour": "red"}]'
    store.replace_key(ALERT_RULES, later)
    assert not rule(book, "traffic").enabled
    with pytest.raises(StoreTooNew, match="alert-rules cannot be read"):
        book.save(MINE, author="ann", reason="")
    assert store.key(ALERT_RULES, lambda: b"") == later
