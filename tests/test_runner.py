"""What runs beside an app: the thread that ticks, from an app's first request to its end."""

from __future__ import annotations

import gc
import threading
import time

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api_performance import instrument, uninstrument
from api_performance.instrumenting import runtime_of
from api_performance.runner import Pacer
from api_performance.runtime import current_runtime

JOIN_SECONDS = 30


def tickers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "api-performance"}


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/ping")
    def ping() -> str:
        return "pong"

    instrument(app, store="memory://")
    return app


def asked_app() -> tuple[FastAPI, threading.Thread]:
    before = tickers()
    app = make_app()
    TestClient(app).get("/ping")
    (ticker,) = tickers() - before
    return app, ticker


def test_no_thread_runs_before_the_first_request() -> None:
    before = tickers()
    app = make_app()
    assert tickers() == before
    uninstrument(app)


def test_the_thread_ends_with_uninstrument() -> None:
    app, ticker = asked_app()
    uninstrument(app)
    assert not ticker.is_alive()


def test_the_last_that_a_process_says_is_that_it_stops() -> None:
    app, _ = asked_app()
    runtime = runtime_of(app)
    assert runtime is not None
    store = runtime.store
    runtime.flush()
    assert [state.has_ended for state in store.instances(0)] == [False]
    uninstrument(app)
    assert [state.has_ended for state in store.instances(0)] == [True]


def test_the_thread_ends_when_nobody_holds_the_app_any_more() -> None:
    app, ticker = asked_app()
    assert ticker.is_alive()
    del app
    gc.collect()
    ticker.join(JOIN_SECONDS)
    assert not ticker.is_alive()


@pytest.mark.parametrize("is_undone", [True, False])
def test_the_app_instrumented_before_is_current_again_when_one_leaves(is_undone: bool) -> None:
    first, second = make_app(), make_app()
    assert current_runtime() is runtime_of(second)
    if is_undone:
        uninstrument(second)
    del second
    gc.collect()
    assert current_runtime() is runtime_of(first)
    uninstrument(first)


def test_what_was_written_is_let_go_at_once_unless_somebody_may_ask_for_it() -> None:
    app = FastAPI()
    app.add_api_route("/ping", lambda: "pong")
    instrument(app, store="memory://", runs_itself=False)
    runtime = runtime_of(app)
    assert runtime is not None
    TestClient(app).get("/ping")
    runtime.flush()
    assert not runtime.pending_windows(0)
    runtime.engine().remember()
    TestClient(app).get("/ping")
    runtime.flush()
    assert len(runtime.pending_windows(0)) == 1
    uninstrument(app)


def work(cpu_seconds: float) -> None:
    begun = time.thread_time()
    while time.thread_time() < begun + cpu_seconds:
        pass


def test_the_longest_stretch_counts_to_the_end_and_not_past_a_breath() -> None:
    pacer = Pacer(stretch_seconds=0.002)
    for _ in range(3):
        work(0.004)
        pacer()  # a breath: the stretches do not add up
    assert 0.004 <= pacer.longest_stretch_seconds < 0.012
    work(0.02)
    pacer.end()
    assert pacer.longest_stretch_seconds >= 0.02


def test_what_the_thread_did_before_a_restart_is_in_no_stretch() -> None:
    pacer = Pacer()
    work(0.02)
    pacer.restart()
    pacer.end()
    assert pacer.longest_stretch_seconds < 0.02
