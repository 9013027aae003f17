"""A store in which somebody measured an endpoint with a fault, or one that was repaired."""

from __future__ import annotations

from collections.abc import Iterable

from api_performance.measure.calls import OperationStats
from api_performance.model import Endpoint, Instance, Operation
from api_performance.stores.base import Batch, InstanceState, Store
from tests.advice.making import CATALOGUE, PRICE, calls, window

REQUESTS = 60
LOOP = {PRICE: calls(REQUESTS, 40, 0.003)}
"""A minute's N + 1: 120 ms of each request."""

REPAIRED = {PRICE: calls(REQUESTS, 1, 0.006)}


def keep(  # what a store is filled with
    store: Store,
    minutes: Iterable[float],
    operations: dict[Operation, OperationStats] | None = None,
    *,
    seconds: float = 0.2,
    endpoint: Endpoint = CATALOGUE,
    pid: int = 1,
) -> None:
    """Write a minute's requests at the start of each of some minutes (Unix seconds UTC)."""
    operations = LOOP if operations is None else operations
    for minute in minutes:
        instance = Instance("shop", "1", "", "host", pid, minute)
        made = window(minute, REQUESTS, seconds, operations)
        state = InstanceState(instance, minute + 60, 1)
        store.append(Batch(state, 1, [(endpoint, made)], [endpoint], list(operations)))
