"""What one rule saw of one subject at one instant: the only thing that judging hands to alerting.

A rule never says "alert"; it says how far a value is from its bound, and whether that is past it,
back within it, or not to be told. What follows from that, and when, is for the alerts' states.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api_performance.model import MetricPriority, PerformanceThreshold


@dataclass(frozen=True, slots=True)
class Reading:
    """A value beside its bound.

    `rule` is the rule's id; `subject` the id of what it looked at (endpoint, instance, service) and
    `name` as people write it, with its `priority`. `value` and `bound` are in `unit` (`seconds`,
    `ratio`, `per_second`, `count`, `bytes`); None: nothing was there to be judged. Between
    `is_breached` and `is_clear` lies the hysteresis, where both are False; both are False too where
    nothing can be told. `severity` is how bad it is while breached. `window_seconds` were looked
    at, in which `sample_count` requests (or other samples) lay. `keep_seconds` must a breach last
    before it counts, `clear_seconds` its end. `text` says in plain words what is seen and what it
    means for users; `causes` names what moved with it (`operation:SELECT …`, `instance:web-1-…`,
    `version:2.1`, `place:listing.py:42 in listing`, `status:503`, `error:KeyError`, `service:shop`,
    `store`), most likely first.
    """

    rule: str
    subject: str
    name: str
    metric: str
    value: float | None
    bound: float
    unit: str
    is_breached: bool
    is_clear: bool
    severity: PerformanceThreshold
    priority: MetricPriority
    window_seconds: float
    sample_count: int
    keep_seconds: float = 0.0
    clear_seconds: float = 0.0
    text: str = ""
    causes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """All that is read at one instant, the ids of the rules that look, and what they looked at.

    In the last minute there were `request_count` requests to `endpoint_count` endpoints.
    """

    readings: Iterable[Reading]
    rules: frozenset[str]
    request_count: int = 0
    endpoint_count: int = 0
