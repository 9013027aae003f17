"""The program that runs under callgrind: one fork for each case, with marked stretches.

A case is `<watcher>@<shape>`. The fork is made after everything is imported, so the start is paid
once and all cases begin with the same heap. Each drives two applications in turn, one alone and
one watched: where objects lie decides which entries of CPython's caches collide, and only within
one process that is the same for both (between processes it moved the difference by 2,000).

A call of `getpgid`, which nothing else makes, tells callgrind to write its counters and begin anew.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import traceback
from pathlib import Path

from benchmarks.overhead.apps import SHAPES
from benchmarks.overhead.cases import CASES, Watched, alone
from benchmarks.overhead.driver import drive, requests
from benchmarks.overhead.tape import CLOCK

WARM_UP_REQUESTS = 200


def _mark() -> None:
    os.getpgid(0)


async def _drive_marked(watched: Watched, shape_name: str, rounds: int, requests_each: int) -> None:
    """Mark, in every round: requests alone, requests watched, the drain, and the writing."""
    shape = SHAPES[shape_name]
    unwatched = alone(shape)
    streams = requests(shape.paths()), requests(shape.paths())
    for _ in range(rounds + 1):
        for one, stream in zip((unwatched, watched), streams, strict=True):
            await drive(one.app, stream, WARM_UP_REQUESTS)
            CLOCK.end_second()
            one.drain()
            one.write()
            gc.collect()
            _mark()
            await drive(one.app, stream, requests_each)
            _mark()
        CLOCK.end_second()
        watched.drain()
        _mark()
        watched.write()
        _mark()


def _run_case(case: str, rounds: int, requests_each: int) -> int:
    watcher, shape_name = case.split("@")
    try:
        watched = CASES[watcher](SHAPES[shape_name])
        asyncio.run(_drive_marked(watched, shape_name, rounds, requests_each))
    except Exception:  # noqa: BLE001  (the child must end here, whatever went wrong in the case)
        traceback.print_exc()
        return 1
    return 0


def run_cases(cases: list[str], rounds: int, requests_each: int) -> dict[str, int]:
    """Run each case in a fork and return the process id of each; RuntimeError if one fails."""
    processes = {}
    for case in cases:
        process = os.fork()
        if process == 0:
            os._exit(_run_case(case, rounds, requests_each))
        processes[case] = process
        if os.waitpid(process, 0)[1]:
            raise RuntimeError(f"the case {case} failed, see above")
    return processes


if __name__ == "__main__":
    result_file, rounds, requests_each, *names = sys.argv[1:]
    processes = run_cases(names, int(rounds), int(requests_each))
    Path(result_file).write_text(json.dumps(processes))
