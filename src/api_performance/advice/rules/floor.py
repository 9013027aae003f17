"""The user's own document's rules of thumb: thin evidence, where no cause was measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from api_performance import units
from api_performance.advice.facts import EndpointFacts, ServiceFacts
from api_performance.advice.found import Bounds, Found
from api_performance.advice.impact import Estimate
from api_performance.advice.recommendation import Evidence
from api_performance.advice.rules.texts import percent
from api_performance.model import LatencyType

SAFE_METHODS: Final = ("GET", "HEAD")
"""RFC 9110, section 9.2.1: only what changes nothing may be answered from a cache."""


def caching(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Suggest a cache where a safe method is slow, and waits for what could be kept."""
    fetched = seen.share_of(LatencyType.DATABASE) + seen.share_of(LatencyType.EXTERNAL_API)
    if seen.endpoint.method not in SAFE_METHODS or seen.mean_seconds <= bounds["least_seconds"]:
        return
    if fetched < bounds["least_share"] or _is_late(seen, bounds):
        return
    if seen.responses.changed_ratio > bounds["most_changed_ratio"]:
        return
    yield Found(
        title="See whether a cache could answer",
        description=(
            f"Implement caching to reduce response time: {units.duration(seen.mean_seconds)} on"
            " average, most of it spent on fetching. Whether the answers repeat was not measured."
        ),
        saved=Estimate(0.0, 0.6, 1.0).scaled(min(fetched, 1.0)),
        derivation="The rule of thumb: a cache takes 60 % of a response time above 500 ms.",
        evidence=(
            Evidence("mean response time", seen.mean_seconds, "seconds"),
            Evidence("share of fetching", min(fetched, 1.0), "ratio"),
        ),
    )


def _is_late(seen: EndpointFacts, bounds: Bounds) -> bool:
    """Tell whether the wait may be the event loop's rather than what was waited for."""
    return seen.lag_seconds > bounds["most_lag_ratio"] * seen.mean_seconds


def database(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Suggest a look at the statements where they take most of a noticeable time."""
    share = seen.share_of(LatencyType.DATABASE)
    if share <= bounds["least_share"] or seen.mean_seconds < bounds["least_seconds"]:
        return
    if _is_late(seen, bounds):
        return
    yield Found(
        title="Look at its statements",
        description=(
            f"Optimize database queries: they take {percent(share)} of the response time, though no"
            " single one stands out."
        ),
        saved=Estimate(0.0, 0.4, 1.0).scaled(share),
        derivation=(
            "The rule of thumb: 40 % of the response time where the database takes more than half"
            " of it; never more than its share."
        ),
        evidence=(
            Evidence("share of the database", share, "ratio"),
            Evidence("mean response time", seen.mean_seconds, "seconds"),
        ),
    )


def load_balancing(seen: ServiceFacts, bounds: Bounds) -> Iterator[Found]:
    """Suggest more processes where few requests a second are all that the present ones can do."""
    count = sum(each.count for each in seen.endpoints)
    rate = count / seen.seconds if seen.seconds else 0.0
    full = [each for each in seen.processes if (each.cpu_ratio or 0.0) >= bounds["least_cpu_ratio"]]
    if not full or len(full) < len(seen.processes) or rate >= bounds["most_per_second"]:
        return
    yield Found(
        title="See whether more processes could share the load",
        description=(
            f"Implement load balancing: every process is busy, at {units.rate(rate)} altogether."
        ),
        saved=Estimate(0.0, 0.4, 0.8),
        derivation="The rule of thumb, halved: it knows no queue.",
        evidence=(
            Evidence("requests", rate, "per_second"),
            Evidence("busy processes", float(len(full)), "count"),
        ),
    )
