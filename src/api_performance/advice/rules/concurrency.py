"""What holds other requests up: blocked loops, full pools of threads, garbage, busy processors."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from api_performance import units
from api_performance.advice.facts import EndpointFacts, OperationFacts, ProcessFacts, ServiceFacts
from api_performance.advice.found import Bounds, Found
from api_performance.advice.impact import Estimate
from api_performance.advice.recommendation import Evidence
from api_performance.advice.rules.texts import percent
from api_performance.model import LatencyType


def blocking_call(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find lines of an endpoint that hold the event loop of their process."""
    for each in seen.blocks:
        sums = each.sums
        if sums.calls < max(bounds["least_blocks"], bounds["least_ratio"] * seen.count):
            continue
        place = each.operation.text
        yield _blocking(seen, each, seen.waits.get(place, 0.0))


def _blocking(seen: EndpointFacts, each: OperationFacts, waited: float) -> Found:
    place, sums = each.operation.text, each.sums
    share = min(waited / max(seen.sums.response_seconds, 1e-9), 1.0)
    share = min(share, seen.share_of(LatencyType.PROCESSING))
    return Found(
        title="Take the blocking call off the event loop",
        description=(
            f"`{place}` holds the event loop for {units.duration(sums.seconds_per_call)} at a time:"
            " meanwhile the process serves nobody else. Await an asynchronous client, declare the"
            " endpoint with `def`, or hand the call to a thread (`asyncio.to_thread`); what"
            " computes belongs in a process of its own."
        ),
        saved=Estimate(0.3, 0.6, 1.0).scaled(share),
        derivation=(
            f"Requests that were open meanwhile waited {units.duration(waited)} in"
            f" {units.duration(seen.seconds)}, on average from the middle of a block on; the call"
            " itself takes as long as before."
        ),
        evidence=(
            Evidence("blocks", float(sums.calls), "count"),
            Evidence("a block's mean time", sums.seconds_per_call, "seconds"),
            Evidence("time that others waited", waited, "seconds"),
        ),
        key=place,
        explains=(place, "processing"),
        source=place,
        saved_seconds=0.6 * waited,
    )


def thread_pool(seen: ServiceFacts, bounds: Bounds) -> Iterator[Found]:
    """Find pools of threads behind which calls wait."""
    full = [each for each in seen.processes if each.waiting_for_thread >= bounds["least_waiting"]]
    if not full:
        return
    waiting = sum(each.waiting_for_thread for each in full)
    fullest = max(full, key=lambda each: each.waiting_for_thread)
    waited = 0.5 * waiting * seen.seconds
    share = min(waited / max(seen.response_seconds, 1e-9), 1.0)
    yield Found(
        title="Give synchronous endpoints more threads, or make them asynchronous",
        description=(
            f"All {fullest.pool_size} threads of {fullest.pool_name} are busy, and up to"
            f" {waiting:.0f} calls wait for one. What a `def` endpoint waits for, await in an"
            " `async def`; or raise the limit"
            " (`anyio.to_thread.current_default_thread_limiter().total_tokens`)."
        ),
        saved=Estimate(0.1, 0.5, 1.0).scaled(share),
        derivation=(
            f"{waiting:.0f} calls wait at the worst of a minute, half as many on average: by"
            " Little's law so many user-seconds a second."
        ),
        evidence=(
            Evidence("calls that wait for a thread", waiting, "count"),
            Evidence("threads", float(fullest.pool_size), "count"),
            Evidence("processes whose pool is full", float(len(full)), "count"),
        ),
        key=fullest.pool_name,
        saved_seconds=0.5 * waited,
    )


def garbage_pauses(seen: ServiceFacts, bounds: Bounds) -> Iterator[Found]:
    """Find processes that collect garbage for a noticeable part of the time."""
    ratios = [
        each.collection_ratio
        for each in seen.processes
        if each.collection_ratio is not None and _is_computing(each, each.collection_ratio, bounds)
    ]
    worst = max(ratios, default=0.0)
    if worst < bounds["least_ratio"]:
        return
    mean = sum(ratios) / len(ratios)
    yield Found(
        title="Collect garbage less often",
        description=(
            f"Collections of garbage pause a process for {percent(worst)} of the time. After the"
            " start call `gc.freeze()`, so that what lives forever is not looked through again, and"
            " raise the first threshold (`gc.set_threshold(50_000, 20, 20)`)."
        ),
        saved=Estimate(0.3, 0.7, 1.0).scaled(mean),
        derivation=f"The pauses take {percent(mean)} of the processes' time; most of them end.",
        evidence=(
            Evidence("time in collections, of the worst process", worst, "ratio"),
            Evidence("processes", float(len(ratios)), "count"),
        ),
        saved_seconds=0.7 * mean * seen.response_seconds,
    )


