"""What rules look at: endpoints and processes as they were over the last quarter of an hour or two.

Windows are added up as they come, minute by minute, into sums without sketches: an operation takes
some 200 bytes, so a thousand endpoints with fifty each take 20 MB for both halves. What is older
than thirty minutes is let go, so advice follows a repair within that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Final

from api_performance.measure.calls import OperationStats
from api_performance.measure.repeated_responses import CHANGED, LOOKED_AT, SAME
from api_performance.measure.window import Window
from api_performance.model import (
    EVENT_LOOP,
    LATENCY_PARTS,
    RESPONSE,
    WAITED_FOR_LOOP,
    Endpoint,
    LatencyType,
    Operation,
)

HALF_SECONDS: Final = 900.0
"""Facts cover the current quarter of an hour and the one before."""

LATE_RATIO: Final = 0.25
"""Loops that are late by this part of a call make it longer: as the rules of slow calls have it."""

WAIT_FOR_A_CONNECTION: Final = "wait for a connection"

_LOOKED: Final = frozenset({LOOKED_AT, SAME, CHANGED})


class OperationSums:
    """Sums of one operation's calls: as OperationStats, with `work_seconds` of all calls.

    `quickest_seconds` is each window's quickest call, times its calls.
    """

    __slots__ = (
        *("between_seconds", "calls", "exact_repeats", "exclusive_seconds", "failures"),
        *("longest_seconds", "most_calls", "quickest_seconds", "repeats", "requests"),
        *("wall_seconds", "work_seconds"),
    )

    def __init__(self) -> None:
        """Begin with nothing."""
        self.requests = self.calls = self.failures = self.repeats = self.exact_repeats = 0
        self.most_calls = 0
        self.wall_seconds = self.exclusive_seconds = self.work_seconds = 0.0
        self.between_seconds = 0.0
        self.longest_seconds = 0.0
        self.quickest_seconds = 0.0

    def add(self, stats: OperationStats) -> None:
        """Add a window's."""
        self.requests += stats.requests
        self.calls += stats.calls
        self.failures += stats.failures
        self.repeats += stats.repeats
        self.exact_repeats += stats.exact_repeats
        self.most_calls = max(self.most_calls, stats.most_calls)
        self.wall_seconds += stats.wall_seconds
        self.exclusive_seconds += stats.exclusive_seconds
        self.between_seconds += stats.between_seconds
        self.work_seconds += stats.seconds.sum
        self.longest_seconds = max(self.longest_seconds, stats.seconds.max)
        if stats.calls:
            self.quickest_seconds += stats.calls * stats.seconds.min

    def merge(self, other: OperationSums) -> None:
        """Add another's."""
        self.requests += other.requests
        self.calls += other.calls
        self.failures += other.failures
        self.repeats += other.repeats
        self.exact_repeats += other.exact_repeats
        self.most_calls = max(self.most_calls, other.most_calls)
        self.wall_seconds += other.wall_seconds
        self.exclusive_seconds += other.exclusive_seconds
        self.between_seconds += other.between_seconds
        self.work_seconds += other.work_seconds
        self.longest_seconds = max(self.longest_seconds, other.longest_seconds)
        self.quickest_seconds += other.quickest_seconds

    @property
    def parallelism(self) -> float:
        """Work over the time that any of it was under way: 1 for one after another."""
        return self.work_seconds / self.wall_seconds if self.wall_seconds > 0 else 1.0

    @property
    def seconds_per_call(self) -> float:
        """The mean duration of a call; 0.0 without any."""
        return self.work_seconds / self.calls if self.calls else 0.0

    @property
    def seconds_at_best(self) -> float:
        """The quickest call of each minute, their mean by calls; 0.0 without any.

        What a late event loop adds to a call it adds to the others of the minute, but hardly to
        the quickest.
        """
        return self.quickest_seconds / self.calls if self.calls else 0.0


class EndpointSums:
    """Sums of one endpoint's windows."""

    __slots__ = (
        *("bytes_out", "count", "error_count", "error_seconds", "latency_seconds"),
        *("operations", "response_seconds", "square_seconds"),
    )

    def __init__(self) -> None:
        """Begin with nothing."""
        self.count = self.error_count = self.bytes_out = 0
        self.response_seconds = self.error_seconds = self.square_seconds = 0.0
        self.latency_seconds = [0.0] * len(LATENCY_PARTS)
        self.operations: dict[str, OperationSums] = {}

    def add(self, window: Window) -> None:
        """Add a window's."""
        self.count += window.count
        self.error_count += window.error_count
        self.bytes_out += window.bytes_out
        self.response_seconds += window.response_seconds
        self.square_seconds += _square_seconds(window)
        if window.error_count:
            self.error_seconds += _error_seconds(window)
        self._add_latency(window.latency_seconds)
        for operation_id, stats in window.operations.items():
            sums = self.operations.get(operation_id)
            if sums is None:
                sums = self.operations[operation_id] = OperationSums()
            sums.add(stats)

    def merge(self, other: EndpointSums) -> None:
        """Add another's."""
        self.count += other.count
        self.error_count += other.error_count
        self.bytes_out += other.bytes_out
        self.response_seconds += other.response_seconds
        self.error_seconds += other.error_seconds
        self.square_seconds += other.square_seconds
        self._add_latency(other.latency_seconds)
        for operation_id, sums in other.operations.items():
            self.operations.setdefault(operation_id, OperationSums()).merge(sums)

    def _add_latency(self, seconds: Sequence[float]) -> None:
        self.latency_seconds = [
            mine + its for mine, its in zip(self.latency_seconds, seconds, strict=True)
        ]


