"""An app whose Redis goes away, comes back, or comes back empty: what it answers, what it loses."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api_performance import instrument
from api_performance.clock import ManualClock
from api_performance.engine import LEASE_SECONDS
from api_performance.instrumenting import runtime_of
from api_performance.model import Judged
from api_performance.runtime import Runtime
from api_performance.server.auth import REREAD_SECONDS, Auth, Role
from api_performance.stores.base import FOLD_LEASE, Lease
from api_performance.stores.circuit import MOST_SECONDS
from tests.stores.redis_server import RedisServer, a_redis_server

pytestmark = pytest.mark.needs_system("redis-server")

API: Final = "/performance/api/v1"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with a_redis_server(tmp_path) as server:
        yield server


class Process:
    """A measured app whose seconds pass when it is told, and who asks it."""

    def __init__(self, server: RedisServer, clock: ManualClock, **settings: Any) -> None:
        # Any: Config's fields
        app = FastAPI(openapi_url=None)
        app.add_api_route("/ping", lambda: "pong")
        app.add_api_route("/silent", lambda: "never called")
        known: dict[str, Any] = {"store": server.address(), "authentication": False}
        instrument(app, clock=clock, runs_itself=False, **known | settings)
        self.clock = clock
        self.client = TestClient(app)
        runtime = runtime_of(app)
        assert isinstance(runtime, Runtime)
        self.runtime = runtime

    def ping(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.client.get("/ping").status_code == 200

    def seconds(self, count: int = 1, pings: int = 0) -> None:
        for _ in range(count):
            self.ping(pings)
            self.clock.advance(1.0)
            self.runtime.tick()

    def ask(self, path: str) -> Any:  # Any: JSON
        answer = self.client.get(f"{API}/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def count(self) -> int:
        return int(self.ask("summary")["request_count"])


@pytest.fixture
def process(server: RedisServer) -> Process:
    return Process(server, ManualClock(float(int(time.time()))))


def catch_up(process: Process) -> None:
    process.seconds(int(MOST_SECONDS) + 1)


class Idle:
    """A judge that only remembers under which lease it may judge."""

    def __init__(self) -> None:
        self.lease: Lease | None = None

    def follow(self, lease: Lease | None) -> Judged | None:
        self.lease = lease
        return None

    def end(self) -> None:
        self.lease = None


def test_who_judges_stops_with_the_lease_though_nothing_can_be_written(
    server: RedisServer, process: Process
) -> None:
    process.runtime.engine().judge = judge = Idle()
    process.seconds(2, pings=1)
    assert judge.lease is not None
    server.stop()
    process.seconds(int(LEASE_SECONDS), pings=1)
    assert judge.lease is None


def test_what_was_measured_while_the_store_was_away_is_there_by_itself(
    server: RedisServer, process: Process
) -> None:
    process.seconds(1, pings=1)
    server.stop()
    process.seconds(20, pings=2)
    server.start()
    catch_up(process)
    assert process.count() == 40
    health = process.ask("health")
    assert (health["dropped_windows"], health["problems"]) == (0, [])


def test_what_is_dropped_and_what_is_told_add_up_to_what_was_asked(server: RedisServer) -> None:
    process = Process(server, ManualClock(float(int(time.time()))), max_buffered_batches=5)
    process.seconds(1, pings=1)
    server.stop()
    process.seconds(20, pings=3)
    server.start()
    catch_up(process)
    health = process.ask("health")
    assert health["dropped_windows"] == 15
    assert health["requests_in_dropped_windows"] == 45
    assert process.count() + 45 == 60
    (problem,) = health["problems"]
    assert problem.startswith("15 windows with 45 requests were dropped")
    (row,) = process.ask("instances")
    assert (row["dropped_windows"], row["requests_in_dropped_windows"]) == (15, 45)


def test_answers_while_the_store_is_away_name_the_trouble_and_try_nothing(
    server: RedisServer, process: Process
) -> None:
    process.seconds(1, pings=1)
    server.stop()
    process.seconds(1, pings=1)
    server.start()  # who asks it would find it: but only the next write does
    answer = process.client.get(f"{API}/summary")
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["detail"]
    health = process.ask("health")
    assert not health["is_ok"]
    assert "Start it" in health["problems"][0]
    catch_up(process)
    assert process.ask("health")["is_ok"]


def test_an_emptied_store_is_told_all_endpoints_and_users_stay_the_same(
    server: RedisServer, process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    process.seconds(1, pings=1)
    hashed = list(process.runtime.recorder.hasher.marks(["ann"]))
    before = process.runtime.store.lease(FOLD_LEASE)
    server.stop()
    process.seconds(2, pings=1)
    server.start()
    with caplog.at_level(logging.WARNING):
        catch_up(process)
        process.seconds(6)
    assert "the store was emptied" in caplog.text
    page = process.ask("endpoints")
    assert {row["template"] for row in page["endpoints"]} == {"/ping", "/silent"}
    assert process.count() == 2
    other = Process(server, process.clock)
    other.seconds(1, pings=1)
    assert list(other.runtime.recorder.hasher.marks(["ann"])) == hashed
    after = process.runtime.store.lease(FOLD_LEASE)
    assert before is not None
    assert after is not None
    assert after.fencing > before.fencing


def test_workers_of_an_emptied_store_agree_on_its_new_token(
    server: RedisServer, process: Process
) -> None:
    other = Process(server, process.clock)
    for each in (process, other):
        each.seconds(1)
    auths = [Auth(each.runtime.store, each.clock) for each in (process, other)]
    before = {auth.token(Role.VIEW) for auth in auths}
    server.stop()
    server.start()
    process.clock.advance(REREAD_SECONDS)
    after = {auth.token(Role.VIEW) for auth in auths}
    assert len(before) == len(after) == 1
    assert before != after


def test_a_stop_while_the_store_hangs_is_over_in_bounded_time(
    server: RedisServer, process: Process
) -> None:
    process.seconds(1, pings=1)
    server.pause()
    process.ping()
    closing = threading.Thread(target=process.runtime.engine().close, daemon=True)
    closing.start()
    closing.join(60)  # 2 s as a rule: one call's patience, and no second one waits
    assert not closing.is_alive()
    server.resume()
