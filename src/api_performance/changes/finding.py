"""A finding as it is kept: a change of an endpoint, what it costs, and what moved with it.

Each is an event, and each later word of it another of the same subject: when it is known better,
and when it is over. The newest one tells how it stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from api_performance import units
from api_performance.changes.change import (
    BYTES_IN,
    BYTES_OUT,
    ERROR_RATIO,
    PART_METRICS,
    RESPONSE_TIME,
    RESPONSE_TIME_TAIL,
    THROUGHPUT,
    Change,
)
from api_performance.model import Endpoint, MetricPriority
from api_performance.stores.base import Event, Store

FINDING: Final = "finding"
"""The kind of event of every word about a finding: its subject is the finding's id."""

JUDGE: Final = "judge"
"""The author of what no person did."""

WEIGHTS: Final[Mapping[MetricPriority, float]] = MappingProxyType(
    {
        MetricPriority.CRITICAL: 8.0,
        MetricPriority.HIGH: 4.0,
        MetricPriority.MEDIUM: 2.0,
        MetricPriority.LOW: 1.0,
    }
)
"""What a second of a user's waiting counts in a ranking: each priority twice the one below it."""


class MovedKind(StrEnum):
    """What may move with a finding."""

    LATENCY_TYPE = "latency_type"
    OPERATION = "operation"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Moved:
    """Something that moved with a finding: from `before` to `after`.

    Seconds a request for a latency type or an operation, of which `share` (0..1) of the change is
    its; a share of the requests for a status, where `share` is how much more of them it is.
    """

    kind: MovedKind
    name: str
    before: float
    after: float
    share: float


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A change of one endpoint, with what it costs and what moved with it.

    `version` is that of the deploy it came with, "" without one. `cost_seconds` is what users wait
    longer a day, within [`cost_low`, `cost_high`]; less than nothing where they wait less, None
    where a metric has no such cost, or too little is known yet. `requests_a_day` is what it is
    reckoned from.
    """

    id: str
    endpoint_id: str
    endpoint: str
    service: str
    priority: MetricPriority
    change: Change
    version: str = ""
    requests_a_day: float | None = None
    cost_seconds: float | None = None
    cost_low: float | None = None
    cost_high: float | None = None
    moved: Sequence[Moved] = ()

    @property
    def is_open(self) -> bool:
        """It lasts."""
        return self.change.closed is None

    @property
    def rank(self) -> float:
        """What it is listed by: user-seconds a day, weighted by priority; what is gained too."""
        return abs(self.cost_seconds or 0.0) * WEIGHTS[self.priority]


def finding_id(endpoint_id: str, change: Change) -> str:
    """Return twelve hex digits that name a finding."""
    text = f"{endpoint_id}\n{change.metric}\n{change.effect}\n{change.found:.0f}"
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def fresh_finding(endpoint: Endpoint, change: Change, version: str) -> KeptFinding:
    """Return a finding of an endpoint of which nothing but the change is known."""
    return KeptFinding(
        id=finding_id(endpoint.id, change),
        endpoint_id=endpoint.id,
        endpoint=endpoint.name,
        service=endpoint.service,
        priority=endpoint.priority,
        change=change,
        version=version,
    )


def is_same(known: KeptFinding, endpoint_id: str, change: Change) -> bool:
    """Tell whether a change is a later word of a known finding, or the same found anew.

    Who begins to judge reads the past anew, and may find a change some minutes sooner or later.
    """
    one = known.change
    return (
        (known.endpoint_id, one.metric, one.effect) == (endpoint_id, change.metric, change.effect)
        and one.began_from <= max(change.began_until, change.found)
        and change.began_from <= max(one.began_until, one.found)
    )


def as_event(finding: KeptFinding, at: float) -> Event:
    """Return the event of a finding that stands like this from `at` on."""
    details = msgspec.json.encode(finding).decode()
    return Event(at, FINDING, finding.id, JUDGE, sentence(finding), details=details)


def findings_of(events: Iterable[Event]) -> list[KeptFinding]:
    """Return the findings of events that can be read, in their order."""
    found = []
    for event in events:
        try:
            found.append(msgspec.json.decode(event.details, type=KeptFinding))
        except (msgspec.MsgspecError, ValueError):  # another version wrote it
            continue
    return found


def standing(store: Store) -> list[KeptFinding]:
    """Return every finding as it stands, in the order it was last told of. StoreUnavailable."""
    return findings_of(store.latest_events(FINDING))


def sentence(finding: KeptFinding) -> str:
    """Say in plain words what changed, by how much and with which deploy."""
    change = finding.change
    more, less = _WORDS.get(change.metric, ("has more", "has less"))
    verb = more if change.ratio >= 1 else less
    low, high = sorted(abs(each - 1) for each in (change.ratio_low, change.ratio_high))
    size = units.share(abs(change.ratio - 1))
    with_deploy = f", with the deploy of {finding.version}" if finding.version else ""
    return (
        f"{finding.endpoint} {verb} by {size} ({units.share(low)} to {units.share(high)})"
        f"{with_deploy}{_levels(change)}."
    )


def unit_of(metric: str) -> str:
    """Return the unit of a metric's levels: `seconds`, `per_second`, `bytes` or `ratio`."""
    if metric == THROUGHPUT:
        return "per_second"
    if metric in (BYTES_IN, BYTES_OUT):
        return "bytes"
    return "ratio" if metric in (ERROR_RATIO, RESPONSE_TIME_TAIL) else "seconds"


def _levels(change: Change) -> str:
    """Say from what to what; nothing of the tail, which is only told by its usual distance."""
    if change.metric == RESPONSE_TIME_TAIL:
        return ""
    write = _WRITTEN[unit_of(change.metric)]
    return f", from {write(change.before)} to {write(change.after)}"


_WRITTEN: Final[Mapping[str, Callable[[float], str]]] = MappingProxyType(
    {
        "seconds": units.duration,
        "per_second": units.rate,
        "bytes": units.size,
        "ratio": units.error_share,
    }
)


_PART_NAMES: Final = ("network", "processing", "database", "cache", "external API")

_WORDS: Final = {
    RESPONSE_TIME: ("is slower", "is faster"),
    RESPONSE_TIME_TAIL: ("has slower slowest requests", "has faster slowest requests"),
    ERROR_RATIO: ("fails more often", "fails less often"),
    THROUGHPUT: ("gets more requests", "gets fewer requests"),
    BYTES_IN: ("gets larger requests", "gets smaller requests"),
    BYTES_OUT: ("has larger responses", "has smaller responses"),
    **{
        metric: (f"has a longer {name} time", f"has a shorter {name} time")
        for metric, name in zip(PART_METRICS, _PART_NAMES, strict=True)
    },
}
"""A metric -> what to say where it grew and where it fell."""
