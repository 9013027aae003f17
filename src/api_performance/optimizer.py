"""Door 2, the optimizer of SPEC.md: what to change, what to expect, whether agreements are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, TypeGuard, runtime_checkable

from api_performance.advice.recommendation import (
    OptimizationImpact,
    OptimizationRecommendation,
    OptimizationType,
    RecommendationState,
)
from api_performance.changing import find_changes
from api_performance.errors import ConfigError, MetricsRefused
from api_performance.measure.window import Window
from api_performance.predicting import Prediction, Predicts
from api_performance.recommending import Recommends
from api_performance.trending import PerformanceTrend, TrendDirection

if TYPE_CHECKING:
    from api_performance.runtime import Runtime

__all__ = [
    "SLA_TARGETS",
    "APIPerformanceOptimizer",
    "OptimizationImpact",
    "OptimizationRecommendation",
    "OptimizationType",
    "PerformanceTrend",
    "Prediction",
    "RecommendationState",
    "SLAMonitor",
    "TrendDirection",
    "find_changes",
    "get_api_optimizer",
]

SLA_TARGETS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "response_time_p95": 1.0,
        "response_time_p99": 2.0,
        "availability": 0.999,
        "error_rate": 0.01,
        "throughput_min": 100,
    }
)
"""SPEC.md's targets: seconds and the error ratio must stay below; the availability (0..1) and the
requests per second must be reached."""

_ALIASES: Final = {"throughput": "throughput_min"}
_FLOORS: Final = frozenset({"availability", "throughput_min"})


@runtime_checkable
class _Times(Protocol):
    @property
    def p95_seconds(self) -> float | None: ...
    @property
    def p99_seconds(self) -> float | None: ...


@runtime_checkable
class Summary(Protocol):
    """What a row of the endpoint table, or the summary of a service, tells."""

    @property
    def response_time(self) -> _Times: ...
    @property
    def error_ratio(self) -> float | None: ...
    @property
    def rate_per_second(self) -> float: ...


class SLAMonitor:
    """Checks what was measured against targets."""

    def __init__(self, targets: Mapping[str, float] = SLA_TARGETS) -> None:
        """Check against `targets`, some or all of the keys of SLA_TARGETS.

        ConfigError names a key that is none of them, and a value that is no number.
        """
        named = {_ALIASES.get(name, name): value for name, value in targets.items()}
        for name, value in named.items():
            if name not in SLA_TARGETS:
                raise ConfigError(f"there is no target {name!r}, but {', '.join(SLA_TARGETS)}")
            if not _is_number(value) or not value >= 0:
                raise ConfigError(f"{name} = {value!r} is refused: give a number, at least 0")
        self.targets: Mapping[str, float] = MappingProxyType(named)

    def check_sla_compliance(
        self, metrics: Window | Summary | Mapping[str, object]
    ) -> dict[str, bool]:
        """Tell of each target whether it is kept; what was not measured is absent.

        `metrics` is a window (which knows no requests per second, for it does not say how long it
        is), a row of the endpoint table or a service's summary, or a mapping with the keys of
        SLA_TARGETS, `throughput` for `throughput_min`, None for what was not measured; its other
        keys are passed over. What must stay below a target of 0 keeps it with 0. MetricsRefused
        names anything else.
        """
        measured = _measured(metrics)
        return {
            name: _is_kept(name, value, target)
            for name, target in self.targets.items()
            if (value := measured.get(name)) is not None
        }


def _is_kept(name: str, value: float, target: float) -> bool:
    return value >= target if name in _FLOORS else value < target or not value


def _measured(metrics: object) -> dict[str, float | None]:
    for kind, read in _READERS:
        if isinstance(metrics, kind):
            return read(metrics)
    raise MetricsRefused(
        f"metrics = {metrics!r:.80} is a {type(metrics).__name__}: give a window, a row of the"
        f" endpoint table, or a mapping with {', '.join(SLA_TARGETS)}"
    )


def _of_mapping(metrics: Mapping[str, object]) -> dict[str, float | None]:
    measured: dict[str, float | None] = {}
    for given, value in metrics.items():
        name = _ALIASES.get(given, given)
        if name not in SLA_TARGETS or value is None:
            continue
        if not _is_number(value):
            raise MetricsRefused(f"{given} = {value!r:.80} is refused: give a number, or None")
        measured[name] = float(value)
    return measured


def _of_window(window: Window) -> dict[str, float | None]:
    p95, p99 = window.response_time().quantiles((0.95, 0.99))
    errors = window.error_count / window.count if window.count else None
    return _of_ratios(p95, p99, errors)


def _of_summary(summary: Summary) -> dict[str, float | None]:
    times, errors = summary.response_time, summary.error_ratio
    measured = _of_ratios(times.p95_seconds, times.p99_seconds, errors)
    return {**measured, "throughput_min": None if errors is None else summary.rate_per_second}


def _of_ratios(
    p95: float | None, p99: float | None, errors: float | None
) -> dict[str, float | None]:
    return {
        "response_time_p95": p95,
        "response_time_p99": p99,
        "availability": None if errors is None else 1 - errors,
        "error_rate": errors,
    }


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and not isnan(value)


_READERS: Final[tuple[tuple[type, Callable[..., dict[str, float | None]]], ...]] = (
    (Window, _of_window),
    (Mapping, _of_mapping),
    (Summary, _of_summary),
)


class APIPerformanceOptimizer(Recommends, Predicts):
    """Tells what to change, and what is to be expected. Made by `get_api_optimizer`."""

    def __init__(self, runtime: Runtime | None = None) -> None:
        """Speak for a runtime: that of the app instrumented last, unless another is given."""
        self._runtime = runtime or _current_runtime()
        self.sla_monitor = SLAMonitor()


def _current_runtime() -> Runtime:
    from api_performance.runtime import current_runtime

    return current_runtime()


_optimizers: Final[dict[int, APIPerformanceOptimizer]] = {}


async def get_api_optimizer() -> APIPerformanceOptimizer:
    """Return the optimizer of the app instrumented last, else one made from the settings."""
    runtime = _current_runtime()
    optimizer = _optimizers.get(id(runtime))
    if optimizer is None:
        _optimizers.clear()
        optimizer = _optimizers[id(runtime)] = APIPerformanceOptimizer(runtime)
    await optimizer.prepare()
    return optimizer
