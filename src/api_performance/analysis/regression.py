"""What changed of one endpoint, when, by how much and how sure: found within minutes.

    find_changes(series, deploys, now)            all of a series, from its beginning
    Watch(metric).update(series, deploys, now)    the same, going on: only the new minutes

A `Finding` names no endpoint; who asks knows it. Findings are told again as they develop: the same
`key` is the same finding, `closed` tells since when it is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from api_performance.analysis.minutes import MinuteSeries


class Direction(StrEnum):
    """Whether users are worse off or better off."""

    WORSE = "worse"
    BETTER = "better"


@dataclass(frozen=True, slots=True)
class Finding:
    """One change of one metric.

    Instants are Unix seconds UTC. It `began` within [`began_from`, `began_until`] and was first
    told at `found`. `ratio` is the level after it by the level before (1.1: +10 %), within
    [`ratio_low`, `ratio_high`] with 95 % probability; `before` and `after` are the levels, in the
    metric's unit. `confidence` (0..1) is one minus the probability that chance made it. `deploy` is
    the instant of the deploy that it came with, None without one. `closed`: since when it is over,
    None while it lasts.
    """

    metric: str
    direction: Direction
    began: float
    began_from: float
    began_until: float
    found: float
    ratio: float
    ratio_low: float
    ratio_high: float
    before: float
    after: float
    confidence: float
    deploy: float | None = None
    closed: float | None = None

    @property
    def key(self) -> tuple[str, float]:
        """The metric and when it was found: the same for every later word of the same finding."""
        return self.metric, self.found


class Watch:
    """Looks for changes of one metric of one endpoint, minute by minute, in bounded memory."""

    def __init__(self, metric: str) -> None:
        """Know nothing yet: a day is learned from before anything is told."""
        self.metric = metric

    def update(self, series: MinuteSeries, deploys: Sequence[float], now: float) -> list[Finding]:
        """Take the minutes of `series` that are over at `now`; return new and changed findings.

        Minutes that were taken before are passed over, missing ones are taken for empty.
        """
        raise NotImplementedError


def find_changes(series: MinuteSeries, deploys: Sequence[float], now: float) -> list[Finding]:
    """Return every change of a series as it stands at `now`, oldest first; deploys in any order."""
    return Watch(series.metric).update(series, deploys, now)
