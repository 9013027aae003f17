"""What alert rules can look at, and how its values are to be read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from api_performance.model import MetricPriority


class Scope(StrEnum):
    """What a rule looks at one by one."""

    ENDPOINT = "endpoint"
    PROCESS = "process"
    SERVICE = "service"
    STORE = "store"


class AlertMetric(StrEnum):
    """What a rule looks at. The bounds of each are told with its default rule."""

    RESPONSE_TIME = "response_time"
    ERRORS = "errors"
    EXCEPTIONS = "exceptions"
    TRAFFIC = "traffic"
    THROUGHPUT = "throughput"
    CONNECTION_WAIT = "connection_wait"
    IN_FLIGHT = "in_flight"
    LOOP_LAG = "loop_lag"
    LOOP_BLOCKED = "loop_blocked"
    THREAD_POOL = "thread_pool"
    PROCESS_CPU = "process_cpu"
    MEMORY_GROWTH = "memory_growth"
    DROPPED = "dropped"
    OWN_ERROR = "own_error"
    NO_DATA = "no_data"
    STORE = "store"
    UNFOLDED = "unfolded"

    @property
    def scope(self) -> Scope:
        """What it is a value of."""
        return _SCOPES.get(self, Scope.ENDPOINT)

    @property
    def is_floor(self) -> bool:
        """A bound is the least that is fine, not the most."""
        return self in (AlertMetric.TRAFFIC, AlertMetric.THROUGHPUT)

    @property
    def is_ratio(self) -> bool:
        """A bound is a share of something: above 0, at most 1."""
        return self in _RATIOS

    def is_in_order(self, warning: float | None, critical: float | None) -> bool:
        """Tell whether the critical bound is worse than that of the warning, if there are both."""
        if warning is None or critical is None:
            return True
        return critical < warning if self.is_floor else warning < critical


_PROCESS: Final = (
    *(AlertMetric.IN_FLIGHT, AlertMetric.LOOP_LAG, AlertMetric.LOOP_BLOCKED),
    *(AlertMetric.THREAD_POOL, AlertMetric.PROCESS_CPU, AlertMetric.MEMORY_GROWTH),
    *(AlertMetric.DROPPED, AlertMetric.OWN_ERROR),
)
_SCOPES: Final[Mapping[AlertMetric, Scope]] = MappingProxyType(
    {
        **dict.fromkeys(_PROCESS, Scope.PROCESS),
        AlertMetric.NO_DATA: Scope.SERVICE,
        AlertMetric.STORE: Scope.STORE,
        AlertMetric.UNFOLDED: Scope.STORE,
    }
)
_RATIOS: Final = frozenset(
    {
        *(AlertMetric.ERRORS, AlertMetric.EXCEPTIONS, AlertMetric.TRAFFIC),
        *(AlertMetric.CONNECTION_WAIT, AlertMetric.LOOP_BLOCKED),
    }
)

BY_PRIORITY: Final = (AlertMetric.RESPONSE_TIME, AlertMetric.ERRORS, AlertMetric.THROUGHPUT)
"""The metrics whose default bounds SPEC.md sets by priority: each has a rule for each of them."""


def default_rule_id(metric: AlertMetric, priority: MetricPriority) -> str:
    """Return the id of the default rule of one of BY_PRIORITY: `errors-critical`."""
    return f"{metric}-{priority}"


DEFAULT_RULES: Final[Mapping[str, AlertMetric]] = MappingProxyType(
    {
        default_rule_id(metric, priority): metric
        for metric in BY_PRIORITY
        for priority in MetricPriority
    }
    | {
        metric.value: metric
        for metric in AlertMetric
        if metric not in (*BY_PRIORITY, AlertMetric.EXCEPTIONS)
    }
)
"""The ids of the default rules. Exceptions have none: those that fail a request are errors."""
