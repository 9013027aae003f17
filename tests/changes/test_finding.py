"""A finding says in words what changed, in the units that its metric has."""

from __future__ import annotations

import pytest

from api_performance.changes.change import PART_METRICS, Change, Effect
from api_performance.changes.finding import KeptFinding, fresh_finding, sentence, unit_of
from api_performance.changes.readings import reading_of
from tests.queries.making import USERS


def finding(metric: str, before: float, after: float, effect: Effect) -> KeptFinding:
    ratio = after / before
    change = Change(
        metric, effect, 0, 0, 60, 600,
        ratio, ratio * 0.95, ratio * 1.05, before, after, 0.99,
    )  # fmt: skip
    return fresh_finding(USERS, change, "2.4")


def told(metric: str, before: float, after: float) -> str:
    found = finding(metric, before, after, Effect.NEITHER)
    return sentence(found).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("metric", "before", "after", "verb", "levels"),
    [
        ("response_time", 0.1, 0.15, "is slower", ", from 100 ms to 150 ms"),
        ("response_time_tail", 1.0, 1.5, "has slower slowest requests", ""),
        ("error_ratio", 0.02, 0.03, "fails more often", ", from 2.00 % to 3.00 %"),
        ("throughput", 4.0, 2.0, "gets fewer requests", ", from 4.00 /s to 2.00 /s"),
        ("bytes_in", 200.0, 300.0, "gets larger requests", ", from 200 B to 300 B"),
        ("bytes_out", 3000.0, 1500.0, "has smaller responses", ", from 3.00 kB to 1.50 kB"),
        ("database_time", 0.02, 0.03, "has a longer database time", ", from 20.0 ms to 30.0 ms"),
        (
            "external_api_time",
            0.2,
            0.1,
            "has a shorter external API time",
            ", from 200 ms to 100 ms",
        ),
    ],
)
def test_it_says_from_what_to_what(
    metric: str, before: float, after: float, verb: str, levels: str
) -> None:
    text = told(metric, before, after)
    assert text.startswith(f"GET /users/{{user_id}} {verb} by 50.0 %")
    assert text.endswith(f", with the deploy of 2.4{levels}.")


def test_parts_of_the_time_are_in_seconds() -> None:
    assert {unit_of(each) for each in PART_METRICS} == {"seconds"}


@pytest.mark.parametrize(
    ("metric", "effect", "is_alert"),
    [
        ("response_time", Effect.WORSE, True),
        ("error_ratio", Effect.WORSE, True),
        ("response_time", Effect.BETTER, False),
        ("throughput", Effect.NEITHER, False),
        ("database_time", Effect.WORSE, False),  # the response time tells it where users wait
    ],
)
def test_what_users_wait_for_or_miss_alerts_and_nothing_else(
    metric: str, effect: Effect, is_alert: bool
) -> None:
    reading = reading_of(finding(metric, 0.1, 0.2, effect), 900)
    assert (reading.is_breached, reading.is_clear) == (is_alert, not is_alert)