def _is_computing(process: ProcessFacts, collecting: float, bounds: Bounds) -> bool:
    """Tell whether a process computes enough for its collections to be what takes the time.

    Where no processor is free, they last long, as everything does, and compute little.
    """
    cpu = process.cpu_ratio or 0.0
    return cpu >= min(bounds["least_cpu_times"] * collecting, bounds["enough_cpu_ratio"])


def busy_processes(seen: ServiceFacts, bounds: Bounds) -> Iterator[Found]:
    """Find processes that compute nearly all of the time, so that requests queue."""
    busy = [each for each in seen.processes if (each.cpu_ratio or 0.0) >= bounds["least_cpu_ratio"]]
    if not busy or len(busy) < 0.5 * len(seen.processes):
        return
    load = min(sum(each.cpu_ratio or 0.0 for each in busy) / len(busy), 0.99)
    lag = max((each.lag_p99_seconds or 0.0 for each in busy), default=0.0)
    if lag < bounds["least_lag_seconds"]:
        return
    processing = _processing_share(seen)
    queued = load / 2 / (1 - load / 2) - load / (1 - load)
    saved = min(-queued * (1 - load), 1.0)
    yield Found(
        title="Run more workers, or let the code compute less",
        description=(
            f"{len(busy)} of {len(seen.processes)} processes compute {percent(load)} of the time,"
            f" and their event loops are {units.duration(lag)} late: requests wait for a processor."
            " Where the machine has processors left, run more workers."
        ),
        saved=Estimate(0.3 * saved, 0.7 * saved, saved).scaled(processing),
        derivation=(
            "With twice the workers each computes half as much, and by the queue of one server"
            " with random arrivals (M/M/1) the wait shrinks accordingly; only processing gains."
        ),
        evidence=(
            Evidence("processor time of a busy process", load, "ratio"),
            Evidence("event-loop lag, p99", lag, "seconds"),
            Evidence("busy processes", float(len(busy)), "count"),
        ),
    )


def _processing_share(seen: ServiceFacts) -> float:
    whole = seen.response_seconds
    processing = sum(
        each.share_of(LatencyType.PROCESSING) * each.sums.response_seconds
        for each in seen.endpoints
    )
    return processing / whole if whole else 0.0


def uneven_processes(seen: ServiceFacts, bounds: Bounds) -> Iterator[Found]:
    """Find services of which one process does far more than the others."""
    by_service: dict[str, list[ProcessFacts]] = {}
    for each in seen.processes:
        if each.cpu_ratio is not None:
            by_service.setdefault(each.service, []).append(each)
    for service, processes in by_service.items():
        loads = sorted(each.cpu_ratio or 0.0 for each in processes)
        if len(loads) < 2 or loads[-1] < bounds["least_cpu_ratio"]:
            continue
        if loads[-1] < bounds["least_times"] * max(median(loads[:-1]), 0.01):
            continue
        share = loads[-1] / sum(loads) - 1 / len(loads)
        yield Found(
            title="Spread the load evenly over the processes",
            description=(
                f"One process of {service} computes {percent(loads[-1])} of the time, the others"
                f" {percent(median(loads[:-1]))}. Balance by connections or requests in flight"
                " rather than by address, and let clients renew their connections."
            ),
            saved=Estimate(0.1, 0.4, 1.0).scaled(min(share, _processing_share(seen))),
            derivation=(
                f"{percent(share)} of the work would move to processes that have time for it."
            ),
            evidence=(
                Evidence("processor time of the busiest process", loads[-1], "ratio"),
                Evidence("processor time of the others", median(loads[:-1]), "ratio"),
            ),
            key=service,
        )
