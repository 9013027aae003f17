"""The processes that report as Prometheus' metrics: CPU, memory, event loops, pools, collections.

Each is labelled by host and pid, and its series end with it: a process' counters begin at nothing,
as Prometheus expects. A process adds some twenty series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from api_performance.answers import InstanceRow
from api_performance.model import Pauses

Family = CounterMetricFamily | GaugeMetricFamily
Value = tuple[tuple[str, ...], float | None]

PROCESS: Final = ("host", "pid")


def process_metrics(rows: Iterable[InstanceRow], host: str | None) -> Iterator[Metric]:
    """Yield the families of the processes that are alive, of one host or, with None, of all."""
    alive = _one_each(row for row in rows if row.is_alive and host in (None, row.host))
    yield from _resources(alive)
    watched = [(_who(row), row.pauses) for row in alive if row.pauses is not None]
    for kind, name, text, labels, values in _FAMILIES:
        family = kind(name, text, labels=(*PROCESS, *labels))
        for who, pauses in watched:
            _fill(family, who, values(pauses))
        yield family


def _one_each(rows: Iterable[InstanceRow]) -> list[InstanceRow]:
    """Return one row for each process: two apps in one, or one after a restart, are two rows."""
    oldest_first = sorted(rows, key=lambda row: (row.started_at, row.id))
    return list({_who(row): row for row in oldest_first}.values())


def _who(row: InstanceRow) -> tuple[str, str]:
    return row.host, str(row.pid)


def _fill(family: Family, who: tuple[str, str], values: Iterable[Value]) -> None:
    """Add what is known to a family."""
    for labels, value in values:
        if value is not None:
            family.add_metric((*who, *labels), value)


def _resources(alive: Sequence[InstanceRow]) -> Iterator[Metric]:
    cpu = CounterMetricFamily(
        "api_process_cpu_seconds", "CPU time of the process, the app's included", labels=PROCESS
    )
    memory = GaugeMetricFamily(
        "api_process_resident_bytes", "Memory that the process has", labels=PROCESS
    )
    for row in alive:
        if row.process_cpu_seconds:  # older releases do not tell
            cpu.add_metric(_who(row), row.process_cpu_seconds)
        if row.resident_bytes:
            memory.add_metric(_who(row), row.resident_bytes)
    yield from (cpu, memory)


def _one(read: Callable[[Pauses], float | None]) -> Callable[[Pauses], Iterable[Value]]:
    """Return a reader of the one value of a family that has no labels of its own."""
    return lambda pauses: [((), read(pauses))]


_FAMILIES: Final[
    tuple[tuple[type[Family], str, str, tuple[str, ...], Callable[[Pauses], Iterable[Value]]], ...]
] = (
    (
        GaugeMetricFamily,
        "api_event_loop_lag_p99_seconds",
        "How late the event loop was in all but one of a hundred cases, in the last minute",
        (),
        _one(lambda pauses: pauses.lag_p99_seconds),
    ),
    (
        GaugeMetricFamily,
        "api_event_loop_lag_max_seconds",
        "How late the event loop was at most in the last minute",
        (),
        _one(lambda pauses: pauses.lag_max_seconds),
    ),
    (
        CounterMetricFamily,
        "api_event_loop_blocks",
        "How often code blocked the event loop for longer than loop_blocked_seconds",
        (),
        _one(lambda pauses: pauses.blocked_count),
    ),
    (
        CounterMetricFamily,
        "api_event_loop_blocked_seconds",
        "For how long code blocked the event loop, in all of these cases",
        (),
        _one(lambda pauses: pauses.blocked_seconds),
    ),
    (
        GaugeMetricFamily,
        "api_thread_pool_busy",
        "Threads of a pool that were busy at its fullest in the last minute",
        ("pool",),
        lambda pauses: [((pool.name,), pool.busy) for pool in pauses.pools],
    ),
    (
        GaugeMetricFamily,
        "api_thread_pool_size",
        "Threads that a pool may have",
        ("pool",),
        lambda pauses: [((pool.name,), pool.size) for pool in pauses.pools],
    ),
    (
        GaugeMetricFamily,
        "api_thread_pool_waiting",
        "Calls that waited for a thread at the pool's fullest in the last minute",
        ("pool",),
        lambda pauses: [((pool.name,), pool.waiting) for pool in pauses.pools],
    ),
    (
        CounterMetricFamily,
        "api_gc_collections",
        "Collections of garbage",
        ("generation",),
        lambda pauses: [((str(each.generation),), each.count) for each in pauses.collections],
    ),
    (
        CounterMetricFamily,
        "api_gc_pause_seconds",
        "For how long collections of garbage held the process up",
        ("generation",),
        lambda pauses: [((str(each.generation),), each.seconds) for each in pauses.collections],
    ),
    (
        GaugeMetricFamily,
        "api_gc_longest_pause_seconds",
        "The longest collection of garbage since the process began",
        ("generation",),
        lambda pauses: [
            ((str(each.generation),), each.longest_seconds) for each in pauses.collections
        ],
    ),
)
