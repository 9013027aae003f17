"""What alerts and incidents say, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from api_performance import units
from api_performance.alerts.alert import PerformanceAlert

_TEXTS: Final[Mapping[str, Callable[[float], str]]] = {
    "seconds": units.duration,
    "ratio": units.error_share,
    "per_second": units.rate,
    "bytes": units.size,
    "count": units.count,
}

_CAUSES: Final = {
    "operation": "the operation {}",
    "instance": "the process {}",
    "version": "version {}, which is new",
    "error": "the error {}",
    "service": "the service {}",
    "status": "answers with status {}",
    "place": "the event loop, which {} blocks",
}

MOST_LINES: Final = 10
"""Alerts that a notice's text names; the page shows all."""


def measured(value: float, unit: str) -> str:
    """Return a value with its unit."""
    return _TEXTS.get(unit, units.significant)(value)


def said(alert: PerformanceAlert) -> str:
    """Return what an alert says: its message, else what it measured."""
    if alert.message:
        return alert.message
    value, bound = (measured(each, alert.unit) for each in (alert.current_value, alert.threshold))
    return f"{alert.endpoint}: {alert.metric_type} is {value}, its bound is {bound}"


def headline(alert: PerformanceAlert) -> str:
    """Return the first sentence of what an alert says."""
    return said(alert).partition(". ")[0].removesuffix(".")


def named_cause(cause: str) -> str:
    """Return a cause such as `operation:SELECT 1` as people say it."""
    kind, separator, name = cause.partition(":")
    return _CAUSES[kind].format(name) if separator and kind in _CAUSES else cause


def lines(alerts: Sequence[PerformanceAlert]) -> list[str]:
    """Return a line for each of the first alerts, and how many more there are."""
    shown = [f"{alert.severity.value}: {said(alert)}" for alert in alerts[:MOST_LINES]]
    more = len(alerts) - len(shown)
    return [*shown, f"and {more} more"] if more else shown
