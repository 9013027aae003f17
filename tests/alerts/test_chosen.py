"""Rules of one's own: laid over the defaults by id, from the settings and from the page."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from api_performance.alert_metric import AlertMetric
from api_performance.alerts.chosen import read_rules, rules_of, write_rules
from api_performance.alerts.rule import Rule
from api_performance.config import Config
from api_performance.config.alert_rules import AlertRule
from api_performance.errors import ConfigError
from api_performance.model import MetricPriority


def config(*rules: dict[str, object], **settings: object) -> Config:
    return Config(store="memory://", alert_rules=list(rules), **settings)


def rule(rule_id: str, chosen: Config, page: Sequence[AlertRule] = ()) -> Rule:
    return {each.id: each for each in rules_of(chosen, page)}[rule_id]


def test_a_default_keeps_what_is_not_chosen() -> None:
    changed = rule("errors-high", config({"id": "errors-high", "warning": 0.02}))
    assert (changed.warning, changed.critical, changed.source) == (0.02, 0.1, "settings")
    assert changed.priority is MetricPriority.HIGH


def test_a_new_id_is_a_new_rule() -> None:
    made = rule(
        "reports",
        config(
            {
                "id": "reports",
                "metric": "response_time",
                "applies_to": "get /reports/*",
                "warning": 20,
                "share": 0.5,
                "window_seconds": "15m",
            }
        ),
    )
    assert (made.metric, made.applies_to) == (AlertMetric.RESPONSE_TIME, "GET /reports/*")
    assert (made.warning, made.critical, made.share, made.window_seconds) == (20, None, 0.5, 900)


def test_a_default_can_be_switched_off() -> None:
    assert not rule("traffic", config({"id": "traffic", "enabled": False})).enabled


def test_the_bounds_of_defaults_are_those_of_the_settings() -> None:
    chosen = config(
        response_time_thresholds={"high": {"warning": 3.0}},
        performance_thresholds={"high_priority_endpoints": {"error_rate": 0.03}},
    )
    assert rule("response_time-high", chosen).warning == 3.0
    assert rule("errors-high", chosen).bounds[0][1] == pytest.approx(0.3)


def test_a_floor_that_is_set_holds_always() -> None:
    assert rule("throughput-high", config()).while_saturated
    chosen = config({"id": "throughput-high", "warning": 100})
    assert not rule("throughput-high", chosen).while_saturated


def test_the_page_wins_over_the_settings_and_says_so() -> None:
    chosen = config({"id": "errors-high", "warning": 0.02})
    page = [AlertRule(id="errors-high", warning=0.05)]
    won = rule("errors-high", chosen, page)
    assert (won.warning, won.source, won.overrides) == (0.05, "page", True)
    assert not rule("errors-high", config(), page).overrides


def test_what_the_page_keeps_is_read_as_it_was_written() -> None:
    rules = (AlertRule(id="errors-high", warning=0.05), AlertRule(id="traffic", enabled=False))
    assert read_rules(write_rules(rules)) == rules
    assert read_rules(b"") == ()


@pytest.mark.parametrize("document", [b"{", b'[{"id": "X"}]', b'[{"id": "new"}]'])
def test_a_document_that_is_none_is_refused(document: bytes) -> None:
    with pytest.raises(ConfigError, match="alert rule"):
        read_rules(document)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"id": "new"}, "'new' is no default rule, so it needs a metric: response_time"),
        ({"id": "new", "metric": "errors"}, "'new' has no bound: give warning, critical or both"),
        ({"id": "new", "metric": "errors", "warning": 2}, "a bound of errors is a ratio"),
        ({"id": "loop_lag", "warning": 1e-320}, "greater than or equal to 0.000001"),
        ({"id": "traffic", "warning": 0.2, "critical": 0.4}, "warning = 0.2 must lie above"),
        ({"id": "loop_lag", "warning": 2, "critical": 1}, "warning = 2 must lie below"),
        ({"id": "loop_lag", "applies_to": "/x"}, "applies_to and priority are for endpoints"),
        ({"id": "errors-low", "share": 0.1}, "share is for response_time, errors has none"),
        ({"id": "errors-low", "metric": "traffic"}, "looks at errors: take another id"),
        ({"id": "traffic", "window_seconds": "5 years"}, "'5 years' is no duration"),
        ({"id": "traffic", "window_seconds": 5}, "greater than or equal to 60"),
        ({"id": "traffic", "warnings": 0.5}, "alert_rules.0.warnings.*did you mean.*warning"),
        ({"id": "UPPER", "metric": "errors", "warning": 0.5}, "alert_rules.0.id = 'UPPER'"),
    ],
)
def test_a_wrong_rule_is_refused_with_name_value_and_remedy(
    chosen: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        config(chosen)


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(ConfigError, match="two rules have the id 'traffic'"):
        config({"id": "traffic", "warning": 0.4}, {"id": "traffic", "enabled": False})


def test_a_chosen_bound_that_passes_the_default_s_other_one_leaves_that_out() -> None:
    mild = rule("errors-high", config({"id": "errors-high", "warning": 0.5}))
    assert (mild.warning, mild.critical) == (0.5, None)
    strict = rule("traffic", config({"id": "traffic", "critical": 0.6}))
    assert (strict.warning, strict.critical) == (None, 0.6)


def test_rules_come_from_a_settings_file(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    with open("api-performance.toml", "w", encoding="utf-8") as file:
        file.write('[[alert_rules]]\nid = "errors-high"\nwarning = 0.02\n')
    assert rule("errors-high", Config(store="memory://")).warning == 0.02
