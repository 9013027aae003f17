"""Answers as CSV: one row per endpoint, process or step, with the names that JSON has.

A nested distribution becomes columns (`response_time_p95_seconds`), so does what has fixed keys; a
cell of text that a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from itertools import pairwise
from typing import Any, Final

from api_performance.answers import (
    EndpointSummary,
    ExemplarShown,
    Heatmap,
    InstanceRow,
    OperationRow,
    Series,
    ServiceSummary,
    StepShown,
    Times,
)
from api_performance.model import LATENCY_PARTS, PerformanceThreshold
from api_performance.queries.live import RequestRow
from api_performance.queries.prediction_answers import PredictionPage

Cell = str | int | float | bool | None
Row = dict[str, Cell]

_FORMULA_BEGINS: Final = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for a formula, in full width too (OWASP, "CSV Injection")."""

_STATUS_CLASSES: Final = ("1xx", "2xx", "3xx", "4xx", "5xx")
_LATENCY: Final = tuple(part.value for part in LATENCY_PARTS)
_HEATMAP_COLUMNS: Final = ("time", "above_seconds", "up_to_seconds", "request_count")
_PREDICTED: Final = ("predicted", "lower", "upper")
_GRADES: Final = tuple(grade.value for grade in PerformanceThreshold)


def csv_of(rows: Sequence[Row], columns: Iterable[str]) -> str:
    """Return rows as CSV with a header line, as RFC 4180 has it; missing values are empty."""
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(columns))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(cell) for name, cell in row.items()})
    return text.getvalue()


def endpoints_csv(endpoints: Sequence[EndpointSummary]) -> str:
    """Return the endpoint table; sparklines are left out."""
    return csv_of([_endpoint_row(each) for each in endpoints], _ENDPOINT_COLUMNS)


def instances_csv(instances: Sequence[InstanceRow]) -> str:
    """Return the processes that report; of their pauses the lag, and what was counted."""
    return csv_of([_instance_row(each) for each in instances], _INSTANCE_COLUMNS)


def _instance_row(instance: InstanceRow) -> Row:
    row = {name: getattr(instance, name) for name in _OF_INSTANCE}
    return row | {name: getattr(instance.pauses, name, None) for name in _OF_PAUSES}


def summary_csv(summary: ServiceSummary) -> str:
    """Return the summary as one row."""
    row = _flat(summary)
    return csv_of([row], row)


def series_csv(series: Series) -> str:
    """Return a series, one row per step; after the status classes each code that occurred."""
    columns = _series_columns(series)
    steps = zip(*columns.values(), strict=True)
    rows = [dict(zip(columns, values, strict=True)) for values in steps]
    return csv_of(rows, columns)


def heatmap_csv(heatmap: Heatmap) -> str:
    """Return a heatmap, one row per cell that has requests."""
    bands = list(pairwise(heatmap.bounds_seconds))
    rows: list[Row] = [
        dict(zip(_HEATMAP_COLUMNS, (time, *band, count), strict=True))
        for time, counts in zip(heatmap.times, heatmap.counts, strict=True)
        for band, count in zip(bands, counts, strict=True)
        if count
    ]
    return csv_of(rows, _HEATMAP_COLUMNS)


def predictions_csv(page: PredictionPage) -> str:
    """Return predictions, one row per hour."""
    known = [each for each in page.metrics if each.predicted]
    rows: list[Row] = [{"time": time} for time in page.times]
    for metric in known:
        for part in _PREDICTED:
            for row, value in zip(rows, getattr(metric, part), strict=True):
                row[f"{metric.name}_{part}"] = value
    names = [f"{metric.name}_{part}" for metric in known for part in _PREDICTED]
    return csv_of(rows, ["time", *names])


def operations_csv(operations: Sequence[OperationRow]) -> str:
    """Return an endpoint's operations."""
    return csv_of([_flat(each) for each in operations], _OPERATION_COLUMNS)


def requests_csv(requests: Sequence[RequestRow]) -> str:
    """Return the newest requests."""
    return csv_of([_flat(each) for each in requests], _REQUEST_COLUMNS)


