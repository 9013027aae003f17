"""What runs beside an app: the thread that ticks, from an app's first request to its end."""

from __future__ import annotations

import gc
import threading

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api_performance import instrument, uninstrument
from api_performance.instrumenting import runtime_of
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
