"""The gates on instructions per request, and the table they are read from."""

from __future__ import annotations

from dataclasses import asdict

from benchmarks.overhead.measure import Measured, measure
from benchmarks.result import GateResult, write_result

MOST_ON_REQUEST = 1.75
MOST_DRAINED = 2.5
AIM_DRAINED = 1.9
MOST_FOR_EXCLUDED = 1.0
MOST_GROWTH_PERCENT = 10.0
"""A single pass over the routes costs 30 instructions for each, so 15,000 more for 490 of them,
which is as much again as all that we add; without one, nothing was seen to grow by 2 percent."""

SHAPES = {"one": "one endpoint", "fifty": "a mix of fifty endpoints"}


def run() -> list[GateResult]:
    """Count, print the table, keep the numbers and return the gates."""
    measured = measure()
    write_result("overhead", asdict(measured))
    print(table(measured))
    return judge(measured)


def judge(measured: Measured) -> list[GateResult]:
    """Compare what was counted with what is allowed."""
    excluded = measured.of("ours-excluded", "one").record_ratio
    return [
        *(result for shape in SHAPES for result in _shape_gates(measured, shape)),
        *_growth_gates(measured),
        GateResult(
            "the overhead on an excluded endpoint", excluded, MOST_FOR_EXCLUDED, "bare", is_aim=True
        ),
    ]


def _shape_gates(measured: Measured, shape: str) -> list[GateResult]:
    ours, words = measured.of("ours", shape), SHAPES[shape]
    drained = f"the overhead with drain and window upkeep, {words},"
    return [
        GateResult(f"the record path, {words},", ours.record_ratio, MOST_ON_REQUEST, "bare"),
        GateResult(drained, ours.drained_ratio, MOST_DRAINED, "bare"),
        GateResult(drained, ours.drained_ratio, AIM_DRAINED, "bare", is_aim=True),
    ]


def _growth_gates(measured: Measured) -> list[GateResult]:
    few, many = measured.of("ours", "10-routes"), measured.of("ours", "500-routes")
    one, fifty = measured.of("ours", "one"), measured.of("ours", "fifty")
    rows = [
        ("the record path's growth from 10 to 500 routes", few.record, many.record),
        ("the record path's growth from 1 to 50 endpoints", one.record, fifty.record),
    ]
    return [
        GateResult(name, (after / before - 1) * 100, MOST_GROWTH_PERCENT, "percent")
        for name, before, after in rows
    ]


def table(measured: Measured) -> str:
    """Return what is added to a request, in instructions and as multiples of the bare wrap."""
    head = "".join(f"{words:>11}{'× bare':>8}" for words in ("record", "+ drain", "+ write"))
    lines = [f"{'added instructions':34}{'shape':>11}{'app alone':>11}{head}"]
    lines += [
        f"{one.watcher:34}{one.shape:>11}{one.alone:>11,.0f}"
        f"{one.record:>11,.0f}{one.record_ratio:>8.2f}"
        f"{one.drained:>11,.0f}{one.drained_ratio:>8.2f}"
        f"{one.written:>11,.0f}{one.written_ratio:>8.2f}"
        for one in sorted(measured.added, key=lambda one: (one.shape, one.written))
    ]
    return "\n".join(lines)
