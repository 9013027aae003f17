"""A change of one metric of an endpoint, as a watch tells it.

It stands by itself, so that looking for changes loads neither a store nor what reads one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api_performance.latency_type import LATENCY_PARTS

RESPONSE_TIME: Final = "response_time"
RESPONSE_TIME_TAIL: Final = "response_time_tail"
ERROR_RATIO: Final = "error_ratio"
THROUGHPUT: Final = "throughput"
BYTES_IN: Final = "bytes_in"
BYTES_OUT: Final = "bytes_out"
PART_METRICS: Final = tuple(f"{part.value}_time" for part in LATENCY_PARTS)
"""Seconds a request of each latency type, in the order of LATENCY_PARTS."""


class Effect(StrEnum):
    """Whether users are worse or better off, or neither: more traffic is no merit."""

    WORSE = "worse"
    BETTER = "better"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Change:
    """What was judged of one metric of an endpoint; see `analysis.regression.Finding`.

    Instants are Unix seconds UTC; `before` and `after` are levels in the metric's unit. `ratio` is
    one by the other, within [`ratio_low`, `ratio_high`] with 95 % probability.
    """

    metric: str
    effect: Effect
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
    deploy_at: float | None = None
    closed: float | None = None
