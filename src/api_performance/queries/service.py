"""The service as a whole: its summary, the processes that report, and our own health."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from api_performance.answers import HealthLine, InstanceRow, ServiceSummary
from api_performance.measure.users import UserSketch
from api_performance.measure.window import Window
from api_performance.model import ALIVE_SECONDS, MOST_UNFOLDED, Endpoint
from api_performance.queries.facts import Facts
from api_performance.queries.filters import Filter, priority_counts
from api_performance.queries.overview import Overview
from api_performance.queries.rows import latency_seconds, status_counts, successes
from api_performance.queries.tally import chart_part
from api_performance.queries.times import ratio, times
from api_performance.stores.base import InstanceState, StoreStatus


@dataclass(frozen=True, slots=True)
class Fleet:
    """The processes a filter keeps, those that reported lately, and those that are alive."""

    reported: Sequence[InstanceState]
    alive: Sequence[InstanceState]

    @classmethod
    def of(cls, states: Iterable[InstanceState], kept: Filter, now: float) -> Fleet:
        """Keep what the filter asks for."""
        reported = [state for state in states if _keeps(kept, state)]
        return cls(reported, [state for state in reported if is_alive(state, now)])


def is_alive(state: InstanceState, now: float) -> bool:
    """Tell whether a process said something lately."""
    return now - state.seen_at <= ALIVE_SECONDS


def _keeps(kept: Filter, state: InstanceState) -> bool:
    instance = state.instance
    wanted = (
        (kept.services, instance.service),
        (kept.versions, instance.version),
        (kept.environments, instance.environment),
        (kept.instances, instance.id),
    )
    return all(not names or name in names for names, name in wanted)


def together(overview: Overview, endpoints: Iterable[Endpoint]) -> Window:
    """Add up endpoints of any priority over the range."""
    whole = Window(overview.grid.span.start)
    for endpoint in endpoints:
        tally = overview.tallies.get(endpoint.id)
        if tally is not None:
            whole.merge(chart_part(tally.window))
    return whole


def summary(overview: Overview, facts: Facts, kept: Filter, users: UserSketch) -> ServiceSummary:
    """Return all of the filter's endpoints together; `users`: those of the last five minutes."""
    endpoints = facts.kept(kept)
    fleet = Fleet.of(facts.states, kept, facts.now)
    window, span = together(overview, endpoints), overview.grid.span
    count = window.count
    instances = [state.instance for state in fleet.reported]
    return ServiceSummary(
        start=span.start,
        end=span.end,
        as_of=facts.now,
        request_count=count,
        error_count=window.error_count,
        rate_per_second=count / overview.observed_seconds(facts),
        success_ratio=ratio(successes(window.statuses), count),
        error_ratio=ratio(window.error_count, count),
        response_time=times(window.response_time()),
        latency_seconds=latency_seconds(window),
        status_counts=status_counts(window.statuses),
        bytes_in=window.bytes_in,
        bytes_out=window.bytes_out,
        in_flight=sum(state.in_flight for state in fleet.alive),
        open_connections=sum(state.open_connections for state in fleet.alive),
        user_count=window.users.count(),
        concurrent_users=users.count(),
        user_source=", ".join(_names(state.user_source for state in fleet.reported)),
        endpoint_count=len(endpoints),
        priority_counts=priority_counts(facts.kept(replace(kept, priorities=frozenset()))),
        never_called_count=sum(each.id not in facts.last_called for each in endpoints),
        instance_count=len(fleet.alive),
        services=_names(endpoint.service for endpoint in endpoints),
        versions=_names(instance.version for instance in instances),
        environments=_names(instance.environment for instance in instances),
    )


def _names(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name})


def _instance_row(state: InstanceState, now: float) -> InstanceRow:
    """Return one process and its own health."""
    instance = state.instance
    return InstanceRow(
        id=instance.id,
        service=instance.service,
        version=instance.version,
        environment=instance.environment,
        host=instance.host,
        pid=instance.pid,
        started_at=instance.started_at,
        seen_at=state.seen_at,
        is_alive=is_alive(state, now),
        in_flight=state.in_flight,
        open_connections=state.open_connections,
        dropped_requests=state.dropped_requests,
        dropped_batches=state.dropped_batches,
        dropped_windows=state.dropped_windows,
        requests_in_dropped_windows=state.requests_in_dropped_windows,
        buffered_batches=state.buffered_batches,
        longest_stretch_seconds=state.longest_stretch_seconds,
        cpu_seconds=state.cpu_seconds,
        resident_bytes=state.resident_bytes,
        last_error=state.last_error,
        judged=state.judged,
        process_cpu_seconds=state.process_cpu_seconds,
        pauses=state.pauses,
    )


