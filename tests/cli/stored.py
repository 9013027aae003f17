"""A store with known content, as an application would have written it."""

import time
from collections.abc import Sequence
from pathlib import Path

from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance, MetricPriority, TrafficKind
from api_performance.stores.base import Batch, InstanceState
from api_performance.stores.sqlite import SQLiteStore

STORE = Path(".api-performance/metrics.sqlite3")
"""Where the default settings keep it."""

CHECKOUT = Endpoint("POST", "/checkout", "shop", MetricPriority.CRITICAL)
USER = Endpoint("GET", "/users/{user_id}", "shop")
LIVE = Endpoint("WEBSOCKET", "/live", "shop", kind=TrafficKind.WEBSOCKET)
SILENT = Endpoint("GET", "/silent", "shop", MetricPriority.LOW)
LEFT_OUT = Endpoint("GET", "/internal", "shop", is_monitored=False)


def fill(directory: Path) -> None:
    """Write a second: 200 requests for users of 10 ms, 20 checkouts of 4 s of which 2 failed."""
    (directory / STORE).parent.mkdir(exist_ok=True)
    store = SQLiteStore(directory / STORE)
    now = time.time()
    instance = Instance("shop", "1.0", "", "host", 1, now - 60)
    windows = [
        (USER, window(now, [0.01] * 200, failed=0)),
        (CHECKOUT, window(now, [4.0] * 20, failed=2)),
        (LIVE, connections(now, 7)),
    ]
    batch = Batch(InstanceState(instance, now, 1), 1, windows, [SILENT, LEFT_OUT])
    store.append(batch)
    store.close()


def window(now: float, seconds: Sequence[float], failed: int) -> Window:
    made = Window(int(now) - 1)
    made.count_status(200, len(seconds) - failed)
    made.class_stats(200).response_time.add(seconds[failed:])
    if failed:
        made.count_status(500, failed)
        made.class_stats(500).response_time.add(seconds[:failed])
    return made


def connections(now: float, count: int) -> Window:
    made = Window(int(now) - 1)
    made.count_status(101, count)
    made.open_connections = count
    return made
