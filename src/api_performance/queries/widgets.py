"""SPEC.md's dashboard widgets as JSON-ready data: the same from REST and from `dashboard`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NotRequired

import msgspec

# Not typing's: pydantic, which documents these shapes, reads that only from Python 3.12 on.
from typing_extensions import TypedDict

from api_performance.queries.view import View


class DashboardWidget(StrEnum):
    """What a dashboard is put together from."""

    RESPONSE_TIME_CHART = "response_time_chart"
    THROUGHPUT_CHART = "throughput_chart"
    ERROR_RATE_CHART = "error_rate_chart"
    LATENCY_BREAKDOWN = "latency_breakdown"
    SLA_COMPLIANCE = "sla_compliance"
    PERFORMANCE_ALERTS = "performance_alerts"
    OPTIMIZATION_RECOMMENDATIONS = "optimization_recommendations"
    TREND_ANALYSIS = "trend_analysis"
    ENDPOINT_COMPARISON = "endpoint_comparison"
    SYSTEM_RESOURCES = "system_resources"


Shape = dict[str, Any]  # Any: one of `answers`' shapes as JSON has it


class WidgetData(TypedDict):
    """One widget. `time_window` is what was asked for, [start, end) what is answered, in seconds.

    The charts carry `series` and `summary`; the breakdown `latency_seconds` with their `total`
    and each one's ratio of it; the comparison `endpoints`; the resources `instances` and `health`;
    the alerts `alerts`, as they stand; the recommendations `recommendations`, in the order to
    do them; SLA compliance the `compliance` of endpoints with their objectives within the range;
    the trend analysis the `trends` of p95, throughput and error rate, each with its `change` over
    the range between `lower` and `upper` (95 %), its `level` and its `direction` (`rising`,
    `falling`, `steady`; `unknown` where there are too few points).
    """

    widget: str
    title: str
    time_window: float
    start: float
    end: float
    as_of: float
    series: NotRequired[Shape]
    summary: NotRequired[Shape]
    latency_seconds: NotRequired[dict[str, float]]
    latency_ratio: NotRequired[dict[str, float | None]]
    endpoints: NotRequired[list[Shape]]
    instances: NotRequired[list[Shape]]
    health: NotRequired[Shape]
    alerts: NotRequired[Shape]
    compliance: NotRequired[list[Shape]]
    trends: NotRequired[list[Shape]]
    recommendations: NotRequired[Shape]


class DashboardData(TypedDict):
    """Every widget that is not switched off, by name."""

    time_window: float
    as_of: float
    widgets: dict[str, WidgetData]


def widget_data(widget: DashboardWidget, view: View, time_window: float) -> WidgetData:
    """Return one widget of a view."""
    title, fill = _WIDGETS[widget]
    data = WidgetData(
        widget=widget.value,
        title=title,
        time_window=time_window,
        start=view.chart.grid.span.start,
        end=view.chart.grid.span.end,
        as_of=view.as_of,
    )
    fill(data, view)
    return data


def dashboard_data(view: View, time_window: float) -> DashboardData:
    """Return every widget that is not switched off."""
    off = {DashboardWidget.PERFORMANCE_ALERTS} if view.alerts is None else set()
    if view.recommendations is None:
        off.add(DashboardWidget.OPTIMIZATION_RECOMMENDATIONS)
    shown = [each for each in _WIDGETS if each not in off]
    return DashboardData(
        time_window=time_window,
        as_of=view.as_of,
        widgets={each.value: widget_data(each, view, time_window) for each in shown},
    )


def _fill_chart(data: WidgetData, view: View) -> None:
    data["series"] = msgspec.to_builtins(view.series())
    data["summary"] = msgspec.to_builtins(view.summary())


def _fill_breakdown(data: WidgetData, view: View) -> None:
    seconds = view.summary().latency_seconds
    total = sum(seconds.values())
    data["latency_seconds"] = {**seconds, "total": total}
    data["latency_ratio"] = {
        part: value / total if total else None for part, value in seconds.items()
    }


def _fill_trends(data: WidgetData, view: View) -> None:
    series = view.series()
    columns: Mapping[str, tuple[str, Sequence[float | None]]] = {
        "response_time": ("seconds", series.p95_seconds),
        "throughput": ("per_second", series.rate_per_second),
        "error_rate": ("ratio", series.error_ratio),
    }
    data["trends"] = [_trend(name, unit, values) for name, (unit, values) in columns.items()]


def _trend(name: str, unit: str, values: Sequence[float | None]) -> Shape:
    from api_performance.analysis.slope import slope

    found = slope(values)
    if found is None:
        return {"metric": name, "unit": unit, "direction": "unknown"}
    told = {"change": found.change, "lower": found.lower, "upper": found.upper}
    return {
        "metric": name,
        "unit": unit,
        **told,
        "level": found.level,
        "direction": found.direction,
    }


def _fill_compliance(data: WidgetData, view: View) -> None:
    span = view.overview.grid.span
    data["start"], data["end"] = span.start, span.end
    data["compliance"] = msgspec.to_builtins(view.compliance())


def _fill_comparison(data: WidgetData, view: View) -> None:
    span = view.overview.grid.span
    data["start"], data["end"] = span.start, span.end
    data["endpoints"] = msgspec.to_builtins(view.endpoints())


def _fill_resources(data: WidgetData, view: View) -> None:
    data["instances"] = msgspec.to_builtins(view.instances())
    data["health"] = msgspec.to_builtins(view.health())


def _fill_alerts(data: WidgetData, view: View) -> None:
    data["alerts"] = msgspec.to_builtins(view.alerts)


def _fill_recommendations(data: WidgetData, view: View) -> None:
    data["recommendations"] = msgspec.to_builtins(view.recommendations)


_WIDGETS: Final[Mapping[DashboardWidget, tuple[str, Callable[[WidgetData, View], None]]]] = (
    MappingProxyType(
        {
            DashboardWidget.RESPONSE_TIME_CHART: ("Response time", _fill_chart),
            DashboardWidget.THROUGHPUT_CHART: ("Throughput", _fill_chart),
            DashboardWidget.ERROR_RATE_CHART: ("Error rate", _fill_chart),
            DashboardWidget.LATENCY_BREAKDOWN: ("Where the time goes", _fill_breakdown),
            DashboardWidget.PERFORMANCE_ALERTS: ("Alerts", _fill_alerts),
            DashboardWidget.OPTIMIZATION_RECOMMENDATIONS: (
                "Recommendations",
                _fill_recommendations,
            ),
            DashboardWidget.SLA_COMPLIANCE: ("SLA compliance", _fill_compliance),
            DashboardWidget.TREND_ANALYSIS: ("Trends", _fill_trends),
            DashboardWidget.ENDPOINT_COMPARISON: ("Endpoints", _fill_comparison),
            DashboardWidget.SYSTEM_RESOURCES: ("Processes and store", _fill_resources),
        }
    )
)
