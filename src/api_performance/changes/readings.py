"""Findings as readings: what alerts hear of a regression.

What got better alerts nobody, nor does a part of the time whose whole did not become longer.
"""

from __future__ import annotations

from typing import Final

from api_performance.analysis.reading import Reading
from api_performance.changes.change import PART_METRICS, Effect
from api_performance.changes.finding import KeptFinding, MovedKind, sentence
from api_performance.model import MetricPriority, PerformanceThreshold

RULE: Final = "regression"
"""The id of the rule that these readings are of, for silences and routes."""

CLEAR_SECONDS: Final = 300.0
"""A finding closes once it has gone for long; its alert need not wait for long again."""

_SEVERITIES: Final = {MetricPriority.CRITICAL: PerformanceThreshold.CRITICAL}
_CAUSES: Final = {MovedKind.OPERATION: "operation", MovedKind.STATUS: "status"}


def reading_of(finding: KeptFinding, now: float) -> Reading:
    """Return what a finding says to alerts: a breach while it lasts, if users are worse off.

    The value is the part of the level before by which it changed, its bound none at all. The
    severity is by the endpoint's priority: critical for CRITICAL, else a warning.
    """
    change = finding.change
    is_worse = change.effect is Effect.WORSE and change.metric not in PART_METRICS
    is_breached = finding.is_open and is_worse
    return Reading(
        rule=RULE,
        subject=finding.endpoint_id,
        name=finding.endpoint,
        metric=change.metric,
        value=change.ratio - 1,
        bound=0.0,
        unit="ratio",
        is_breached=is_breached,
        is_clear=not is_breached,
        severity=_SEVERITIES.get(finding.priority, PerformanceThreshold.WARNING),
        priority=finding.priority,
        window_seconds=max(now - change.began, 0.0),
        sample_count=round((finding.requests_a_day or 0.0) * max(now - change.began, 0.0) / 86_400),
        clear_seconds=CLEAR_SECONDS,
        text=sentence(finding) if is_breached else "",
        causes=_causes(finding),
    )


def _causes(finding: KeptFinding) -> list[str]:
    moved = [f"{_CAUSES[each.kind]}:{each.name}" for each in finding.moved if each.kind in _CAUSES]
    return [*moved, f"version:{finding.version}"] if finding.version else moved
