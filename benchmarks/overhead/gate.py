"""The gates on instructions per request, and the table they are read from."""

from __future__ import annotations

from dataclasses import asdict

from benchmarks.overhead.measure import Measured, measure
from benchmarks.result import GateResult, write_result

MOST_ON_REQUEST = 1.75
MOST_IN_ALL = 2.5
AIM_IN_ALL = 1.9
MOST_GROWTH_PERCENT = 10.0
"""From 10 to 500 routes. One pass over a list of routes costs at least 30 instructions for each,
15,000 more for 490, which is as much again as all that we add; layout moves it by 3 percent."""


def run() -> list[GateResult]:
    """Count, print the table, keep the numbers and return the gates."""
    measured = measure()
    write_result("overhead", asdict(measured))
    print(table(measured))
    return judge(measured)


def judge(measured: Measured) -> list[GateResult]:
    """Compare what was counted with what is allowed."""
    results = []
    for shape, words in (("one", "one endpoint"), ("fifty", "a mix of fifty")):
        ours = measured.of("ours", shape)
        name = f"overhead of the record path over a bare pass-through, {words},"
        results.append(GateResult(name, ours.request_ratio, MOST_ON_REQUEST, "times"))
        name = f"overhead with drain and upkeep over a bare pass-through, {words},"
        results.append(GateResult(name, ours.total_ratio, MOST_IN_ALL, "times"))
        results.append(GateResult(name, ours.total_ratio, AIM_IN_ALL, "times", is_aim=True))
    excluded = measured.of("ours-excluded", "one").total_ratio
    results.append(GateResult("overhead of an excluded endpoint", excluded, 1.0, "times"))
    return results + _growth(measured)


def _growth(measured: Measured) -> list[GateResult]:
    few, many = measured.of("ours", "10-routes"), measured.of("ours", "500-routes")
    one, fifty = measured.of("ours", "one"), measured.of("ours", "fifty")
    rows = [
        ("growth of the overhead from 10 to 500 routes", few.total, many.total),
        ("growth of the record path from 1 to 50 endpoints", one.request, fifty.request),
    ]
    return [
        GateResult(name, (after / before - 1) * 100, MOST_GROWTH_PERCENT, "percent")
        for name, before, after in rows
    ]


def table(measured: Measured) -> str:
    """Return the counts as a table: instructions added to a request and multiples of bare."""
    lines = [f"{'':36}{'shape':>12}{'record':>10}{'in all':>10}{'× bare':>9}{'× bare':>9}"]
    lines += [
        f"{one.watcher:36}{one.shape:>12}{one.request:>10,.0f}{one.total:>10,.0f}"
        f"{one.request_ratio:>9.2f}{one.total_ratio:>9.2f}"
        for one in sorted(measured.added, key=lambda one: (one.shape, one.total))
    ]
    lines += [
        f"{'(the application alone)':36}{shape:>12}{count:>20,.0f}"
        for shape, count in measured.alone.items()
    ]
    return "\n".join(lines)
