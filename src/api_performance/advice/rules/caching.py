"""Caches: one that misses too often, and one that would answer most requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from api_performance import units
from api_performance.advice.facts import EndpointFacts
from api_performance.advice.found import Bounds, Found
from api_performance.advice.impact import Estimate
from api_performance.advice.recommendation import Evidence
from api_performance.advice.rules.texts import at, percent
from api_performance.measure.repeated_responses import LIFETIME_SECONDS, MOST_HELD
from api_performance.model import LatencyType

READS: Final = ("GET", "MGET", "HGET", "HGETALL", "HMGET")
WRITES: Final = ("SET", "SETEX", "PSETEX", "MSET", "HSET", "HMSET")
GOOD_HIT_RATIO: Final = 0.9
"""What a cache-aside of few, often read keys reaches; below it the estimate grows."""


def cache_misses(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find caches that are filled about as often as they are read.

    Whoever reads through a cache writes what he missed: writes over reads is the ratio of misses.
    """
    commands = seen.of_type(LatencyType.CACHE)
    reads = [each for each in commands if each.operation.text in READS]
    writes = [each for each in commands if each.operation.text in WRITES]
    read_count = sum(each.sums.calls for each in reads)
    write_count = sum(each.sums.calls for each in writes)
    missed = min(write_count / read_count, 1.0) if read_count else 0.0
    behind = seen.share_of(LatencyType.DATABASE) + seen.share_of(LatencyType.EXTERNAL_API)
    behind = min(behind, 1.0)
    if read_count < bounds["least_reads"] or missed < bounds["least_miss_ratio"]:
        return
    if behind < bounds["least_share"]:
        return
    avoided = max(missed - (1 - GOOD_HIT_RATIO), 0.0) / missed
    source = reads[0].operation.source
    yield Found(
        title="Have the cache hit more often",
        description=(
            f"Of its reads of the cache{at(source)} about {percent(missed)} miss: as often it"
            " writes what it then loads. Look at the lifetime, at keys that hold more than what"
            " the answer depends on, and at the memory that the cache may use."
        ),
        saved=Estimate(0.2 * avoided, 0.7 * avoided, avoided).scaled(behind),
        derivation=(
            f"What is loaded after a miss takes {percent(behind)} of the response time; at a hit"
            f" ratio of {percent(GOOD_HIT_RATIO)} {percent(avoided)} of that ends."
        ),
        evidence=(
            Evidence("reads that miss", missed, "ratio"),
            Evidence("reads", float(read_count), "count"),
            Evidence("share of what is loaded after a miss", behind, "ratio"),
        ),
        key="cache",
        explains=("cache",),
        operation=reads[0].operation.text,
        source=source,
        sample_count=max(each.sums.requests for each in reads),
    )


def repeated_responses(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find endpoints that fetch again and again what they answered a moment ago."""
    if seen.endpoint.method != "GET":
        return
    looked = seen.responses
    same = looked.same / max(looked.looked, 1)
    if looked.looked < bounds["least_looked"] or same < bounds["least_same_ratio"]:
        return
    if looked.changed_ratio > bounds["most_changed_ratio"]:
        return
    fetched = seen.share_of(LatencyType.DATABASE) + seen.share_of(LatencyType.EXTERNAL_API)
    fetched, mean = min(fetched, 1.0), seen.mean_seconds
    if fetched < bounds["least_share"] or mean < bounds["least_seconds"]:
        return
    if seen.lag_seconds > bounds["most_lag_ratio"] * mean:
        return
    fetching = [*seen.of_type(LatencyType.DATABASE, LatencyType.EXTERNAL_API)]
    saved = min(looked.same_seconds / max(looked.looked_seconds, 1e-9), 1.0)
    lifetime = units.duration(LIFETIME_SECONDS)
    yield Found(
        title=f"Keep the answer for {lifetime}",
        description=(
            f"{percent(same)} of the answers are the same as one of less than {lifetime} before,"
            f" to the same address, and {percent(fetched)} of the time goes into fetching them"
            f"{at(fetching[0].operation.source if fetching else '')}. Keep the answer, or what it"
            " is made of, for so long, by all that it depends on."
        ),
        saved=Estimate(0.6 * fetched, 0.5 * (fetched + 0.98), 1.0).scaled(saved),
        derivation=(
            f"A cache of {MOST_HELD:,} answers that keeps each for {lifetime} would have answered"
            f" {percent(same)} of those looked at, which take {percent(saved)} of the time: at"
            " least what is fetched then ends, at most all of it."
        ),
        evidence=(
            Evidence("answers that are the same as before", same, "ratio"),
            Evidence("answers that changed meanwhile", looked.changed_ratio, "ratio"),
            Evidence("share of fetching", fetched, "ratio"),
            Evidence("responses looked at", float(looked.looked), "count"),
        ),
        key="cache",
        explains=("cache", *(each.id for each in fetching)),
        operation=fetching[0].operation.text if fetching else "",
        source=fetching[0].operation.source if fetching else "",
        sample_count=looked.looked,
    )
