"""A rule: what is looked at, where, how long, and from which value on somebody must know.

Rules are data. `alerts.rules` reads them off the past (counts per endpoint) and the facts (what
processes and the store say of themselves) and hands back readings; neither asks a store or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from api_performance.alert_metric import AlertMetric, Scope
from api_performance.alerts.lives import Lives
from api_performance.measure.priority import Pattern
from api_performance.model import (
    OTHER,
    UNMATCHED,
    Endpoint,
    MetricPriority,
    Pauses,
    PerformanceThreshold,
    TrafficKind,
)

DEFAULT: Final = "default"
SETTINGS: Final = "settings"
PAGE: Final = "page"
SOURCES: Final = (DEFAULT, SETTINGS, PAGE)
"""Who set a rule; what comes later takes the place of what comes before, id by id."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it looks at, and from which value on, for how long, somebody must know.

    It looks at every endpoint that `applies_to` (a pattern, "" for all) and `priority` (None for
    all) leave, or at every process, service, or the store, as its metric has it.

    `warning` and `critical` are bounds in the metric's unit, None for no such severity. A breach
    must last `keep_seconds`, being well `clear_seconds`; well is what is within `clear_ratio` of
    the bound, so that a value at the bound does not come and go. `window_seconds` are looked at;
    where fewer than `minimum_samples` requests lie in them, up to an hour is. `share` of the
    requests may lie past a bound of the response time: 0.05 makes it one of p95. A rule that holds
    only `while_saturated` needs a process of the service that cannot do more. `reason` says why
    its bounds are what they are, `source` who set them (SOURCES), and `overrides` that what the
    page has took the place of what the settings have.
    """

    id: str
    name: str
    metric: AlertMetric
    warning: float | None = None
    critical: float | None = None
    applies_to: str = ""
    priority: MetricPriority | None = None
    window_seconds: float = 300.0
    keep_seconds: float = 60.0
    clear_seconds: float = 120.0
    clear_ratio: float = 0.8
    minimum_samples: int = 10
    share: float = 0.05
    while_saturated: bool = False
    reason: str = ""
    source: str = DEFAULT
    overrides: bool = False
    enabled: bool = True

    @property
    def bounds(self) -> tuple[tuple[PerformanceThreshold, float], ...]:
        """The severities with their bounds, the worst first."""
        both = (
            (PerformanceThreshold.CRITICAL, self.critical),
            (PerformanceThreshold.WARNING, self.warning),
        )
        return tuple((severity, bound) for severity, bound in both if bound is not None)

    @property
    def is_for_all(self) -> bool:
        """It looks at every endpoint."""
        return not self.applies_to and self.priority is None

    @property
    def is_default(self) -> bool:
        """Nobody chose it."""
        return self.source == DEFAULT


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule looks at, an endpoint or a service: its id, its name, its priority."""

    id: str
    name: str
    priority: MetricPriority

    @classmethod
    def of(cls, endpoint: Endpoint) -> Subject:
        """Return an endpoint as a subject."""
        return cls(endpoint.id, endpoint.name, endpoint.priority)


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What one process said of itself, and how that compares with what it said before.

    Instants are Unix seconds UTC. `in_flight` is the mean of the last minute, `usual_in_flight` the
    highest of the minutes of up to six hours before. Ratios are seconds per second: of a minute
    blocked, of five minutes' CPU time. `memory_bytes` are medians of ten minutes each, oldest
    first. `dropped` counts requests and windows lost in the last five minutes. None or empty: not
    known (yet). `has_ended`: it said that it stops.
    """

    id: str
    name: str
    service: str
    version: str
    started_at: float
    seen_at: float
    is_alive: bool = True
    has_ended: bool = False
    in_flight: float | None = None
    usual_in_flight: float | None = None
    pauses: Pauses | None = None
    blocked_ratio: float | None = None
    cpu_ratio: float | None = None
    memory_bytes: Sequence[float] = ()
    dropped: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the windows.

    `versions`: of each service the versions and when each was first seen (Unix seconds UTC), oldest
    first. `lives`: when each had a process at all. `store_problem` is empty while all is well.
    """

    processes: Sequence[ProcessFacts] = ()
    versions: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)
    lives: Lives = field(default_factory=Lives)
    store: str = "store"
    store_problem: str = ""
    unfolded_batches: int = 0


