"""Whether what goes wrong does so in one process alone, of several that serve the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rules.requests import (
    CHANCE,
    count_errors,
    count_exceptions,
    count_slow,
)
from api_performance.analysis.chance import chance_of_at_least
from api_performance.measure.window import Window

ALONE_SHARE: Final = 0.8
"""Of what is bad a process has so much that nothing is the matter with the others: what usually
fails does so in all of them."""

MOST_PROCESSES: Final = 50
"""Of a larger fleet it is not looked for: each process is read by itself, some 5 ms of work."""

PROCESS_SECONDS: Final = 120.0
"""Batches tell processes apart for so long at least (the memory store's retention)."""

Counts = Mapping[str, tuple[int, int]]
"""Requests, and the bad ones of them, by process."""


def bad_alone(counts: Counts) -> str:
    """Return the process that has nearly all that is bad, not by chance; "" if none has."""
    total = sum(count for count, _ in counts.values())
    bad = sum(its_bad for _, its_bad in counts.values())
    if len(counts) < 2 or not bad:
        return ""
    worst = max(counts, key=lambda each: counts[each][1])
    count, its_bad = counts[worst]
    if its_bad < ALONE_SHARE * bad or chance_of_at_least(its_bad, bad, count / total) > CHANCE:
        return ""
    return worst


def counted(windows: Mapping[str, Window], metric: str, bound_seconds: float) -> Counts:
    """Count by process what a rule of the metric calls bad; slow is past `bound_seconds`."""
    return {process: _count(window, metric, bound_seconds) for process, window in windows.items()}


def _count(window: Window, metric: str, bound_seconds: float) -> tuple[int, int]:
    if metric == AlertMetric.RESPONSE_TIME:
        return count_slow(bound_seconds, window)
    return count_errors(window) if metric == AlertMetric.ERRORS else count_exceptions(window)
