"""Work that a request does again and again: N + 1, exact repeats, calls one after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from api_performance import units
from api_performance.advice.facts import EndpointFacts, OperationFacts
from api_performance.advice.found import Bounds, Found
from api_performance.advice.impact import Estimate
from api_performance.advice.recommendation import Evidence, OptimizationType
from api_performance.advice.rules.texts import at, calls_evidence, per_request, percent, short
from api_performance.model import LatencyType

NOTEWORTHY: Final = 0.01
"""A share of the response time that a sentence names."""

_TYPES: Final = {
    LatencyType.DATABASE: OptimizationType.DATABASE,
    LatencyType.CACHE: OptimizationType.CACHING,
    LatencyType.EXTERNAL_API: OptimizationType.EXTERNAL_API,
    LatencyType.PROCESSING: OptimizationType.CODE,
}


def exact_repeats(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find operations that a request asks again with the arguments that it asked before."""
    for each in seen.of_type(*_TYPES):
        sums = each.sums
        repeated = sums.exact_repeats / max(sums.calls, 1)
        a_request = sums.exact_repeats / max(sums.requests, 1)
        if a_request < bounds["least_repeats"]:
            continue
        if each.share * repeated + each.between_share < _least_share(a_request, bounds):
            continue
        calls = sums.calls / max(sums.requests, 1)
        between = each.between_share * sums.exact_repeats / max(sums.repeats, 1)
        sure = seen.waiting_ratio(each)
        yield Found(
            title=f"Ask once for what {short(each.operation.text, 50)} answers",
            description=(
                f"A request asks `{short(each.operation.text)}`{at(each.operation.source)}"
                f" {per_request(calls)} times, {per_request(calls * repeated)} of them with"
                " arguments it has asked with before. Keep the first answer for the rest of the"
                " request."
            ),
            saved=Estimate(0.8 * repeated * sure, repeated, repeated)
            .scaled(each.share)
            .plus(_PAUSES.scaled(between)),
            derivation=(
                f"{percent(repeated)} of the calls are exact repeats, and the calls take"
                f" {percent(each.share)} of the response time{_and_between(between)}."
            ),
            evidence=(
                *calls_evidence(each),
                Evidence("exact repeats a request", calls * repeated, "count"),
            ),
            key=each.id,
            explains=(each.id,),
            operation=each.operation.text,
            source=each.operation.source,
            sample_count=sums.requests,
            optimization_type=_TYPES[each.latency_type],
        )


