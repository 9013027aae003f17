"""Alerts and objectives as CSV: one row per alert, or per endpoint and objective."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

from api_performance.analysis.burn import BURN_RULES
from api_performance.export.tables import Row, csv_of
from api_performance.queries.alerts import AlertRow
from api_performance.queries.objective_answers import ObjectivePage, ObjectiveRow, ObjectiveShown

_ALERT_COLUMNS: Final = tuple(field.name for field in dataclasses.fields(AlertRow))
_PROMISED: Final = ("name", "kind", "target", "bound", "source")
_STANDING: Final = tuple(
    field.name
    for field in dataclasses.fields(ObjectiveRow)
    if field.name not in ("burns", "exhaustion")
)
_BURNS: Final = tuple(f"burn_rate_{rule.long_seconds:.0f}_seconds" for rule in BURN_RULES)
_ENDS: Final = ("at", "earliest", "latest")
_OBJECTIVE_COLUMNS: Final = (
    *_STANDING,
    *(f"objective_{name}" for name in _PROMISED),
    *_BURNS,
    *(f"budget_ends_{name}" for name in _ENDS),
)


def alerts_csv(alerts: Sequence[AlertRow]) -> str:
    """Return alerts; the causes of one stand in one cell."""
    return csv_of([_alert_row(each) for each in alerts], _ALERT_COLUMNS)


def _alert_row(alert: AlertRow) -> Row:
    row: Row = {name: getattr(alert, name) for name in _ALERT_COLUMNS}
    return {**row, "causes": " ".join(alert.causes)}


def objectives_csv(page: ObjectivePage) -> str:
    """Return where each endpoint stands, with what is promised of it."""
    in_force = {each.id: each for each in page.objectives if each.is_in_force}
    rows = [_standing_row(row, in_force.get(row.objective_id)) for row in page.rows]
    return csv_of(rows, _OBJECTIVE_COLUMNS)


def _standing_row(row: ObjectiveRow, objective: ObjectiveShown | None) -> Row:
    burns = {burn.long_seconds: burn.long_rate for burn in row.burns}
    return {
        **{name: getattr(row, name) for name in _STANDING},
        **{f"objective_{name}": getattr(objective, name, None) for name in _PROMISED},
        **{
            column: burns.get(rule.long_seconds)
            for column, rule in zip(_BURNS, BURN_RULES, strict=True)
        },
        **{f"budget_ends_{name}": getattr(row.exhaustion, name, None) for name in _ENDS},
    }
