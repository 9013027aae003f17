"""Caches: one that misses too often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from api_performance.advice.facts import EndpointFacts
from api_performance.advice.found import Bounds, Found
from api_performance.advice.impact import Estimate
from api_performance.advice.recommendation import Evidence
from api_performance.advice.rules.texts import at, percent
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