def _square_seconds(window: Window) -> float:
    """Return the sum of the squared response times."""
    times = [*window.plain.values(), *(each.response_time for each in window.classes.values())]
    return sum([each.count * (each.variance + (each.mean or 0.0) ** 2) for each in times])


def _error_seconds(window: Window) -> float:
    plain, others = window.plain.get(5), window.classes.get(5)
    return (plain.sum if plain else 0.0) + (others.response_time.sum if others else 0.0)


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """One operation of an endpoint; ratios are of all of the endpoint's response time.

    `share` is its calls', `between_share` that of the pauses before repeats, in which its client
    and what is done for each row work.
    """

    operation: Operation
    sums: OperationSums
    share: float
    between_share: float = 0.0

    @property
    def id(self) -> str:
        """The operation's."""
        return self.operation.id

    @property
    def latency_type(self) -> LatencyType:
        """What sort of work it is."""
        return self.operation.latency_type

    @property
    def is_wait_for_connection(self) -> bool:
        """It is no call but the wait for a connection of a pool."""
        return self.operation.text == WAIT_FOR_A_CONNECTION


@dataclass(frozen=True, slots=True)
class ResponseFacts:
    """Responses that were looked at for repeats: how many, and what their requests took.

    `same` had the answer of less than LIFETIME_SECONDS before, `changed` another one.
    """

    looked: int = 0
    looked_seconds: float = 0.0
    same: int = 0
    same_seconds: float = 0.0
    changed: int = 0

    @classmethod
    def of(cls, sums: Mapping[str, OperationSums]) -> ResponseFacts:
        """Return what sums by the text of their operation tell."""
        none = OperationSums()
        looked, same = sums.get(LOOKED_AT, none), sums.get(SAME, none)
        changed = sums.get(CHANGED, none).calls
        return cls(looked.calls, looked.wall_seconds, same.calls, same.wall_seconds, changed)

    @property
    def changed_ratio(self) -> float:
        """The part of those that a cache would have answered which were not the same."""
        return self.changed / max(self.same + self.changed, 1)


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """One endpoint over `seconds`. Its operations, of most exclusive time first, are no steps."""

    endpoint: Endpoint
    sums: EndpointSums
    seconds: float
    operations: tuple[OperationFacts, ...] = ()
    steps: tuple[OperationFacts, ...] = ()
    blocks: tuple[OperationFacts, ...] = ()
    waits: Mapping[str, float] = field(default_factory=dict)
    """Seconds that requests of any endpoint waited, by the line that blocked the loop."""
    large: tuple[OperationFacts, ...] = ()
    """Large responses that were looked at: compressed ones, and the others."""
    responses: ResponseFacts = field(default_factory=ResponseFacts)
    lag_seconds: float = 0.0
    """How late event loops are, p99 of the worst process: so long a wait may be theirs alone."""

    @property
    def count(self) -> int:
        """Its requests."""
        return self.sums.count

    @property
    def mean_seconds(self) -> float:
        """Its mean response time; 0.0 without requests."""
        return self.sums.response_seconds / self.count if self.count else 0.0

    @property
    def error_of_mean(self) -> float:
        """The standard error of the mean response time, as a ratio of it; 0.0 without requests."""
        mean, count = self.mean_seconds, self.count
        if mean <= 0:
            return 0.0
        variance = max(self.sums.square_seconds / count - mean * mean, 0.0)
        return sqrt(variance / count) / mean

    @property
    def error_ratio(self) -> float:
        """The part of its requests that the server failed."""
        return self.sums.error_count / self.count if self.count else 0.0

    def share_of(self, part: LatencyType) -> float:
        """Return a latency type's exclusive share (0..1) of the response time."""
        whole = self.sums.response_seconds
        part_seconds = self.sums.latency_seconds[LATENCY_PARTS.index(part)]
        return min(part_seconds / whole, 1.0) if whole > 0 else 0.0

    def waiting_ratio(self, each: OperationFacts) -> float:
        """Return what part (0..1) of an operation's time is surely its own wait.

        All of it while event loops are on time. Where they are late by a quarter of a call, what
        its quickest calls take: the rest may be waits for a processor, which run beside nothing.
        """
        seconds = each.sums.seconds_per_call
        if self.lag_seconds <= LATE_RATIO * seconds or seconds <= 0:
            return 1.0
        return min(each.sums.seconds_at_best / seconds, 1.0)

    def of_type(self, *parts: LatencyType) -> list[OperationFacts]:
        """Return the operations of some latency types that are calls, no waits for a connection."""
        return [
            each
            for each in self.operations
            if each.latency_type in parts and not each.is_wait_for_connection
        ]


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """One process over the last minutes; ratios are of wall time, None where unknown."""

    name: str
    service: str
    cpu_ratio: float | None = None
    lag_p99_seconds: float | None = None
    collection_ratio: float | None = None
    waiting_for_thread: float = 0.0
    """Calls that waited for a worker thread, the most of a minute, on average."""
    pool_name: str = ""
    pool_size: int = 0
    in_flight: int = 0


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """All of it: what each rule may look at beside its endpoint."""

    endpoints: tuple[EndpointFacts, ...]
    processes: tuple[ProcessFacts, ...]
    seconds: float

    @property
    def response_seconds(self) -> float:
        """Seconds that all requests took together."""
        return sum(each.sums.response_seconds for each in self.endpoints)


