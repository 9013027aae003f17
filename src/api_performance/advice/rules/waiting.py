"""Single calls that take long, pools that are too small, and dependencies that fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from api_performance import units
from api_performance.advice.facts import EndpointFacts, OperationFacts
from api_performance.advice.found import Bounds, Found
from api_performance.advice.impact import Estimate
from api_performance.advice.recommendation import Evidence
from api_performance.advice.rules.texts import at, calls_evidence, percent, short
from api_performance.analysis.chance import chance_of_at_least
from api_performance.model import LatencyType

FEWEST_FAILURES: Final = 3
CHANCE: Final = 0.01
"""Of endpoints that fail just as often as they may, at most so many are told by a few failures."""

TRANSACTION: Final = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def pool_wait(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find requests that wait for a connection of a pool."""
    for each in seen.operations:
        if not each.is_wait_for_connection:
            continue
        seconds = each.sums.exclusive_seconds / max(seen.count, 1)
        if each.share < bounds["least_share"] or seconds < bounds["least_seconds"]:
            continue
        yield Found(
            title="Free connections sooner, or allow more of them",
            description=(
                f"Requests wait {units.duration(seconds)} on average for a connection of the pool"
                f" ({each.operation.system or 'unnamed'}). Give the connection back before other"
                " work, an outgoing call above all, or raise the pool's size within what the server"
                " allows."
            ),
            saved=Estimate(0.4, 0.85, 1.0).scaled(each.share),
            derivation=(
                f"The wait takes {percent(each.share)} of the response time; with connections"
                " enough most of it ends."
            ),
            evidence=(
                Evidence("wait of a request", seconds, "seconds"),
                Evidence("the longest wait", each.sums.longest_seconds, "seconds"),
                Evidence("share of the response time", each.share, "ratio"),
            ),
            key=each.id,
            explains=(each.id,),
            operation=each.operation.text,
            sample_count=each.sums.requests,
        )


