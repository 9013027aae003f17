"""Who holds the lease judges: in a child process that lives no longer than it should."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api_performance.clock import ManualClock, SystemClock
from api_performance.config import Config
from api_performance.errors import LeaseLost
from api_performance.judge_process import JudgeProcess
from api_performance.judging import JUDGE_SECONDS, TAKEN_OVER, JudgeHere, Judging
from api_performance.model import Judged
from api_performance.runtime import Runtime
from api_performance.stores.base import FOLD_LEASE, Lease, Store
from api_performance.stores.memory import MemoryStore
from api_performance.stores.sqlite import SQLiteStore
from api_performance.wiring import make_judge
from tests.cli.servers import eventually, running
from tests.stores.making import a_flush

APP = """
from fastapi import FastAPI

app = FastAPI(title="shop")

@app.get("/things/{thing_id}")
async def thing(thing_id: int) -> int:
    return thing_id
"""


def a_lease(store: Store, holder: str = "a", seconds: float = 600.0) -> Lease:
    lease = store.acquire(FOLD_LEASE, holder, time.time(), seconds)
    assert lease is not None
    return lease


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(tmp_path / "metrics.sqlite3")) as opened:
        opened.append(a_flush(1, time.time() - 20, calls=7))
        yield opened


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[JudgeProcess]:
    config = Config(store=f"sqlite:///{tmp_path / 'metrics.sqlite3'}", analysis="process")
    with closing(SQLiteStore(tmp_path / "metrics.sqlite3")) as opened:
        made = make_judge(config, opened, SystemClock())
    assert isinstance(made, JudgeProcess)
    yield made
    made.end()


def judged(judge: JudgeProcess, lease: Lease, *, not_by: int = 0) -> Judged:
    """Follow the lease until a child other than `not_by` has judged."""
    found: list[Judged] = []

    def has_judged() -> bool:
        last = judge.follow(lease)
        if last is not None and last.pid != not_by:
            found.append(last)
        return bool(found)

    eventually(has_judged)
    return found[0]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_child_judges_under_the_lease_and_says_so_in_the_store(
    store: SQLiteStore, judge: JudgeProcess
) -> None:
    lease = a_lease(store)
    found = judged(judge, lease)
    assert found.pid != os.getpid()
    assert (found.request_count, found.endpoint_count) == (7, 1)
    assert found.fencing == lease.fencing
    assert found.since == found.at
    assert found.cpu_seconds > 0
    assert found.resident_bytes > 0
    (event,) = store.events(0, time.time() + 1, (TAKEN_OVER,))
    assert event.author == "a"


def test_the_child_ends_with_the_lease(store: SQLiteStore, judge: JudgeProcess) -> None:
    pid = judged(judge, a_lease(store)).pid
    assert judge.follow(None) is None
    assert is_gone(pid)


def test_a_child_that_was_killed_is_replaced(store: SQLiteStore, judge: JudgeProcess) -> None:
    lease = a_lease(store)
    killed = judged(judge, lease).pid
    os.kill(killed, signal.SIGKILL)
    assert judged(judge, lease, not_by=killed).request_count == 7


def test_a_child_that_cannot_be_started_is_tried_again_and_logged_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, store = ManualClock(), MemoryStore()
    judge = JudgeProcess({}, clock, interpreter="/nowhere/python")
    lease = store.acquire(FOLD_LEASE, "a", clock.now(), 600)
    for _ in range(50):
        assert judge.follow(lease) is None
        clock.advance(1)
    (record,) = caplog.records
    assert "/nowhere/python" in record.getMessage()
    clock.advance(60)
    judge.follow(lease)
    assert len(caplog.records) == 2


class Told:
    """A judge that notes under which lease it was to judge."""

    def __init__(self) -> None:
        self.leases: list[Lease | None] = []

    def follow(self, lease: Lease | None) -> None:
        self.leases.append(lease)

    def end(self) -> None:
        self.leases.append(None)


@pytest.mark.parametrize(("asleep_seconds", "acts"), [(0, True), (13, True), (14, False)])
def test_a_process_that_slept_past_its_lease_acts_no_more_though_it_was_given_it(
    monkeypatch: pytest.MonkeyPatch, asleep_seconds: float, acts: bool
) -> None:
    clock = ManualClock()
    runtime = Runtime(Config(store="memory://", service="shop"), clock=clock, runs_itself=False)
    engine, store = runtime.engine(), runtime.store
    engine.judge = judge = Told()
    ask = store.acquire

    def ask_and_sleep(name: str, holder: str, now: float, seconds: float) -> Lease | None:
        lease = ask(name, holder, now, seconds)
        clock.advance(asleep_seconds)
        return lease

    monkeypatch.setattr(store, "acquire", ask_and_sleep)
    store.append(a_flush(1, clock.now() - 20))
    engine.tick()
    assert (judge.leases[0] is not None) is acts
    assert (store.status().unfolded_batches == 0) is acts


def test_a_child_whose_parent_is_killed_ends_by_itself(store: SQLiteStore, tmp_path: Path) -> None:
    script = f"""
