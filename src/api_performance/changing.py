"""Changes of a plain series of your own values, found as those of endpoints are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from api_performance.errors import ConfigError, MetricsRefused
from api_performance.trending import instant_of, number_of

if TYPE_CHECKING:
    from api_performance.analysis.finding import Finding

Point = tuple[float | datetime, float]
"""An instant (Unix seconds UTC, or a datetime with its zone), and the value that was measured."""


def find_changes(
    values: Iterable[Point],
    *,
    metric: str = "value",
    deploys: Iterable[float | datetime] = (),
) -> list[Finding]:
    """Return every change of a series as it stands after its last value, oldest first.

    Values are put together to minutes by their mean, in any order; a minute without one is a gap.
    None may be negative, for changes are ratios; a 0 counts as a fiftieth of the usual value.
    `deploys` are instants after which it is looked at first. Two days are learned from before
    anything is told. Levels are in the unit of the values. A week takes some 0.2 s.

    MetricsRefused for an instant that is none, a value that is no finite number of at least 0, and
    values more than 400 days apart; ConfigError without numpy.
    """
    points = [(instant_of(at), _amount(value)) for at, value in values]
    marks = [instant_of(each) for each in deploys]
    return _finder()(points, marks, metric) if points else []


def _amount(value: object) -> float:
    number = number_of(value)
    if number < 0:
        raise MetricsRefused(
            f"value = {value!r:.80} is refused: give numbers of at least 0, for changes are ratios"
        )
    return number


def _finder() -> Callable[[Sequence[tuple[float, float]], Sequence[float], str], list[Finding]]:
    try:
        from api_performance.analysis.plain import find_plain_changes
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise ConfigError(
            "looking for changes needs numpy, which is not installed; install it: "
            "pip install 'api-performance[analysis]'"
        ) from error
    return find_plain_changes
