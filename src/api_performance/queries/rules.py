"""Alert rules as answers: what each place has, and which of them counts."""

from __future__ import annotations

from dataclasses import dataclass

from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rule import Rule
from api_performance.alerts.rule_book import RuleBook
from api_performance.config.alert_rules import AlertRule
from api_performance.model import MetricPriority


@dataclass(frozen=True, slots=True)
class AlertRuleShown:
    """An alert rule as one place has it.

    `source` is `default`, `settings` or `page`; of the same id the later one of these counts, and
    `is_in_force` says which does and is enabled. `overrides`: it is the page's, and the settings
    have one of its id. `warning` and `critical` are in the metric's unit, null for no such
    severity; `reason` says why they are what they are.
    """

    id: str
    name: str
    metric: AlertMetric
    warning: float | None
    critical: float | None
    applies_to: str
    priority: MetricPriority | None
    window_seconds: float
    keep_seconds: float
    clear_seconds: float
    clear_ratio: float
    minimum_samples: int
    share: float
    while_saturated: bool
    enabled: bool
    reason: str
    source: str
    overrides: bool
    is_in_force: bool


def rules_shown(book: RuleBook) -> list[AlertRuleShown]:
    """Return every rule of every place, those that count first. StoreUnavailable."""
    return [_shown(each.rule, is_in_force=each.is_in_force) for each in book.all()]


def saved(book: RuleBook, rule: AlertRule, author: str, reason: str) -> AlertRuleShown:
    """Keep a rule for every process; return it as it holds then. ConfigError, StoreTooNew."""
    kept = book.save(rule, author=author, reason=reason)
    return _shown(kept, is_in_force=kept.enabled)


def _shown(rule: Rule, *, is_in_force: bool) -> AlertRuleShown:
    return AlertRuleShown(
        id=rule.id,
        name=rule.name,
        metric=rule.metric,
        warning=rule.warning,
        critical=rule.critical,
        applies_to=rule.applies_to,
        priority=rule.priority,
        window_seconds=rule.window_seconds,
        keep_seconds=rule.keep_seconds,
        clear_seconds=rule.clear_seconds,
        clear_ratio=rule.clear_ratio,
        minimum_samples=rule.minimum_samples,
        share=rule.share,
        while_saturated=rule.while_saturated,
        enabled=rule.enabled,
        reason=rule.reason,
        source=rule.source,
        overrides=rule.overrides,
        is_in_force=is_in_force,
    )