import time
from api_performance.clock import SystemClock
from api_performance.judge_process import JudgeProcess
from api_performance.stores.base import Lease
judge = JudgeProcess({{"store": "sqlite:///{tmp_path / "metrics.sqlite3"}"}}, SystemClock())
lease = Lease("fold", "a", {a_lease(store).fencing}, time.time() + 600)
while (found := judge.follow(lease)) is None:
    time.sleep(0.05)
print(found.pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    eventually(lambda: is_gone(pid))


def test_who_lost_the_lease_takes_nothing_over() -> None:
    clock = ManualClock()
    store = MemoryStore()
    stale = store.acquire(FOLD_LEASE, "a", clock.now(), 10)
    clock.advance(10)
    assert store.acquire(FOLD_LEASE, "b", clock.now(), 10) is not None
    assert stale is not None
    with pytest.raises(LeaseLost):
        Judging(store, clock).hold(stale)
    assert not store.events(0, clock.now() + 1)


def test_a_store_in_memory_is_judged_in_the_process_that_has_it() -> None:
    clock, store = ManualClock(), MemoryStore()
    judge = make_judge(Config(store="memory://", analysis="process"), store, clock)
    assert isinstance(judge, JudgeHere)
    lease = store.acquire(FOLD_LEASE, "a", clock.now(), 600)
    first = judge.follow(lease)
    assert first is not None
    assert first.pid == os.getpid()
    assert judge.follow(lease) is first  # not due yet
    clock.advance(JUDGE_SECONDS)
    second = judge.follow(lease)
    assert second is not None
    assert (second.at, second.since) == (first.at + JUDGE_SECONDS, first.at)
    assert judge.follow(None) is None


def test_nobody_judges_unless_asked_to() -> None:
    clock, store = ManualClock(), MemoryStore()
    judge = make_judge(Config(store="memory://"), store, clock)
    assert judge.follow(store.acquire(FOLD_LEASE, "a", clock.now(), 600)) is None


@pytest.mark.parametrize(
    "server_options",
    [
        ["--port", "0", "--workers", "2"],
        ["--gunicorn", "-b", "127.0.0.1:0", "-w", "2", "--preload"],
        ["--port", "0", "--reload"],
    ],
    ids=["uvicorn's workers", "gunicorn after a preload", "uvicorn that reloads"],
)
def test_of_several_workers_one_has_a_judge_and_it_ends_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server_options: list[str]
) -> None:
    (tmp_path / "shop.py").write_text(APP)
    monkeypatch.setenv("API_PERFORMANCE_AUTHENTICATION", "false")
    monkeypatch.setenv("API_PERFORMANCE_ANALYSIS", "process")
    with running(tmp_path, *server_options, "shop:app") as server:
        address = "/performance/api/v1/instances"

        def judges() -> list[int]:
            rows = json.loads(server.get(address))
            return [row["judged"]["pid"] for row in rows if row["judged"]]

        server.get("/things/1")
        eventually(lambda: len(judges()) == 1)
        (pid,) = judges()
        assert not is_gone(pid)
    eventually(lambda: is_gone(pid))
