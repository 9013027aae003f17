"""What only a server that processes of several hosts share can get wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from api_performance.errors import LeaseLost, StoreAway, StoreTooNew, StoreUnavailable
from api_performance.stores.base import Batch, Lease, Query
from api_performance.stores.redis import RedisStore
from api_performance.stores.redis.folding import MOST_HOSTS

from .making import (
    NOW,
    a_batch,
    a_flush,
    a_window,
    an_endpoint,
    an_instance,
    count,
    the_lease,
    total,
)
from .redis_server import RedisServer, a_redis_server

pytestmark = pytest.mark.needs_system("redis-server")

ENDPOINTS = [an_endpoint(f"/{name}") for name in "abcdef"]


@pytest.fixture
def address(redis_server: RedisServer) -> str:
    return redis_server.fresh()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that a test may kill, fill and restart."""
    with a_redis_server(tmp_path) as server:
        yield server


def a_wide_flush(sequence: int, second: int, pid: int = 1) -> Batch:
    windows = [(endpoint, a_window(NOW + second)) for endpoint in ENDPOINTS]
    return a_batch(sequence, windows, an_instance(pid))


def test_processes_that_meet_new_endpoints_at_once_agree_on_their_numbers(address: str) -> None:
    def write(pid: int) -> None:
        store = RedisStore(address, shards=2)
        for sequence in range(5):
            windows = [
                (an_endpoint(f"/{sequence}/{name}"), a_window(NOW + sequence)) for name in range(10)
            ]
            store.append(a_batch(sequence, windows, an_instance(pid)))
        store.close()

    threads = [threading.Thread(target=write, args=(pid,)) for pid in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = RedisStore(address)
    assert total(store) == 6 * 5 * 10 * 2
    store.fold(NOW + 10, the_lease(store))
    found = {endpoint.template: window.count for endpoint, window in store.totals()}
    assert found == {f"/{step}/{name}": 12 for step in range(5) for name in range(10)}
    store.close()


def test_a_batch_that_several_deliver_at_once_counts_once(address: str) -> None:
    stores = [RedisStore(address, shards=3) for _ in range(4)]
    answers: list[bool] = []
    barrier = threading.Barrier(len(stores))

    def deliver(store: RedisStore) -> None:
        for sequence in range(10):
            barrier.wait()
            answers.append(store.append(a_flush(sequence, NOW + sequence)))

    threads = [threading.Thread(target=deliver, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(True) == 10
    assert count(stores[0], 10) == total(stores[0]) == 20
    for store in stores:
        store.close()


def test_a_write_that_broke_off_between_shards_is_repeated_and_counts_once(address: str) -> None:
    store = RedisStore(address, shards=3)
    batch = a_batch(1, [(endpoint, a_window(NOW)) for endpoint in ENDPOINTS])
    store.append(batch)
    with redis.Redis.from_url(address) as client:  # as if it had broken off before the last step
        client.delete("{api-performance}:applied", "{api-performance}:revision")
    assert store.append(batch)
    assert not store.append(batch)
    store.fold(NOW + 10, the_lease(store))
    assert total(store) == count(store, 60) == 2 * len(ENDPOINTS)
    store.close()


def test_two_that_fold_at_once_fold_each_batch_once(address: str) -> None:
    stores = [RedisStore(address) for _ in range(3)]
    for second in range(150):
        stores[0].append(a_flush(second, NOW + second))
    lease = the_lease(stores[0])
    folded: list[int] = []

    def fold(store: RedisStore) -> None:
        try:
            folded.append(store.fold(NOW + 200, lease))
        except LeaseLost:
            folded.append(0)

    threads = [threading.Thread(target=fold, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stores[0].fold(NOW + 200, lease)
    assert total(stores[0]) == count(stores[0], 60) == count(stores[0], 10) == 300
    for store in stores:
        store.close()


def test_more_batches_than_one_command_takes_are_forgotten_at_once(address: str) -> None:
    store = RedisStore(address)
    for second in range(1_050):
        store.append(a_flush(second, NOW + second / 10, calls=1))
    lease = the_lease(store)
    assert store.fold(NOW + 200, lease) == 1_050
    store.compact(NOW + 1_000, lease)
    assert count(store, 1) == 0
    assert count(store, 60) == total(store) == 1_050
    with redis.Redis.from_url(address) as client:
        assert client.hlen("{api-performance:0}:batches") == 0
    store.close()


def test_a_shard_remembers_the_highest_fencing_number_that_wrote_to_it(address: str) -> None:
    store = RedisStore(address)
    store.append(a_flush(1, NOW))
    lease = the_lease(store)
    assert store.fold(NOW + 10, lease) == 1
    with redis.Redis.from_url(address) as client:
        client.delete("{api-performance}:lease:judge")  # as if the registry's node were new
    store.append(a_flush(2, NOW + 1))
    older = Lease(lease.name, "another", lease.fencing - 1, NOW + 60)
    with pytest.raises(LeaseLost, match="nothing was written"):
        store.fold(NOW + 20, older)
    assert store.status().unfolded_batches == 1
    store.close()


def test_fencing_numbers_do_not_go_back_when_the_server_restarts_empty(
    own_server: RedisServer,
) -> None:
    store = RedisStore(own_server.address(), is_simulated=True)
    before = [store.acquire("judge", holder, NOW + 60 * at, 10) for at, holder in enumerate("abc")]
    own_server.stop()
    own_server.start()
    after = store.acquire("judge", "d", NOW, 10)
    assert after is not None
    assert after.fencing > max(lease.fencing for lease in before if lease)
    store.close()


@pytest.mark.parametrize("skew", [-3600.0, 3600.0])
def test_leases_go_by_the_servers_clock_whatever_a_hosts_own_says(
    address: str, skew: float
) -> None:
    store = RedisStore(address)
    taken = store.acquire("judge", "a", NOW, 10)
    assert taken is not None
    assert taken == store.acquire("judge", "a", NOW, 10)
    assert store.acquire("judge", "b", NOW + skew, 10) is None
    store.release(taken)
    given = store.acquire("judge", "b", NOW + skew, 10)
    assert given is not None
    assert given.expires_at == NOW + skew + 10
    assert store.acquire("judge", "a", NOW, 10) is None
    store.close()


def test_what_is_measured_goes_on_after_the_server_restarts_empty(own_server: RedisServer) -> None:
    store = RedisStore(own_server.address())
    store.append(a_flush(1, NOW))
    own_server.stop()
    own_server.start()
    assert store.append(a_flush(2, NOW + 1))
    assert [endpoint.template for endpoint in store.endpoints()] == ["/items/{item_id}"]
    store.fold(NOW + 10, the_lease(store))
    assert total(store) == count(store, 60) == 2
    store.close()


def test_an_endpoint_that_is_first_called_after_an_empty_restart_is_kept(
    own_server: RedisServer,
) -> None:
    store = RedisStore(own_server.address())
    store.append(a_batch(1, [], declared=ENDPOINTS))
    own_server.stop()
    own_server.start()
    assert store.append(a_batch(2, [(ENDPOINTS[0], a_window(NOW))]))
    assert (total(store), store.endpoints()) == (2, ENDPOINTS[:1])
    store.close()


def test_old_and_new_endpoints_called_together_after_an_empty_restart_are_kept(
    own_server: RedisServer,
) -> None:
    store = RedisStore(own_server.address())
    store.append(a_batch(1, [(ENDPOINTS[0], a_window(NOW))]))
    own_server.stop()
    own_server.start()
    both = [(endpoint, a_window(NOW + 1)) for endpoint in ENDPOINTS[:2]]
    assert store.append(a_batch(2, both))
    assert total(store) == 4
    store.close()


def test_what_is_declared_again_after_an_empty_restart_is_known_without_a_call(
    own_server: RedisServer,
) -> None:
    store = RedisStore(own_server.address())
    store.append(a_batch(1, [], declared=ENDPOINTS))
    own_server.stop()
    own_server.start()
    store.append(a_batch(2, [], declared=ENDPOINTS))
    assert {each.id for each in store.endpoints()} == {each.id for each in ENDPOINTS}
    store.close()


def test_another_process_reads_on_after_a_deletion(address: str) -> None:
    writer, reader = RedisStore(address), RedisStore(address)
    writer.append(a_wide_flush(1, 0))
    assert count(reader, 10) == 12
    writer.clear()
    assert (count(reader, 10), reader.endpoints()) == (0, [])
    last = ENDPOINTS[-1]
    writer.append(a_batch(2, [(last, a_window(NOW + 1))]))
    query = Query(NOW, NOW + 60, 10, endpoint_ids=frozenset({last.id}))
    assert [(endpoint, window.count) for endpoint, window in reader.windows(query)] == [(last, 2)]
    writer.close()
    reader.close()


def test_a_server_that_is_away_is_told_with_a_remedy_and_found_again(
    own_server: RedisServer,
) -> None:
    store = RedisStore(own_server.address(), patience_seconds=30)
    store.append(a_flush(1, NOW))
    own_server.stop()
    with pytest.raises(StoreUnavailable, match=r"does not answer .+ Start it"):
        store.append(a_flush(2, NOW + 1))
    status = store.status()
    assert "does not answer" in status.problem
    assert status.remedy.startswith("Start it")
    own_server.start()
    assert store.append(a_flush(2, NOW + 1))
    assert store.status().problem == ""
    store.close()


def test_a_server_that_hangs_is_waited_for_no_longer_than_was_said(
    own_server: RedisServer,
) -> None:
    store = RedisStore(own_server.address(), patience_seconds=0.5)
    own_server.pause()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        store.append(a_flush(1, NOW))
    own_server.resume()
    deadline = time.monotonic() + 120
    while not applied(store):
        assert time.monotonic() < deadline
    assert total(store) == 2
    store.close()


def applied(store: RedisStore) -> bool:
    try:
        store.append(a_flush(1, NOW))
    except StoreUnavailable:
        return False
    return True


def test_a_full_server_is_told_as_such_and_what_is_there_is_read(own_server: RedisServer) -> None:
    store = RedisStore(own_server.address())
    store.append(a_flush(1, NOW))
    with redis.Redis(port=own_server.port) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1mb")
        client.config_set("maxmemory", "1")
    with pytest.raises(StoreUnavailable, match=r"is full .+ Raise its maxmemory"):
        store.append(a_flush(2, NOW + 1))
    assert total(store) == 2
    assert "is full" in store.status().problem
    with redis.Redis(port=own_server.port) as client:
        client.config_set("maxmemory", "0")
    assert store.append(a_flush(2, NOW + 1))
    store.close()


@pytest.mark.parametrize("given", ["", ":wr0ngpass@", "ann:wr0ngpass@"])
def test_a_password_is_asked_for_and_never_shown(tmp_path: Path, given: str) -> None:
    with a_redis_server(tmp_path, "--requirepass", "s3cretpass") as server:
        place = f"127.0.0.1:{server.port}/0"
        with pytest.raises(StoreUnavailable, match="refuses us") as caught:
            RedisStore(f"redis://{given}{place}").endpoints()
        assert "wr0ngpass" not in str(caught.value)
        store = RedisStore(f"redis://:s3cretpass@{place}")
        store.append(a_flush(1, NOW))
        assert store.status().location == f"redis://{place}"
        server.stop()
        with pytest.raises(StoreUnavailable) as away:
            store.append(a_flush(2, NOW))
        assert "s3cretpass" not in f"{away.value}{store.status()}"
        store.close()


@pytest.mark.parametrize("wrong", ["redis://:pa/ss@host:6379/0", "redis://host:port/0"])
def test_an_address_that_is_none_is_refused_without_showing_a_password(wrong: str) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        RedisStore(wrong, patience_seconds=0.2).endpoints()
    assert "ss@" not in str(caught.value)


def test_a_newer_layout_is_refused_and_left_as_it_is(address: str) -> None:
    with redis.Redis.from_url(address) as client:
        client.hset("{api-performance}:layout", "version", 2)
        with pytest.raises(StoreTooNew, match="layout version 2, this api-performance knows 1"):
            RedisStore(address).endpoints()
        assert client.hget("{api-performance}:layout", "version") == b"2"


def test_the_number_of_shards_is_the_one_that_the_store_began_with(address: str) -> None:
    first, second = RedisStore(address, shards=3), RedisStore(address, shards=1)
    first.append(a_wide_flush(1, 0))  # now the store has begun
    second.append(a_wide_flush(1, 1, pid=2))
    assert total(first) == total(second) == 24
    first.close()
    second.close()


def test_what_is_measured_goes_by_itself_when_nobody_deletes_it(address: str) -> None:
    store = RedisStore(address, shards=2)
    lease = the_lease(store)
    store.append(a_wide_flush(1, 0))
    store.fold(NOW + 10, lease)
    store.compact(NOW + 7300, lease)
    with redis.Redis.from_url(address) as client:
        ours = [name.decode() for name in client.keys("{api-performance:*")]
        lasting = {name for name in ours if client.ttl(name) < 0}
        shortest = min(client.ttl(name) for name in ours if ":chunk:10:" in name)
    assert ours
    assert lasting == set()
    assert shortest > 86_400
    store.close()


def test_hosts_and_processes_that_are_gone_leave_their_counts_and_nothing_else(
    address: str,
) -> None:
    store = RedisStore(address)
    lease = the_lease(store)
    for pod in range(MOST_HOSTS):
        store.append(a_flush(1, NOW, an_instance(pod, host=f"pod-{pod}")))
    store.fold(NOW + 10, lease)
    store.compact(NOW + 700, lease)
    month = NOW + 30 * 86_400
    store.append(a_flush(1, month, an_instance(99, host="new")))
    store.fold(month + 10, lease)
    before = {endpoint.id: window for endpoint, window in store.totals()}
    store.compact(month + 10, lease)
    assert {endpoint.id: window for endpoint, window in store.totals()} == before
    assert (total(store), total(store, "new")) == (2 * MOST_HOSTS + 2, 2)
    with redis.Redis.from_url(address) as client:
        assert sorted(client.hkeys("{api-performance:0}:totals")) == [b"", b"new"]
        assert client.hkeys("{api-performance:0}:forgotten") == []
        assert client.hlen("{api-performance}:instances") == 1
    store.close()


def test_no_more_connections_are_opened_than_was_said(own_server: RedisServer) -> None:
    store = RedisStore(own_server.address(), connections=3)
    store.append(a_flush(1, NOW))
    threads = [
        threading.Thread(target=lambda: [count(store, 10) for _ in range(5)]) for _ in range(24)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with redis.Redis(port=own_server.port) as client:
        ours = [each for each in client.client_list() if each["name"] == "api-performance"]
    assert 1 <= len(ours) <= 3
    store.close()


def test_a_call_beyond_the_bound_waits_for_a_connection_and_names_the_setting(
    own_server: RedisServer,
) -> None:
    store = RedisStore(own_server.address(), connections=2, patience_seconds=1.0)
    status = store.status()
    assert (status.connections_in_use, status.max_connections) == (0, 2)
    pool = store._server.client.connection_pool  # nothing else holds one for long
    lent = [pool.get_connection() for _ in range(2)]
    with pytest.raises(StoreUnavailable, match=r"no connection free .+ Raise store_conn") as full:
        store.endpoints()
    assert not isinstance(full.value, StoreAway)  # the server is there: others may go on asking
    status = store.status()
    assert (status.connections_in_use, status.max_connections) == (2, 2)
    assert "no connection free" in status.problem
    for connection in lent:
        pool.release(connection)
    assert store.endpoints() == []
    assert store.status().connections_in_use == 0
    store.close()
