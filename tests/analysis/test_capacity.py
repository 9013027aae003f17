"""Queues against what is exactly known of them, and curves that a queue explains."""

from __future__ import annotations

from math import inf, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.analysis.capacity import (
    LoadPoint,
    arrival_scv,
    fit,
    outlook,
    squared_variation,
)
from api_performance.analysis.queueing import Queue, erlang_c
from api_performance.errors import ConfigError, NothingMeasured


def curve(queue: Queue, loads: tuple[float, ...]) -> list[LoadPoint]:
    points = []
    for load in loads:
        mean, p95 = queue.mean_seconds(load), queue.quantile_seconds(load)
        assert mean is not None
        assert p95 is not None
        points.append(LoadPoint(load, mean, p95, 1000))
    return points


def test_one_exponential_server_is_exact() -> None:
    queue = Queue(service_seconds=0.1)
    for load in (0.0, 2.0, 5.0, 9.0):
        assert queue.mean_seconds(load) == pytest.approx(0.1 / (1 - load / 10))
        assert queue.quantile_seconds(load) == pytest.approx(
            log(20) * 0.1 / (1 - load / 10), rel=0.01
        )


def test_constant_service_waits_half_as_long() -> None:
    exponential, constant = Queue(1.0), Queue(1.0, service_scv=0.0)
    waited = (exponential.mean_seconds(0.8) or inf) - 1
    assert (constant.mean_seconds(0.8) or inf) - 1 == pytest.approx(waited / 2)
    assert constant.quantile_seconds(0.0) == pytest.approx(1.0)


def test_erlangs_own_figures() -> None:
    assert erlang_c(1, 0.3) == pytest.approx(0.3)
    assert erlang_c(2, 0.5) == pytest.approx(1 / 3)
    assert erlang_c(10, 0.8) == pytest.approx(0.4092, abs=1e-4)  # tables of Erlang C, 8 erlangs
    assert erlang_c(4, 1.2) == 1.0


def test_more_than_it_can_do_has_no_response_time() -> None:
    queue = Queue(0.1, servers=2)
    assert queue.mean_seconds(20.0) is None
    assert queue.quantile_seconds(50.0) is None


def test_the_load_that_breaks_a_bound_is_where_p95_passes_it() -> None:
    queue = Queue(0.1, 0.5, servers=4)
    load = queue.breaks_at(0.5)
    assert load is not None
    assert queue.quantile_seconds(load) == pytest.approx(0.5, rel=0.01)
    assert queue.breaks_at(0.01) is None
    assert queue.breaks_at(1e9) == pytest.approx(0.98 * 40, rel=1e-3)


def test_the_curve_tells_service_time_and_servers() -> None:
    true = Queue(0.05, 0.5, servers=4)
    points = curve(true, (5.0, 20.0, 35.0, 45.0, 55.0))
    found = fit(points, 0.5)
    assert found.servers == 4
    assert found.service_seconds == pytest.approx(0.05, rel=0.03)
    told = outlook(points, found, 70.0, bound_seconds=0.5)
    assert told.p95_seconds == pytest.approx(true.quantile_seconds(70.0), rel=0.1)
    assert (told.is_reliable, told.reason) == (True, "")
    assert told.breaks_at_per_second == pytest.approx(true.breaks_at(0.5), rel=0.05)


def test_what_was_not_seen_is_said() -> None:
    flat = [LoadPoint(load, 0.1, 0.2, 1000) for load in (1.0, 2.0, 4.0)]
    assert "did not rise with load" in outlook(flat, fit(flat, 1.0), 6.0).reason
    alike = [LoadPoint(load, 0.1, 0.2, 1000) for load in (4.0, 4.1, 4.2)]
    assert "hardly varied" in outlook(alike, fit(alike, 1.0), 6.0).reason
    one = [LoadPoint(8.0, 0.5, 1.4, 1000)]
    full = outlook(one, Queue(0.1), 12.0)
    assert (full.p95_seconds, full.reason) == (None, "the load is more than the service can do")
    with pytest.raises(NothingMeasured):
        fit([], 1.0)
    with pytest.raises(NothingMeasured):
        outlook([], Queue(1.0), 1.0)


def test_variation_is_measured() -> None:
    random = np.random.default_rng(1)
    assert arrival_scv(random.poisson(50, 2000)) == pytest.approx(1.0, abs=0.1)
    busier = np.linspace(20, 200, 2000)
    assert arrival_scv(random.poisson(busier)) == pytest.approx(1.0, abs=0.1)  # no burst: the day
    assert arrival_scv([10] * 100) == 0.0
    assert arrival_scv([]) == arrival_scv([0, 0, 0]) == 1.0
    times = random.exponential(3.0, 50_000)
    assert squared_variation(times.mean(), (times**2).mean()) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("seconds", "servers"), [(0.0, 1), (-1.0, 1), (1.0, 0), (float("nan"), 1)])
def test_what_is_no_queue_is_refused(seconds: float, servers: int) -> None:
    with pytest.raises(ConfigError, match="is refused"):
        Queue(seconds, servers=servers)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 64), st.floats(0.0, 6.0), st.floats(0.1, 6.0), st.floats(0.01, 0.8))
def test_more_load_is_never_faster_and_p95_never_below_that_of_service(
    servers: int, service_scv: float, arrivals: float, busy: float
) -> None:
    queue = Queue(1.0, service_scv, arrivals, servers)
    idle, less, more = (queue.quantile_seconds(part * servers) for part in (0, busy, busy + 0.15))
    assert idle is not None
    assert less is not None
    assert more is not None
    assert 0 < idle * 0.99 <= less <= more * 1.01