class Counted(Protocol):
    """So many requests, so many of them bad, in so many seconds that are known at all."""

    @property
    def total(self) -> int: ...
    @property
    def bad(self) -> int: ...
    @property
    def covered_seconds(self) -> float: ...


class Sliced(Protocol):
    """The requests of adjacent slices of time, oldest first; the first begins at `start`."""

    @property
    def start(self) -> float: ...
    @property
    def total(self) -> Sequence[int]: ...


class Past(Protocol):
    """What rules ask of the past; `analysis.history.History` answers it.

    Instants are Unix seconds UTC, indicators those of `rules.indicators`.
    """

    def endpoints(self) -> Sequence[Endpoint]:
        """Return every endpoint that was called."""
        ...

    def knows(self, seconds: float, now: float) -> bool:
        """Tell whether all of the last `seconds` before `now` has been read."""
        ...

    def counts(self, endpoint_id: str, indicator: str, seconds: float, now: float) -> Counted:
        """Count the last `seconds` before `now`."""
        ...

    def hours(self, endpoint_id: str, indicator: str, now: float) -> Sliced:
        """Return the hours that are over, up to thirty days."""
        ...

    def slices(
        self, endpoint_id: str, indicator: str, resolution: int, seconds: float, now: float
    ) -> Sliced:
        """Return the slices of so many seconds that are over, of the last `seconds`."""
        ...


def is_judged(endpoint: Endpoint) -> bool:
    """Tell whether rules look at an endpoint: not at streams, nor at what no route took."""
    is_route = endpoint.template not in (UNMATCHED, OTHER)
    return endpoint.kind is TrafficKind.HTTP and endpoint.is_monitored and is_route


class RuleSet:
    """Some rules, and which of them look at what; that is found once for each endpoint.

    A rule of one's own with a pattern takes the place of the default rules of its metric on the
    endpoints that it applies to, also when it is switched off. All of one's own hold.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_scope: dict[Scope, list[Rule]] = {scope: [] for scope in Scope}
        self._by_name: dict[str, list[Rule]] = {}
        self._patterns: list[tuple[Pattern, Rule]] = []
        self._known: dict[str, tuple[MetricPriority, tuple[Rule, ...]]] = {}
        for rule in self.rules:
            self._sort_in(rule)

    def _sort_in(self, rule: Rule) -> None:
        if rule.metric.scope is not Scope.ENDPOINT:
            self._by_scope[rule.metric.scope].append(rule)
        elif rule.applies_to and not set("*?") & set(rule.applies_to):
            self._by_name.setdefault(rule.applies_to, []).append(rule)  # thousands cost no search
        else:
            self._patterns.append((Pattern(rule.applies_to or "*"), rule))

    def of_scope(self, scope: Scope) -> list[Rule]:
        """Return the enabled rules that look at processes, services or the store."""
        return [rule for rule in self._by_scope[scope] if rule.enabled]

    def of(self, endpoint: Endpoint) -> tuple[Rule, ...]:
        """Return the enabled rules that look at an endpoint."""
        known = self._known.get(endpoint.id)
        if known is None or known[0] is not endpoint.priority:
            known = endpoint.priority, self._find(endpoint)
            self._known[endpoint.id] = known
        return known[1]

    def _find(self, endpoint: Endpoint) -> tuple[Rule, ...]:
        if not is_judged(endpoint):
            return ()
        found = [
            *self._by_name.get(endpoint.name, ()),
            *self._by_name.get(endpoint.template, ()),
            *(
                rule
                for pattern, rule in self._patterns
                if pattern.matches(endpoint.method, endpoint.template)
            ),
        ]
        fit = [rule for rule in found if rule.priority in (None, endpoint.priority)]
        chosen = {rule.metric for rule in fit if rule.applies_to and not rule.is_default}
        return tuple(
            rule for rule in fit if rule.enabled and not (rule.is_default and rule.metric in chosen)
        )
