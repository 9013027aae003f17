"""The alert rules in force: the page's over the settings', and those over the defaults.

What people save on the page is one document in the store, which every process reads. A rule of the
page changes what it names of the one below it; both places say which of them counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api_performance.alerts.chosen import read_rules, write_rules
from api_performance.alerts.documents import Documents, Kind, not_of_the_page
from api_performance.alerts.rule import PAGE, Rule
from api_performance.alerts.rules.defaults import laid_over
from api_performance.clock import Clock
from api_performance.config.alert_rules import AlertRule
from api_performance.errors import RuleUnknown
from api_performance.stores.base import Store

ALERT_RULES: Final = "alert-rules"
"""The key, and the lease, of the document that holds those of the page."""

MOST: Final = 1000
"""Rules of the page: a document of 200 kB."""

_KIND: Final = Kind(ALERT_RULES, "alert rule", MOST, read_rules, write_rules)


@dataclass(frozen=True, slots=True)
class Defined:
    """A rule as one place has it; `is_in_force`: no later place changes it, and it is enabled."""

    rule: Rule
    is_in_force: bool


class RuleBook:
    """Alert rules of one store, as every process has them. Safe to share."""

    def __init__(self, store: Store, clock: Clock, rules: Sequence[Rule]) -> None:
        """Lay those of the page over `rules`, which are the defaults and the settings'."""
        self._documents = Documents(store, clock, _KIND)
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
        self._documents.save(rule, author=author, reason=reason)
        below = [self._below[rule.id]] if rule.id in self._below else []
        return laid_over(below, [rule.chosen()], PAGE)[0]

    def delete(self, rule_id: str, *, author: str, reason: str) -> None:
        """Take a rule of the page back; what it changed holds again.

        RuleUnknown for an id that is none, ConfigError for one that only another place has.
        StoreTooNew, StoreUnavailable.
        """
        self._documents.delete(rule_id, author=author, reason=reason, unless=self._not_deleted)

    def _not_deleted(self, rule_id: str) -> Exception:
        if rule_id in self._below:
            return not_of_the_page("alert rule", rule_id)
        return RuleUnknown(f"no alert rule has the id {rule_id!r}; the list has those there are")
