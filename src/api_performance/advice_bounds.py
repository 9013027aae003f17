"""The rules of advice by their ids, each with its thresholds; settings may change both.

Ratios are 0..1, times seconds. A share is of the endpoint's response time: what takes less than a
tenth of it is no place to begin.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _bounds(**bounds: float) -> Mapping[str, float]:
    return MappingProxyType(bounds)


ADVICE_BOUNDS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "exact_repeats": _bounds(
            least_repeats=1.0, least_share=0.1, many_repeats=9.0, least_share_of_many=0.02
        ),
        # three repeats a request are a loop: as Operations names them. A share is that of calls and
        # of the pauses between them, in which the client works
        "n_plus_one": _bounds(
            least_repeats=3.0,
            least_share=0.1,
            many_repeats=9.0,
            least_share_of_many=0.02,
            most_parallelism=1.5,
        ),
        "calls_in_a_loop": _bounds(
            least_repeats=2.0,
            least_share=0.1,
            many_repeats=9.0,
            least_share_of_many=0.05,
            most_parallelism=1.5,
        ),
        "pool_wait": _bounds(least_share=0.15, least_seconds=0.005),
        "failing_dependency": _bounds(
            least_error_ratio=0.02, least_failed_ratio=0.02, least_failures=10, retry_seconds=1.0
        ),
        "cache_misses": _bounds(least_reads=50, least_miss_ratio=0.5, least_share=0.2),
        "sequential_calls": _bounds(least_share=0.15),
        "slow_statement": _bounds(least_seconds=0.02, least_share=0.4, most_lag_ratio=0.5),
        "sequential_statements": _bounds(least_share=0.2, least_seconds=0.02, most_lag_ratio=0.5),
        "repeated_responses": _bounds(
            least_looked=30,
            least_same_ratio=0.75,
            most_changed_ratio=0.02,
            least_seconds=0.01,
            least_share=0.5,
            most_lag_ratio=0.5,
        ),
        "slow_dependency": _bounds(least_seconds=0.2, least_share=0.5, most_lag_ratio=0.25),
        "blocking_call": _bounds(least_blocks=3, least_ratio=0.25),
        "errors_dominate": _bounds(least_error_ratio=0.02, least_errors=10, retry_seconds=1.0),
        "serialization": _bounds(least_timed=5, least_share=0.2, least_seconds=0.005),
        "dependencies": _bounds(least_timed=5, least_share=0.3, least_seconds=0.005),
        "uncompressed": _bounds(least_looks=10, least_ratio=0.5),
        "thread_pool": _bounds(least_waiting=1.0),
        "garbage_pauses": _bounds(least_ratio=0.08, least_cpu_times=3, enough_cpu_ratio=0.5),
        "busy_processes": _bounds(least_cpu_ratio=0.85, least_lag_seconds=0.02),
        "uneven_processes": _bounds(least_cpu_ratio=0.5, least_times=2.0),
        # the user's own document: 500 ms, half of the response time, 100 requests a second
        "floor_caching": _bounds(
            least_seconds=0.5, least_share=0.5, most_lag_ratio=0.25, most_changed_ratio=0.5
        ),
        "floor_database": _bounds(least_share=0.5, least_seconds=0.02, most_lag_ratio=0.25),
        "floor_load_balancing": _bounds(least_cpu_ratio=0.85, most_per_second=100.0),
    }
)
"""A rule's id -> its thresholds by name."""
