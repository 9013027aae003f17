"""Prints forecasts beside their rivals and capacity beside simulation, on seeds of your own.

`python -m benchmarks.forecast --seed 1 --per-family 60` takes some five minutes on one core.
"""

from __future__ import annotations

import argparse

from benchmarks.forecast.families import cases
from benchmarks.forecast.gate import UTILISATIONS, of_forecasts, of_queues
from benchmarks.forecast.queues import settings
from benchmarks.forecast.scoring import score, table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-family", type=int, default=60)
    asked = parser.parse_args()
    scores = score(cases(asked.seed, asked.per_family))
    print(table(scores))
    queues = {at: list(settings(asked.seed, at, 20_000, 200_000)) for at in UTILISATIONS}
    for at, found in queues.items():
        for each in found:
            print(
                f"utilisation {at}, {each.servers:2d} servers, scv {each.service_scv}:"
                f" p95 off by {each.error_told:+.0%}, servers found {each.error_found:+.0%}"
            )
    for result in (*of_forecasts(scores), *of_queues(queues)):
        print(result.sentence())


if __name__ == "__main__":
    main()
