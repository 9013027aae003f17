"""Which rules look at what."""

from __future__ import annotations

from dataclasses import replace

from api_performance.alert_metric import DEFAULT_RULES, AlertMetric, Scope
from api_performance.alerts.rule import SETTINGS, Rule, RuleSet
from api_performance.alerts.rules.defaults import default_rules
from api_performance.model import MetricPriority
from tests.alerts.pasts import an_endpoint

X = an_endpoint("/x")
Y = an_endpoint("/y", MetricPriority.LOW)


def own(rule_id: str, **fields: object) -> Rule:
    rule = Rule(rule_id, rule_id, AlertMetric.ERRORS, warning=0.1, source=SETTINGS)
    return replace(rule, **fields)  # type: ignore[arg-type]  # a test's own fields


def ids(rules: RuleSet, endpoint: object = X) -> list[str]:
    return [rule.id for rule in rules.of(endpoint)]  # type: ignore[arg-type]


def test_every_default_rule_has_the_id_and_metric_that_settings_know() -> None:
    assert {rule.id: rule.metric for rule in default_rules()} == dict(DEFAULT_RULES)


def test_every_default_rule_says_why_its_bounds_are_what_they_are() -> None:
    assert all(rule.reason and rule.name and rule.bounds for rule in default_rules())


def test_defaults_look_at_endpoints_of_their_priority() -> None:
    rules = RuleSet(default_rules())
    assert ids(rules) == [
        *("response_time-high", "errors-high", "throughput-high", "traffic", "connection_wait")
    ]
    assert "errors-low" in ids(rules, Y)


def test_a_pattern_chooses_endpoints() -> None:
    rules = RuleSet([own("a", applies_to="GET /x"), own("b", applies_to="/*"), own("c")])
    assert ids(rules) == ["a", "b", "c"]
    assert ids(rules, Y) == ["b", "c"]


def test_a_pattern_without_a_method_means_all_of_them() -> None:
    assert ids(RuleSet([own("a", applies_to="/x")])) == ["a"]


def test_a_rule_of_one_s_own_takes_the_place_of_the_default_where_it_applies() -> None:
    rules = RuleSet([*default_rules(), own("mine", applies_to="GET /x")])
    assert "errors-high" not in ids(rules)
    assert "mine" in ids(rules)
    assert "errors-low" in ids(rules, Y)


def test_one_for_all_endpoints_stands_beside_the_default() -> None:
    assert {"mine", "errors-high"} <= set(ids(RuleSet([*default_rules(), own("mine")])))


def test_a_rule_that_is_switched_off_switches_the_default_off_where_it_applies() -> None:
    rules = RuleSet([*default_rules(), own("off", applies_to="GET /x", enabled=False)])
    assert not {"off", "errors-high"} & set(ids(rules))


def test_rules_switched_off_look_at_nothing() -> None:
    rules = RuleSet([replace(rule, enabled=False) for rule in default_rules()])
    assert ids(rules) == []
    assert not any(rules.of_scope(scope) for scope in Scope)


def test_an_endpoint_whose_priority_changed_has_other_rules() -> None:
    rules = RuleSet(default_rules())
    assert "errors-high" in ids(rules)
    assert "errors-critical" in ids(rules, replace(X, priority=MetricPriority.CRITICAL))
