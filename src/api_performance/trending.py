"""SPEC.md's PerformanceTrend: whether a metric became worse, from values at any instants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING, Final, TypeGuard

from api_performance.clock import Clock, SystemClock
from api_performance.errors import ConfigError, MetricsRefused

if TYPE_CHECKING:
    from api_performance.analysis.trend import Trend


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
        at = self._clock.now() if timestamp is None else instant_of(timestamp)
        self._points.append((at, number_of(value)))
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


def instant_of(timestamp: object) -> float:
    """Return Unix seconds UTC of an instant. MetricsRefused for what is none."""
    if isinstance(timestamp, datetime) and timestamp.tzinfo is not None:
        return timestamp.timestamp()
    if not _is_number(timestamp) or not isfinite(timestamp):
        raise MetricsRefused(
            f"timestamp = {timestamp!r:.80} is refused: give Unix seconds, or a datetime with a"
            " time zone"
        )
    return float(timestamp)


def number_of(value: object) -> float:
    """Return a value as a float. MetricsRefused for what is no finite number."""
    if not _is_number(value) or not isfinite(value):
        raise MetricsRefused(f"value = {value!r:.80} is refused: give a finite number")
    return float(value)


def _merged(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the means of neighbours, two by two; a last one alone stays."""
    pairs = zip(points[::2], points[1::2], strict=False)
    merged = [((a + b) / 2, (x + y) / 2) for (a, x), (b, y) in pairs]
    return merged + points[len(merged) * 2 :]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
