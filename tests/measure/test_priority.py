"""Which priority wins, what patterns mean, and what is monitored."""

import logging
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.measure.priority import (
    Pattern,
    Prioritizer,
    PriorityRules,
    priority_of_extra,
)
from api_performance.model import MetricPriority

CRITICAL, HIGH, MEDIUM, LOW = MetricPriority


def test_each_source_of_a_priority_outranks_those_below_it() -> None:
    prioritizer = Prioritizer(PriorityRules(priorities={"/health": HIGH}))
    says = prioritizer.priority
    assert says("GET", "/health", explicit=LOW, extra=MEDIUM, tags=["critical"]) is LOW
    assert says("GET", "/health", extra=MEDIUM, tags=["critical"]) is MEDIUM
    assert says("GET", "/health", tags=["critical"]) is CRITICAL
    assert says("GET", "/health") is HIGH
    assert Prioritizer().priority("GET", "/health") is LOW
    assert Prioritizer().priority("GET", "/orders") is MEDIUM


def test_the_default_can_be_chosen() -> None:
    assert Prioritizer(PriorityRules(default_priority=HIGH)).priority("GET", "/orders") is HIGH


@pytest.mark.parametrize(
    "template",
    [
        "/health",
        "/health/ready",
        "/healthz",
        "/livez",
        "/readyz",
        "/ping",
        "/metrics",
        "/docs",
        "/docs/oauth2-redirect",
        "/redoc",
        "/openapi.json",
        "/favicon.ico",
    ],
)
def test_health_metrics_and_documentation_are_low(template: str) -> None:
    assert Prioritizer().priority("GET", template) is LOW


@pytest.mark.parametrize("template", ["/healthcare/patients", "/pings", "/documents", "/v1/docs"])
def test_a_path_that_only_resembles_them_is_not_low(template: str) -> None:
    assert Prioritizer().priority("GET", template) is MEDIUM


class Tag(Enum):
    PAYMENTS = "payments"
    URGENT = "priority:critical"


@pytest.mark.parametrize("tag", ["priority:critical", "critical", "Critical", Tag.URGENT])
def test_a_tag_names_a_priority(tag: object) -> None:
    assert Prioritizer().priority("GET", "/pay", tags=[Tag.PAYMENTS, tag]) is CRITICAL


def test_tags_that_name_none_decide_nothing() -> None:
    assert Prioritizer().priority("GET", "/pay", tags=["payments", "priority:urgent"]) is MEDIUM


@pytest.mark.parametrize("value", ["critical", "CRITICAL", CRITICAL])
def test_an_extra_names_a_priority(value: object) -> None:
    assert priority_of_extra({"x-priority": value}) is CRITICAL


def test_a_route_without_that_extra_names_none() -> None:
    assert priority_of_extra(None) is None
    assert priority_of_extra({"x-other": 1}) is None


def test_a_misspelt_extra_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "api_performance"):
        assert priority_of_extra({"x-priority": "critcal"}) is None
    assert "x-priority='critcal' names no priority; use one of critical, high" in caplog.text


@pytest.mark.parametrize(
    ("pattern", "method", "template"),
    [
        ("GET /users/{user_id}", "GET", "/users/{user_id}"),
        ("get /users/{user_id}", "GET", "/users/{user_id}"),
        ("/users/{user_id}", "DELETE", "/users/{user_id}"),
        ("GET /users*", "GET", "/users"),
        ("GET /users*", "GET", "/users/{user_id}/orders"),
        ("* /users", "PUT", "/users"),
        ("P* /users", "PUT", "/users"),
        ("/v?/users", "GET", "/v2/users"),
        ("POST *", "POST", "/anything/at/all"),
        ("(unmatched)", "ANY", "(unmatched)"),
    ],
)
def test_a_pattern_matches(pattern: str, method: str, template: str) -> None:
    assert Pattern(pattern).matches(method, template)


@pytest.mark.parametrize(
    ("pattern", "method", "template"),
    [
        ("GET /users", "POST", "/users"),
        ("/users", "GET", "/users/{user_id}"),
        ("/users", "GET", "/v1/users"),
        ("/users/{id}", "GET", "/users/7"),
        ("/v?/users", "GET", "/v10/users"),
        ("/a.b", "GET", "/aXb"),
    ],
)
def test_a_pattern_does_not_match(pattern: str, method: str, template: str) -> None:
    assert not Pattern(pattern).matches(method, template)


@given(st.text(st.characters(blacklist_categories=["Cs", "Zs", "Cc"]), min_size=1))
def test_every_template_matches_itself(text: str) -> None:
    assert Pattern(f"GET /{text}").matches("GET", f"/{text}")


def test_the_most_specific_pattern_decides_whatever_the_order() -> None:
    patterns = {"/*": LOW, "/admin/*": HIGH, "POST /admin/*": CRITICAL, "/admin/report": MEDIUM}
    for ordered in (patterns, dict(reversed(patterns.items()))):
        prioritizer = Prioritizer(PriorityRules(priorities=ordered))
        assert prioritizer.priority("GET", "/cart") is LOW
        assert prioritizer.priority("GET", "/admin/users") is HIGH
        assert prioritizer.priority("POST", "/admin/users") is CRITICAL
        assert prioritizer.priority("POST", "/admin/report") is MEDIUM


def test_of_equally_specific_patterns_the_first_decides() -> None:
    rules = PriorityRules(priorities={"/ab*": HIGH, "/a*b": LOW})
    assert Prioritizer(rules).priority("GET", "/ab-b") is HIGH


def test_a_pattern_can_raise_what_is_low_by_default() -> None:
    rules = PriorityRules(priorities={"/ping": CRITICAL})
    assert Prioritizer(rules).priority("GET", "/ping") is CRITICAL


def test_everything_is_monitored_by_default() -> None:
    assert Prioritizer().is_monitored("GET", "/anything", LOW)


def test_only_what_is_included_and_not_excluded_is_monitored() -> None:
    rules = PriorityRules(include=("/api/*",), exclude=("GET /api/internal/*",))
    monitored = Prioritizer(rules).is_monitored
    assert monitored("GET", "/api/users", MEDIUM)
    assert monitored("POST", "/api/internal/jobs", MEDIUM)
    assert not monitored("GET", "/api/internal/jobs", MEDIUM)
    assert not monitored("GET", "/home", MEDIUM)


def test_less_than_the_minimum_priority_is_not_monitored() -> None:
    monitored = Prioritizer(PriorityRules(minimum_priority=HIGH)).is_monitored
    assert monitored("GET", "/pay", CRITICAL)
    assert monitored("GET", "/pay", HIGH)
    assert not monitored("GET", "/pay", MEDIUM)
