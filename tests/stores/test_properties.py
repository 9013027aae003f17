"""Whatever the order, the company and the repetition of batches: what is kept is the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api_performance.measure.window import Window
from api_performance.stores.base import Batch, Retention, Store
from api_performance.stores.memory import MemoryStore
from api_performance.stores.redis import RedisStore
from api_performance.stores.sqlite import SQLiteStore

from .conftest import REDIS
from .making import NOW, a_batch, a_window, an_endpoint, an_instance, read, the_lease

SECONDS = 130
ENDPOINTS = [an_endpoint("/a"), an_endpoint("/b")]

durations = st.lists(st.integers(1_000, 5_000_000_000), min_size=1, max_size=4)
windows = st.tuples(st.sampled_from(ENDPOINTS), st.integers(0, SECONDS - 1), durations)
flushes = st.lists(
    st.tuples(st.integers(1, 3), st.lists(windows, max_size=3)), min_size=1, max_size=8
)


Found = list[tuple[int, list[tuple[object, int, list[int]]]]]

SHARED_SERVER = [HealthCheck.function_scoped_fixture]
"""Each example opens a store of its own, whatever it shares a server with."""


def batches_of(found: Found) -> list[Batch]:
    """Make one batch per flush; durations are whole nanoseconds, as windows are packed."""
    made = []
    for sequence, (pid, contents) in enumerate(found):
        packed = [
            (endpoint, a_window(NOW + second, [value / 1e9 for value in nanoseconds]))
            for endpoint, second, nanoseconds in contents
        ]
        made.append(a_batch(sequence, packed, an_instance(pid)))  # type: ignore[arg-type]  # drawn
    return made


KINDS = ["memory", "sqlite", *REDIS]
OpenKind = Callable[[str], AbstractContextManager[Store]]


@pytest.fixture
def a_store(request: pytest.FixtureRequest) -> OpenKind:
    """Open a store of a kind, empty, as often as it is called."""

    @contextmanager
    def opened(kind: str) -> Iterator[Store]:
        if not kind.startswith("redis"):
            with a_local_store(kind) as store:
                yield store
            return
        server = request.getfixturevalue("redis_server")
        store = RedisStore(server.fresh(), shards=3 if "three" in kind else 1, is_simulated=True)
        yield store
        store.close()

    return opened


@contextmanager
def a_local_store(kind: str) -> Iterator[Store]:
    if kind == "memory":
        yield MemoryStore(Retention())
        return
    with tempfile.TemporaryDirectory() as folder:
        store = SQLiteStore(Path(folder) / "store.sqlite3")
        yield store
        store.close()


def kept(store: Store) -> dict[object, Window]:
    """Return everything kept but what was in flight, which knows only its own folding."""
    found: dict[object, Window] = {
        (step, *key): window
        for step in (1, 10, 60, 3600)
        for key, window in read(store, step, 0, 2e9).items()
    }
    found |= {endpoint.id: window for endpoint, window in store.totals()}
    for window in found.values():
        window.in_flight_peak = 0
    return found


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, suppress_health_check=SHARED_SERVER)
@given(data=st.data(), found=flushes)
def test_order_and_partition_into_foldings_and_duplicates_change_nothing(
    a_store: OpenKind, kind: str, data: st.DataObject, found: Found
) -> None:
    batches = batches_of(found)
    with a_store("memory") as store:
        for batch in batches:
            store.append(batch)
        expected = kept(store)
    order = data.draw(st.permutations(batches))
    with a_store(kind) as store:
        lease = the_lease(store)
        for batch in order:
            assert store.append(batch)
            repeated = data.draw(st.sampled_from(order[: order.index(batch) + 1]))
            assert not store.append(repeated)
            if data.draw(st.booleans()):
                store.fold(NOW + data.draw(st.integers(0, SECONDS + 10)), lease)
            if data.draw(st.booleans()):
                store.compact(NOW + 300, lease)
        assert kept(store) == expected
        store.fold(NOW + SECONDS + 10, lease)
        assert kept(store) == expected
        store.compact(NOW + 500, lease)
        assert kept(store) == expected


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, suppress_health_check=SHARED_SERVER)
@given(data=st.data(), found=flushes)
def test_totals_never_fall(a_store: OpenKind, kind: str, data: st.DataObject, found: Found) -> None:
    with a_store(kind) as store:
        lease = the_lease(store)
        last: dict[str, tuple[float, ...]] = {}
        for batch in batches_of(found):
            store.append(batch)
            for step in data.draw(st.lists(st.sampled_from(["fold", "compact"]), max_size=2)):
                if step == "fold":
                    store.fold(NOW + SECONDS, lease)
                else:
                    store.compact(NOW + data.draw(st.integers(0, 10_000_000)), lease)
            for endpoint, window in store.totals():
                now = (window.count, window.response_time().sum, sum(window.latency_seconds))
                before = last.get(endpoint.id, (0.0,) * 3)
                assert all(new >= old for new, old in zip(now, before, strict=True))
                last[endpoint.id] = now
