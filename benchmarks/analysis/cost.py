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
from collections.abc import Iterator
from itertools import accumulate
from math import exp
from typing import Final

ENDPOINTS: Final = 1000
TIMED: Final = 20
_KNOWN: Final = 4
_DAYS: Final = 14
_TICKS: Final = 360
_WIDTH: Final = 0.0433
_COLUMNS: Final = 508
_FIRST: Final = -13.8
_MIB: Final = 1 << 20


def main() -> None:
    """Measure, and print JSON."""
    before, began = _resident(), time.process_time()
    from api_performance.analysis.endpoint import EndpointWatch

    importing = time.process_time() - began
    import numpy as np

    from api_performance.analysis.centre import Histogram

    minutes = np.zeros((1440, _COLUMNS), np.float32)
    for row, counts in zip(minutes, _day(), strict=True):
        row[:] = counts
    watches = [EndpointWatch(_WIDTH) for _ in range(_KNOWN)]
    start = 1_700_006_400.0
    for watch in watches:
        for hour in range(24 * _DAYS):  # as the judge reads the past
            at, piece = start + 3600.0 * hour, 60 * (hour % 24)
            read = Histogram(minutes[piece : piece + 60], _FIRST, _WIDTH)
            watch.update(at, read, [], at + 3600)
    at = start + 86_400.0 * _DAYS
    timed = [copy.deepcopy(watches[each % _KNOWN]) for each in range(TIMED)]
    began = time.process_time()
    for tick in range(_TICKS):
        minute = Histogram(minutes[tick : tick + 1], _FIRST, _WIDTH)
        for watch in timed:
            watch.update(at + 60 * tick, minute, [], at + 60 * (tick + 1))
    seconds = (time.process_time() - began) / _TICKS / TIMED * ENDPOINTS
    del minutes, timed
    kept = [copy.deepcopy(watches[each % _KNOWN]) for each in range(ENDPOINTS)]
    grown = (_resident() - before) / _MIB
    told = {"tick seconds": seconds, "memory MiB": grown, "import seconds": importing}
    print(json.dumps({**told, "endpoints": len(kept)}))


def _day() -> Iterator[list[int]]:
    """Count a day's minutes, without numpy.random, whose 6 MB no judge needs."""
    drawn = random.Random(1)
    along = (_FIRST + _WIDTH * column for column in range(_COLUMNS))
    below = list(accumulate(exp(-0.5 * ((each + 2.3) / 0.5) ** 2) for each in along))
    for _ in range(1440):
        counts = [0] * _COLUMNS
        for column in drawn.choices(range(_COLUMNS), cum_weights=below, k=drawn.randint(125, 175)):
            counts[column] += 1
        yield counts


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
