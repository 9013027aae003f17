"""The shapes of answers about the future.

Instants are Unix seconds UTC, durations seconds, ratios 0..1. Lists are columns of equal length:
`times[i]` begins the hour of which the others tell.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PredictedMetric:
    """One metric of the coming hours; 95 of 100 outcomes lie between `lower` and `upper`.

    `name` is `response_time` (its p95), `response_time_p50`, `throughput` (requests per second),
    `error_rate` (a ratio) or `saturation` (requests in flight on average); `unit` is `seconds`,
    `per_second`, `ratio` or `count`. Where it `is_reliable`, `reason` is empty. `method` tells who
    forecasts it, with which share: chosen for this very series by replaying its past.
    """

    name: str
    unit: str
    predicted: list[float]
    lower: list[float]
    upper: list[float]
    is_reliable: bool
    reason: str
    method: str


@dataclass(frozen=True, slots=True)
class BoundReached:
    """When p95 passes the bound of the endpoint's objective, or of its priority.

    Null instants: not within the days that are looked ahead. `latest` null beside an `at`: perhaps
    never. `text` says it in a sentence.
    """

    bound_seconds: float
    at: float | None
    earliest: float | None
    latest: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """What more load would do, by the queue that explains the measured hours best.

    `rate_per_second` is the busiest hour's; at `asked_rate_per_second`, 1.5 times that, p95 would
    be `p95_seconds` (null: more than the service can do). `utilisation_ratio` is of the busiest
    hour. At `breaks_at_per_second` p95 passes `bound_seconds`; null: already passed, or no bound.
    """

    rate_per_second: float
    asked_rate_per_second: float
    p95_seconds: float | None
    utilisation_ratio: float
    servers: int
    arrival_scv: float
    service_scv: float
    bound_seconds: float | None
    breaks_at_per_second: float | None
    is_reliable: bool
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class PredictionPage:
    """What one endpoint, or all together, will do in each of the next `hours_ahead` hours.

    It is made of `history_hours` whole hours, until `times[0]`. `bound` is null for several
    endpoints together, and `capacity` where too little was measured.
    """

    endpoint_id: str | None
    name: str
    as_of: float
    hours_ahead: int
    history_hours: int
    times: list[float]
    metrics: list[PredictedMetric]
    bound: BoundReached | None
    capacity: Capacity | None