class Gathering:
    """Adds windows up as they come, and forgets them after thirty minutes. For one thread."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._halves: list[dict[str, EndpointSums]] = [{}, {}]
        self._endpoints: dict[str, Endpoint] = {}
        self._began: list[float | None] = [None, None]
        self._until = 0.0

    def put(self, endpoint: Endpoint, window: Window, seconds: float) -> None:
        """Add one part of a window of `seconds`; windows come in the order of time."""
        self._move_on(window.start)
        self._endpoints[endpoint.id] = endpoint
        if self._began[0] is None:
            self._began[0] = window.start
        self._until = max(self._until, window.start + seconds)
        sums = self._halves[0].get(endpoint.id)
        if sums is None:
            sums = self._halves[0][endpoint.id] = EndpointSums()
        sums.add(window)

    def _move_on(self, at: float) -> None:
        began = self._began[0]
        if began is not None and at >= began + HALF_SECONDS:
            is_next = at < began + 2 * HALF_SECONDS
            self._halves = [{}, self._halves[0] if is_next else {}]
            self._began = [None, began if is_next else None]

    @property
    def seconds(self) -> float:
        """How much time is covered."""
        began = min((each for each in self._began if each is not None), default=self._until)
        return max(self._until - began, 0.0)

    def facts(
        self, named: Mapping[str, Operation], processes: Iterable[ProcessFacts] = ()
    ) -> ServiceFacts:
        """Return what is known; `named` tells operations by id, others are passed over."""
        seconds, processes = self.seconds, tuple(processes)
        lag = max((each.lag_p99_seconds or 0.0 for each in processes), default=0.0)
        found = [
            replace(
                endpoint_facts(self._endpoints[endpoint_id], sums, seconds, named), lag_seconds=lag
            )
            for endpoint_id, sums in self._together().items()
        ]
        return ServiceFacts(tuple(found), processes, seconds)

    def _together(self) -> dict[str, EndpointSums]:
        newer, older = self._halves
        whole = {}
        for endpoint_id in newer.keys() | older.keys():
            parts = [half[endpoint_id] for half in (newer, older) if endpoint_id in half]
            if len(parts) == 1:
                whole[endpoint_id] = parts[0]
            else:
                whole[endpoint_id] = sums = EndpointSums()
                for part in parts:
                    sums.merge(part)
        return whole


def _shares(sums: OperationSums, whole: float) -> tuple[float, float]:
    """Return the part of the response time that calls take, and that of the pauses before them."""
    if whole <= 0:
        return 0.0, 0.0
    share = min(sums.exclusive_seconds / whole, 1.0)
    return share, min(sums.between_seconds / whole, 1.0 - share)


def endpoint_facts(
    endpoint: Endpoint, sums: EndpointSums, seconds: float, named: Mapping[str, Operation]
) -> EndpointFacts:
    """Return what is known of an endpoint, its operations sorted by what they are."""
    whole = sums.response_seconds
    operations: list[OperationFacts] = []
    steps: list[OperationFacts] = []
    blocks: list[OperationFacts] = []
    large: list[OperationFacts] = []
    looked: dict[str, OperationSums] = {}
    waits: dict[str, float] = {}
    for operation_id, found in sums.operations.items():
        operation = named.get(operation_id)
        if operation is None:
            continue
        facts = OperationFacts(operation, found, *_shares(found, whole))
        if operation.system == EVENT_LOOP:
            blocks.append(facts)
        elif operation.system == RESPONSE and operation.text in _LOOKED:
            looked[operation.text] = found
        elif operation.system == RESPONSE:
            large.append(facts)
        elif operation.system == WAITED_FOR_LOOP:
            waits[operation.source] = waits.get(operation.source, 0.0) + found.wall_seconds
        else:
            (steps if operation.is_step else operations).append(facts)
    operations.sort(key=lambda each: (-each.share, each.id))
    return EndpointFacts(
        *(endpoint, sums, seconds, tuple(operations), tuple(steps), tuple(blocks), waits),
        large=tuple(large),
        responses=ResponseFacts.of(looked),
    )
