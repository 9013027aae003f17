"""An objective: which share of an endpoint's requests must be well, over how many days.

The words are those of the SRE workbook: of all events a `target` share must be good, and what may
be bad of a period is its error budget.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from api_performance.errors import ConfigError
from api_performance.model import PERFORMANCE_THRESHOLDS, MetricPriority


class ObjectiveKind(StrEnum):
    """What is counted: requests that took too long, requests that failed, minutes with too few."""

    LATENCY = "latency"
    AVAILABILITY = "availability"
    THROUGHPUT = "throughput"


class Verdict(StrEnum):
    """What a status code says of the service: a good answer, a bad one, or nothing."""

    GOOD = "good"
    BAD = "bad"
    IGNORED = "ignored"


DEFAULT_ERRORS: Final[Mapping[str, Verdict]] = {
    "5xx": Verdict.BAD,
    "4xx": Verdict.GOOD,
    "429": Verdict.IGNORED,
    "499": Verdict.IGNORED,
}
"""What an availability objective says of status codes; a code outranks its class, and what is not
named is good. 4xx are the client's fault and were answered well; 429 sheds load on purpose, and of
499 the client did not wait for the answer, so neither says anything."""

MINIMUM_EVENTS: Final = 5
"""Bad events below which no alert is raised. Five in six hours by chance, at 10 requests an hour of
which one in a thousand fails, come once in ten thousand years (Poisson of 0.06); a total outage
at 10 requests a minute has them within 30 s."""

LATENCY_TARGET: Final = 0.95
"""SPEC.md states its response times as the 95th percentile."""

LEAST_BOUND: Final = 1e-6
"""The least duration that the sketch tells apart, and a request in eleven days."""

LONGEST_BOUND_SECONDS: Final = 3600

PERIOD_DAYS: Final = 30
"""The SRE workbook's period, for which its burn rates are worked out."""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_STATUS: Final = re.compile(r"[1-5](?:xx|\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A target for each endpoint that it applies to.

    `target` is a ratio between 0 and 1. `bound` is of latency in seconds (a request within it is
    good), of throughput in requests per second (a minute that reaches it is good), and None of
    availability. It applies to endpoints that `pattern` matches (`POST /checkout`, `/admin/*`;
    empty: all) and that have `priority` (None: any). `period_days` (1 to 30) is the time over which
    the budget counts. `errors` says which status codes are bad, as DEFAULT_ERRORS does. Fewer bad
    events than `minimum_events` raise no alert; nor does any without `alerts`. One that is not
    `enabled` switches off whatever has its id elsewhere. ConfigError names what is wrong.
    """

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 # read by pydantic, which is not here

    id: str
    kind: ObjectiveKind
    target: float
    bound: float | None = None
    name: str = ""
    pattern: str = ""
    priority: MetricPriority | None = None
    period_days: int = PERIOD_DAYS
    errors: Mapping[str, Verdict] = field(default_factory=dict)
    minimum_events: int = MINIMUM_EVENTS
    alerts: bool = True
    enabled: bool = True

    def __post_init__(self) -> None:
        """Check each value, and lay `errors` over their defaults."""
        _check("id", self.id, bool(_ID.fullmatch(self.id)), "up to 64 letters, digits, . _ -")
        _check("target", self.target, 0 < self.target < 1, "a ratio such as 0.999, below 1")
        _check("name", self.name, len(self.name) <= 200, "up to 200 characters")
        fits = re.fullmatch(r"(?:[A-Za-z*]+ )?[/*(]\S{0,500}|", self.pattern) is not None
        _check("pattern", self.pattern, fits, "one like `POST /checkout` or `/admin/*`")
        _check("period_days", self.period_days, 1 <= self.period_days <= 30, "1 to 30 days")
        few = 1 <= self.minimum_events <= 1_000_000
        _check("minimum_events", self.minimum_events, few, "1 to 1000000")
        self._check_bound()
        for status, verdict in self.errors.items():
            _check("errors", status, bool(_STATUS.fullmatch(status)), "codes or classes like 5xx")
            _check("errors", verdict, verdict in set(Verdict), "good, bad or ignored")
        object.__setattr__(self, "errors", {**DEFAULT_ERRORS, **self.errors})
        object.__setattr__(self, "name", self.name or self.id)

    def _check_bound(self) -> None:
        if self.kind == ObjectiveKind.AVAILABILITY:
            _check("bound", self.bound, self.bound is None, "none, for availability has no bound")
            return
        is_seconds = self.kind == ObjectiveKind.LATENCY
        allowed = (
            "seconds, 0.000001 to 3600"
            if is_seconds
            else "requests per second, 0.000001 to 1000000"
        )
        most = LONGEST_BOUND_SECONDS if is_seconds else 1_000_000
        fits = self.bound is not None and LEAST_BOUND <= self.bound <= most
        _check("bound", self.bound, fits, allowed)


def _check(name: str, value: Any, is_right: bool, allowed: str) -> None:  # Any: any field
    if not is_right:
        raise ConfigError(f"{name} = {repr(value)[:80]} is refused: give {allowed}.")


def default_objectives(thresholds: Mapping[str, Mapping[str, float]]) -> list[Objective]:
    """Return the objectives of a table like PERFORMANCE_THRESHOLDS, two for each priority.

    An error rate of 0 or 1 leaves nothing to promise and makes none. Nor do throughput floors, for
    a small service that is quiet does nothing wrong.
    """
    made = []
    for priority, group in zip(MetricPriority, PERFORMANCE_THRESHOLDS, strict=True):
        values = thresholds[group]
        made.append(_of_priority(priority, LATENCY_TARGET, values["response_time"]))
        target = round(1 - values["error_rate"], 9)
        if 0 < target < 1:
            made.append(_of_priority(priority, target, None))
    return made


def _of_priority(priority: MetricPriority, target: float, bound: float | None) -> Objective:
    kind = ObjectiveKind.LATENCY if bound else ObjectiveKind.AVAILABILITY
    return Objective(
        id=f"{priority.value}-{kind.value}",
        name=f"{kind.value.capitalize()} of {priority.value} endpoints",
        kind=kind,
        target=target,
        bound=bound,
        priority=priority,
    )
