"""Recordings of load runs: stores that were written while each ran, read whole and compared.

A recording is all that a store has of a version, or of all, but for the first seconds. Of each
endpoint slices of ten seconds are read: the finest that a store keeps for a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from api_performance.analysis.recorded import Compared, Least, Slice, Verdict, compare
from api_performance.model import Endpoint, Operation, TrafficKind
from api_performance.stores.base import Query, Store

SLICE_SECONDS: Final = 10
LONGEST_SECONDS: Final = 86_400.0
"""Slices are kept for so long."""

LEAST_SHARE: Final = 0.1
"""An operation that took less of what was added is not named."""

_MINUTE: Final = 60
_METRICS: Final = 3

Key = tuple[str, str]
"""Service and endpoint: what is the same in both."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a store is the recording: a version, or empty for any, but for the first seconds.

    `warm_up` are those seconds; where `last` is given, only so many before the end count.
    """

    version: str = ""
    warm_up: float = 10.0
    last: float | None = None


@dataclass(slots=True)
class Recording:
    """What a load run left: slices of each endpoint, and what its requests called.

    `operations` has exclusive seconds by operation, of `requests` of the same minutes.
    """

    seconds: float = 0.0
    endpoints: dict[Key, Endpoint] = field(default_factory=dict)
    slices: dict[Key, list[Slice]] = field(default_factory=dict)
    operations: dict[Key, dict[str, float]] = field(default_factory=dict)
    requests: dict[Key, int] = field(default_factory=dict)
    named: Mapping[str, Operation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mover:
    """The operation that most was added to, in seconds of a request before and after."""

    operation: Operation
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class EndpointCheck:
    """One endpoint in both recordings; `mover` where it became slower and an operation is why."""

    endpoint: Endpoint
    requests_before: int
    requests_after: int
    compared: tuple[Compared, ...]
    mover: Mover | None = None

    @property
    def is_worse(self) -> bool:
        """Something of it surely became worse."""
        return any(each.verdict is Verdict.WORSE for each in self.compared)


@dataclass(frozen=True, slots=True)
class Check:
    """All of it: endpoints by name, those with too few requests to tell, and those of one only."""

    endpoints: tuple[EndpointCheck, ...]
    too_few: tuple[str, ...]
    gone: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def worse(self) -> tuple[EndpointCheck, ...]:
        """Those that became worse."""
        return tuple(each for each in self.endpoints if each.is_worse)


def read_recording(store: Store, choice: Choice) -> Recording:
    """Read what a load run left in a store; empty where nothing did. StoreUnavailable."""
    versions = frozenset({choice.version}) if choice.version else frozenset[str]()
    found = Recording()
    span = _span(store, versions, choice)
    if span is None:
        return found
    start, end = span
    found.seconds = end - start
    parts: dict[tuple[Key, float], Slice] = {}
    query = Query(start, end, SLICE_SECONDS, versions=versions, with_latency=False)
    for endpoint, window in store.windows(query):
        if endpoint.kind is TrafficKind.HTTP and window.count:
            key = endpoint.service, endpoint.name
            found.endpoints[key] = endpoint
            known = parts.get((key, window.start))
            times = window.response_time().copy()
            if known is not None:
                times.merge(known.times)
            errors = window.error_count + (known.errors if known else 0)
            parts[key, window.start] = Slice(times, errors)
    for (key, _), part in sorted(parts.items(), key=lambda each: each[0]):
        found.slices.setdefault(key, []).append(part)
    _read_operations(store, found, versions, span)
    return found


def _span(store: Store, versions: frozenset[str], choice: Choice) -> tuple[float, float] | None:
    """Return where the recording begins and ends, at whole slices."""
    status = store.status()
    if status.oldest_at is None or status.newest_at is None:
        return None
    oldest = max(status.oldest_at, status.newest_at - LONGEST_SECONDS)
    query = Query(
        *(oldest // _MINUTE * _MINUTE, status.newest_at + _MINUTE, SLICE_SECONDS),
        versions=versions,
        with_latency=False,
    )
    starts = {window.start for _, window in store.windows(query) if window.count}
    if not starts:
        return None
    end = max(starts) + SLICE_SECONDS
    first = min(starts) + choice.warm_up
    if choice.last is not None:
        first = max(first, end - choice.last)
    return -(-first // SLICE_SECONDS) * SLICE_SECONDS, end


def _read_operations(
    store: Store, found: Recording, versions: frozenset[str], span: tuple[float, float]
) -> None:
    start = -(-span[0] // _MINUTE) * _MINUTE
    query = Query(
        *(start, span[1], _MINUTE), versions=versions, with_latency=False, with_operations=True
    )
    for endpoint, window in store.windows(query):
        key = endpoint.service, endpoint.name
        if key not in found.endpoints:
            continue
        found.requests[key] = found.requests.get(key, 0) + window.count
        sums = found.operations.setdefault(key, {})
        for operation_id, stats in window.operations.items():
            sums[operation_id] = sums.get(operation_id, 0.0) + stats.exclusive_seconds
    found.named = store.operations()


def check(baseline: Recording, candidate: Recording, least: Least) -> Check:
    """Compare two recordings, endpoint by endpoint."""
    both = sorted(
        baseline.slices.keys() & candidate.slices.keys(), key=lambda key: (key[1], key[0])
    )
    found, too_few = [], []
    for key in both:
        sides = baseline.slices[key], candidate.slices[key]
        compared = compare(*sides, _METRICS * len(both), least)
        if not compared:
            too_few.append(key[1])
            continue
        counts = [sum(each.times.count for each in side) for side in sides]
        mover = _mover(key, baseline, candidate) if _is_slower(compared) else None
        endpoint = candidate.endpoints[key]
        found.append(EndpointCheck(endpoint, counts[0], counts[1], tuple(compared), mover))
    return Check(
        tuple(found),
        tuple(too_few),
        _names(baseline.slices.keys() - candidate.slices.keys()),
        _names(candidate.slices.keys() - baseline.slices.keys()),
    )


def _names(keys: Iterable[Key]) -> tuple[str, ...]:
    return tuple(sorted(name for _, name in keys))


def _is_slower(compared: Sequence[Compared]) -> bool:
    return any(each.verdict is Verdict.WORSE and each.change is not None for each in compared)


def _mover(key: Key, baseline: Recording, candidate: Recording) -> Mover | None:
    """Return the operation that most was added to; None where it was little of the whole.

    Operations are the same in both by what they are, whatever line asks them.
    """
    before, after = _per_request(key, baseline), _per_request(key, candidate)
    most = max(after, key=lambda each: after[each] - before.get(each, 0.0), default=None)
    if most is None:
        return None
    added = after[most] - before.get(most, 0.0)
    whole = _mean_seconds(candidate.slices[key]) - _mean_seconds(baseline.slices[key])
    if added <= 0 or added < LEAST_SHARE * whole:
        return None
    return Mover(candidate.named[most], before.get(most, 0.0), after[most])


def _per_request(key: Key, recording: Recording) -> dict[str, float]:
    requests = max(recording.requests.get(key, 0), 1)
    sums = recording.operations.get(key, {})
    return {of: seconds / requests for of, seconds in sums.items() if of in recording.named}


def _mean_seconds(slices: Sequence[Slice]) -> float:
    return sum(each.times.sum for each in slices) / max(sum(each.times.count for each in slices), 1)
