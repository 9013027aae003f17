"""What moved together with a breach: operations that grew, errors, a new version, one process.

Looking for it costs a read with operations, so it is asked for only of what is breached
(`wanted`), and `explained` then lays it over the readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from api_performance import units
from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rule import Facts, Rule, RuleSet
from api_performance.alerts.rules.alone import bad_alone, counted
from api_performance.alerts.rules.processes import SATURATING
from api_performance.analysis.reading import Reading
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Operation

NEWEST_SECONDS: Final = 300.0
BEFORE_SECONDS: Final = 3600.0
"""The newest five minutes are compared with the hour before them, both of slices of a minute."""

RESOLUTION: Final = 60

NEW_SECONDS: Final = 900.0
"""A version first seen so lately may have brought what is seen now."""

MOST_OPERATIONS: Final = 3
LEAST_SHARE: Final = 0.1
"""Of what a request got slower by, a cause has at least a tenth."""

WAIT: Final = "wait for a connection"
"""The operation in which a request waits for a connection of a pool."""

_EXPLAINED: Final = frozenset(
    {AlertMetric.RESPONSE_TIME, AlertMetric.ERRORS, AlertMetric.EXCEPTIONS}
)


@dataclass(slots=True)
class Evidence:
    """Windows of one endpoint, each merged.

    The newest minutes and the hour before, both with operations; by process, where several serve
    it, the newest two minutes.
    """

    newest: Window = field(default_factory=lambda: Window(0.0))
    before: Window = field(default_factory=lambda: Window(0.0))
    by_process: dict[str, Window] = field(default_factory=dict)


def spans(now: float) -> Sequence[tuple[float, float]]:
    """Return [start, end) of what to read at RESOLUTION: the newest minutes, the hour before."""
    newest = (now - NEWEST_SECONDS) // RESOLUTION * RESOLUTION
    return (newest, now), (newest - BEFORE_SECONDS, newest)


def wanted(readings: Iterable[Reading]) -> frozenset[str]:
    """Return the ids of the endpoints whose operations would explain a breach."""
    return frozenset(
        reading.subject
        for reading in readings
        if reading.is_breached and reading.metric in _EXPLAINED
    )


@dataclass(frozen=True, slots=True)
class Found:
    """The evidence by endpoint's id, and by id the operations that its windows name."""

    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    operations: Mapping[str, Operation] = field(default_factory=dict)


def nothing_found(_: frozenset[str]) -> Found:
    """Find nothing: where no operations can be read."""
    return Found()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What causes are looked for in: what was found, the endpoints by id, facts, the instant."""

    found: Found
    endpoints: Mapping[str, Endpoint]
    facts: Facts
    now: float

    def explained(self, readings: Sequence[Reading], rules: RuleSet) -> Iterator[Reading]:
        """Yield the readings, the breached ones with their causes, and waits for connections."""
        held = self._held_processes(readings)
        for reading in readings:
            endpoint = self.endpoints.get(reading.subject)
            if reading.is_breached and endpoint and reading.metric in _EXPLAINED:
                alone = self._alone(reading, rules.of(endpoint))
                yield self._with_causes(reading, endpoint, held, alone)
            else:
                yield reading
        for endpoint in self.endpoints.values():
            yield from self._waits(endpoint, rules)

    def _held_processes(self, readings: Sequence[Reading]) -> Mapping[str, str]:
        """Return by service the process that can do no more; the first if there are several."""
        by_id = {process.id: process.service for process in self.facts.processes}
        held: dict[str, str] = {}
        for reading in readings:
            if reading.is_breached and reading.metric in SATURATING:
                held.setdefault(by_id.get(reading.subject, ""), reading.subject)
        return held

    def _with_causes(
        self, reading: Reading, endpoint: Endpoint, held: Mapping[str, str], alone: str
    ) -> Reading:
        evidence = self.found.evidence.get(endpoint.id, Evidence())
        is_slow = reading.metric is AlertMetric.RESPONSE_TIME
        if is_slow:
            found = grown(evidence, self.found.operations)
            more = _slower_text(evidence, found)
        else:
            found = failing(evidence, self.found.operations)
            more = _failing_text(evidence)
        causes = [*self._versions(endpoint)]
        if endpoint.service in held and not alone and (is_slow or not found):
            # a process that is held up makes slow; what fails by a call fails by that
            causes += [f"instance:{held[endpoint.service]}", f"service:{endpoint.service}"]
        first = [f"instance:{alone}"] if alone else []
        more += f" Nearly all of it is {self._name_of(alone)}'s alone." if alone else ""
        named = [*first, *(f"operation:{operation.text}" for operation, _ in found)]
        errors = [] if is_slow else _statuses(evidence)
        all_causes = (*named, *causes, *errors, *reading.causes)
        return replace(reading, causes=all_causes, text=f"{reading.text}{more}")

    def _alone(self, reading: Reading, rules: Sequence[Rule]) -> str:
        """Return the process that alone has what a reading is about; "" if none has."""
        evidence = self.found.evidence.get(reading.subject, Evidence())
        return bad_alone(counted(evidence.by_process, reading.metric, _slow_bound(rules, reading)))

    def _name_of(self, process_id: str) -> str:
        names = (each.name for each in self.facts.processes if each.id == process_id)
        return next(names, process_id)

    def _versions(self, endpoint: Endpoint) -> Iterator[str]:
        """Yield a version that is new, if there was another before."""
        versions = self.facts.versions.get(endpoint.service, ())
        if len(versions) > 1 and self.now - versions[-1][1] <= NEW_SECONDS:
            yield f"version:{versions[-1][0]}"

    def _waits(self, endpoint: Endpoint, rules: RuleSet) -> Iterator[Reading]:
        """Yield how much of an endpoint's time is waiting; none where it is not slow."""
        for rule in rules.of(endpoint):
            if rule.metric is AlertMetric.CONNECTION_WAIT:
                newest = self.found.evidence.get(endpoint.id, Evidence()).newest
                waited = sum(
                    stats.exclusive_seconds
                    for operation_id, stats in newest.operations.items()
                    if self._is_wait(operation_id)
                )
                total = newest.response_seconds
                yield _wait(rule, endpoint, waited / total if total else 0.0, newest.count)

    def _is_wait(self, operation_id: str) -> bool:
        operation = self.found.operations.get(operation_id)
        return operation is not None and operation.text == WAIT


