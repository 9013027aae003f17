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

from api_performance.alerts.alert import PerformanceAlert
from api_performance.alerts.commands import handed_in
from api_performance.alerts.notice import DELIVERY, NOTICE
from api_performance.changes.deploys import all_deploys
from api_performance.clock import ManualClock, SystemClock
from api_performance.config import Config
from api_performance.config.handing import handed_over
from api_performance.errors import LeaseLost
from api_performance.judge_process import JudgeProcess
from api_performance.judging import JUDGE_SECONDS, TAKEN_OVER, JudgeHere, Judging
from api_performance.measure.window import Window
from api_performance.model import PERFORMANCE_THRESHOLDS, Judged, PerformanceThreshold
from api_performance.runtime import Runtime
from api_performance.stores.base import (
    FOLD_LEASE,
    Batch,
    Event,
    InstanceState,
    Lease,
    Store,
)
from api_performance.stores.memory import MemoryStore
from api_performance.stores.sqlite import SQLiteStore
from api_performance.wiring import make_judge, make_judging
from tests.cli.servers import eventually, running
from tests.stores.making import a_batch, a_flush, an_endpoint, an_instance

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


def test_what_the_child_tells_the_log_is_logged_by_the_app(
    store: SQLiteStore, judge: JudgeProcess, caplog: pytest.LogCaptureFixture
) -> None:
    alert = PerformanceAlert(
        "/pay", "response_time", 3.0, 1.0, PerformanceThreshold.CRITICAL, "/pay is slow."
    )
    store.record_event(handed_in(alert, Event(time.time(), "", "", "the program", "")))
    lease = a_lease(store)
    eventually(lambda: judge.follow(lease) is not None and "/pay is slow" in caplog.text)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


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


def test_a_round_finds_what_fails_tells_it_and_says_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, store = ManualClock(), MemoryStore()
    rule = {"id": "often", "metric": "errors", "warning": 0.1, "clear_seconds": 60}
    objectives = {group: {"error_rate": 0.9} for group in PERFORMANCE_THRESHOLDS}
    config = Config(
        store="memory://",
        service="shop",
        performance_thresholds=objectives,
        alert_rules=[rule],
    )
    judging = make_judging(config, store, clock)
    lease = store.acquire(FOLD_LEASE, "a", clock.now(), 1e9)
    assert lease is not None
    for round_number in range(90):
        clock.advance(JUDGE_SECONDS)
        start = clock.now() // 1 - 2
        status = 500 if 12 <= round_number < 48 else 200
        window = Window(start)
        window.count_status(status, 200)
        window.class_stats(status).response_time.add([0.01] * 200)
        store.append(a_batch(round_number + 1, [(an_endpoint(), window)]))
        store.fold(clock.now(), lease)
        judging.hold(lease)
    judging.close()
    told = [event.reason for event in store.latest_events(NOTICE)]
    beginnings = [text.partition(",")[0] for text in told]
    assert beginnings == ["warning", "worse: critical", "over: critical"]
    eventually(lambda: len(store.latest_events(DELIVERY)) == len(told))
    assert "GET /items/{item_id}" in caplog.text


def test_the_child_is_given_all_settings_and_no_secret_shows_in_its_command(
    store: SQLiteStore, tmp_path: Path
) -> None:
    secret = "swordfish-swordfish"
    many = [{"id": f"rule-{number}", "metric": "errors", "warning": 0.5} for number in range(2000)]
    config = Config(
        store=f"sqlite:///{tmp_path / 'metrics.sqlite3'}",
        analysis="process",
        metrics_token=secret,
        retention={"1m": "20d"},
        trusted_proxies="10.0.0.0/8",
        priorities={"POST /checkout": "critical"},
        notify=[{"channels": "hook", "after": "5m"}],
        channels={"hook": {"kind": "webhook", "address": "http://127.0.0.1:9/x", "secret": secret}},
        objectives=[{"id": "fast", "kind": "latency", "target": 0.9, "bound": 0.5}],
        alert_rules=many,  # more than a pipe holds
        dashboard_config={"max_data_points": 500},
    )
    given = handed_over(config)
    assert Config(**json.loads(json.dumps(given))) == config
    assert len(json.dumps(given)) > 1 << 16
    judge = make_judge(config, store, SystemClock())
    assert isinstance(judge, JudgeProcess)
    try:
        pid = judged(judge, a_lease(store)).pid
        command = (
            Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        )
        assert secret.encode() not in command
    finally:
        judge.end()


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
    monkeypatch.delenv("API_PERFORMANCE_ANALYSIS")  # by default
    with running(tmp_path, *server_options, "shop:app") as server:
        address = "/performance/api/v1/instances"

        def judges() -> list[int]:
            rows = json.loads(server.get(address))
            return [row["judged"]["pid"] for row in rows if row["judged"]]

        def one_judges() -> bool:
            found[:] = judges()
            return len(found) == 1 and not is_gone(found[0])

        found: list[int] = []
        server.get("/things/1")
        eventually(one_judges)
    eventually(lambda: is_gone(found[0]))


def test_a_changed_version_is_marked_as_a_deploy_by_who_judges(store: SQLiteStore) -> None:
    config = Config(store="memory://", analysis="thread")
    judging = make_judging(config, store, SystemClock(), looks_for_changes=True)
    lease = a_lease(store)
    judging.hold(lease)
    newer = an_instance(2, version="2", started_at=time.time())
    store.append(Batch(InstanceState(newer, time.time(), 1), 1, []))
    judging.hold(lease)
    judging.hold(lease)
    assert [deploy.version for deploy in all_deploys(store)] == ["2"]