def slow_statement(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find a statement that alone takes long, and most of the time."""
    for each in seen.of_type(LatencyType.DATABASE):
        sums = each.sums
        if each.operation.text.startswith(TRANSACTION):
            continue
        if not _is_slow(seen, each, bounds):
            continue
        yield Found(
            title="Make the slow statement faster",
            description=(
                f"`{short(each.operation.text)}`{at(each.operation.source)} takes"
                f" {units.duration(sums.seconds_per_call)} a call. Look at its plan (`EXPLAIN`): an"
                " index on what it filters and sorts by, or fewer rows and columns, is the usual"
                " remedy."
            ),
            saved=Estimate(0.3, 0.8, 1.0).scaled(each.share),
            derivation=(
                f"It takes {percent(each.share)} of the response time; a fitting index leaves a few"
                " per cent of that, a smaller result about half."
            ),
            evidence=_slow_evidence(each),
            key=each.id,
            explains=(each.id,),
            operation=each.operation.text,
            source=each.operation.source,
            sample_count=sums.requests,
        )


def _is_slow(seen: EndpointFacts, each: OperationFacts, bounds: Bounds) -> bool:
    """Tell whether a call takes long, much of the time, and not for want of a processor.

    Where event loops are late, its quickest calls must take as long: those waited for no loop.
    """
    seconds = each.sums.seconds_per_call
    if seconds < bounds["least_seconds"] or each.share < bounds["least_share"]:
        return False
    is_on_time = seen.lag_seconds <= bounds["most_lag_ratio"] * seconds
    return is_on_time or each.sums.seconds_at_best >= bounds["least_seconds"]


def _slow_evidence(each: OperationFacts) -> tuple[Evidence, ...]:
    longest = Evidence("the longest call", each.sums.longest_seconds, "seconds")
    return (*calls_evidence(each), longest)


def slow_dependency(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find an outgoing call that alone takes long, and most of the time."""
    for each in seen.of_type(LatencyType.EXTERNAL_API):
        sums = each.sums
        if not _is_slow(seen, each, bounds):
            continue
        yield Found(
            title=f"Do not wait for {short(each.operation.text, 50)}",
            description=(
                f"`{short(each.operation.text)}`{at(each.operation.source)} takes"
                f" {units.duration(sums.seconds_per_call)} a call, at most"
                f" {units.duration(sums.longest_seconds)}. Set a time-out near what users would"
                " wait, and answer from a copy that is kept, or after the response, where that is"
                " allowed."
            ),
            saved=Estimate(0.1, 0.5, 0.95).scaled(each.share),
            derivation=(
                f"It takes {percent(each.share)} of the response time; a time-out cuts its longest"
                " calls, a kept copy nearly all."
            ),
            evidence=_slow_evidence(each),
            key=each.id,
            explains=(each.id,),
            operation=each.operation.text,
            source=each.operation.source,
            sample_count=sums.requests,
        )


def failing_dependency(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find operations whose failures become failures of the endpoint."""
    if seen.error_ratio < bounds["least_error_ratio"]:
        return
    for each in seen.of_type(LatencyType.EXTERNAL_API, LatencyType.DATABASE, LatencyType.CACHE):
        sums = each.sums
        failed = sums.failures / max(sums.calls, 1)
        if failed < bounds["least_failed_ratio"]:
            continue
        if sums.failures < bounds["least_failures"] and not _is_beyond_chance(
            sums.failures, sums.calls, bounds["least_failed_ratio"]
        ):
            continue
        saved = seen.sums.error_seconds / max(seen.sums.response_seconds, 1e-9)
        yield Found(
            title=f"Bear that {short(each.operation.text, 50)} fails",
            description=(
                f"{percent(failed)} of the calls of `{short(each.operation.text)}`"
                f"{at(each.operation.source)} fail, and {percent(seen.error_ratio)} of the"
                " endpoint's requests with them. Catch it: a short time-out, one retry with a pause"
                " where the call may be repeated, and an answer without it where there is one."
            ),
            saved=Estimate(0.0, 0.5, 1.0).scaled(min(saved, each.share) if each.share else 0.0),
            derivation=(
                f"Failed requests take {percent(saved)} of the response time; what a handled"
                " failure saves of that is open, what it saves of errors is not."
            ),
            evidence=(
                Evidence("calls that fail", failed, "ratio"),
                Evidence("requests that fail", seen.error_ratio, "ratio"),
                Evidence("failed calls", float(sums.failures), "count"),
            ),
            key=each.id,
            explains=(each.id, "errors"),
            operation=each.operation.text,
            source=each.operation.source,
            saved_seconds=seen.sums.error_count * max(seen.mean_seconds, bounds["retry_seconds"]),
            sample_count=sums.requests,
        )


def _is_beyond_chance(failed: int, total: int, ratio: float) -> bool:
    """Tell whether so few failures tell already that more than `ratio` of all fail."""
    return failed >= FEWEST_FAILURES and chance_of_at_least(failed, total, ratio) <= CHANCE


def errors_dominate(seen: EndpointFacts, bounds: Bounds) -> Iterator[Found]:
    """Find endpoints that fail often for no dependency that fails."""
    errors = seen.sums.error_count
    if seen.error_ratio < bounds["least_error_ratio"]:
        return
    if errors < bounds["least_errors"] and not _is_beyond_chance(
        errors, seen.count, bounds["least_error_ratio"]
    ):
        return
    saved = seen.sums.error_seconds / max(seen.sums.response_seconds, 1e-9)
    yield Found(
        title="Mend what fails",
        description=(
            f"{percent(seen.error_ratio)} of the requests end with a status of 500 or above, and no"
            " call of theirs fails as often: the cause is in the code. The exceptions are in the"
            " application's log."
        ),
        saved=Estimate(0.0, 0.5, 1.0).scaled(saved),
        derivation=f"Failed requests take {percent(saved)} of the response time.",
        evidence=(
            Evidence("requests that fail", seen.error_ratio, "ratio"),
            Evidence("failed requests", float(errors), "count"),
        ),
        explains=("errors",),
        saved_seconds=errors * max(seen.mean_seconds, bounds["retry_seconds"]),
    )
