"""The catalogue of rules: when each speaks, how sure it is, what could go wrong, where it is from.

The order counts: what a rule explains, no later one speaks about. An impact is HIGH from half of
the endpoint's mean response time on, MEDIUM from a fifth, else LOW.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from api_performance.advice.found import Rule
from api_performance.advice.recommendation import Effort, OptimizationType
from api_performance.advice.rules import (
    caching,
    code,
    concurrency,
    floor,
    payload,
    repeats,
    waiting,
)
from api_performance.advice_bounds import ADVICE_BOUNDS

CATALOG: Final = (
    Rule(
        id="exact_repeats",
        optimization_type=OptimizationType.DATABASE,
        when="a request asks the same with the same arguments again",
        effort=Effort.HOURS,
        confidence=0.95,
        risk="An answer that changes within the request is no longer seen to change.",
        undo="Ask each time again.",
        source="counted: a hash of the arguments, held until the request is over",
        endpoint=repeats.exact_repeats,
    ),
    Rule(
        id="n_plus_one",
        optimization_type=OptimizationType.DATABASE,
        when="a statement runs four times a request or more, with other arguments each time",
        effort=Effort.HOURS,
        confidence=0.9,
        risk="One statement for very many rows may need more memory: read them in pages.",
        undo="Take the join or the eager loading back.",
        source="Sentry looks for five repeats and 50 ms; ours for three and a tenth of the time",
        endpoint=repeats.n_plus_one,
    ),
    Rule(
        id="calls_in_a_loop",
        optimization_type=OptimizationType.EXTERNAL_API,
        when="an outgoing call or cache command runs three times a request or more in sequence",
        effort=Effort.HOURS,
        confidence=0.9,
        risk="The other side gets the calls at once: keep to its limits with a semaphore.",
        undo="Await them one after another again.",
        source="measured: calls that begin after another has ended",
        endpoint=repeats.calls_in_a_loop,
    ),
    Rule(
        id="pool_wait",
        optimization_type=OptimizationType.RESOURCE_ALLOCATION,
        when="the wait for a connection takes 15 % of the response time and 5 ms or more",
        effort=Effort.HOURS,
        confidence=0.85,
        risk="More connections are more load and memory on the server, which has its own limit.",
        undo="Set the pool's size back.",
        source="measured: from asking the pool until it hands a connection out",
        endpoint=waiting.pool_wait,
    ),
    Rule(
        id="failing_dependency",
        optimization_type=OptimizationType.EXTERNAL_API,
        when="2 % of an operation's calls fail, and as many requests with them",
        effort=Effort.DAYS,
        confidence=0.8,
        risk="Retries multiply the load of what is failing: one at most, after a pause.",
        undo="Let the failure pass again.",
        source="Nygard, Release It!: time-outs and circuit breakers; counted failures",
        endpoint=waiting.failing_dependency,
    ),
    Rule(
        id="cache_misses",
        optimization_type=OptimizationType.CACHING,
        when="a cache is written half as often as it is read, or more",
        effort=Effort.DAYS,
        confidence=0.6,
        risk="A longer lifetime is an older answer.",
        undo="Set lifetime and keys back.",
        source="cache-aside writes what it missed: writes over reads is the ratio of misses",
        endpoint=caching.cache_misses,
    ),
    Rule(
        id="sequential_calls",
        optimization_type=OptimizationType.EXTERNAL_API,
        when="two outgoing calls or more, of 15 % of the time each, share none of it",
        effort=Effort.HOURS,
        confidence=0.75,
        risk="A call that needs another's answer has to wait for it still.",
        undo="Await them one after another again.",
        source="measured: exclusive time equals the time under way, so nothing ran beside it",
        endpoint=repeats.sequential_calls,
    ),
    Rule(
        id="slow_statement",
        optimization_type=OptimizationType.DATABASE,
        when="one statement takes 20 ms a call and 40 % of the response time",
        effort=Effort.HOURS,
        confidence=0.7,
        risk="An index takes room, and time at each write.",
        undo="Drop the index.",
        source="20 ms: twenty times a read by a primary key; Sentry looks from 100 ms on",
        endpoint=waiting.slow_statement,
    ),
    Rule(
        id="sequential_statements",
        optimization_type=OptimizationType.DATABASE,
        when="two SELECTs or more, of 20 ms and a fifth of the time each, share none of it",
        effort=Effort.DAYS,
        confidence=0.4,
        risk="Each takes a connection of its own, and they no longer see one transaction.",
        undo="Ask them one after another again.",
        source="measured: exclusive time equals the time under way; 20 ms outweigh a connection",
        endpoint=repeats.sequential_statements,
    ),
    Rule(
        id="repeated_responses",
        optimization_type=OptimizationType.CACHING,
        when="three quarters of a GET's answers are the same as one of two seconds before",
        effort=Effort.DAYS,
        confidence=0.7,
        risk="An answer that depends on who asks, or on what no request said, is shown to others.",
        undo="Answer without the cache.",
        source="replayed: what a cache of 2 s would have answered, by keyed hashes (RFC 9111)",
        endpoint=caching.repeated_responses,
        is_alone=True,
    ),
    Rule(
        id="slow_dependency",
        optimization_type=OptimizationType.EXTERNAL_API,
        when="one outgoing call takes 200 ms and half of the response time",
        effort=Effort.DAYS,
        confidence=0.5,
        risk="A kept answer may be old, and a time-out too short fails calls that would do.",
        undo="Wait for the call again.",
        source="measured; 200 ms: the EXCELLENT bound of HIGH priority",
        endpoint=waiting.slow_dependency,
    ),
    Rule(
        id="blocking_call",
        optimization_type=OptimizationType.CONCURRENCY,
        when="a line held the event loop three times, and in a quarter of the requests or more",
        effort=Effort.HOURS,
        confidence=0.9,
        risk="What runs in a thread may meet other threads: share only what is safe for that.",
        undo="Call it in place again.",
        source="seen: the stack of the loop's thread while its heartbeat was overdue",
        endpoint=concurrency.blocking_call,
        least_requests=3,
    ),
    Rule(
        id="errors_dominate",
        optimization_type=OptimizationType.CODE,
        when="2 % of the requests fail, and no call of theirs fails as often",
        effort=Effort.DAYS,
        confidence=0.7,
        risk="None beyond that of any change.",
        undo="Take the change back.",
        source="2 %: SPEC.md's error_rate for MEDIUM priority",
        endpoint=waiting.errors_dominate,
    ),
    Rule(
        id="serialization",
        optimization_type=OptimizationType.CPU,
        when="serialization takes a fifth of the response time and 5 ms, with `steps` on",
        effort=Effort.HOURS,
        confidence=0.8,
        risk="Without `response_model` nothing checks what is sent.",
        undo="Return the model again.",
        source="timed in one of 64 requests",
        endpoint=code.serialization,
    ),
    Rule(
        id="dependencies",
        optimization_type=OptimizationType.CODE,
        when="dependencies compute for three tenths of the response time and 5 ms, with `steps` on",
        effort=Effort.HOURS,
        confidence=0.6,
        risk="What is made once is shared by all requests.",
        undo="Make it per request again.",
        source="timed in one of 64 requests",
        endpoint=code.dependencies,
    ),
    Rule(
        id="uncompressed",
        optimization_type=OptimizationType.COMPRESSION,
        when="half of an endpoint's large responses of text go out uncompressed",
        effort=Effort.HOURS,
        confidence=0.8,
        risk="Compressing costs processor time: leave it to the proxy where there is one.",
        undo="Take the middleware out.",
        source="headers of a few responses past 14,600 bytes: one round trip (RFC 6928)",
        endpoint=payload.uncompressed,
    ),
    Rule(
        id="thread_pool",
        optimization_type=OptimizationType.CONCURRENCY,
        when="calls wait for a worker thread, minute after minute",
        effort=Effort.HOURS,
        confidence=0.7,
        risk="Each thread takes memory, and a connection of each pool it uses.",
        undo="Set the limit back.",
        source="counted: AnyIO's and asyncio's own pools; Little's law",
        service=concurrency.thread_pool,
    ),
    Rule(
        id="garbage_pauses",
        optimization_type=OptimizationType.MEMORY,
        when="collections of garbage take 8 % of a process' time",
        effort=Effort.HOURS,
        confidence=0.7,
        risk="Cycles that are dropped stay in memory for longer.",
        undo="Set the thresholds back.",
        source="timed by the collector's own callbacks",
        service=concurrency.garbage_pauses,
    ),
    Rule(
        id="busy_processes",
        optimization_type=OptimizationType.RESOURCE_ALLOCATION,
        when="most processes compute 85 % of the time, and their event loops are late",
        effort=Effort.HOURS,
        confidence=0.5,
        risk="More workers take more memory and more connections.",
        undo="Run as many as before.",
        source="M/M/1: at 85 % load a request waits for nearly six times its own time",
        service=concurrency.busy_processes,
    ),
    Rule(
        id="uneven_processes",
        optimization_type=OptimizationType.LOAD_BALANCING,
        when="one process computes twice as much as the others, and half of the time or more",
        effort=Effort.DAYS,
        confidence=0.5,
        risk="A client that must meet the same process no longer does.",
        undo="Balance as before.",
        source="measured: processor time of each process",
        service=concurrency.uneven_processes,
    ),
    Rule(
        id="floor_caching",
        optimization_type=OptimizationType.CACHING,
        when="a safe method takes more than 500 ms, half of it to fetch something",
        effort=Effort.DAYS,
        confidence=0.2,
        risk="An answer from a cache may be old, or another user's.",
        undo="Answer without the cache.",
        source="SPEC.md, Caching Optimization",
        endpoint=floor.caching,
        is_thin=True,
    ),
    Rule(
        id="floor_database",
        optimization_type=OptimizationType.DATABASE,
        when="the database takes more than half of a response time of 20 ms or more",
        effort=Effort.DAYS,
        confidence=0.2,
        risk="None: it is a place to look at.",
        undo="Nothing is changed.",
        source="SPEC.md, Database Optimization",
        endpoint=floor.database,
        is_thin=True,
    ),
    Rule(
        id="floor_load_balancing",
        optimization_type=OptimizationType.LOAD_BALANCING,
        when="every process is busy at less than 100 requests a second",
        effort=Effort.DAYS,
        confidence=0.2,
        risk="More processes take more memory and more connections.",
        undo="Run as many as before.",
        source="SPEC.md, Load Balancing, only where capacity limits demand",
        service=floor.load_balancing,
        is_thin=True,
    ),
)
"""Every rule, the most certain causes first."""

Chosen = Mapping[str, Mapping[str, float] | bool]
"""A rule's id -> False switches it off, a table changes some of its thresholds."""


def rules(chosen: Chosen | None = None) -> tuple[Rule, ...]:
    """Return the rules that are switched on, with their thresholds."""
    chosen = chosen or {}
    return tuple(
        replace(rule, bounds={**ADVICE_BOUNDS[rule.id], **_changes(chosen.get(rule.id))})
        for rule in CATALOG
        if chosen.get(rule.id) is not False
    )


def _changes(chosen: Mapping[str, float] | bool | None) -> Mapping[str, float]:
    return chosen if isinstance(chosen, Mapping) else {}
