"""The program that runs under callgrind: a fork for each case and watcher, with its marks.

`counted <result file> <operations> <case>...` writes the process of each `case@watcher`. A case is
a module of this package, `<case>_case`. Marks as in `benchmarks.overhead.counted`.

Ours is switched off and on within one process, in turns: with which other the interpreter's caches
let an attribute's name share a place is decided anew whenever a class is changed, and one unlucky
pair costs as much as a third of all that we add to a statement. Two processes would each keep
theirs to the end, and the difference of two such is no measure of ours.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path

from benchmarks.operations.case import Case, Following, MeasuredApp

TURNS = 5
"""Turns that count; in one before them caches fill."""

WARM_UP_OPERATIONS = 200
"""After each switch: until the interpreter knows again what it calls where."""


def _mark() -> None:
    os.getpgid(0)


async def _count_ours(case: Case, app: MeasuredApp, operations: int) -> None:
    """Mark before and after the operations, and after the drain: alone, then ours, in each turn."""
    ours = Following(case)
    for _ in range(1 + TURNS):
        for is_on in (False, True):
            ours.switch(is_on)
            await app.ask(WARM_UP_OPERATIONS)
            app.drain()
            gc.collect()
            _mark()
            await app.ask(operations)
            _mark()
            app.drain()
            _mark()


async def _count_opentelemetry(case: Case, app: MeasuredApp, operations: int) -> None:
    """Mark before and after the operations."""
    case.opentelemetry()
    await app.ask(operations)
    app.drain()
    gc.collect()
    _mark()
    await app.ask(operations)
    _mark()


WATCHERS: dict[str, Callable[[Case, MeasuredApp, int], Awaitable[None]]] = {
    "ours": _count_ours,
    "opentelemetry": _count_opentelemetry,
}


async def _run(name: str, watcher: str, operations: int) -> None:
    case: Case = import_module(f"benchmarks.operations.{name}_case").case()
    gc.disable()
    await WATCHERS[watcher](case, MeasuredApp(case), operations)


def _in_a_fork(name: str, watcher: str, operations: int) -> int:
    process = os.fork()
    if process == 0:
        try:
            asyncio.run(_run(name, watcher, operations))
            os._exit(0)
        except Exception:  # noqa: BLE001  # the child must end here, whatever went wrong in it
            traceback.print_exc()
            os._exit(1)
    if os.waitpid(process, 0)[1]:
        raise RuntimeError(f"the case {name} watched by {watcher} failed, see above")
    return process


if __name__ == "__main__":
    result_file, operations, *names = sys.argv[1:]
    processes = {
        f"{name}@{watcher}": _in_a_fork(name, watcher, int(operations))
        for name in names
        for watcher in WATCHERS
    }
    Path(result_file).write_text(json.dumps(processes))
