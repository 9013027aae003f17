"""Recommendations from code: asked for and acted upon, on an event loop and off it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api_performance import instrument, uninstrument
from api_performance.config import Config
from api_performance.dashboard import DashboardManager
from api_performance.errors import ConfigError, RecommendationUnknown, SwitchedOff
from api_performance.instrumenting import runtime_of
from api_performance.metrics import MetricPriority
from api_performance.optimizer import (
    APIPerformanceOptimizer,
    OptimizationType,
    RecommendationState,
    get_api_optimizer,
)
from api_performance.runtime import Runtime
from tests.advice.stored import keep
from tests.server.running import eventually


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    app = FastAPI()
    instrument(app, store=f"sqlite:///{tmp_path}/metrics.sqlite3", runs_itself=False)
    found = runtime_of(app)
    assert found is not None
    minute = found.clock.now() // 60 * 60
    keep(found.store, [minute - 180, minute - 120])
    yield found
    uninstrument(app)


@pytest.fixture
def optimizer(runtime: Runtime) -> APIPerformanceOptimizer:
    return APIPerformanceOptimizer(runtime)


def test_they_are_filtered_by_type_priority_and_state(optimizer: APIPerformanceOptimizer) -> None:
    (found,) = optimizer.get_recommendations()
    assert optimizer.get_recommendations(OptimizationType.DATABASE, "high") == [found]
    assert optimizer.get_recommendations(optimization_type="caching") == []
    assert optimizer.get_recommendations(priority=MetricPriority.LOW) == []
    with pytest.raises(ConfigError, match="magic"):
        optimizer.get_recommendations("magic")


def test_code_applies_and_dismisses(optimizer: APIPerformanceOptimizer) -> None:
    (found,) = optimizer.get_recommendations()
    assert optimizer.mark_applied(found).state is RecommendationState.APPLIED
    with pytest.raises(ConfigError, match="reason"):
        optimizer.dismiss(found, " ")
    assert optimizer.dismiss(found.id, "rare").reason == "rare"
    assert optimizer.get_recommendations() == []
    (dismissed,) = optimizer.get_recommendations(state="dismissed")
    assert dismissed.author == "the program"
    with pytest.raises(RecommendationUnknown, match="nope"):
        optimizer.mark_applied("nope")


def test_on_an_event_loop_an_act_is_seen_at_once_and_written_by_a_thread(runtime: Runtime) -> None:
    async def run() -> None:
        optimizer = await get_api_optimizer()
        (found,) = optimizer.get_recommendations()
        optimizer.dismiss(found, "rare")
        assert optimizer.get_recommendations() == []
        with pytest.raises(RecommendationUnknown):
            optimizer.dismiss("nope", "rare")

    asyncio.run(run())
    other = APIPerformanceOptimizer(runtime)
    eventually(lambda: bool(other.get_recommendations(state="dismissed")))


def test_the_widget_answers_and_is_refused_where_it_is_switched_off(runtime: Runtime) -> None:
    data = DashboardManager(runtime).get_dashboard_data("optimization_recommendations")
    assert data["recommendations"]["total"] == 1


def test_switched_off_nothing_is_recommended() -> None:
    app = FastAPI()
    off = {"enable_optimizations": False}
    instrument(app, store="memory://", runs_itself=False, dashboard_config=off)
    with pytest.raises(SwitchedOff, match="enable_optimizations"):
        APIPerformanceOptimizer(runtime_of(app)).get_recommendations()
    uninstrument(app)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"no_rule": False}, "no_rule"),
        ({"n_plus_one": {"no_bound": 1}}, "no_bound"),
        ({"n_plus_one": {"least_share": -1}}, "least_share"),
    ],
)
def test_a_rule_or_threshold_that_there_is_not_is_refused_by_name(
    chosen: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        Config(advice_rules=chosen)
    taken = Config(advice_rules={"n_plus_one": False, "pool_wait": {"least_share": 0.5}})
    assert taken.advice_rules["n_plus_one"] is False
