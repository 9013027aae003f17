"""The whole campaign of alerting: a quiet month, a day of faults recorded anew, three of them live.

`python -m benchmarks.alerting`; takes an hour or so, most of it the demo's own time.
`record`, `day`, `live` and `quiet` do one part of it; `day` replays what is recorded already.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Final

from benchmarks.alerting import day, live
from benchmarks.alerting.quiet import fired_in, worst
from benchmarks.alerting.record import record_demo
from benchmarks.alerting.recording import load

MONTH_DAYS: Final = 30.0
MONTH_ROUND_SECONDS: Final = 60.0


def tell_day() -> None:
    """Replay the day."""
    replay = day.Day(load())
    outcomes = replay.live()
    print(*day.told(outcomes), sep="\n")
    for seen in day.others(replay, outcomes):
        print(f"no fault of ours, {day.hour_of(seen):.1f} h: {seen.cause}")


def tell_live() -> None:
    """Have three faults live."""
    print(*live.told(live.live()), sep="\n")


def tell_quiet() -> None:
    """Live through a quiet month."""
    fired = fired_in(MONTH_DAYS, round_seconds=MONTH_ROUND_SECONDS)
    for at, reading in fired:
        print(f"false: {at:.0f} {reading.rule} {reading.name}: {reading.text}")
    print(f"a quiet month: {len(fired)} false alerts, {worst(fired)} of the worst endpoint")


PARTS: Final[Mapping[str, Callable[[], None]]] = {
    "quiet": tell_quiet,
    "record": record_demo,
    "day": tell_day,
    "live": tell_live,
}


def main() -> None:
    """Do the parts that the command line names, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    asked = parser.parse_args().parts
    unknown = sorted(set(asked) - set(PARTS))
    if unknown:
        parser.error(f"no part is called {unknown[0]!r}; there are: {', '.join(PARTS)}")
    for name in asked or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
