"""The gates on a tracked operation: its instructions, and the share of OpenTelemetry's."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.operations.counted import TURNS
from benchmarks.overhead.callgrind import read_total, run_program
from benchmarks.result import GateResult, write_result

CASES = ("sqlalchemy", "redis", "httpx")
"""Modules of this package, `<name>_case`."""

OPERATIONS = 1_000

ASKED, DRAINED = 2, 3
"""Marks, of the MARKS, before which the operations, and the drain, are counted."""

MARKS = 3

BARE_WRAP = 8_100
"""Instructions that the bare wrap of benchmarks/overhead adds to a request."""

MOST_IN_BARE_WRAPS = 1.5

MOST_OF_OPENTELEMETRY = 0.2


@dataclass(frozen=True, slots=True)
class Cost:
    """Instructions of one operation: alone, and what two watchers add to it.

    `ours` includes its share of what a request with operations costs more than one without, and
    of the drain, which is `drain`.
    """

    case: str
    alone: float
    ours: float
    drain: float
    opentelemetry: float

    @property
    def ratio(self) -> float:
        """What ours adds, as a share of what OpenTelemetry's does."""
        return self.ours / self.opentelemetry


def run() -> list[GateResult]:
    """Count, print the table, keep the numbers and return the gates."""
    costs = measure(CASES)
    write_result("operations", {cost.case: asdict(cost) for cost in costs})
    print(table(costs))
    return [result for cost in costs for result in _gates(cost)]


def measure(cases: tuple[str, ...]) -> list[Cost]:
    """Count every case; RuntimeError with the program's own words if one fails."""
    with tempfile.TemporaryDirectory(prefix="callgrind-") as name:
        folder = Path(name)
        result = folder / "processes.json"
        run_program(folder, "benchmarks.operations.counted", [str(result), str(OPERATIONS), *cases])
        processes: dict[str, int] = json.loads(result.read_text())

        def count(watched: str, mark: int) -> float:
            path = folder / f"callgrind.{processes[watched]}.{mark}"
            return read_total(path) / OPERATIONS

        return [_cost(case, count) for case in cases]


def _cost(case: str, count: Callable[[str, int], float]) -> Cost:
    def mean(mark: int, is_on: bool) -> float:
        """Return the mean of the turns that count, alone or ours."""
        halves = [2 * turn + is_on for turn in range(1, 1 + TURNS)]
        return sum(count(f"{case}@ours", MARKS * half + mark) for half in halves) / TURNS

    alone = mean(ASKED, False)
    drain = mean(DRAINED, True) - mean(DRAINED, False)
    ours = mean(ASKED, True) - alone + drain
    return Cost(case, alone, ours, drain, count(f"{case}@opentelemetry", ASKED) - alone)


def _gates(cost: Cost) -> list[GateResult]:
    operation = f"a tracked operation of {cost.case}"
    return [
        GateResult(f"{operation}, in all,", cost.ours / BARE_WRAP, MOST_IN_BARE_WRAPS, "bare"),
        GateResult(f"{operation}, of OpenTelemetry's,", cost.ratio, MOST_OF_OPENTELEMETRY),
    ]


def table(costs: list[Cost]) -> str:
    """Return what each operation takes, in instructions."""
    lines = [
        f"{'one operation':14}{'alone':>10}{'ours adds':>12}{'in the drain':>14}"
        f"{'OpenTelemetry':>15}{'ratio':>8}"
    ]
    lines += [
        f"{cost.case:14}{cost.alone:>10,.0f}{cost.ours:>12,.0f}"
        f"{cost.drain:>14,.0f}{cost.opentelemetry:>15,.0f}{cost.ratio:>8.3f}"
        for cost in costs
    ]
    return "\n".join(lines)
