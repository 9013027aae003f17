"""Run every gate of the benchmarks and exit non-zero with a sentence for each that is missed.

`python -m benchmarks.gates` runs all; names (`overhead`, `memory`) pick some. A gate is a module
of this package with `run() -> list[GateResult]`; add its name to GATES.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.result import GateResult

GATES = {
    "overhead": "benchmarks.overhead.gate",
    "memory": "benchmarks.memory.gate",
    "store_size": "benchmarks.store_size.gate",
}

OWED = ("overhead",)
"""Gates that nobody has seen met yet: measured and told like the others, but they fail no run.
A name leaves this list for good with the change that meets it."""


def run_gate(name: str) -> list[GateResult]:
    """Measure the named benchmark and return its results; KeyError if there is none such."""
    module = importlib.import_module(GATES[name])
    results: list[GateResult] = module.run()
    return results


def _results(name: str) -> list[GateResult]:
    results = run_gate(name)
    return [replace(result, is_aim=True) for result in results] if name in OWED else results


def main(arguments: Sequence[str]) -> int:
    """Run the gates named, or all, print a sentence each, and return the exit code."""
    unknown = sorted(set(arguments) - set(GATES))
    if unknown:
        print(f"No benchmark is called {', '.join(unknown)}; there are: {', '.join(GATES)}.")
        return 2
    results = [result for name in arguments or GATES for result in _results(name)]
    print()
    for result in results:
        print(result.sentence())
    missed = sum(result.is_missed_gate for result in results)
    print(f"{len(results) - missed} gates passed, {missed} failed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
