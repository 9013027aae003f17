"""The gates of alerting: quiet tells next to nothing, faults are found and named, rounds are cheap.

`python -m benchmarks.alerting.gate` lives through a day, with a round every ten seconds as in life;
`--days 30` through a month, of which `--every 60` makes an hour's work ten minutes'.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from api_performance.judging import JUDGE_SECONDS
from benchmarks.alerting.cost import round_seconds
from benchmarks.alerting.day import Day, Outcome, as_numbers, others, told
from benchmarks.alerting.quiet import fired_in, worst
from benchmarks.alerting.recording import load
from benchmarks.alerting.traffic import LOADS
from benchmarks.result import GateResult, write_result

MOST_FALSE = 1
MOST_SECONDS = 1.0
MOST_INCIDENTS = 12
MOST_MISNAMED = 3
"""Of twelve faults: found are all of them."""


def run(days: float = 1.0, every: float = JUDGE_SECONDS) -> list[GateResult]:
    """Live through some days, measure rounds, and return the gates."""
    fired = fired_in(days, round_seconds=every)
    bad = Day(load())
    outcomes = bad.live()
    print(*told(outcomes), sep="\n")
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
            "faults": [as_numbers(outcome) for outcome in outcomes],
            "unexplained_incidents": [seen.cause for seen in others(bad, outcomes)],
        },
    )
    return [
        GateResult(
            f"the most false alerts of an endpoint in {days:g} quiet days", worst(fired), MOST_FALSE
        ),
        *faults_found(bad, outcomes),
        GateResult("a round of 10,000 rules, all well,", well, MOST_SECONDS, "s of CPU"),
        GateResult("a round of 10,000 rules, most breached,", ill, MOST_SECONDS, "s of CPU"),
    ]


def faults_found(bad: Day, outcomes: Sequence[Outcome]) -> list[GateResult]:
    """Return the gates of the day on which twelve things go wrong."""
    missed = sum(not outcome.incidents for outcome in outcomes)
    misnamed = sum(not outcome.is_named for outcome in outcomes)
    return [
        GateResult("the number of twelve faults that no incident tells of", missed, 0),
        GateResult("the number of incidents on that day", len(bad.seen), MOST_INCIDENTS),
        GateResult("the number of faults whose cause is not named", misnamed, MOST_MISNAMED),
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
