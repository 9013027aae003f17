"""Whether changes are located: the moment, the deploy, the size's interval, the operation.

    python -m benchmarks.analysis.located --series 60 --seed 700000
    python -m benchmarks.gates located        the same gates on a fixed subset

Series have +10 % at 150 requests a minute. The operation is looked for as the product does: in the
hour before what was found and the hour after it, and in what there is of that hour when the change
is first told.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import Final

from api_performance.analysis.endpoint import RESPONSE_TIME
from api_performance.analysis.finding import Finding
from api_performance.analysis.minutes import MINUTE_SECONDS
from api_performance.analysis.regression import Direction
from benchmarks.analysis.detectors import findings, minute_of
from benchmarks.analysis.generator import BEGIN, DAY, Series, Spec, make
from benchmarks.analysis.operations import operations_of
from benchmarks.analysis.scoring import Share
from benchmarks.result import GateResult, write_result

SEED: Final = 500_000
"""Not the one that anything was tuned on (generator.TUNING_SEED)."""

SERIES: Final = 16
_CHANGE: Final = ("step", 0.1, "mid")
_HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class Located:
    """How many minutes a change was told off, and of what was found whether it was right.

    `is_right_operation` of the last word about it, `is_right_at_once` of the first.
    """

    minutes_off: int
    is_right_deploy: bool | None
    is_covered: bool
    is_within: bool
    is_right_operation: bool
    is_right_at_once: bool


def locate(series: Series) -> Located | None:
    """Return how the change of a series is told in the end; None where it is not found."""
    if series.change is None:
        return None
    for finding in findings(series):
        at = minute_of(finding.found)
        is_it = finding.metric == RESPONSE_TIME and finding.direction is Direction.UP
        if is_it and series.change <= at <= series.change + DAY:
            return _located(series, series.change, finding)
    return None


def _located(series: Series, change: int, finding: Finding) -> Located:
    began, first, last = (
        round((each - BEGIN) / MINUTE_SECONDS)
        for each in (finding.began, finding.began_from, finding.began_until)
    )
    operations, told = operations_of(series), minute_of(finding.found) + 1
    before = slice(first - _HOUR, first)
    marked = finding.deploy == BEGIN + MINUTE_SECONDS * change
    return Located(
        abs(began - change),
        marked if series.is_marked else None,
        finding.ratio_low <= 1 + series.spec.size <= finding.ratio_high,
        first <= change <= last,
        operations.names_the_right_one(before, slice(last, last + _HOUR)),
        operations.names_the_right_one(before, slice(last, max(told, last))),
    )


def summary(located: Iterable[Located]) -> tuple[float, float, float]:
    """Return the median of minutes off, and the shares of right deploys and covered sizes.

    ValueError where nothing was located.
    """
    found = list(located)
    deploys = _share(found, lambda each: each.is_right_deploy)
    return (
        float(median(each.minutes_off for each in found)),
        deploys.ratio,
        _share(found, lambda each: each.is_covered).ratio,
    )


def _share(found: Sequence[Located], is_right: Callable[[Located], bool | None]) -> Share:
    """Return how many are right of those that can be."""
    told = [each for each in map(is_right, found) if each is not None]
    return Share(sum(told), len(told))


def of_series(number: int, seed: int) -> list[Located]:
    """Make series, and locate their changes; those that are not found are left out."""
    specs = [Spec(*_CHANGE, seed + index) for index in range(number)]
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        return [each for each in pool.map(_of_spec, specs) if each is not None]


def _of_spec(spec: Spec) -> Located | None:
    return locate(make(spec))


def gates_of(found: Sequence[Located], number: int) -> list[GateResult]:
    """Print the shares, and return what their intervals (95 %) must allow."""
    shares = {
        "changes found within a day": Share(len(found), number),
        "the right deploy named": _share(found, lambda each: each.is_right_deploy),
        "the right operation named": _share(found, lambda each: each.is_right_operation),
        "the right operation named at once": _share(found, lambda each: each.is_right_at_once),
        "the moment within its interval": _share(found, lambda each: each.is_within),
        "the size within its interval": _share(found, lambda each: each.is_covered),
    }
    for name, share in shares.items():
        print(f"  {name:40s} {share!s:18s} of {share.number:3d}")
    minutes = summary(found)[0]
    unmarked = [each.minutes_off for each in found if each.is_right_deploy is None]
    if unmarked:
        print(
            f"  of {len(unmarked)} without a deploy the moment is off by {median(unmarked):g} min"
        )
    wrong = [100 * (1 - share.interval[1]) for share in shares.values()]
    return [
        GateResult("+10 % at 150 a minute: its moment at the median, off by", minutes, 2, "min"),
        GateResult(f"at least the wrong deploy ({_told(shares, 1)} right)", wrong[1], 5, "%"),
        GateResult(f"at least the wrong operation ({_told(shares, 2)} right)", wrong[2], 10, "%"),
        GateResult(
            f"at least sizes beyond their interval ({_told(shares, 5)} in)", wrong[5], 10, "%"
        ),
    ]


def _told(shares: dict[str, Share], place: int) -> str:
    return str(list(shares.values())[place])


def run() -> list[GateResult]:
    """Measure a fixed subset, write results/located.json, and return the gates."""
    results = gates_of(of_series(SERIES, SEED), SERIES)
    write_result("located", {each.name: each.measured for each in results})
    return results


def main() -> None:
    """Measure as many series as asked, and print the gates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--series", type=int, default=60)
    asked = parser.parse_args()
    for result in gates_of(of_series(asked.series, asked.seed), asked.series):
        print(result.sentence())


if __name__ == "__main__":
    main()
