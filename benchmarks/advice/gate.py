"""The gates on advice: what is missed, what is false, and whether repairs save what was said.

`python -m benchmarks.advice.gate [FOLDER] [--seconds N] [--runs N]`: a folder holds plain FastAPI
modules, each with a `router` or an `app`, and may hold `expected.json`.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.advice import cost
from benchmarks.advice.case import Expected, Outcome, run_case
from benchmarks.result import GateResult, write_result

SHOP = Path(__file__).parent / "shop"
CI_SECONDS = 125.0
"""Two whole minutes."""

FULL_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Names of what was found, missed and false, and whether repairs kept to the estimates.

    `top` are the first three recommendations, `first` those of them that a repaired twin can prove,
    and `proven` the three whose repairs save most.
    """

    found: list[str]
    missed: list[str]
    false: list[str]
    inside: list[str]
    outside: list[str]
    top: list[str]
    first: list[str]
    proven: list[str]


def judged(outcome: Outcome, expected: Expected) -> Verdict:
    """Compare what is recommended with what is wrong; rules of thumb are labelled, and count."""
    told = {(each["endpoint"], each["rule"]): each for each in outcome.recommendations}
    found: list[str] = []
    missed: list[str] = []
    for endpoint, fault in expected.faults.items():
        each = told.pop((endpoint, fault.rule), None)
        is_placed = each is not None and fault.place in f"{each['source']} {each['operation']}"
        (found if is_placed else missed).append(f"{endpoint}: {fault.rule}")
    false = [f"{endpoint or 'service'}: {rule}" for endpoint, rule in told]
    inside: list[str] = []
    outside: list[str] = []
    for endpoint, fault in expected.faults.items():
        line = _repair(endpoint, fault.repaired, fault.rule, outcome)
        if line is not None:
            (inside if line[0] else outside).append(line[1])
    top = [f"{each['endpoint']}: {each['rule']}" for each in outcome.recommendations[:3]]
    first, proven = _first(outcome, expected), _proven(outcome, expected)
    return Verdict(found, missed, false, inside, outside, top, first, proven)


FIRST = 3


def _first(outcome: Outcome, expected: Expected) -> list[str]:
    """Return the first three that are recommended of the faults with a repaired twin."""
    told = [(each["endpoint"], each["rule"]) for each in outcome.recommendations]
    return [
        endpoint
        for endpoint, rule in told
        if (fault := expected.faults.get(endpoint)) and fault.repaired and fault.rule == rule
    ][:FIRST]


def _proven(outcome: Outcome, expected: Expected) -> list[str]:
    """Return the three faults whose repaired twins save most seconds, at the faults' traffic."""
    means, counts = outcome.mean_seconds, outcome.counts
    saved = {
        endpoint: counts[endpoint] * (means[endpoint] - means[fault.repaired])
        for endpoint, fault in expected.faults.items()
        if fault.repaired in means and endpoint in means
    }
    return sorted(saved, key=lambda endpoint: -saved[endpoint])[:FIRST]


def _repair(endpoint: str, repaired: str, rule: str, outcome: Outcome) -> tuple[bool, str] | None:
    """Tell whether what a repair saves lies within the estimate's interval."""
    means = outcome.mean_seconds
    each: dict[str, Any] | None = next(
        (r for r in outcome.recommendations if (r["endpoint"], r["rule"]) == (endpoint, rule)), None
    )
    if each is None or repaired not in means or endpoint not in means:
        return None
    saved = 1 - means[repaired] / means[endpoint]
    low, high = each["improvement_low"], each["improvement_high"]
    whole = f"{outcome.counts[endpoint]} of {means[endpoint] * 1e3:.1f} ms"
    estimate = f"{each['estimated_improvement']:.2f} ({low:.2f} to {high:.2f})"
    said = f"{endpoint}: {whole}, saved {saved:.2f}, said {estimate}, score {each['score']:.0f}"
    return low <= saved <= high, said


def run() -> list[GateResult]:
    """Two minutes of load, as CI runs it, and the cost of a round."""
    seconds, mebibytes = cost.run()
    return [
        *results(judged(*_once(SHOP, CI_SECONDS))),
        GateResult("a round of advice for 1,000 endpoints, of CPU,", seconds, 2, "s"),
        GateResult("memory of advice for 1,000 endpoints", mebibytes, 200, "MiB"),
    ]


def _once(folder: Path, seconds: float) -> tuple[Outcome, Expected]:
    expected = Expected.of(folder)
    return run_case(folder, seconds, expected), expected


def results(verdict: Verdict) -> list[GateResult]:
    """Print what was found, keep it, and return the gates."""
    write_result("advice", asdict(verdict))
    for name, lines in asdict(verdict).items():
        print(f"{name}:")
        for line in lines:
            print(f"  {line}")
    compared = len(verdict.inside) + len(verdict.outside)
    return [
        GateResult("planted faults without their recommendation", len(verdict.missed), 0),
        GateResult("recommendations of what is no fault", len(verdict.false), 1),
        GateResult(
            "repairs outside of the estimate's interval",
            len(verdict.outside) / max(compared, 1),
            0.1,
        ),
        GateResult(
            "repairs that save most and are not told first",
            len(set(verdict.proven) - set(verdict.first)),
            0,
        ),
    ]


def main() -> None:
    """Run the campaign that the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=SHOP)
    parser.add_argument("--seconds", type=float, default=FULL_SECONDS)
    parser.add_argument("--runs", type=int, default=1)
    asked = parser.parse_args()
    for _ in range(asked.runs):
        for result in results(judged(*_once(asked.folder.absolute(), asked.seconds))):
            print(result.sentence())


if __name__ == "__main__":
    main()
