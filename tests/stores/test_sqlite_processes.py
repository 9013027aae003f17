"""Several processes on one file: none is lost, none is in the other's way, a fork begins anew."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from api_performance.errors import LeaseLost
from api_performance.stores.base import Store
from api_performance.stores.sqlite import SQLiteStore

from .making import NOW, a_batch, a_flush, a_window, an_endpoint, an_instance, count, total

SPAWN = multiprocessing.get_context("spawn")
PROCESSES = 4
BATCHES = 60


def together(work: Callable[[Path, int, Connection], None], path: Path) -> list[object]:
    """Run `work` in some processes at once; return what each sends."""
    pipes = [SPAWN.Pipe() for _ in range(PROCESSES)]
    workers = [
        SPAWN.Process(target=work, args=(path, number, theirs))
        for number, (_, theirs) in enumerate(pipes)
    ]
    for worker in workers:
        worker.start()
    for ours, _ in pipes:
        assert ours.recv() == "ready"
    for ours, _ in pipes:
        ours.send("go")
    found = [ours.recv() for ours, _ in pipes]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    return found


def wait_for_all(pipe: Connection) -> None:
    pipe.send("ready")
    pipe.recv()


TRIES_THE_LOCK = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
    except OSError:
        print("held")
    else:
        print("free")
"""
"""Asks for the bytes that SQLite's readers share: who gets them believes to be alone, and its last
connection takes the log away from under all others ("How To Corrupt An SQLite Database File")."""


def test_opening_a_connection_leaves_the_locks_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite3"
    command = [sys.executable, "-c", TRIES_THE_LOCK, str(path)]
    with closing(SQLiteStore(path)) as first:
        first.append(a_flush(1, NOW))
        with closing(SQLiteStore(path)):
            assert subprocess.check_output(command, text=True).strip() == "held"


def write_and_fold(path: Path, number: int, pipe: Connection) -> None:
    """Open the file at the same moment as the others, write, and fold whenever the lease is had."""
    wait_for_all(pipe)
    folded = 0
    with closing(SQLiteStore(path, busy_seconds=30)) as store:
        instance = an_instance(number)
        for sequence in range(BATCHES):
            endpoint = an_endpoint(f"/{sequence % 5}")
            window = a_window(NOW + sequence, [0.1])
            store.append(a_batch(sequence, [(endpoint, window)], instance))
            lease = store.acquire("judge", instance.id, NOW + sequence, 3.0)
            with suppress(LeaseLost):  # time runs fast here: another may have it by now
                folded += store.fold(NOW + sequence, lease) if lease else 0
    pipe.send(folded)


def test_processes_that_write_and_fold_one_file_lose_and_double_nothing(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite3"
    folded = together(write_and_fold, path)
    assert sum(folded) > 0  # type: ignore[arg-type]  # the workers send numbers
    with closing(SQLiteStore(path)) as store:
        assert total(store) == count(store, 10) == count(store, 3600) == PROCESSES * BATCHES
        assert len(store.endpoints()) == 5
        assert len(store.instances(0)) == PROCESSES


def ask_for_a_key(path: Path, number: int, pipe: Connection) -> None:
    with closing(SQLiteStore(path)) as store:
        wait_for_all(pipe)
        pipe.send(store.key("session", lambda: os.urandom(16)))


def test_processes_that_ask_for_a_key_at_once_get_the_same(tmp_path: Path) -> None:
    keys = together(ask_for_a_key, tmp_path / "metrics.sqlite3")
    assert len(set(keys)) == 1


def ask_for_the_lease(path: Path, number: int, pipe: Connection) -> None:
    with closing(SQLiteStore(path, busy_seconds=30)) as store:
        wait_for_all(pipe)
        pipe.send(store.acquire("judge", f"process {number}", NOW, 10) is not None)


def test_one_of_several_processes_gets_the_lease(tmp_path: Path) -> None:
    got = together(ask_for_the_lease, tmp_path / "metrics.sqlite3")
    assert sorted(map(str, got)) == ["False"] * (PROCESSES - 1) + ["True"]


def test_what_one_process_deletes_does_not_mislead_another(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite3"
    with closing(SQLiteStore(path)) as first, closing(SQLiteStore(path)) as second:
        first.append(a_flush(1, NOW))
        second.clear()
        second.append(a_batch(1, [(an_endpoint("/new"), a_window(NOW))], an_instance(2)))
        first.append(a_flush(2, NOW + 1))
        found = {endpoint.template: window.count for endpoint, window in second.totals()}
        assert found == {"/new": 2, "/items/{item_id}": 2}


def test_threads_share_one_store(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "metrics.sqlite3", busy_seconds=30)) as store:

        def write(pid: int) -> None:
            for sequence in range(30):
                store.append(a_flush(sequence, NOW + sequence, an_instance(pid), calls=1))
                assert count(store, 60) > 0

        threads = [threading.Thread(target=write, args=(pid,)) for pid in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert total(store) == 180


def in_a_fork(work: Callable[[], None]) -> int:
    """Run `work` in a forked child; return its exit code."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_forked_child_uses_connections_of_its_own(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "metrics.sqlite3")) as store:
        store.append(a_flush(1, NOW))

        def write() -> None:
            assert store.append(a_flush(1, NOW, an_instance(2)))
            assert total(store) == 4
            store.close()

        assert in_a_fork(write) == 0
        store.append(a_flush(2, NOW + 1))
        assert total(store) == 6


def test_a_fork_in_the_middle_of_other_threads_work_leaves_both_sides_sound(
    tmp_path: Path,
) -> None:
    with closing(SQLiteStore(tmp_path / "metrics.sqlite3", busy_seconds=30)) as store:
        stop = threading.Event()
        written = 0

        def write() -> None:
            nonlocal written
            while not stop.is_set():
                store.append(a_flush(written, NOW + written % 600, calls=1))
                written += 1

        thread = threading.Thread(target=write)
        thread.start()
        try:
            for pid in range(2, 12):
                assert in_a_fork(partial(write_one, store, pid)) == 0
        finally:
            stop.set()
            thread.join()
        assert total(store) == written + 10


def write_one(store: Store, pid: int) -> None:
    assert store.append(a_flush(1, NOW, an_instance(pid), calls=1))
