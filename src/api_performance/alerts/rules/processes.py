"""What holds a process up, or is lost in it: read off what each says of itself every second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from api_performance import units
from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rule import ProcessFacts, Rule
from api_performance.analysis.reading import Reading
from api_performance.model import MetricPriority, PoolUse

FEW_IN_FLIGHT: Final = 8.0
"""Requests under way below which no process has too many: twice nothing is nothing."""

LEAST_GROWTH_BYTES: Final = 50e6
"""Caches fill, and the allocator keeps what it once had: below, growth says nothing."""

MEMORY_BLOCKS: Final = 6
"""Of ten minutes each: an hour in which memory has to grow all the time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A value of a process in `unit`, in words, what it means, and what may be its cause."""

    value: float
    unit: str
    text: str = ""
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    """A process: what it said, the priority of its service, and how much more is asked of that now.

    `demand` are the requests per second of the last minutes by those of the hours before; None if
    that is not known.
    """

    said: ProcessFacts
    priority: MetricPriority
    demand: float | None = None


def read(rule: Rule, process: Process) -> Reading:
    """Read one rule off one process; nothing is told of what is not known."""
    said = process.said
    seen = _SEEN[rule.metric](process)
    severity, bound = rule.bounds[-1]
    value = None if seen is None else seen.value
    is_breached = False
    for worse, its_bound in rule.bounds:
        if value is not None and value >= its_bound:
            severity, bound, is_breached = worse, its_bound, True
            break
    is_clear = value is not None and value <= bound * rule.clear_ratio
    return Reading(
        rule=rule.id,
        subject=said.id,
        name=f"{said.name} ({said.service})",
        metric=rule.metric,
        value=value,
        bound=bound,
        unit=seen.unit if seen else "count",
        is_breached=is_breached,
        is_clear=is_clear and not is_breached,
        severity=severity,
        priority=process.priority,
        window_seconds=rule.window_seconds,
        sample_count=1 if seen else 0,
        keep_seconds=rule.keep_seconds,
        clear_seconds=rule.clear_seconds,
        text=seen.text if seen and is_breached else "",
        causes=(*seen.causes, *_where(said)) if seen and is_breached else (),
    )


def _where(said: ProcessFacts) -> tuple[str, ...]:
    """Name the process and its service: what several of its processes have is one trouble."""
    return f"instance:{said.id}", f"service:{said.service}"


def _in_flight(process: Process) -> Seen | None:
    said = process.said
    now, usual = said.in_flight, said.usual_in_flight
    if now is None or usual is None:
        return None
    if now < FEW_IN_FLIGHT:
        return Seen(0.0, "ratio")
    if process.demand is None:
        return None
    # Little's law: what is under way is the rate times the response time. So what is left after
    # the rate's own growth is the response time's.
    growth = now / max(usual, FEW_IN_FLIGHT / 2) / max(process.demand, 1.0)
    return Seen(
        growth,
        "ratio",
        f"{said.name} has {units.count(now)} requests under way, where the usual peak is"
        f" {units.count(usual)}, and not because more come. Its users wait.",
    )


def _loop_lag(process: Process) -> Seen | None:
    said = process.said
    pauses = said.pauses
    if pauses is None or pauses.lag_p99_seconds is None:
        return None
    lag = pauses.lag_p99_seconds
    return Seen(
        lag,
        "seconds",
        f"The event loop of {said.name} is late by {units.duration(lag)} at p99: every request"
        " it serves waits as long, again and again.",
        _place(said),
    )


def _loop_blocked(process: Process) -> Seen | None:
    said = process.said
    ratio = said.blocked_ratio
    if ratio is None:
        return None
    place = _place(said)
    where = f", longest at {place[0].partition(':')[2]}" if place else ""
    return Seen(
        ratio,
        "ratio",
        f"The event loop of {said.name} was blocked for {units.share(ratio)} of the last minute"
        f"{where}: meanwhile it serves nobody.",
        place,
    )


def _place(said: ProcessFacts) -> tuple[str, ...]:
    block = said.pauses.longest_block if said.pauses else None
    return (f"place:{block.place}",) if block and block.place else ()


def _thread_pool(process: Process) -> Seen | None:
    said = process.said
    if said.pauses is None or not said.pauses.pools:
        return None
    pool = max(said.pauses.pools, key=_waiting_turns)
    return Seen(
        _waiting_turns(pool),
        "ratio",
        f"{units.count(pool.waiting)} calls wait for one of the {units.count(pool.size)} threads"
        f" of {pool.name} in {said.name}: plain `def` endpoints and dependencies are late.",
    )


def _waiting_turns(pool: PoolUse) -> float:
    """Return how many calls wait for each thread of a pool that is full."""
    return pool.waiting / pool.size if pool.size and pool.busy >= pool.size else 0.0


def _process_cpu(process: Process) -> Seen | None:
    said = process.said
    ratio = said.cpu_ratio
    if ratio is None:
        return None
    return Seen(
        ratio,
        "ratio",
        f"{said.name} computes {units.significant(ratio)} s in every second of the last minutes:"
        " its requests wait for each other.",
    )


def _memory_growth(process: Process) -> Seen | None:
    said = process.said
    sizes = said.memory_bytes[-MEMORY_BLOCKS:]
    if len(sizes) < MEMORY_BLOCKS:
        return None
    first, last = sizes[0], sizes[-1]
    is_growing = all(before < after for before, after in pairwise(sizes))
    if not is_growing or last - first < LEAST_GROWTH_BYTES:
        return Seen(0.0, "ratio")
    return Seen(
        last / first - 1,
        "ratio",
        f"{said.name} took {units.size(first)} of memory an hour ago and takes"
        f" {units.size(last)} now, more with each ten minutes. It ends when there is none left.",
    )


def _dropped(process: Process) -> Seen:
    said = process.said
    return Seen(
        float(said.dropped),
        "count",
        f"{said.name} lost {units.count(said.dropped)} requests or windows in five minutes,"
        " for the store did not take them or buffers were full: figures are too low.",
        ("store",),
    )


def _own_error(process: Process) -> Seen:
    said = process.said
    return Seen(
        float(bool(said.last_error)),
        "count",
        f"{said.name} reports: {said.last_error}",
        (f"error:{said.last_error.partition(':')[0]}",),
    )


_SEEN: Final[Mapping[AlertMetric, Callable[[Process], Seen | None]]] = MappingProxyType(
    {
        AlertMetric.IN_FLIGHT: _in_flight,
        AlertMetric.LOOP_LAG: _loop_lag,
        AlertMetric.LOOP_BLOCKED: _loop_blocked,
        AlertMetric.THREAD_POOL: _thread_pool,
        AlertMetric.PROCESS_CPU: _process_cpu,
        AlertMetric.MEMORY_GROWTH: _memory_growth,
        AlertMetric.DROPPED: _dropped,
        AlertMetric.OWN_ERROR: _own_error,
    }
)

SATURATING: Final = frozenset(
    {
        *(AlertMetric.IN_FLIGHT, AlertMetric.LOOP_LAG, AlertMetric.LOOP_BLOCKED),
        *(AlertMetric.THREAD_POOL, AlertMetric.PROCESS_CPU),
    }
)
"""Past a bound of one of these a process can do no more."""
