"""The shared nouns: priorities, thresholds, endpoints, and SPEC's default tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from api_performance.latency_type import LATENCY_PARTS, LatencyType

__all__ = [
    "ALIVE_SECONDS",
    "ANY_METHOD",
    "DEPENDENCIES",
    "EVENT_LOOP",
    "FRAMEWORK",
    "LATENCY_PARTS",
    "METHODS",
    "MOST_UNFOLDED",
    "OTHER",
    "OTHER_METHOD",
    "PERFORMANCE_THRESHOLDS",
    "RESPONSE",
    "RESPONSE_TIME_THRESHOLDS",
    "THROUGHPUT_THRESHOLDS",
    "UNMATCHED",
    "WAITED_FOR_LOOP",
    "Collections",
    "Endpoint",
    "Instance",
    "Judged",
    "LatencyType",
    "LongestBlock",
    "MetricPriority",
    "Operation",
    "Pauses",
    "PerformanceThreshold",
    "PoolUse",
    "TrafficKind",
    "grade_response_time",
    "grade_throughput",
]


class MetricPriority(StrEnum):
    """How much an endpoint matters to the business. It sets thresholds, routing and ranking."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for CRITICAL up to 3 for LOW: sorts the most important first."""
        return _PRIORITY_ORDER[self]


_PRIORITY_ORDER: Final = {priority: rank for rank, priority in enumerate(MetricPriority)}


class PerformanceThreshold(StrEnum):
    """The four grades of a measured value, best first."""

    EXCELLENT = "excellent"
    GOOD = "good"
    WARNING = "warning"
    CRITICAL = "critical"


class TrafficKind(StrEnum):
    """What sort of exchange an endpoint carries; only HTTP enters response-time percentiles."""

    HTTP = "http"
    EVENT_STREAM = "event_stream"
    WEBSOCKET = "websocket"


def _graded(*values: float) -> Mapping[PerformanceThreshold, float]:
    return MappingProxyType(dict(zip(PerformanceThreshold, values, strict=True)))


RESPONSE_TIME_THRESHOLDS: Final[Mapping[MetricPriority, Mapping[PerformanceThreshold, float]]] = (
    MappingProxyType(
        {
            MetricPriority.CRITICAL: _graded(0.1, 0.5, 1.0, 2.0),
            MetricPriority.HIGH: _graded(0.2, 1.0, 2.0, 5.0),
            MetricPriority.MEDIUM: _graded(0.5, 2.0, 5.0, 10.0),
            MetricPriority.LOW: _graded(1.0, 5.0, 10.0, 30.0),
        }
    )
)
"""Upper bounds of the response time in seconds, per priority and grade (SPEC.md, section 1)."""

THROUGHPUT_THRESHOLDS: Final[Mapping[MetricPriority, Mapping[PerformanceThreshold, float]]] = (
    MappingProxyType(
        {
            MetricPriority.CRITICAL: _graded(1000, 500, 100, 50),
            MetricPriority.HIGH: _graded(500, 200, 50, 20),
            MetricPriority.MEDIUM: _graded(200, 100, 20, 10),
            MetricPriority.LOW: _graded(100, 50, 10, 5),
        }
    )
)
"""Lower bounds of the throughput in requests per second, per priority and grade (SPEC.md, 3)."""


def _objective(response_time: float, throughput: float, error_rate: float) -> Mapping[str, float]:
    return MappingProxyType(
        {"response_time": response_time, "throughput": throughput, "error_rate": error_rate}
    )


PERFORMANCE_THRESHOLDS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "critical_endpoints": _objective(0.5, 1000, 0.001),
        "high_priority_endpoints": _objective(1.0, 500, 0.01),
        "medium_priority_endpoints": _objective(2.0, 200, 0.02),
        "low_priority_endpoints": _objective(5.0, 100, 0.05),
    }
)
"""Default objectives: response time in seconds, requests per second, error ratio 0..1."""

UNMATCHED: Final = "(unmatched)"
"""The one template of every request that no route took."""

OTHER: Final = "(other)"
"""The one template of everything past `max_endpoints`."""

ANY_METHOD: Final = "ANY"
"""The method of the two catch-all templates."""

METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"}
)
"""RFC 9110 and its kin; a method outside is labelled OTHER_METHOD, so a scanner adds no series."""

OTHER_METHOD: Final = "(other)"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and a route template of one service, with its business priority.

    `template` is `/api/users/{user_id}`, never a raw path. `thresholds` are the four upper bounds
    of the response time in seconds, ascending, whose exact counts are kept.
    """

    method: str
    template: str
    service: str = "default"
    priority: MetricPriority = MetricPriority.MEDIUM
    kind: TrafficKind = TrafficKind.HTTP
    is_monitored: bool = True
    thresholds: tuple[float, ...] = field(default=(0.5, 2.0, 5.0, 10.0))

    @property
    def name(self) -> str:
        """`GET /api/users/{user_id}`: how people write it."""
        return f"{self.method} {self.template}"

    @property
    def id(self) -> str:
        """Twelve hex digits that name the endpoint in addresses; the same in every process."""
        identity = f"{self.service}\n{self.method}\n{self.template}"
        return hashlib.blake2b(identity.encode(), digest_size=6).hexdigest()


FRAMEWORK: Final = "framework"
"""The system of the steps in which a framework serves a request."""

EVENT_LOOP: Final = "event loop"
"""The system of lines that blocked it while an endpoint was served."""

WAITED_FOR_LOOP: Final = "wait for the event loop"
"""The system of endpoints that waited meanwhile: the text is the line and the endpoint's name."""

