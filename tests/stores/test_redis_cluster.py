"""What only a cluster, or a server that sentinels watch, can get wrong: a master is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
import redis
from redis.crc import key_slot

from api_performance.errors import StoreUnavailable
from api_performance.stores.base import Batch
from api_performance.stores.redis import RedisStore
from api_performance.stores.redis.clients import NAME, pools_of
from api_performance.stores.redis.keys import shard_of
from api_performance.stores.redis.store import CLUSTER_SHARDS
from tests.ports import free_port

from .making import NOW, a_batch, a_flush, a_window, an_endpoint, count, the_lease, total
from .redis_cluster import ClusterServer, RedisCluster, a_redis_cluster, until
from .redis_sentinel import Sentinel
from .redis_server import RedisServer, a_redis_server

pytestmark = pytest.mark.needs_system("redis-server")

ENDPOINTS = [an_endpoint(f"/{number}") for number in range(40)]


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[RedisCluster]:
    """A cluster of which a test may kill a node."""
    with a_redis_cluster(tmp_path / "cluster") as cluster:
        yield cluster


def a_wide_batch(sequence: int = 1) -> Batch:
    return a_batch(sequence, [(each, a_window(NOW + sequence)) for each in ENDPOINTS])


def write(store: RedisStore, sequence: int) -> bool:
    """Write to every shard, or find the store away."""
    try:
        store.append(a_wide_batch(sequence))
    except StoreUnavailable:
        return False
    return True


def copied(node: ClusterServer) -> None:
    """Wait until the replica has what the master took."""
    assert node.ask("WAIT", 1, 60_000) == 1


def test_a_master_that_is_killed_is_replaced_and_nothing_counts_twice(
    own_cluster: RedisCluster,
) -> None:
    store, reader = RedisStore(own_cluster.address()), RedisStore(own_cluster.address())
    for sequence in range(5):
        assert write(store, sequence)
    assert store.fold(NOW + 4, the_lease(store)) == 2
    assert total(reader) == 5 * 2 * len(ENDPOINTS)
    for master in own_cluster.nodes[:3]:
        copied(master)
    own_cluster.nodes[0].stop()
    until(partial(write, store, 5))
    for sequence in range(6):
        assert not store.append(a_batch(sequence, [(ENDPOINTS[0], a_window(NOW))]))
    assert store.fold(NOW + 20, the_lease(store)) == 4
    assert total(reader) == count(reader, 60) == count(store, 10) == 6 * 2 * len(ENDPOINTS)
    assert store.status().problem == ""
    store.close()
    reader.close()


def test_shards_lie_on_every_master_and_follow_a_slot_that_moves(
    redis_cluster: RedisCluster,
) -> None:
    store = RedisStore(redis_cluster.address("?namespace=moving"))
    assert write(store, 1)
    masters = [node for node in redis_cluster.nodes if node.role() == "master"]
    held = [len(node.ask("KEYS", "{api-performance/moving:*}:batches")) for node in masters]
    assert all(held)
    assert sum(held) == len({shard_of(endpoint.id, CLUSTER_SHARDS) for endpoint in ENDPOINTS})
    move(masters, key_slot(b"api-performance/moving:0"))
    assert write(store, 2)
    assert total(store) == 2 * 2 * len(ENDPOINTS)
    store.close()


def move(masters: list[ClusterServer], slot: int) -> None:
    """Move a slot with its keys to another master, as redis-cli does."""
    owner = next(node for node in masters if node.ask("CLUSTER", "COUNTKEYSINSLOT", slot))
    taker = next(node for node in masters if node is not owner)
    ids = [node.ask("CLUSTER", "MYID").decode() for node in (owner, taker)]
    taker.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0])
    owner.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1])
    for key in owner.ask("CLUSTER", "GETKEYSINSLOT", slot, 1000):
        owner.ask("MIGRATE", "127.0.0.1", taker.port, key, 0, 10_000)
    for node in (taker, owner, *masters):
        node.ask("CLUSTER", "SETSLOT", slot, "NODE", ids[1])


@pytest.mark.parametrize("kind", ["redis_server", "redis_cluster"])
def test_installations_that_share_a_redis_do_not_see_each_other(
    request: pytest.FixtureRequest, kind: str
) -> None:
    place = request.getfixturevalue(kind).address()
    shop, bank = (RedisStore(f"{place}?namespace=both-{name}") for name in ("shop", "bank"))
    shop.append(a_flush(1, NOW))
    assert (total(bank), bank.endpoints(), bank.instances(0), bank.revision()) == (0, [], [], 0)
    assert bank.key("hash", lambda: b"bank") == b"bank"
    assert shop.key("hash", lambda: b"shop") == b"shop"
    assert bank.acquire("judge", "a", NOW, 10)
    assert shop.acquire("judge", "b", NOW, 10)
    bank.clear()
    assert total(shop) == 2
    shop.close()
    bank.close()


def test_an_address_of_the_wrong_form_is_told_what_to_write(
    redis_server: RedisServer, redis_cluster: RedisCluster
) -> None:
    node, server = f"127.0.0.1:{redis_cluster.nodes[0].port}", f"127.0.0.1:{redis_server.port}"
    with pytest.raises(StoreUnavailable, match=r"is no cluster. Write redis://"):
        RedisStore(f"redis+cluster://{server}").endpoints()
    with pytest.raises(StoreUnavailable, match=r"is a node of a cluster. Write redis\+cluster://"):
        RedisStore(f"redis://{node}").append(a_wide_batch())


def test_a_server_that_sentinels_replace_is_followed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        for name in ("master", "replica", "sentinel"):
            (tmp_path / name).mkdir()
        master = stack.enter_context(a_redis_server(tmp_path / "master"))
        follow = "--replicaof", f"127.0.0.1 {master.port}", "--repl-diskless-sync-delay", "0"
        stack.enter_context(a_redis_server(tmp_path / "replica", *follow))
        sentinel = Sentinel(tmp_path / "sentinel", master)
        stack.callback(sentinel.stop)
        until(sentinel.sees_a_replica)
        store = RedisStore(
            f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{sentinel.port}/shop/2"
        )
        stack.callback(store.close)
        assert write(store, 1)
        with redis.Redis(port=master.port) as client:
            until(lambda: client.execute_command("WAIT", 1, 1000) == 1)
        master.stop()
        until(partial(write, store, 2))
        assert not store.append(a_batch(1, [(ENDPOINTS[0], a_window(NOW))]))
        assert total(store) == 2 * 2 * len(ENDPOINTS)
        assert store.status().problem == ""


def test_a_service_that_no_sentinel_knows_is_told() -> None:
    store = RedisStore(f"redis+sentinel://127.0.0.1:{free_port()}/shop", patience_seconds=0.5)
    with pytest.raises(StoreUnavailable, match="No master found for 'shop'"):
        store.endpoints()
    store.close()


def test_no_connection_is_kept_to_a_cluster_of_which_no_node_is_left(
    own_cluster: RedisCluster,
) -> None:
    store = RedisStore(own_cluster.address(), patience_seconds=0.5)
    assert store.endpoints() == []
    client = store._server.client  # held, so that nobody else lets go of it
    for pool in pools_of(client):
        for connection in [pool.get_connection() for _ in range(3)]:
            pool.release(connection)
    assert any(named(node) for node in own_cluster.nodes)
    for node in own_cluster.nodes:
        node.pause()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        store.endpoints()
    for node in own_cluster.nodes:
        node.resume()
    until(lambda: not any(named(node) for node in own_cluster.nodes))
    store.close()


def named(node: ClusterServer) -> bool:
    """Tell whether a node has a connection of ours."""
    with redis.Redis(port=node.port) as client:
        return NAME in [each["name"] for each in client.client_list()]


def test_a_pool_that_is_retired_breaks_no_call(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.fresh())
    (pool,) = pools_of(store._server.client)
    lent, idle = pool.get_connection(), pool.get_connection()
    pool.release(idle)
    pool.retire()
    assert not idle.is_connected
    lent.send_command("PING")
    assert lent.read_response() == b"PONG"
    pool.release(lent)
    assert not lent.is_connected
    store.close()