def instance_rows(facts: Facts, kept: Filter) -> list[InstanceRow]:
    """Return the processes that reported lately: those alive first, then the newest first."""
    fleet = Fleet.of(facts.states, kept, facts.now)
    rows = [_instance_row(state, facts.now) for state in fleet.reported]
    return sorted(rows, key=lambda row: (not row.is_alive, -row.started_at, row.id))


def health(facts: Facts) -> HealthLine:
    """Say how we ourselves are; every problem is a sentence with its remedy."""
    status, fleet = facts.status, Fleet.of(facts.states, Filter(), facts.now)
    own = [facts.problem] if facts.problem and facts.problem != status.problem else []
    problems = [*own, *_store_problems(status), *_fleet_problems(fleet, facts.now)]
    return HealthLine(
        is_ok=not problems,
        as_of=facts.now,
        newest_window_at=status.newest_at,
        store_kind=status.kind,
        store_location=status.location,
        store_size_bytes=status.size_bytes,
        store_max_bytes=status.max_bytes,
        unfolded_batches=status.unfolded_batches,
        dropped_requests=sum(state.dropped_requests for state in fleet.reported),
        dropped_batches=sum(state.dropped_batches for state in fleet.reported),
        dropped_windows=sum(state.dropped_windows for state in fleet.reported),
        requests_in_dropped_windows=sum(
            state.requests_in_dropped_windows for state in fleet.reported
        ),
        instance_count=len(fleet.alive),
        lease_holder=facts.lease_holder,
        longest_stretch_seconds=max(
            (state.longest_stretch_seconds for state in fleet.alive), default=0.0
        ),
        cpu_ratio=_cpu_ratio(fleet.alive),
        problems=problems,
        connections_in_use=status.connections_in_use,
        max_connections=status.max_connections,
    )


def _cpu_ratio(states: Sequence[InstanceState]) -> float | None:
    """Return our own CPU seconds per second of the processes' lives; None without any."""
    lived = sum(state.seen_at - state.instance.started_at for state in states)
    return ratio(sum(state.cpu_seconds for state in states), lived) if lived > 0 else None


def _store_problems(status: StoreStatus) -> Iterable[str]:
    if status.problem:
        yield f"{status.problem} {status.remedy}".strip()
    if status.dropped_for_size:
        yield (
            f"{status.dropped_for_size:,} of the oldest windows were dropped to stay within"
            f" {status.max_bytes:,} bytes. Raise max_store_bytes to keep more."
        )
    if status.unfolded_batches > MOST_UNFOLDED:
        yield (
            f"{status.unfolded_batches:,} batches wait to be folded, so reads get slower."
            " Check that a process is running that may fold, and its last error."
        )


def _fleet_problems(fleet: Fleet, now: float) -> Iterable[str]:
    yield from dict.fromkeys(line for state in fleet.alive for line in state.not_followed)
    unseen = sum(state.requests_without_calls for state in fleet.reported)
    if unseen:
        yield (
            f"the calls of {unseen:,} requests were not told apart, for there were too many at"
            " once; all else of them is measured. Shorten flush_interval."
        )
    dropped_requests = sum(state.dropped_requests for state in fleet.reported)
    if dropped_requests:
        yield (
            f"{dropped_requests:,} requests were not measured, for buffers were full."
            " Raise max_buffered_requests, or shorten flush_interval."
        )
    windows = sum(state.dropped_windows for state in fleet.reported)
    if windows:
        requests = sum(state.requests_in_dropped_windows for state in fleet.reported)
        yield (
            f"{windows:,} windows with {requests:,} requests were dropped, for the store did not"
            " take them. Look at its own problem; raise max_buffered_batches for longer outages."
        )
    if fleet.reported and not fleet.alive:
        silent = now - max(state.seen_at for state in fleet.reported)
        yield f"No process has reported for {silent:.0f} s. Start one, or look at its log."
    for error in sorted({state.last_error for state in fleet.alive if state.last_error}):
        yield f"A process reports: {error}"
