"""Load the application with and without the product, and print what that adds.

`python -m benchmarks.latency_wrk [rounds] [seconds]`. Two servers run without it: what differs
between those two is the noise that every other difference must be read against (A/A).
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from operator import sub
from pathlib import Path
from statistics import mean, median

from benchmarks.latency_wrk.load import Stretch, serving
from benchmarks.result import write_result

Runs = dict[str, list[Stretch]]

WATCHERS = ("plain", "plain-again", "ours")
WARM_UP_SECONDS = 2


def measure(rounds: int, seconds: int) -> Runs:
    """Load the servers in turn, each round in another order, and return every stretch of each."""
    runs: Runs = {watcher: [] for watcher in WATCHERS}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = {
            watcher: stack.enter_context(serving(watcher, Path(folder))) for watcher in WATCHERS
        }
        for server in servers.values():
            server.load(WARM_UP_SECONDS)
        for number in range(rounds):
            for watcher in _in_turn(number):
                runs[watcher].append(servers[watcher].load(seconds))
    return runs


def _in_turn(number: int) -> tuple[str, ...]:
    start = number % len(WATCHERS)
    return WATCHERS[start:] + WATCHERS[:start]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: its median in each server, and the medians of the differences round by round."""

    name: str
    plain: float
    ours: float
    added: float
    added_by_noise: float

    def line(self) -> str:
        """Return it as a line of the table."""
        ratio = self.added / self.plain * 100
        noise = self.added_by_noise / self.plain * 100
        return (
            f"{self.name:22}{self.plain:>10.3f}{self.ours:>10.3f}{self.added:>+10.3f}{ratio:>+8.1f}%"
            f"{self.added_by_noise:>+10.3f}{noise:>+8.1f}%"
        )


def rows(runs: Runs) -> list[Row]:
    """Compare the servers figure by figure."""
    return [_row(field.name, runs) for field in fields(Stretch)]


def _row(name: str, runs: Runs) -> Row:
    plain, again, ours = (
        [getattr(stretch, name) for stretch in runs[watcher]] for watcher in WATCHERS
    )
    return Row(
        name,
        plain=median(plain + again),
        ours=median(ours),
        added=median(map(sub, ours, map(mean, zip(plain, again, strict=True)))),
        added_by_noise=median(map(sub, again, plain)),
    )


def main(rounds: int = 9, seconds: int = 3) -> None:
    """Measure, print the table and keep the numbers."""
    compared = rows(measure(rounds, seconds))
    write_result("latency_wrk", {row.name: asdict(row) for row in compared})
    print("Milliseconds, but requests per second; A/A is one server without it against another.")
    print(f"{'':22}{'without':>10}{'with':>10}{'added':>10}{'':>9}{'A/A':>10}")
    print("\n".join(row.line() for row in compared))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
