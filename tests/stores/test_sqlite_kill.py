"""`kill -9` of a writing process, a hundred times at random moments, loses and doubles nothing."""

from __future__ import annotations

import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from api_performance.errors import LeaseLost
from api_performance.stores.base import Lease
from api_performance.stores.sqlite import SQLiteStore

from .making import NOW, an_instance, count, total

BATCHES_BEFORE = 20
"""A worker is past its start when it has written this many; then comes a random moment."""


def run_until_killed(path: Path, first_sequence: int, random_seconds: float) -> int:
    """Return the last sequence whose append had returned when the worker was killed."""
    command = [sys.executable, "-m", "tests.stores.writing_worker", str(path), "1"]
    worker = subprocess.Popen([*command, str(first_sequence)], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    said = b""
    with worker.stdout:
        while said.count(b"\n") < BATCHES_BEFORE:
            chunk = os.read(worker.stdout.fileno(), 1 << 16)
            assert chunk, f"the worker ended by itself: {worker.wait()}"
            said += chunk
        kill_at = time.monotonic() + random_seconds
        while (left := kill_at - time.monotonic()) > 0:  # its pipe must not fill meanwhile
            if select.select([worker.stdout], [], [], left)[0]:
                said += os.read(worker.stdout.fileno(), 1 << 16)
        worker.send_signal(signal.SIGKILL)
        said += worker.stdout.read()
    assert worker.wait() == -signal.SIGKILL
    return int(said.split()[-1])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kills", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_a_killed_worker_loses_nothing_that_was_flushed_and_counts_nothing_twice(
    tmp_path: Path, kills: int
) -> None:
    path, moments, sequence, applied = tmp_path / "metrics.sqlite3", random.Random(8), 0, 0
    for _ in range(kills):
        last = run_until_killed(path, sequence, moments.uniform(0, 0.05))
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        with closing(SQLiteStore(path)) as store:
            applied += last + 1 - sequence
            in_flight = total(store) - applied  # committed, but killed before it could say so
            assert in_flight in (0, 1)
            assert count(store, 3600) == total(store)
            applied += in_flight
            sequence = last + 1 + in_flight
            assert [state.sequence for state in store.instances(0)] == [sequence - 1]
            assert store.status().problem == ""
        assert not list(tmp_path.glob("*.corrupt-*"))
    assert applied == sequence > kills * BATCHES_BEFORE


def test_a_worker_killed_while_it_holds_the_lease_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite3"
    last = run_until_killed(path, 0, 0.05)
    with closing(SQLiteStore(path)) as store:
        now = NOW + last + 10
        lease = store.acquire("judge", "survivor", now, 10.0)
        assert lease is not None
        assert lease.fencing == 2
        store.fold(now, lease)
        assert store.status().unfolded_batches == 0
        with pytest.raises(LeaseLost):
            store.fold(now, Lease("judge", "the dead", 1, now))
        assert count(store, 60) == total(store) == total(store, an_instance().host)
        assert total(store) in (last + 1, last + 2)