def exemplars_csv(exemplars: Sequence[ExemplarShown]) -> str:
    """Return exemplars, one row per step; one without steps has a row of its own."""
    rows = [
        {**_flat(each), **{f"step_{name}": cell for name, cell in cells.items()}}
        for each in exemplars
        for cells in ([_flat(step) for step in each.steps] or [{}])
    ]
    return csv_of(rows, _EXEMPLAR_COLUMNS)


def _series_columns(series: Series) -> dict[str, Sequence[Cell]]:
    columns: dict[str, Sequence[Cell]] = {"time": series.times}
    for field in dataclasses.fields(series):
        value = getattr(series, field.name)
        if isinstance(value, list) and field.name != "times":
            columns[field.name] = value
    for part, values in series.latency_mean_seconds.items():
        columns[f"latency_mean_{part}_seconds"] = values
    for name in _STATUS_CLASSES:
        columns[f"status_{name}"] = series.status_class_counts.get(name, [0] * len(series.times))
    for code, counts in series.status_counts.items():
        columns[f"status_{code}"] = counts
    return columns


def _endpoint_row(endpoint: EndpointSummary) -> Row:
    row = _flat(endpoint)
    return {name: row.get(name) for name in _ENDPOINT_COLUMNS}


def _flat(answer: Any) -> Row:  # Any: whichever of the answers' dataclasses
    row: Row = {}
    for field in dataclasses.fields(answer):
        row.update(_cells(field.name, getattr(answer, field.name)))
    return row


def _cells(name: str, value: object) -> Row:
    if isinstance(value, Times):
        return {f"{name}_{inner}": cell for inner, cell in _flat(value).items()}
    if isinstance(value, Mapping):
        return _mapped(name, value)
    if isinstance(value, list) and name == "steps":
        return {}
    if isinstance(value, list):
        return {name: " ".join(map(str, value))} if name != "sparkline" else {}
    return {name: value}  # type: ignore[dict-item]  # what is left of the answers' types is a cell


def _mapped(name: str, values: Mapping[str, float]) -> Row:
    if name == "latency_seconds":
        return {f"latency_{part}_seconds": values.get(part) for part in _LATENCY}
    if name == "within_thresholds":
        return {f"within_{grade}_ratio": values.get(grade) for grade in _GRADES}
    classes = {f"status_{each}": 0 for each in _STATUS_CLASSES}
    for status, count in values.items():
        column = f"status_{status[0]}xx"
        classes[column] = classes.get(column, 0) + int(count)
    return dict(classes)


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(_FORMULA_BEGINS):
        return f"'{cell}"
    return cell


def _times_columns(name: str) -> list[str]:
    return [f"{name}_{field.name}" for field in dataclasses.fields(Times)]


def _columns(answer: type) -> Iterable[str]:
    """Return the columns of a kind of answer, nested ones spread out."""
    spread = {
        "duration": _times_columns("duration"),
        "steps": [],
        "response_time": _times_columns("response_time"),
        "ttfb": _times_columns("ttfb"),
        "background": _times_columns("background"),
        "latency_seconds": [f"latency_{part}_seconds" for part in _LATENCY],
        "status_counts": [f"status_{name}" for name in _STATUS_CLASSES],
        "within_thresholds": [f"within_{grade}_ratio" for grade in _GRADES],
        "sparkline": [],
    }
    for field in dataclasses.fields(answer):
        yield from spread.get(field.name, [field.name])


_ENDPOINT_COLUMNS: Final = tuple(_columns(EndpointSummary))
_OF_INSTANCE: Final = tuple(
    field.name for field in dataclasses.fields(InstanceRow) if field.name != "pauses"
)
_OF_PAUSES: Final = ("lag_p99_seconds", "lag_max_seconds", "blocked_count", "blocked_seconds")
_INSTANCE_COLUMNS: Final = (*_OF_INSTANCE, *_OF_PAUSES)
_OPERATION_COLUMNS: Final = tuple(_columns(OperationRow))
_REQUEST_COLUMNS: Final = tuple(_columns(RequestRow))
_EXEMPLAR_COLUMNS: Final = (
    *_columns(ExemplarShown),
    *(f"step_{field.name}" for field in dataclasses.fields(StepShown)),
)
