"""What a round costs: 10,000 rules of one's own on 1,000 endpoints, all well and all breached."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rule import SETTINGS, Facts, Rule, RuleSet
from api_performance.alerts.rules import RuleReader, indicators
from api_performance.analysis.history import History
from api_performance.measure.window import Window
from api_performance.model import Endpoint, MetricPriority
from benchmarks.alerting.traffic import BEGIN, DAY, an_endpoint

ENDPOINTS: Final = 1000
RULES_EACH: Final = 10
NOW: Final = BEGIN + 8 * DAY
ROUNDS: Final = 5


def rules_of(endpoint: Endpoint) -> list[Rule]:
    """Return ten rules of every kind that looks at an endpoint, for this one alone."""

    def rule(number: int, metric: AlertMetric, *bounds: float, **more: float) -> Rule:
        rule_id = f"{endpoint.template[1:]}-{number}"
        warning, critical = bounds
        return Rule(
            *(rule_id, rule_id, metric, warning, critical, endpoint.name),
            source=SETTINGS,
            window_seconds=more.get("window", 300.0),
            share=more.get("share", 0.05),
        )

    slow, failing = AlertMetric.RESPONSE_TIME, AlertMetric.ERRORS
    return [
        rule(1, slow, 2.0, 5.0),
        rule(2, slow, 2.0, 5.0, window=1800),
        rule(3, slow, 2.0, 5.0, share=0.01),
        rule(4, failing, 0.01, 0.1),
        rule(5, failing, 0.05, 0.2, window=60),
        rule(6, failing, 0.005, 0.1, window=3600),
        rule(7, AlertMetric.EXCEPTIONS, 0.01, 0.1),
        rule(8, AlertMetric.TRAFFIC, 0.5, 0.1),
        rule(9, AlertMetric.TRAFFIC, 0.3, 0.05, window=1800),
        rule(10, AlertMetric.THROUGHPUT, 0.5, 0.1),
    ]


def filled(history: History, endpoints: list[Endpoint], *, is_well: bool) -> None:
    """Fill a history with one request a second of each endpoint."""

    def read(start: float, end: float, resolution: int) -> Iterator[tuple[Endpoint, Window]]:
        count, bad = resolution, 0.0 if is_well or resolution == 3600 else 0.9  # lately
        window = Window(0.0, statuses={200: count - int(bad * count), 500: int(bad * count)})
        window.exceptions = int(bad * count)
        window.under = dict.fromkeys((0.2, 1.0, 2.0, 5.0), count - int(bad * count))
        for at in range(int(max(start, BEGIN)), int(min(end, NOW)), resolution):
            window.start = float(at)
            for endpoint in endpoints:
                yield endpoint, window

    for _ in range(8):
        history.follow(NOW, read)


def round_seconds(*, is_well: bool) -> tuple[float, int, int]:
    """Return the least CPU seconds of a round, its readings, and how many of them are breached."""
    endpoints = [
        an_endpoint(f"/things{number}", MetricPriority.HIGH) for number in range(ENDPOINTS)
    ]
    rules = RuleSet([rule for endpoint in endpoints for rule in rules_of(endpoint)])
    history = History(lambda endpoint: indicators(rules.of(endpoint)))
    filled(history, endpoints, is_well=is_well)
    reader, took = RuleReader(rules, history), []
    found = reader.readings(Facts(), NOW)  # what is usual is found once an hour
    for _ in range(ROUNDS):
        began = time.process_time()
        found = reader.readings(Facts(), NOW)
        took.append(time.process_time() - began)
    return min(took), len(found), sum(reading.is_breached for reading in found)
