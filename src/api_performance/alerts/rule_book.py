"""The alert rules in force: the page's over the settings', and those over the defaults.

What people save on the page is one document in the store, which every process reads. A rule of the
page changes what it names of the one below it; both places say which of them counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api_performance.alerts.chosen import read_rules, write_rules
from api_performance.alerts.documents import CONFIGURATION, Documents
from api_performance.alerts.rule import PAGE, Rule
from api_performance.alerts.rules.defaults import laid_over
from api_performance.clock import Clock
from api_performance.config.alert_rules import AlertRule
from api_performance.errors import ConfigError, RuleUnknown
from api_performance.stores.base import Event, Store

ALERT_RULES: Final = "alert-rules"
"""The key, and the lease, of the document that holds those of the page."""

MOST: Final = 1000
"""Rules of the page: a document of 200 kB."""


@dataclass(frozen=True, slots=True)
class Defined:
    """A rule as one place has it; `is_in_force`: no later place changes it, and it is enabled."""

    rule: Rule
    is_in_force: bool


class RuleBook:
    """Alert rules of one store, as every process has them. Safe to share."""

    def __init__(self, store: Store, clock: Clock, rules: Sequence[Rule]) -> None:
        """Lay those of the page over `rules`, which are the defaults and the settings'."""
        self._clock = clock
        self._documents = Documents(store, clock, ALERT_RULES, read_rules, write_rules)
        self._below = {rule.id: rule for rule in rules}

    def in_force(self) -> list[Rule]:
        """Return what holds now, switched off or not. StoreUnavailable.

        Those of before hold where the page's cannot be read.
        """
        page = [rule.chosen() for rule in self._documents.all()]
        return laid_over(self._below.values(), page, PAGE)

    def all(self) -> list[Defined]:
        """Return every one of every place, those that count first. StoreUnavailable."""
        counts = self.in_force()
        page = [rule.id for rule in counts if rule.source == PAGE]
        changed = [self._below[rule_id] for rule_id in page if rule_id in self._below]
        return [
            *(Defined(rule, rule.enabled) for rule in counts),
            *(Defined(rule, False) for rule in changed),
        ]

    def save(self, rule: AlertRule, *, author: str, reason: str) -> Rule:
        """Keep a rule for every process, in place of one of the page with its id; return it whole.

        ConfigError where there are too many. StoreTooNew, StoreUnavailable.
        """

        def saved(known: list[AlertRule]) -> list[AlertRule]:
            others = [each for each in known if each.id != rule.id]
            if len(others) >= MOST:
                raise ConfigError(f"{MOST} alert rules are kept, and no more: delete one first.")
            return [*others, rule]

        self._documents.change(saved, self._told(rule.id, author, reason or "saved"))
        below = [self._below[rule.id]] if rule.id in self._below else []
        return laid_over(below, [rule.chosen()], PAGE)[0]

    def delete(self, rule_id: str, *, author: str, reason: str) -> None:
        """Take a rule of the page back; what it changed holds again.

        RuleUnknown for an id that is none, ConfigError for one that only another place has.
        StoreTooNew, StoreUnavailable.
        """

        def left(known: list[AlertRule]) -> list[AlertRule]:
            others = [each for each in known if each.id != rule_id]
            if len(others) == len(known):
                raise self._not_deleted(rule_id)
            return others

        self._documents.change(left, self._told(rule_id, author, reason or "deleted"))

    def _not_deleted(self, rule_id: str) -> Exception:
        if rule_id in self._below:
            return ConfigError(
                f"the alert rule {rule_id!r} is not the page's and cannot be deleted here:"
                " save it with enabled = false to switch it off"
            )
        return RuleUnknown(f"no alert rule has the id {rule_id!r}; the list has those there are")

    def _told(self, rule_id: str, author: str, reason: str) -> Event:
        return Event(self._clock.now(), CONFIGURATION, f"alert rule {rule_id}", author, reason)
