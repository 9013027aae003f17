"""What looking for changes costs: CPU of a tick of 1,000 endpoints, memory, and the import.

Measured in a process of its own, as the judge is one. Endpoints are copies of a few that were
followed for two weeks, the longest that anything is kept; a tick hands each a minute, over six
hours, so that what is done now and then has its share.
"""

from __future__ import annotations

import copy
import json
import os
import random
import resource
import subprocess
import sys
import time
from dataclasses import fields
from itertools import accumulate
from math import exp
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # what importing it costs is measured
    from collections.abc import Sequence

    from api_performance.changes.minutes import Minutes
    from api_performance.changes.watches import ChangeWatch

ENDPOINTS: Final = 1000
TIMED: Final = 20
_KNOWN: Final = 4
_DAYS: Final = 14
_TICKS: Final = 360
_MIB: Final = 1 << 20


def main() -> None:
    """Measure, and print JSON."""
    before, began = _resident(), time.process_time()
    from api_performance.changes.watches import ChangeWatch

    importing = time.process_time() - began
    day = _day()
    watches = [ChangeWatch() for _ in range(_KNOWN)]
    start = 1_700_006_400.0
    for watch in watches:
        for hour in range(24 * _DAYS):  # as the judge reads the past
            at, piece = start + 3600.0 * hour, 60 * (hour % 24)
            for _ in watch.update(_cut(day, at, piece, 60), [], at + 3600):
                pass
    at = start + 86_400.0 * _DAYS
    seconds = _tick_seconds(
        [copy.deepcopy(watches[each % _KNOWN]) for each in range(TIMED)], day, at
    )
    del day
    kept = [copy.deepcopy(watches[each % _KNOWN]) for each in range(ENDPOINTS)]
    grown = (_resident() - before) / _MIB
    told = {"tick seconds": seconds, "memory MiB": grown, "import seconds": importing}
    print(json.dumps({**told, "endpoints": len(kept)}))


def _tick_seconds(timed: Sequence[ChangeWatch], day: Minutes, start: float) -> float:
    """Hand some watches minute after minute; return the CPU time of one minute of ENDPOINTS."""
    began = time.process_time()
    for tick in range(_TICKS):
        minute = _cut(day, start + 60 * tick, tick, 1)
        for watch in timed:
            for _ in watch.update(minute, [], start + 60 * (tick + 1)):
                pass
    return (time.process_time() - began) / _TICKS / TIMED * ENDPOINTS


def _day() -> Minutes:
    """Return a day's minutes, without numpy.random, whose 6 MB no judge needs."""
    from api_performance.changes.minutes import FIRST, WIDTH, Minutes

    day = Minutes.empty(0.0, 86_400.0)
    columns = range(day.times.shape[1])
    drawn = random.Random(1)
    below = list(
        accumulate(exp(-0.5 * ((FIRST + WIDTH * each + 2.3) / 0.5) ** 2) for each in columns)
    )
    for minute in range(1440):
        for column in drawn.choices(columns, cum_weights=below, k=drawn.randint(125, 175)):
            day.times[minute, column] += 1
        day.count[minute] = count = day.times[minute].sum()
        day.bytes_out[minute] = 2000 * count * drawn.uniform(0.9, 1.1)
        day.parts[minute] = 0.02 * count * drawn.uniform(0.9, 1.1)
    return day


def _cut(day: Minutes, start: float, first: int, count: int) -> Minutes:
    """Return some minutes of the day, as if they had begun at `start`."""
    parts = {
        each.name: getattr(day, each.name)[first : first + count]
        for each in fields(day)
        if each.name != "start"
    }
    return type(day)(start, **parts)


def measure() -> dict[str, float]:
    """Run this in a process of its own and return what it printed."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.analysis.cost"],
        check=True,
        capture_output=True,
        env=environment,
    )
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def _resident() -> int:
    """Return the memory in bytes that is the process' own now."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # no Linux: the most it ever was
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
