"""Door 2, the optimizer of SPEC.md: whether values keep what was agreed, and where they head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from math import isfinite, isnan
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, TypeGuard, runtime_checkable

from api_performance.clock import Clock, SystemClock
from api_performance.errors import ConfigError, MetricsRefused
from api_performance.measure.window import Window

if TYPE_CHECKING:
    from api_performance.analysis.trend import Trend

__all__ = ["SLA_TARGETS", "PerformanceTrend", "SLAMonitor", "TrendDirection"]

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


class TrendDirection(StrEnum):
    """Where a metric is heading, as its users feel it."""

    IMPROVING = "improving"
    STABLE = "stable"
    DEGRADING = "degrading"


_MORE_IS_BETTER: Final = ("throughput", "success", "availability", "hit")
"""Words in the name of a metric of which more is better; of any other less is."""

_HOUR_SECONDS: Final = 3600.0


class PerformanceTrend:
    """The values of one metric over a window of time: whether they became worse, and how surely.

    At most MOST_POINTS values are kept, of those in the window. Without twelve of them nothing is
    told: no regression, STABLE, a strength of 0.0.
    """

    MOST_POINTS: Final = 5000
    """Past it neighbours are merged in pairs, each by its mean; 80 kB."""

    def __init__(
        self, metric: str, window_hours: float = 24, *, clock: Clock | None = None
    ) -> None:
        """Follow `metric`, whose name says whether more is better, over the last `window_hours`.

        ConfigError for a window that is no number of hours above 0.
        """
        if not _is_number(window_hours) or not 0 < window_hours < float("inf"):
            raise ConfigError(
                f"window_hours = {window_hours!r} is refused: give a number of hours above 0"
            )
        self.metric = metric
        self.window_hours = float(window_hours)
        self._clock = clock or SystemClock()
        self._points: list[tuple[float, float]] = []
        self._told: tuple[int, Trend | None] = (-1, None)
        self._added = 0

    def add_data_point(self, value: float, timestamp: float | datetime | None = None) -> None:
        """Add a value at an instant: Unix seconds UTC, or a datetime with its zone; None: now.

        In any order; what lies before the window of the newest one is let go. MetricsRefused for
        a value or instant that is no finite number, and a datetime without a zone.
        """
        at = self._clock.now() if timestamp is None else _instant(timestamp)
        if not _is_number(value) or not isfinite(value):
            raise MetricsRefused(f"value = {value!r:.80} is refused: give a finite number")
        self._points.append((at, float(value)))
        self._added += 1
        if len(self._points) > self.MOST_POINTS:
            self._points = _merged(self._within())

    @property
    def regression_detected(self) -> bool:
        """Tell whether values became worse, in a step or steadily, by more than chance and 2 %."""
        return self.direction is TrendDirection.DEGRADING

    @property
    def direction(self) -> TrendDirection:
        """Where values are heading; STABLE where it may be chance."""
        trend = self.trend
        if trend is None or not trend.change:
            return TrendDirection.STABLE
        is_more_better = any(word in self.metric.lower() for word in _MORE_IS_BETTER)
        is_better = (trend.change > 0) is is_more_better
        return TrendDirection.IMPROVING if is_better else TrendDirection.DEGRADING

    @property
    def strength(self) -> float:
        """How many of the pairs of values agree on the direction (Kendall's tau), 0..1."""
        trend = self.trend
        return 0.0 if trend is None else trend.strength

    @property
    def trend(self) -> Trend | None:
        """The slope with its interval, and the jump; None of fewer than twelve values.

        ConfigError names the extra to install where numpy is missing.
        """
        if self._told[0] != self._added:
            points = self._within()
            find = _find_trend()
            self._told = self._added, find([at for at, _ in points], [v for _, v in points])
        return self._told[1]

    def _within(self) -> list[tuple[float, float]]:
        newest = max((at for at, _ in self._points), default=0.0)
        oldest = newest - self.window_hours * _HOUR_SECONDS
        self._points = sorted(point for point in self._points if point[0] >= oldest)
        return self._points


def _find_trend() -> Callable[[list[float], list[float]], Trend | None]:
    try:
        from api_performance.analysis.trend import find_trend
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise ConfigError(
            "a trend needs numpy, which is not installed; install it: "
            "pip install 'api-performance[analysis]'"
        ) from error
    return find_trend


def _instant(timestamp: object) -> float:
    if isinstance(timestamp, datetime) and timestamp.tzinfo is not None:
        return timestamp.timestamp()
    if not _is_number(timestamp) or not isfinite(timestamp):
        raise MetricsRefused(
            f"timestamp = {timestamp!r:.80} is refused: give Unix seconds, or a datetime with a"
            " time zone"
        )
    return float(timestamp)


def _merged(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the means of neighbours, two by two; a last one alone stays."""
    pairs = zip(points[::2], points[1::2], strict=False)
    merged = [((a + b) / 2, (x + y) / 2) for (a, x), (b, y) in pairs]
    return merged + points[len(merged) * 2 :]


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
