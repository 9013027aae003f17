"""Silence and trouble of ours: services of which no process speaks, and the store's own state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from api_performance import units
from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rule import Facts, ProcessFacts, Rule, Subject
from api_performance.analysis.reading import Reading
from api_performance.model import MetricPriority


def silence(rule: Rule, subject: Subject, processes: Sequence[ProcessFacts], now: float) -> Reading:
    """Read for how long no process of a service has said anything.

    `processes` are its own, at least one. Where the last one to speak said that it stops, nothing
    is told: somebody stopped the service.
    """
    last = max(processes, key=lambda each: each.seen_at)
    silent = max(now - last.seen_at, 0.0)
    reading = _against_bounds(rule, subject, silent)
    if last.has_ended:
        return replace(reading, is_breached=False, is_clear=False, sample_count=0)
    if not reading.is_breached:
        return replace(reading, is_clear=any(each.is_alive for each in processes))
    names = ", ".join(sorted(each.name for each in processes if not each.has_ended)[:3])
    return replace(
        reading,
        unit="seconds",
        text=f"No process of {subject.name} has said anything for {units.age(silent)}, last of all"
        f" {names}: it is down, or cannot reach the store. Its users may get no answer.",
    )


def store(rule: Rule, facts: Facts) -> Reading:
    """Read what the store says of itself, or how many batches wait in it."""
    subject = Subject("store", facts.store, MetricPriority.CRITICAL)
    value, text = _waiting(facts) if rule.metric is AlertMetric.UNFOLDED else _trouble(facts)
    reading = replace(_against_bounds(rule, subject, value), unit="count")
    return replace(reading, text=text, causes=("store",)) if reading.is_breached else reading


def _waiting(facts: Facts) -> tuple[float, str]:
    waiting = facts.unfolded_batches
    return float(waiting), (
        f"{units.count(waiting)} batches wait to be folded, so reads get slower: no process that"
        " may fold is running, or it reports an error."
    )


def _trouble(facts: Facts) -> tuple[float, str]:
    return float(bool(facts.store_problem)), f"The store is in trouble: {facts.store_problem}"


def _against_bounds(rule: Rule, subject: Subject, value: float) -> Reading:
    severity, bound = next(
        ((severity, bound) for severity, bound in rule.bounds if value >= bound), rule.bounds[-1]
    )
    return Reading(
        rule=rule.id,
        subject=subject.id,
        name=subject.name,
        metric=rule.metric,
        value=value,
        bound=bound,
        unit="seconds",
        is_breached=value >= bound,
        is_clear=value <= bound * rule.clear_ratio,
        severity=severity,
        priority=subject.priority,
        window_seconds=value if rule.metric is AlertMetric.NO_DATA else rule.window_seconds,
        sample_count=1,
        keep_seconds=rule.keep_seconds,
        clear_seconds=rule.clear_seconds,
    )
