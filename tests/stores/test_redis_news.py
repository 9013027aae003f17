"""Who watches hears from the server what is new, and asks it only where it cannot hear."""

from __future__ import annotations

import pytest
import redis

from api_performance.stores.redis import RedisStore

from .making import NOW, a_flush
from .redis_cluster import RedisCluster, until
from .redis_server import RedisServer

pytestmark = pytest.mark.needs_system("redis-server")


def hears(store: RedisStore) -> bool:
    store.revision()
    return store._registry.hears_news


def gets(server: RedisServer) -> int:
    """Return how often the server was asked for a value."""
    with redis.Redis(port=server.port) as client:
        return int(client.info("commandstats").get("cmdstat_get", {}).get("calls", 0))


def listeners(server: RedisServer) -> int:
    with redis.Redis(port=server.port) as client:
        return len(client.client_list(_type="pubsub"))


def test_a_revision_is_heard_and_not_asked_for(redis_server: RedisServer) -> None:
    address = redis_server.fresh()
    reader, writer = RedisStore(address), RedisStore(address)
    until(lambda: hears(reader))
    before = gets(redis_server)
    for sequence in range(50):
        writer.append(a_flush(sequence, NOW + sequence))
        until(lambda wanted=sequence + 1: reader.revision() == wanted)  # type: ignore[misc] # a lambda has no types
    assert gets(redis_server) - before < 50
    reader.close()
    writer.close()


def test_a_lost_subscription_is_asked_for_meanwhile_and_comes_back(
    redis_server: RedisServer,
) -> None:
    address = redis_server.fresh()
    reader, writer = RedisStore(address), RedisStore(address)
    until(lambda: hears(reader))
    with redis.Redis(port=redis_server.port) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    writer.append(a_flush(1, NOW))
    until(lambda: reader.revision() == 1)
    until(lambda: hears(reader))
    writer.append(a_flush(2, NOW))
    until(lambda: reader.revision() == 2)
    reader.close()
    writer.close()


def test_a_cluster_tells_all_of_its_nodes(redis_cluster: RedisCluster) -> None:
    address = redis_cluster.fresh()
    reader, writer = RedisStore(address), RedisStore(address)
    until(lambda: hears(reader))
    writer.append(a_flush(1, NOW))
    until(lambda: reader.revision() == 1 and hears(reader))
    reader.close()
    writer.close()


def test_a_process_listens_once_and_not_after_its_store_is_closed(
    redis_server: RedisServer,
) -> None:
    until(lambda: listeners(redis_server) == 0)
    store = RedisStore(redis_server.fresh())
    until(lambda: hears(store))
    assert listeners(redis_server) == 1
    store.close()
    until(lambda: listeners(redis_server) == 0)
