"""What reading needs of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api_performance.model import (
    PERFORMANCE_THRESHOLDS,
    RESPONSE_TIME_THRESHOLDS,
    THROUGHPUT_THRESHOLDS,
)
from api_performance.objective import Objective
from api_performance.queries.rows import Tables
from api_performance.stores.base import Retention

if TYPE_CHECKING:
    from api_performance.advice.found import Rule as AdviceRule
    from api_performance.alerts.rule import Rule


def _default_rules() -> Sequence[Rule]:
    from api_performance.alerts.rules.defaults import default_rules

    return default_rules()


def _advice_rules() -> Sequence[AdviceRule]:
    from api_performance.advice.catalog import rules

    return rules()


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What reading needs of the configuration; the defaults are SPEC.md's.

    `history_window`: seconds of the default range. `max_data_points`: points of a series.
    `cache_size`: answers kept. `retention`: the store's, which tells what can be read how finely.
    `has_alerts`: whether any are evaluated. `alert_rules` returns those that the
    page's are laid over. `has_advice`: whether anything is recommended, `advice_rules` by what.
    """

    history_window: float = 3600.0
    max_data_points: int = 1000
    cache_size: int = 10_000
    retention: Retention = field(default_factory=Retention)
    tables: Tables = field(
        default_factory=lambda: Tables(RESPONSE_TIME_THRESHOLDS, THROUGHPUT_THRESHOLDS)
    )
    has_alerts: bool = True
    alert_rules: Callable[[], Sequence[Rule]] = _default_rules
    has_advice: bool = True
    advice_rules: Callable[[], Sequence[AdviceRule]] = _advice_rules
    objectives: Sequence[Objective] = ()
    objective_defaults: Mapping[str, Mapping[str, float]] = field(
        default_factory=lambda: PERFORMANCE_THRESHOLDS
    )
