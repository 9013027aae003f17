"""The gates of alerting: a quiet month tells next to nothing, and 10,000 rules are read in time.

`python -m benchmarks.alerting.gate` lives through a day, with a round every ten seconds as in life;
`--days 30` through a month, of which `--every 60` makes an hour's work ten minutes'.
"""

from __future__ import annotations

import argparse

from api_performance.judging import JUDGE_SECONDS
from benchmarks.alerting.cost import round_seconds
from benchmarks.alerting.quiet import fired_in, worst
from benchmarks.alerting.traffic import LOADS
from benchmarks.result import GateResult, write_result

MOST_FALSE = 1
MOST_SECONDS = 1.0


def run(days: float = 1.0, every: float = JUDGE_SECONDS) -> list[GateResult]:
    """Live through some days, measure rounds, and return both gates."""
    fired = fired_in(days, round_seconds=every)
    well, rules, _ = round_seconds(is_well=True)
    ill, _, breached = round_seconds(is_well=False)
    write_result(
        "alerting",
        {
            "quiet_days": days,
            "quiet_endpoints": len(LOADS),
            "seconds_between_rounds": every,
            "false_alerts": [[at, each.rule, each.name, each.text] for at, each in fired],
            "rules": rules,
            "round_cpu_seconds_well": round(well, 4),
            "round_cpu_seconds_ill": round(ill, 4),
            "breached_when_ill": breached,
        },
    )
    return [
        GateResult(
            f"the most false alerts of an endpoint in {days:g} quiet days", worst(fired), MOST_FALSE
        ),
        GateResult("a round of 10,000 rules, all well,", well, MOST_SECONDS, "s of CPU"),
        GateResult("a round of 10,000 rules, most breached,", ill, MOST_SECONDS, "s of CPU"),
    ]


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=1.0)
    parser.add_argument("--every", type=float, default=JUDGE_SECONDS)
    asked = parser.parse_args()
    for result in run(asked.days, asked.every):
        print(result.sentence())


if __name__ == "__main__":
    main()
