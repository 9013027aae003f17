"""Whatever the order, the company and the repetition of batches: what is kept is the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api_performance.measure.window import Window
from api_performance.stores.base import Batch, Retention, Store
from api_performance.stores.memory import MemoryStore
from api_performance.stores.sqlite import SQLiteStore

from .conftest import REDIS, a_fresh_redis_store
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
        store = a_fresh_redis_store(request, kind)
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
    expected = kept_in_memory(a_store, batches)
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


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, suppress_health_check=SHARED_SERVER)
@given(found=flushes)
def test_writers_at_once_and_a_folding_beside_them_change_nothing(
    a_store: OpenKind, kind: str, found: Found
) -> None:
    batches = batches_of(found)
    expected = kept_in_memory(a_store, batches)
    with a_store(kind) as store:
        lease = the_lease(store)
        with ThreadPoolExecutor() as pool:
            first = [pool.submit(store.append, batch) for batch in batches]
            again = [pool.submit(store.append, batch) for batch in batches]
            foldings = [pool.submit(store.fold, NOW + SECONDS + 10, lease) for _ in range(2)]
            applied = [answer.result() for answer in first + again]
            folded = sum(answer.result() for answer in foldings)
        assert applied.count(True) == len(batches)
        with_windows = sum(bool(batch.windows) for batch in batches)
        told = folded + store.fold(NOW + SECONDS + 10, lease)
        if kind.startswith("redis "):  # a batch may lie in several shards, each folded by itself
            assert told >= with_windows
        else:
            assert told == with_windows
        assert kept(store) == expected


def kept_in_memory(a_store: OpenKind, batches: list[Batch]) -> dict[object, Window]:
    with a_store("memory") as store:
        for batch in batches:
            store.append(batch)
        return kept(store)


DAY = 86_400
ages = st.one_of(st.integers(0, 700), st.integers(0, 3 * DAY), st.integers(0, 410 * DAY))
steps = st.lists(st.tuples(st.sampled_from(["append", "fold", "compact"]), ages), max_size=12)
skews = st.tuples(*[st.sampled_from([0.0, 0.25, -90.0, 3_600.0, -7_200.0])] * 3)


@pytest.mark.parametrize("kind", KINDS[1:])
@settings(max_examples=15, suppress_health_check=SHARED_SERVER)
@given(found=flushes, steps=steps, skews=skews)
def test_as_time_goes_by_every_store_answers_as_the_memory_store_does(
    a_store: OpenKind,
    kind: str,
    found: Found,
    steps: list[tuple[str, int]],
    skews: tuple[float, ...],
) -> None:
    """Each process has a clock of its own; what is old is packed, then deleted, on the way."""
    with a_store("memory") as model, a_store(kind) as store:
        waiting = [skewed(batch, skews) for batch in batches_of(found)]
        leases = the_lease(model), the_lease(store)
        now = NOW + SECONDS
        for step, age in steps:
            if step == "append":
                now += age % 5
                if waiting:
                    batch = waiting.pop()
                    assert store.append(batch) == model.append(batch)
            elif step == "fold":
                assert store.fold(now, leases[1]) == model.fold(now, leases[0])
            else:
                now += age
                model.compact(now, leases[0])
                store.compact(now, leases[1])
            assert answers(store) == answers(model)


def skewed(batch: Batch, skews: tuple[float, ...]) -> Batch:
    """Shift what a process tells by what its clock is wrong."""
    ahead = skews[batch.state.instance.pid - 1]
    for _, window in batch.windows:
        window.start += ahead
    return replace(batch, state=replace(batch.state, seen_at=batch.state.seen_at + ahead))


def answers(store: Store) -> tuple[object, ...]:
    return (
        kept(store),
        {endpoint.id for endpoint in store.endpoints()},
        dict(store.last_called()),
        sorted(store.instances(0), key=lambda state: state.instance.id),
        store.status().unfolded_batches,
    )
