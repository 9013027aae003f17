"""The process that judges: told its store and its lease by standard input, until that is closed.

It is started by the holder of the lease (judge_process.py) and by nobody else. The first line are
the settings, each of the others is a renewal of the lease. What it did it says as JSON, a
line each round.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from contextlib import closing
from queue import Empty, Queue
from threading import Thread
from typing import Final

import msgspec

from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.errors import LeaseLost, StoreUnavailable
from api_performance.judge_process import Logged
from api_performance.judging import Judging
from api_performance.stores.base import Lease
from api_performance.wiring import make_judging, make_store

NICE: Final = 10
"""The app comes first."""

LOOK_SECONDS: Final = 1.0
"""So often it looks whether a round is due, and whether who started it still lives."""


def main() -> None:
    """Judge until standard input is closed, or the parent is gone."""
    os.nice(NICE)
    logging.getLogger("api_performance").addHandler(_ToParent())
    parent = os.getppid()
    config = Config(**msgspec.json.decode(sys.stdin.buffer.readline()))
    renewals: Queue[Lease | None] = Queue()
    Thread(target=_read, args=(renewals.put,), daemon=True).start()
    clock = SystemClock()
    with closing(make_store(config, clock)) as store:
        judging = make_judging(config, store, clock, looks_for_changes=True)
        lease: Lease | None = None
        while os.getppid() == parent:
            try:
                lease = renewals.get(timeout=LOOK_SECONDS)
            except Empty:
                pass
            else:
                if lease is None:
                    return
            if lease is not None and clock.now() < lease.expires_at and judging.is_due():
                lease = _round(judging, lease)


class _ToParent(logging.Handler):
    """Has the parent log what is logged here, as the app wants its log."""

    def emit(self, record: logging.LogRecord) -> None:
        _say(msgspec.json.encode(Logged(record.levelno, self.format(record))).decode())


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _read(put: Callable[[Lease | None], None]) -> None:
    for line in sys.stdin.buffer:
        put(msgspec.json.decode(line, type=Lease))
    put(None)


def _round(judging: Judging, lease: Lease) -> Lease | None:
    """Judge once, and say what was done; return the lease unless it was lost."""
    try:
        said = msgspec.json.encode(judging.hold(lease)).decode()
    except LeaseLost:
        return None
    except StoreUnavailable as error:
        said = str(error)
    _say(said)
    return lease


if __name__ == "__main__":
    main()