def _slow_bound(rules: Sequence[Rule], reading: Reading) -> float:
    """Return from how many seconds on a reading's rule calls a response slow."""
    bounds = (dict(rule.bounds) for rule in rules if rule.id == reading.rule)
    return next((each.get(reading.severity, 0.0) for each in bounds), 0.0)


def grown(evidence: Evidence, operations: Mapping[str, Operation]) -> list[tuple[Operation, float]]:
    """Return the operations that got slower most, with their seconds a request more.

    Only what is at least LEAST_SHARE of what a request takes longer by; the most first.
    """
    newest, before = evidence.newest, evidence.before
    if not newest.count:
        return []
    slower = _per_request(newest, newest.response_seconds)
    slower -= _per_request(before, before.response_seconds)
    found = []
    for operation_id, stats in newest.operations.items():
        known = before.operations.get(operation_id)
        usual = _per_request(before, known.exclusive_seconds) if known else 0.0
        more = _per_request(newest, stats.exclusive_seconds) - usual
        operation = operations.get(operation_id)
        if operation is not None and not operation.is_step and more > LEAST_SHARE * slower > 0:
            found.append((operation, more))
    return sorted(found, key=lambda pair: -pair[1])[:MOST_OPERATIONS]


def failing(
    evidence: Evidence, operations: Mapping[str, Operation]
) -> list[tuple[Operation, float]]:
    """Return the operations that fail more than before, with failures a request; most first."""
    newest, before = evidence.newest, evidence.before
    bad = max(newest.error_count, newest.exceptions)
    found = []
    for operation_id, stats in newest.operations.items():
        known = before.operations.get(operation_id)
        usual = _per_request(before, float(known.failures)) if known else 0.0
        more = _per_request(newest, float(stats.failures)) - usual
        operation = operations.get(operation_id)
        if operation is not None and newest.count and more > LEAST_SHARE * bad / newest.count > 0:
            found.append((operation, more))
    return sorted(found, key=lambda pair: -pair[1])[:MOST_OPERATIONS]


def _per_request(window: Window, value: float) -> float:
    return value / window.count if window.count else 0.0


def _statuses(evidence: Evidence) -> list[str]:
    """Return the statuses that errors have, the most frequent first."""
    statuses = evidence.newest.statuses
    bad = sorted((status for status in statuses if status >= 500), key=lambda s: -statuses[s])
    return [f"status:{status}" for status in bad[:2]]


def _slower_text(evidence: Evidence, found: Sequence[tuple[Operation, float]]) -> str:
    p95 = evidence.newest.response_time().quantile(0.95)
    before = evidence.before.response_time().quantile(0.95)
    text = "" if p95 is None else f" Its p95 is {units.duration(p95)}"
    if text and before is not None:
        text += f", in the hour before {units.duration(before)}"
    text += "." if text else ""
    for operation, more in found[:1]:
        text += f" {operation.text!r} takes {units.duration(more)} more of each request."
    return text


def _failing_text(evidence: Evidence) -> str:
    statuses = evidence.newest.statuses
    bad = [(count, status) for status, count in statuses.items() if status >= 500]
    if not bad:
        return ""
    count, status = max(bad)
    return f" Most have status {status} ({units.count(count)})."


def _wait(rule: Rule, endpoint: Endpoint, share: float, count: int) -> Reading:
    severity, bound = next(
        ((severity, bound) for severity, bound in rule.bounds if share > bound), rule.bounds[-1]
    )
    is_breached = share > bound and count >= rule.minimum_samples
    text = (
        f"Requests to {endpoint.name} wait for a connection for {units.share(share)} of their time"
        f" ({units.count(count)} requests in 5 min): the pool is too small, or calls hold its"
        " connections for too long."
    )
    return Reading(
        rule=rule.id,
        subject=endpoint.id,
        name=endpoint.name,
        metric=rule.metric,
        value=share,
        bound=bound,
        unit="ratio",
        is_breached=is_breached,
        is_clear=share <= bound * rule.clear_ratio,
        severity=severity,
        priority=endpoint.priority,
        window_seconds=NEWEST_SECONDS,
        sample_count=count,
        keep_seconds=rule.keep_seconds,
        clear_seconds=rule.clear_seconds,
        text=text if is_breached else "",
        causes=(f"operation:{WAIT}",) if is_breached else (),
    )
