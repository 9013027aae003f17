"""The rules that hold unless told otherwise, and how chosen ones are laid over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from api_performance.alert_metric import AlertMetric, default_rule_id
from api_performance.alerts.rule import PAGE, SETTINGS, Rule
from api_performance.model import (
    MOST_UNFOLDED,
    PERFORMANCE_THRESHOLDS,
    RESPONSE_TIME_THRESHOLDS,
    THROUGHPUT_THRESHOLDS,
    MetricPriority,
    PerformanceThreshold,
)

Graded = Mapping[MetricPriority, Mapping[PerformanceThreshold, float]]

_GROUPS: Final = dict(zip(MetricPriority, PERFORMANCE_THRESHOLDS, strict=True))
_WARNING: Final = PerformanceThreshold.WARNING
_CRITICAL: Final = PerformanceThreshold.CRITICAL

FIRST_CRITICAL_ERRORS: Final = 0.05
"""The least share of errors that is critical: below, most users notice nothing if they try again.
Else ten times SPEC.md's error rate of the priority, as the SRE workbook's fastest burn (14.4)."""

TRAFFIC: Final = Rule(
    "traffic",
    "Fewer requests than usual",
    AlertMetric.TRAFFIC,
    warning=0.5,
    critical=0.1,
    window_seconds=600,
    keep_seconds=120,
    minimum_samples=30,
    reason="a share of what is usual at this hour; a chance of one in a million needs 28 requests"
    " to be expected where half are the bound and none come",
)

_PROCESSES: Final = (
    Rule(
        "in_flight",
        "More requests under way than usual, and slower",
        AlertMetric.IN_FLIGHT,
        warning=2.0,
        critical=5.0,
        reason="times the usual peak, beyond what more requests explain (Little's law)",
    ),
    Rule(
        "loop_lag",
        "The event loop is late",
        AlertMetric.LOOP_LAG,
        warning=0.1,
        critical=0.5,
        reason="the response times that SPEC.md calls excellent and good for critical endpoints",
    ),
    Rule(
        "loop_blocked",
        "The event loop is blocked",
        AlertMetric.LOOP_BLOCKED,
        warning=0.1,
        critical=0.3,
        reason="so much of a minute every request of the process has to wait",
    ),
    Rule(
        "thread_pool",
        "Calls wait for a thread",
        AlertMetric.THREAD_POOL,
        warning=0.5,
        critical=2.0,
        reason="waiting calls for each thread of a full pool: a queue of half a turn, of two",
    ),
    Rule(
        "process_cpu",
        "A process computes all the time",
        AlertMetric.PROCESS_CPU,
        warning=0.95,
        keep_seconds=300,
        clear_ratio=0.9,
        reason="Python runs one thread at a time: at 1 second per second it can do no more",
    ),
    Rule(
        "memory_growth",
        "A process takes more and more memory",
        AlertMetric.MEMORY_GROWTH,
        warning=0.25,
        critical=1.0,
        window_seconds=3600,
        clear_seconds=600,
        reason="the share that it grew by in an hour, with each ten minutes of it; 50 MB at least",
    ),
    Rule(
        "dropped",
        "Measurements are lost",
        AlertMetric.DROPPED,
        warning=1,
        reason="requests and windows lost in five minutes: what is shown is less than what was",
    ),
    Rule(
        "own_error",
        "A process reports trouble of the monitor",
        AlertMetric.OWN_ERROR,
        warning=1,
        keep_seconds=120,
        reason="what it says on its health line",
    ),
)

_OTHERS: Final = (
    TRAFFIC,
    Rule(
        "connection_wait",
        "Requests wait for a connection",
        AlertMetric.CONNECTION_WAIT,
        warning=0.25,
        critical=0.5,
        reason="the share of the response time, of an endpoint that is slow: the pool is too small",
    ),
    Rule(
        "no_data",
        "A service is silent",
        AlertMetric.NO_DATA,
        warning=30,
        critical=60,
        keep_seconds=20,  # a store that was away has old news for a round
        clear_seconds=30,
        reason="seconds since any of its processes spoke, which each does every five at least",
    ),
    Rule(
        "store",
        "The store is in trouble",
        AlertMetric.STORE,
        critical=1,
        keep_seconds=30,
        reason="what it says of itself",
    ),
    Rule(
        "unfolded",
        "Nobody folds",
        AlertMetric.UNFOLDED,
        warning=MOST_UNFOLDED,
        keep_seconds=120,
        reason="batches that wait: four minutes of four workers; reads get slower",
    ),
)


def default_rules(
    response_times: Graded = RESPONSE_TIME_THRESHOLDS,
    objectives: Mapping[str, Mapping[str, float]] = PERFORMANCE_THRESHOLDS,
    throughputs: Graded = THROUGHPUT_THRESHOLDS,
) -> list[Rule]:
    """Return the default rules, their bounds from the tables of the settings."""
    rules = []
    for priority in MetricPriority:
        error_rate = objectives[_GROUPS[priority]]["error_rate"]
        rules += [
            _response_time(priority, response_times[priority]),
            _errors(priority, error_rate),
            _throughput(priority, throughputs[priority]),
        ]
    return [*rules, *_PROCESSES, *_OTHERS]


def _response_time(priority: MetricPriority, bounds: Mapping[PerformanceThreshold, float]) -> Rule:
    metric = AlertMetric.RESPONSE_TIME
    return Rule(
        default_rule_id(metric, priority),
        f"Slow responses, priority {priority}",
        metric,
        warning=bounds[_WARNING],
        critical=bounds[_CRITICAL],
        priority=priority,
        keep_seconds=120,
        reason="response_time_thresholds: more than one in twenty requests is past the bound",
    )


def _errors(priority: MetricPriority, error_rate: float) -> Rule:
    metric = AlertMetric.ERRORS
    return Rule(
        default_rule_id(metric, priority),
        f"Failing requests, priority {priority}",
        metric,
        warning=min(max(error_rate, 0.0001), 1.0),
        critical=min(max(10 * error_rate, FIRST_CRITICAL_ERRORS), 1.0),
        priority=priority,
        keep_seconds=30,
        reason="performance_thresholds' error_rate, ten times it; twice and five times the usual"
        " share where that is more",
    )


def _throughput(priority: MetricPriority, bounds: Mapping[PerformanceThreshold, float]) -> Rule:
    metric = AlertMetric.THROUGHPUT
    return Rule(
        default_rule_id(metric, priority),
        f"Too few requests get through, priority {priority}",
        metric,
        warning=bounds[_WARNING],
        critical=bounds[_CRITICAL],
        priority=priority,
        while_saturated=True,
        reason="throughput_thresholds, only where a process can do no more: a quiet service is no"
        " fault",
    )


Fields = Mapping[str, Any]
"""Checked fields of `Rule` (`config.alert_rules` checks them): Any, for each has its own type."""


def laid_over(rules: Iterable[Rule], chosen: Sequence[Fields], source: str) -> list[Rule]:
    """Return the rules with chosen ones laid over them, id by id; new ids are new rules.

    `source` is who chose them. A chosen bound that passes the other one of below leaves that out.
    """
    by_id = {rule.id: rule for rule in rules}
    for fields in chosen:
        by_id[fields["id"]] = _laid(by_id.get(fields["id"]), fields, source)
    return list(by_id.values())


def _laid(below: Rule | None, fields: Fields, source: str) -> Rule:
    changes = {**fields, "source": source}
    if below is None:
        new: dict[str, Any] = {"name": fields["id"], **changes}
        return Rule(**new)
    bounds = {"warning", "critical"} & fields.keys()
    if bounds:
        changes |= {"while_saturated": False, "reason": ""}  # who sets a floor means it
    rule = replace(below, **changes, overrides=(below.source, source) == (SETTINGS, PAGE))
    if rule.metric.is_in_order(rule.warning, rule.critical):
        return rule
    return replace(rule, warning=fields.get("warning"), critical=fields.get("critical"))