def n_plus_one(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find statements that a loop asks once for every row."""
    for each in seen.of_type(LatencyType.DATABASE):
        if not _is_loop(each, bounds):
            continue
        calls = each.sums.calls / each.sums.requests
        yield Found(
            title=f"Read the {per_request(calls)} rows with one statement",
            description=(
                f"`{short(each.operation.text)}`{at(each.operation.source)} runs"
                f" {per_request(calls)} times a request, one after another and each time with other"
                " arguments: N + 1. Ask for all of them at once (a join, `IN`, or the ORM's eager"
                " loading)."
            ),
            saved=_one_instead(calls).scaled(each.share).plus(_PAUSES.scaled(each.between_share)),
            derivation=(
                f"One call of {units.duration(each.sums.seconds_per_call)} instead of"
                f" {per_request(calls)}, which take {percent(each.share)} of the response"
                f" time{_and_between(each.between_share)}; the one that reads all rows may cost up"
                " to two fifths of them."
            ),
            evidence=calls_evidence(each),
            key=each.id,
            explains=(each.id,),
            operation=each.operation.text,
            source=each.operation.source,
            sample_count=each.sums.requests,
        )


_PAUSES: Final = Estimate(0.0, 0.85, 1.0)
"""Of the pauses before repeats: the client's own work ends with its calls, what is done for each
row stays."""


def _and_between(share: float) -> str:
    return f" and what lies between them {percent(share)}" if share >= NOTEWORTHY else ""


def _one_instead(calls: float) -> Estimate:
    """Return what one call for all saves: its own cost grows with the rows that it reads."""
    others = 1 - 1 / calls
    return Estimate(0.6 * others, 0.9 * others, 1.0)


def _is_loop(each: OperationFacts, bounds: Bounds) -> bool:
    """Tell whether calls follow each other in most requests that make any."""
    sums = each.sums
    between = each.between_share if each.latency_type is LatencyType.DATABASE else 0.0
    return (
        sums.requests > 0
        and sums.repeats >= bounds["least_repeats"] * sums.requests
        and sums.parallelism <= bounds["most_parallelism"]
        and each.share + between >= _least_share(sums.repeats / sums.requests, bounds)
    )


def _least_share(repeats: float, bounds: Bounds) -> float:
    """Return the least share of the time that so many repeats a request must take."""
    is_many = repeats >= bounds["many_repeats"]
    return bounds["least_share_of_many"] if is_many else bounds["least_share"]


def calls_in_a_loop(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find outgoing calls and cache commands that a loop makes one after another."""
    for each in seen.of_type(LatencyType.EXTERNAL_API, LatencyType.CACHE):
        if not _is_loop(each, bounds):
            continue
        calls = each.sums.calls / each.sums.requests
        is_cache = each.latency_type is LatencyType.CACHE
        how = "one command (`MGET`, a pipeline)" if is_cache else "`asyncio.gather`, or a batch"
        others, sure = 1 - 1 / calls, seen.waiting_ratio(each)
        yield Found(
            title=f"Make {per_request(calls)} calls of {short(each.operation.text, 50)} at once",
            description=(
                f"`{short(each.operation.text)}`{at(each.operation.source)} is called"
                f" {per_request(calls)} times a request, each call after the one before has ended."
                f" Make them together: {how}."
            ),
            saved=Estimate(0.6 * others * sure, 0.9 * others, others).scaled(each.share),
            derivation=(
                f"{per_request(calls)} calls of {units.duration(each.sums.seconds_per_call)} one"
                f" after another take {percent(each.share)} of the response time; together they"
                " take as long as the longest of them."
            ),
            evidence=calls_evidence(each),
            key=each.id,
            explains=(each.id,),
            operation=each.operation.text,
            source=each.operation.source,
            sample_count=each.sums.requests,
            optimization_type=_TYPES[each.latency_type],
        )


def sequential_calls(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find different outgoing calls that wait for each other: none shares its time with another."""
    long = [
        each
        for each in seen.of_type(LatencyType.EXTERNAL_API)
        if each.share >= bounds["least_share"] and _is_alone(each)
    ]
    if len(long) < 2:
        return
    shares = [each.share for each in long]
    saved = sum(shares) - max(shares)
    sure = min(seen.waiting_ratio(each) for each in long)
    names = ", ".join(f"`{short(each.operation.text, 50)}`" for each in long)
    yield Found(
        title=f"Make {len(long)} outgoing calls at once",
        description=(
            f"{names} run one after another. Where none needs the other's answer, await them"
            " together (`asyncio.gather`)."
        ),
        saved=Estimate(0.5 * saved * sure, 0.9 * saved, saved),
        derivation=(
            f"They take {percent(sum(shares))} of the response time, the longest alone"
            f" {percent(max(shares))}: together they last as long as that one."
        ),
        evidence=tuple(
            Evidence(f"share of {short(each.operation.text, 40)}", each.share, "ratio")
            for each in long
        ),
        key=" ".join(sorted(each.id for each in long)),
        explains=tuple(each.id for each in long),
        operation=long[0].operation.text,
        source=long[0].operation.source,
        sample_count=min(each.sums.requests for each in long),
    )


def sequential_statements(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find long statements that only read, once a request, none beside another."""
    long = [
        each
        for each in seen.of_type(LatencyType.DATABASE)
        if each.operation.text.startswith("SELECT ")
        and each.share >= bounds["least_share"]
        and each.sums.seconds_per_call >= bounds["least_seconds"]
        and _is_alone(each)
    ]
    shares = [each.share for each in long]
    shortest = min((each.sums.seconds_per_call for each in long), default=0.0)
    if len(long) < 2 or seen.lag_seconds > bounds["most_lag_ratio"] * shortest:
        return
    saved = sum(shares) - max(shares)
    names = ", ".join(f"`{short(each.operation.text, 50)}`" for each in long)
    yield Found(
        title=f"Ask {len(long)} long statements at once",
        description=(
            f"{names} run one after another{at(long[0].operation.source)}. Where none needs what"
            " another read, ask them together, each on a connection of its own, or make one"
            " statement of them."
        ),
        saved=Estimate(0.3 * saved, 0.8 * saved, saved),
        derivation=(
            f"They take {percent(sum(shares))} of the response time, the longest alone"
            f" {percent(max(shares))}: together they last as long as that one, if the database has"
            " processors for all."
        ),
        evidence=tuple(
            Evidence(f"share of {short(each.operation.text, 40)}", each.share, "ratio")
            for each in long
        ),
        key=" ".join(sorted(each.id for each in long)),
        explains=tuple(each.id for each in long),
        operation=long[0].operation.text,
        source=long[0].operation.source,
        sample_count=min(each.sums.requests for each in long),
    )


def _is_alone(each: OperationFacts) -> bool:
    """Tell whether it is called about once a request, and shares hardly any of its time."""
    sums = each.sums
    return (
        sums.calls <= 1.2 * sums.requests and sums.exclusive_seconds >= 0.95 * sums.wall_seconds > 0
    )
