"""The program that runs under callgrind: one fork for each case and watcher, with three marks.

`counted <result file> <operations> <case>...` writes the process of each `case@watcher`. A case is
a module of this package, `<case>_case`. Marks as in `benchmarks.overhead.counted`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path

from benchmarks.operations.case import Case, MeasuredApp, follow

WATCHERS = ("nobody", "ours", "opentelemetry")


def _mark() -> None:
    os.getpgid(0)


def _watch(case: Case, watcher: str) -> None:
    if watcher == "ours":
        follow(case)
    elif watcher == "opentelemetry":
        case.opentelemetry()


async def _run(name: str, watcher: str, operations: int) -> None:
    case: Case = import_module(f"benchmarks.operations.{name}_case").case()
    app = MeasuredApp(case)
    _watch(case, watcher)
    await app.ask(operations)  # caches fill
    app.drain()
    gc.collect()
    gc.disable()
    _mark()
    await app.ask(operations)
    _mark()
    app.drain()
    _mark()


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
