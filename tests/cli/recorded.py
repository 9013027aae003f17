"""Recordings of load runs, as an application's store holds them once it has ended."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random

from api_performance.measure.sketch import Sketch
from api_performance.measure.window import Window
from api_performance.model import LATENCY_PARTS, Endpoint, Instance, LatencyType, Operation
from api_performance.stores.base import FOLD_LEASE, Batch, InstanceState
from api_performance.stores.sqlite import SQLiteStore
from tests.advice.making import calls

SEARCH = Endpoint("GET", "/search", "shop")
PING = Endpoint("GET", "/ping", "shop")
STATEMENT = Operation(
    LatencyType.DATABASE, "SELECT * FROM goods", "sqlite", "shop/search.py:12 in search"
)
BEGAN = 1_800_000_000.0


def record(
    path: Path,
    *,
    search_seconds: float = 0.05,
    failing: int = 0,
    minutes: int = 3,
    version: str = "1",
    seed: int = 1,
    began: float = BEGAN,
    endpoints: tuple[Endpoint, ...] = (SEARCH, PING),
) -> Path:
    """Write `minutes` of load, batches of ten seconds with a hundred requests to each endpoint.

    Of those to SEARCH `failing` fail in each batch, and its statement takes most of the time.
    """
    draw = Random(seed)
    instance = Instance("shop", version, "", "host", seed, began)
    with closing(SQLiteStore(path)) as store:
        for number in range(6 * minutes):
            start = began + 10 * number
            windows = [
                (each, _window(draw, start, each, search_seconds, failing)) for each in endpoints
            ]
            state = InstanceState(instance, start + 10, number + 1)
            batch = Batch(state, number + 1, windows, endpoints, [STATEMENT])
            store.append(batch)
        end = began + 60 * minutes + 60
        lease = store.acquire(FOLD_LEASE, "test", end, 60)
        assert lease is not None
        store.fold(end, lease)
        store.release(lease)
    return path


def _window(
    draw: Random, start: float, endpoint: Endpoint, search_seconds: float, failing: int
) -> Window:
    is_search = endpoint == SEARCH
    mean = search_seconds if is_search else 0.004
    times = [mean * draw.lognormvariate(-0.02, 0.2) for _ in range(100)]
    failed = failing if is_search else 0
    made = Window(start)
    made.count_status(200, 100 - failed)
    made.class_stats(200).response_time.merge(Sketch.of(times[failed:]))
    if failed:
        made.count_status(500, failed)
        made.class_stats(500).response_time.merge(Sketch.of(times[:failed]))
    whole = sum(times)
    database = 0.9 * whole if is_search else 0.0
    parts = {LatencyType.DATABASE: database, LatencyType.PROCESSING: whole - database}
    made.latency_seconds = tuple(parts.get(part, 0.0) for part in LATENCY_PARTS)
    if is_search:
        made.operations = {STATEMENT.id: calls(100, 1, database / 100)}
    return made
