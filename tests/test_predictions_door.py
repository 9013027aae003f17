"""What code gets from the optimizer's predictions, on an event loop and off it."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from api_performance import instrument, uninstrument
from api_performance.errors import ConfigError, NothingMeasured
from api_performance.instrumenting import runtime_of
from api_performance.metrics import get_api_monitor
from api_performance.optimizer import APIPerformanceOptimizer, Prediction, get_api_optimizer
from api_performance.queries import EndpointUnknown, QuestionRefused
from api_performance.runtime import Runtime

PATIENCE_SECONDS = 60.0


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    app = FastAPI()
    instrument(app, store="memory://", runs_itself=False)
    found = runtime_of(app)
    assert found is not None
    yield found
    uninstrument(app)


async def record(*requests: tuple[str, str, float]) -> None:
    monitor = await get_api_monitor()
    for method, endpoint, seconds in requests:
        monitor.record_request(endpoint, method, seconds, 200)


def floats(told: dict[str, Prediction]) -> bool:
    return all(
        isinstance(value, float)
        for each in told.values()
        for value in (each["predicted"], each["lower"], each["upper"], each["at"])
    )


def test_an_endpoint_is_named_by_template_with_or_without_its_method(runtime: Runtime) -> None:
    async def ask() -> None:
        await record(("GET", "/api/users", 0.2), ("POST", "/api/users", 0.4))
        optimizer = await get_api_optimizer()
        for endpoint, seconds in (("GET /api/users", 0.2), ("post /api/users", 0.4)):
            told = optimizer.get_performance_predictions(endpoint)
            assert told["response_time"]["predicted"] == pytest.approx(seconds, rel=0.02)
            assert floats(told)
        for together in ("/api/users", None):
            told = optimizer.get_performance_predictions(together, hours_ahead=3)
            assert 0.2 <= told["response_time"]["predicted"] <= 0.41
            assert told["throughput"]["predicted"] > 0
            assert told["response_time"]["reason"]

    asyncio.run(ask())


def test_what_was_not_prepared_is_made_meanwhile_and_nothing_waits(runtime: Runtime) -> None:
    async def ask() -> None:
        await record(("GET", "/api/users", 0.2))
        optimizer = await get_api_optimizer()
        first = optimizer.get_performance_predictions("/api/users", hours_ahead=48)
        assert first["response_time"]["predicted"] == pytest.approx(0.2, rel=0.02)
        assert not first["response_time"]["reliable"]
        assert floats(first)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "being made" in first["response_time"]["reason"]:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
            first = optimizer.get_performance_predictions("/api/users", hours_ahead=48)
        assert "history is too short" in first["response_time"]["reason"]

    asyncio.run(ask())
    for thread in threading.enumerate():
        if thread.name == "api-performance-predictions":
            thread.join(PATIENCE_SECONDS)


def test_off_the_loop_the_store_is_read(runtime: Runtime) -> None:
    optimizer = APIPerformanceOptimizer(runtime)
    asyncio.run(record(("GET", "/api/users", 0.2)))
    with pytest.raises(EndpointUnknown, match="none so far"):
        optimizer.get_performance_predictions("/api/users")
    runtime.flush()
    told = optimizer.get_performance_predictions("/api/users", hours_ahead=1)
    assert told["response_time"]["predicted"] == pytest.approx(0.2, rel=0.02)
    assert told["response_time"]["at"] > runtime.clock.now() - 3600


def test_what_cannot_be_foretold_is_named(runtime: Runtime) -> None:
    async def ask() -> None:
        optimizer = await get_api_optimizer()
        with pytest.raises(NothingMeasured):
            optimizer.get_performance_predictions()
        await record(("GET", "/api/users", 0.2))
        optimizer = await get_api_optimizer()
        with pytest.raises(EndpointUnknown, match="those that there are: GET /api/users"):
            optimizer.get_performance_predictions("/api/user")
        with pytest.raises(QuestionRefused, match="hours_ahead"):
            optimizer.get_performance_predictions("/api/users", hours_ahead=1000)

    asyncio.run(ask())


def test_without_numpy_only_predictions_are_refused(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)

    async def ask() -> None:
        await record(("GET", "/api/users", 0.2))
        optimizer = await get_api_optimizer()
        assert optimizer.sla_monitor.check_sla_compliance({"error_rate": 0.0}) == {
            "error_rate": True
        }
        with pytest.raises(ConfigError, match="forecasts need numpy"):
            optimizer.get_performance_predictions("/api/users")

    asyncio.run(ask())
    assert not runtime.queries.health().problems
