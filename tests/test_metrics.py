"""Door 1: what registering an endpoint costs, and what it changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api_performance import instrument, uninstrument
from api_performance.clock import ManualClock
from api_performance.instrumenting import runtime_of
from api_performance.metrics import APIPerformanceMonitor
from api_performance.model import MetricPriority
from api_performance.runtime import Runtime

START = 1_700_000_400.0


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    app = FastAPI(openapi_url=None)  # without routes of its own
    store = f"sqlite:///{tmp_path}/store/metrics.sqlite3"
    instrument(app, store=store, clock=ManualClock(START), runs_itself=False)
    found = runtime_of(app)
    assert found is not None
    yield found
    uninstrument(app)


def settled_revision(runtime: Runtime) -> int:
    """Flush until nothing is left to say, a sign of life included; return the store's revision."""
    runtime.flush()
    runtime.flush()
    return runtime.store.revision()


def test_registering_never_touches_the_store(runtime: Runtime, tmp_path: Path) -> None:
    monitor = APIPerformanceMonitor(runtime)
    for _ in range(1000):
        monitor.register_endpoint("/orders/{order_id}", "POST", MetricPriority.CRITICAL)
    assert not (tmp_path / "store").exists()


def test_registering_twice_writes_once(runtime: Runtime) -> None:
    monitor = APIPerformanceMonitor(runtime)
    before = settled_revision(runtime)
    first = monitor.register_endpoint("/orders/{order_id}", "POST")
    once = settled_revision(runtime)
    again = [monitor.register_endpoint("/orders/{order_id}", "POST") for _ in range(1000)]
    assert once == before + 1
    assert settled_revision(runtime) == once
    assert all(each == first for each in again)
    assert [each.name for each in runtime.store.endpoints()] == ["POST /orders/{order_id}"]


def test_both_ways_of_naming_a_method_are_one_endpoint(runtime: Runtime) -> None:
    monitor = APIPerformanceMonitor(runtime)
    named = monitor.register_endpoint("POST /orders/{order_id}", "GET")
    assert named == monitor.register_endpoint("/orders/{order_id}", "POST")


def test_a_priority_that_changes_is_written_again(runtime: Runtime) -> None:
    monitor = APIPerformanceMonitor(runtime)
    monitor.register_endpoint("/orders")
    once = settled_revision(runtime)
    monitor.register_endpoint("/orders", priority=MetricPriority.CRITICAL)
    assert settled_revision(runtime) == once + 1
    (stored,) = runtime.store.endpoints()
    assert stored.priority is MetricPriority.CRITICAL


def test_registering_again_without_a_priority_keeps_the_stated_one(runtime: Runtime) -> None:
    monitor = APIPerformanceMonitor(runtime)
    monitor.register_endpoint("/orders", priority=MetricPriority.HIGH)
    once = settled_revision(runtime)
    assert monitor.register_endpoint("/orders").priority is MetricPriority.HIGH
    assert settled_revision(runtime) == once
