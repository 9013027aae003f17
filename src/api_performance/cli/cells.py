"""What stands in the cells of `top`: a number, or why there is none, as on the page."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

from rich.text import Text

from api_performance import units
from api_performance.answers import EndpointSummary
from api_performance.model import MetricPriority, PerformanceThreshold, TrafficKind

FEW_REQUESTS: Final = 100
"""Under this many requests a percentile is rough, and says so (design/BRIEF.md, Low sample)."""

_BARS: Final = "▁▂▃▄▅▆▇█"
_NO_DATA: Final = "–"
_POOR: Final = (PerformanceThreshold.WARNING, PerformanceThreshold.CRITICAL)
_LONGEST_NAME: Final = 48

PRIORITY_STYLES: Final = {
    MetricPriority.CRITICAL: "bold red",
    MetricPriority.HIGH: "yellow",
    MetricPriority.MEDIUM: "blue",
    MetricPriority.LOW: "dim",
}


def cells(row: EndpointSummary) -> list[Text]:
    """Return a row's cells, in the order of the columns."""
    return [_name(row), _priority(row), _rate(row), *_times(row), _errors(row), _share(row)]


def _name(row: EndpointSummary) -> Text:
    style = "" if row.request_count or row.open_connections else "dim"
    method = "" if row.template.startswith("(") else f"{row.method} "
    return Text(middle_cut(f"{method}{row.template}", _LONGEST_NAME), style)


def _priority(row: EndpointSummary) -> Text:
    if row.template.startswith("("):
        return Text("no route", "dim")
    return Text(row.priority.value.upper(), PRIORITY_STYLES[row.priority])


def _rate(row: EndpointSummary) -> Text:
    return Text(units.rate(row.rate_per_second)) if row.request_count else Text("0", "dim")


def _times(row: EndpointSummary) -> tuple[Text, Text, Text]:
    reason = _why_no_times(row)
    if reason:
        return Text(_NO_DATA, "dim"), Text(reason, "dim"), Text(_NO_DATA, "dim")
    times = row.response_time
    p99 = Text(f"n = {times.count}", "dim") if _is_few(row) else _time(row, "p99")
    return _time(row, "p50"), _time(row, "p95"), p99


def _why_no_times(row: EndpointSummary) -> str:
    if not row.is_monitored:
        return "not monitored"
    if row.last_called_at is None:
        return "never called"
    if row.kind is not TrafficKind.HTTP:
        return f"{units.count(row.open_connections)} open"
    return "" if row.response_time.count else "no request"


def _time(row: EndpointSummary, percentile: str) -> Text:
    times = row.response_time
    known = {"p50": times.p50_seconds, "p95": times.p95_seconds, "p99": times.p99_seconds}
    is_rough = _is_few(row) or percentile in times.unsupported
    is_over = percentile == "p95" and row.response_time_grade in _POOR and not is_rough
    text = units.duration(known[percentile])
    return Text(f"≈{text}" if is_rough else text, "bold" if is_over else "")


def _is_few(row: EndpointSummary) -> bool:
    return row.response_time.count < FEW_REQUESTS


def _errors(row: EndpointSummary) -> Text:
    if not row.error_count:
        return Text("0" if row.request_count else _NO_DATA, "dim")
    if _is_few(row) and row.kind is TrafficKind.HTTP:
        return Text(f"{row.error_count} of {row.request_count}")
    return Text(units.error_share(row.error_ratio))


def _share(row: EndpointSummary) -> Text:
    if not row.share_of_time_ratio:
        return Text(_NO_DATA, "dim")
    return Text(units.share(row.share_of_time_ratio))


def sparkline(values: Sequence[float | None], width: int) -> str:
    """Return one bar a step, at most `width`, blank where there is no value.

    The range is at least from half the median to 40 % above it, so that noise stays flat.
    """
    steps = _fewer(values, width)
    known = [value for value in steps if value is not None]
    if not known:
        return ""
    low = min(*known, median(known) * 0.5)
    high = max(*known, median(known) * 1.4)
    return "".join(_bar(value, low, high) for value in steps)


def _bar(value: float | None, low: float, high: float) -> str:
    if value is None:
        return " "
    height = (value - low) / (high - low) if high > low else 0.5
    return _BARS[min(int(height * len(_BARS)), len(_BARS) - 1)]


def _fewer(values: Sequence[float | None], width: int) -> list[float | None]:
    """Keep the highest of each group of steps, so that a peak stays visible."""
    size = -(-len(values) // width) if values else 1
    groups = (values[start : start + size] for start in range(0, len(values), size))
    return [max((each for each in group if each is not None), default=None) for group in groups]


def middle_cut(text: str, length: int) -> str:
    """Cut in the middle, where a template says least: its ends tell endpoints apart."""
    if len(text) <= length:
        return text
    tail = -(-(length - 1) * 3 // 5)
    return f"{text[: length - 1 - tail]}…{text[-tail:]}"
