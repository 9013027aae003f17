"""The program that runs under callgrind: one fork for each case, with marked stretches.

A case is `<watcher>@<shape>`. The fork is made after everything is imported, so the start is paid
once and all cases begin with the same heap. Each drives an application alone and watched in turn,
a block of requests each, and ours is the same application both times: where objects lie decides
what an allocation costs and which entries of CPython's caches collide (between two applications
that moved the difference by 2,000, between before and after a write by as much).

A call of `getpgid`, which nothing else makes, tells callgrind to write its counters and begin anew.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.overhead.apps import SHAPES
from benchmarks.overhead.callgrind import BLOCK_REQUESTS
from benchmarks.overhead.cases import CASES, Watched
from benchmarks.overhead.driver import Request, drive, requests
from benchmarks.overhead.tape import CLOCK

WARM_UP_REQUESTS = 200


Mark = Callable[[], None]
Streams = tuple[Iterator[Request], Iterator[Request]]


def _mark() -> None:
    os.getpgid(0)


def _no_mark() -> None:
    """Let the count go on."""


async def _drive_both(watched: Watched, streams: Streams, count: int, mark: Mark) -> None:
    """Send `count` requests alone, in no time, then as many watched."""
    instant = CLOCK.now()
    watched.switch(False)
    await drive(watched.alone, streams[0], count)
    mark()
    CLOCK.stand_at(instant)
    watched.switch(True)
    await drive(watched.app, streams[1], count)
    mark()


async def _drive_marked(watched: Watched, shape_name: str, rounds: int, requests_each: int) -> None:
    """Mark, in every round: each block alone and watched, the drain, and the writing."""
    paths = SHAPES[shape_name].paths()
    streams = requests(paths), requests(paths)
    for _ in range(rounds + 1):
        await _drive_both(watched, streams, WARM_UP_REQUESTS, _no_mark)
        CLOCK.end_second()
        watched.drain()
        watched.write()
        gc.collect()
        _mark()
        for _ in range(requests_each // BLOCK_REQUESTS):
            await _drive_both(watched, streams, BLOCK_REQUESTS, _mark)
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
