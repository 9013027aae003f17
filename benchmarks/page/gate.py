"""The page over a full day of 200 endpoints: aims for its speed, a gate on a tab's memory.

The gate plays 900 pushes, those of 15 minutes, as fast as they are drawn: recorded ones, again and
again. `python -m benchmarks.page.gate 900` streams for 900 true seconds instead.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from playwright.sync_api import Browser

from benchmarks.overview import application, load
from benchmarks.page.day import fill_day
from benchmarks.page.tab import (
    Heap,
    Tape,
    change_ms,
    chromium,
    first_chart_ms,
    search_ms,
    tab,
)
from benchmarks.result import GateResult, write_result

OPENINGS: Final = 7
ROUNDS: Final = 5
RANGES: Final = ("5m", "1h", "24h", "15m", "6h")
WARM_UP_PUSHES: Final = 40
PUSHES: Final = 900

FIRST_CHART_AIM_MS: Final = 1000.0
CHANGE_AIM_MS: Final = 200.0
MOST_GROWTH_MEGABYTES: Final = 20.0


def run(seconds: float = 0.0) -> list[GateResult]:
    """Measure, keep the numbers, and return aims and gate; stream `seconds`, or play if 0."""
    with tempfile.TemporaryDirectory() as place:
        fill_day(Path(place))
        with application(Path(place)) as port, load(port), chromium() as browser:
            address = f"http://127.0.0.1:{port}/performance/"
            openings = open_often(browser, address)
            changes = change_often(browser, address)
            heap = stay_open(browser, address, lambda tape: _stream(tape, seconds))
    write_result(
        "page",
        {
            "first_chart_ms": openings,
            **{f"{what}_ms": taken for what, taken in changes.items()},
            "heap_megabytes": heap,
            "streamed_seconds": seconds,
        },
    )
    first, *later = openings
    return [
        GateResult(
            "the first chart over a day, first of all,",
            first,
            FIRST_CHART_AIM_MS,
            "ms",
            is_aim=True,
        ),
        GateResult(
            "the first chart over a day, median,",
            median(later),
            FIRST_CHART_AIM_MS,
            "ms",
            is_aim=True,
        ),
        *(
            GateResult(f"a {what} change, median,", median(taken), CHANGE_AIM_MS, "ms", is_aim=True)
            for what, taken in changes.items()
        ),
        GateResult(
            f"growth of a tab over {PUSHES} pushes,",
            heap[-1] - heap[0],
            MOST_GROWTH_MEGABYTES,
            "MB",
        ),
    ]


def open_often(browser: Browser, address: str) -> list[float]:
    """Return how long the first chart of a day took, each time in a tab that knows nothing."""
    taken = []
    for _ in range(OPENINGS):
        with tab(browser) as page:
            taken.append(first_chart_ms(page, f"{address}#/endpoints?range=24h"))
    return taken


def change_often(browser: Browser, address: str) -> dict[str, list[float]]:
    """Return how long other ranges and other rows took to show."""
    with tab(browser) as page:
        first_chart_ms(page, f"{address}#/endpoints?range=15m")
        for name in RANGES:  # so that the worker has read each once
            change_ms(page, f"#/endpoints?range={name}")
        ranges = [
            change_ms(page, f"#/endpoints?range={name}") for _ in range(ROUNDS) for name in RANGES
        ]
        words = [word for number in range(1, 2 * ROUNDS + 1) for word in (f"things/{number}7/", "")]
        return {"range": ranges, "filter": [search_ms(page, word) for word in words]}


def stay_open(browser: Browser, address: str, stream: Callable[[Tape], None]) -> list[float]:
    """Return a tab's memory in megabytes before and after it was pushed to."""
    with tab(browser) as page:
        tape = Tape(page)
        first_chart_ms(page, f"{address}#/endpoints?range=15m")
        tape.record(WARM_UP_PUSHES)
        heap = Heap(page)
        before = heap.used_megabytes()
        stream(tape)
        return [before, heap.used_megabytes()]


def _stream(tape: Tape, seconds: float) -> None:
    if seconds:
        tape.wait(seconds)
    else:
        tape.play(PUSHES)


if __name__ == "__main__":
    for result in run(*map(float, sys.argv[1:])):
        print(result.sentence())
