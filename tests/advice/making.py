"""Facts for the tests of advice: endpoints and what their requests called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from api_performance.advice.adviser import advise
from api_performance.advice.catalog import rules
from api_performance.advice.facts import Gathering, ProcessFacts, ServiceFacts
from api_performance.advice.recommendation import OptimizationRecommendation
from api_performance.measure.calls import OperationStats
from api_performance.measure.sketch import Sketch
from api_performance.measure.window import Window
from api_performance.model import LATENCY_PARTS, Endpoint, LatencyType, MetricPriority, Operation

NOW = 1_800_000_000.0
CATALOGUE = Endpoint("GET", "/products", "shop", MetricPriority.HIGH)
PRICE = Operation(
    LatencyType.DATABASE,
    "SELECT price FROM prices WHERE id = ?",
    "sqlite",
    "shop/list.py:7 in page",
)
PARTNER = Operation(
    LatencyType.EXTERNAL_API, "GET partner.example/v1/rates", "http", "shop/rates.py:3 in ask"
)


def calls(  # the numbers of an operation
    requests: int,
    each: float,
    seconds: float,
    *,
    exact: float = 0.0,
    failed: int = 0,
    parallel: bool = False,
    between: float = 0.0,
) -> OperationStats:
    """`each` calls a request, of `seconds`, one `between` seconds after another or all at once."""
    count = round(requests * each)
    wall = requests * seconds if parallel else count * seconds
    return OperationStats(
        requests=requests,
        calls=count,
        failures=failed,
        repeats=0 if parallel else count - requests,
        exact_repeats=round((count - requests) * exact),
        most_calls=round(each),
        wall_seconds=wall,
        exclusive_seconds=wall,
        between_seconds=0.0 if parallel else (count - requests) * between,
        seconds=Sketch.of_equal(seconds, count),
    )


def window(  # the numbers of a window
    start: float,
    requests: int,
    seconds: float,
    operations: dict[Operation, OperationStats] | None = None,
    *,
    failed: int = 0,
    parts: dict[LatencyType, float] | None = None,
    bytes_out: int = 0,
) -> Window:
    """`requests` of `seconds` each; what no call takes is processing."""
    made = Window(start)
    operations = operations or {}
    made.count_status(200, requests - failed)
    made.class_stats(200).response_time.merge(Sketch.of_equal(seconds, requests - failed))
    if failed:
        made.count_status(500, failed)
        made.class_stats(500).response_time.merge(Sketch.of_equal(seconds, failed))
    by_type: dict[LatencyType, float] = dict.fromkeys(LATENCY_PARTS, 0.0)
    for operation, stats in operations.items():
        by_type[operation.latency_type] += stats.exclusive_seconds
    by_type |= parts or {}
    used = sum(value for part, value in by_type.items() if part is not LatencyType.PROCESSING)
    by_type[LatencyType.PROCESSING] = max(requests * seconds - used, 0.0)
    made.latency_seconds = tuple(by_type[part] for part in LATENCY_PARTS)
    made.bytes_out = bytes_out
    made.operations = {operation.id: stats for operation, stats in operations.items()}
    return made


def facts(
    operations: dict[Operation, OperationStats],
    *,
    endpoint: Endpoint = CATALOGUE,
    requests: int = 300,
    seconds: float = 0.2,
    processes: Sequence[ProcessFacts] = (),
    **more: Any,  # Any: a window's own
) -> ServiceFacts:
    """Five minutes of one endpoint."""
    return facts_of(
        window(NOW, requests, seconds, operations, **more), operations, endpoint, processes
    )


def facts_of(
    made: Window,
    operations: Iterable[Operation],
    endpoint: Endpoint = CATALOGUE,
    processes: Sequence[ProcessFacts] = (),
) -> ServiceFacts:
    """Five minutes that a window tells of."""
    gathering = Gathering()
    gathering.put(endpoint, made, 300.0)
    return gathering.facts({each.id: each for each in operations}, processes)


def advice(*args: Any, **more: Any) -> list[OptimizationRecommendation]:  # Any: as `facts`
    """What all rules find in facts made like this."""
    return advise(facts(*args, **more), rules(), NOW)


def found_by(*args: Any, **more: Any) -> list[str]:  # Any: as `facts`
    return [each.rule for each in advice(*args, **more)]
