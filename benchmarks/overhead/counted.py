"""The program that runs under callgrind: one fork for each case, with marked stretches.

A case is `<watcher>@<shape>`. The fork is made after everything is imported, so the start is paid
once and all cases begin with the same heap. A call of `getpgid`, which nothing else makes, tells
callgrind to write its counters and begin anew. The files of a process are then: all before the
measured part, and in turn a stretch of requests and the upkeep after it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import traceback
from pathlib import Path

# Where objects lie decides which entries of CPython's caches collide, which is worth several
# hundred instructions a request either way. Each layout moves everything that is imported below.
LAYOUT, RESULT_FILE, STRETCHES, STRETCH_REQUESTS, *CASE_NAMES = sys.argv[1:]
_PADDING = [bytes(size) for size in range(8, 480, 16) for _ in range(int(LAYOUT) * 61)]

from benchmarks.overhead.apps import SHAPES  # noqa: E402  (after the padding, which moves it)
from benchmarks.overhead.cases import CASES, Watched  # noqa: E402
from benchmarks.overhead.driver import drive, requests  # noqa: E402


async def _drive_marked(
    watched: Watched, shape_name: str, stretches: int, requests_each: int
) -> None:
    """Warm up with one stretch, then mark every stretch of requests and the upkeep after it."""
    stream = requests(SHAPES[shape_name].paths())
    await drive(watched.app, stream, requests_each)
    watched.upkeep()
    gc.collect()
    os.getpgid(0)
    for _ in range(stretches):
        await drive(watched.app, stream, requests_each)
        os.getpgid(0)
        watched.upkeep()
        os.getpgid(0)


def _run_case(case: str) -> int:
    watcher, shape_name = case.split("@")
    try:
        watched = CASES[watcher](SHAPES[shape_name])
        asyncio.run(_drive_marked(watched, shape_name, int(STRETCHES), int(STRETCH_REQUESTS)))
    except Exception:  # noqa: BLE001  (the child must end here, whatever went wrong in the case)
        traceback.print_exc()
        return 1
    return 0


def run_cases(cases: list[str]) -> dict[str, int]:
    """Run each case in a fork and return the process id of each; RuntimeError if one fails."""
    processes = {}
    for case in cases:
        process = os.fork()
        if process == 0:
            os._exit(_run_case(case))
        processes[case] = process
        if os.waitpid(process, 0)[1]:
            raise RuntimeError(f"the case {case} failed, see above")
    return processes


if __name__ == "__main__":
    Path(RESULT_FILE).write_text(json.dumps(run_cases(CASE_NAMES)))