RESPONSE: Final = "response"
"""The system of what is told of large responses: no calls, and no time."""

DEPENDENCIES: Final = "dependencies"
"""The step that every request begins with whose steps are told apart."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of work inside requests: a statement, a cache command, an outgoing call.

    `text` is its fingerprint, without any value: a statement with placeholders, a command, a method
    with host and template. `system` is what it was asked of (`postgresql`, `redis`, `http`), in the
    words of OpenTelemetry's conventions. `source` is the line of the program that asked first,
    `shop/listing.py:42 in listing`; empty where unknown. What runs inside of one that `is_whole`
    belongs to it: a driver's own work is no operation beside the statement's.
    """

    latency_type: LatencyType
    text: str
    system: str = ""
    source: str = field(default="", compare=False)
    is_whole: bool = field(default=True, compare=False)
    id: str = field(init=False, compare=False)
    """Twelve hex digits; the same in every process."""
    part: int = field(init=False, compare=False, repr=False)
    """The type's place in LATENCY_PARTS. ValueError for TOTAL, which is no part."""

    def __post_init__(self) -> None:
        """Work out once what every request asks for."""
        identity = f"{self.latency_type}\n{self.system}\n{self.text}".encode()
        object.__setattr__(self, "id", hashlib.blake2b(identity, digest_size=6).hexdigest())
        object.__setattr__(self, "part", LATENCY_PARTS.index(self.latency_type))

    @property
    def is_step(self) -> bool:
        """It is a step of the framework, which lies around what a request calls."""
        return self.system == FRAMEWORK

    def as_text(self) -> str:
        """Return it as a store keeps it."""
        known = self.latency_type, self.text, self.system, self.source, self.is_whole
        return json.dumps(known, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Read what `as_text` wrote; ValueError if it is not that."""
        latency_type, name, system, source, is_whole = json.loads(text)
        return cls(LatencyType(latency_type), name, system, source, is_whole)


@dataclass(frozen=True, slots=True)
class Instance:
    """One process that measures: who wrote a batch."""

    service: str
    version: str
    environment: str
    host: str
    pid: int
    started_at: float

    @property
    def id(self) -> str:
        """`host-pid-start`, unique among the processes that share a store."""
        return f"{self.host}-{self.pid}-{int(self.started_at * 1000):x}"


def grade_response_time(
    seconds: float, thresholds: Mapping[PerformanceThreshold, float]
) -> PerformanceThreshold:
    """Grade a response time in seconds: the best grade whose upper bound it stays within."""
    for grade, bound in thresholds.items():
        if seconds <= bound:
            return grade
    return PerformanceThreshold.CRITICAL


def grade_throughput(
    per_second: float, thresholds: Mapping[PerformanceThreshold, float]
) -> PerformanceThreshold:
    """Grade requests per second: the best grade whose lower bound it reaches."""
    for grade, bound in thresholds.items():
        if per_second >= bound:
            return grade
    return PerformanceThreshold.CRITICAL


ALIVE_SECONDS: Final = 15.0
"""A process says something every second; one silent for longer is gone, or its store is stuck."""

MOST_UNFOLDED: Final = 1000
"""Batches waiting to be folded: four minutes of four workers, so nobody folds."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the last round of judging did: when (Unix seconds UTC), in which process, by what right.

    It has judged under this number `since` then. Of the last minute it saw so many requests of so
    many endpoints. `cpu_seconds` and `resident_bytes` are what its process took so far, of memory
    the most that it ever did.
    """

    at: float
    since: float
    pid: int
    fencing: int
    request_count: int
    endpoint_count: int
    cpu_seconds: float
    resident_bytes: int


@dataclass(frozen=True, slots=True)
class PoolUse:
    """How full a pool of threads was: `busy` of its `size` threads, and `waiting` calls behind."""

    name: str
    busy: int
    size: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Collections:
    """The collections of garbage of one generation, 0 the youngest, and how long they paused."""

    generation: int
    count: int
    seconds: float
    longest_seconds: float


@dataclass(frozen=True, slots=True)
class LongestBlock:
    """When an event loop was blocked longest: `at` in Unix seconds UTC, for at least `seconds`.

    `place` is file, line and function, empty where none was seen; `endpoint` that of the request it
    happened in, empty outside of any.
    """

    at: float
    seconds: float
    place: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Pauses:
    """What held the event loops of a process up.

    The lag, the longest block and the fullest state of each pool are of the last minute or less (at
    least half of one); what is counted and the collections are of all time. Without a loop that can
    be watched (trio's cannot) `loop_count` is 0 and there is no lag.
    """

    loop_count: int = 0
    lag_p99_seconds: float | None = None
    lag_max_seconds: float | None = None
    blocked_count: int = 0
    blocked_seconds: float = 0.0
    longest_block: LongestBlock | None = None
    pools: tuple[PoolUse, ...] = ()
    collections: tuple[Collections, ...] = ()
