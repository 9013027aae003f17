"""`api-performance doctor` asks every node of a cluster, and names the one that is wrong."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis

from api_performance.findings import Level
from api_performance.stores.base import Retention
from api_performance.stores.redis import RedisStore
from api_performance.stores.redis.diagnosis import diagnose
from tests.cli.diagnosed import Said, doctor
from tests.cli.fake_redis import a_fake_cluster
from tests.cli.test_doctor import report
from tests.stores.redis_cluster import ClusterServer, RedisCluster, a_redis_cluster, until

needs_redis = pytest.mark.needs_system("redis-server")

MEMORY_BYTES = 4 << 30
"""More than max_store_bytes, of which less is warned."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """A cluster that each test leaves as it was."""
    with a_redis_cluster(tmp_path_factory.mktemp("cluster") / "nodes") as cluster:
        yield cluster


@contextmanager
def configured(node: ClusterServer, **settings: str | int) -> Iterator[None]:
    """Give a node some settings meanwhile."""
    wanted = {name.replace("_", "-"): value for name, value in settings.items()}
    with redis.Redis(port=node.port) as client:
        before = {name: client.config_get(name)[name] for name in wanted}
        for name, value in wanted.items():
            client.config_set(name, value)
        yield
        for name, value in before.items():
            client.config_set(name, value)


def looked_at(address: str) -> Said:
    """Return what `doctor` would say of the cluster, without a process of its own."""
    found = diagnose(address, Retention(), time.time).findings
    code = int(any(each.level is Level.ERROR for each in found))
    return Said(code, [(each.check, each.level, each.text, each.remedy) for each in found])


def name_of(node: ClusterServer) -> str:
    return f"127.0.0.1:{node.port}"


@needs_redis
def test_a_sound_cluster_is_well_and_what_all_nodes_show_is_told_once(
    tmp_path: Path, cluster: RedisCluster
) -> None:
    address = cluster.fresh()
    with closing(RedisStore(address)) as store:
        report(store, time.time())
    before = [node.ask("DBSIZE") for node in cluster.nodes[:3]]
    said = doctor(tmp_path, "--store", address)
    assert said.code == 0
    assert said.of("Redis")[1].startswith("All 6 nodes: redis 7.")
    assert said.of("Eviction")[1] == "All 6 nodes: maxmemory-policy is noeviction."
    assert said.of("Slots")[:2] == ("ok", "All 16,384 slots are served.")
    assert said.of("Rights")[:2] == ("ok", "We may read, write and run scripts.")
    assert said.of("Layout")[0] == "ok" and said.of("Processes")[0] != "not checked"
    until(lambda: "Replicas" not in [check for check, *_ in looked_at(address).findings])
    assert [node.ask("DBSIZE") for node in cluster.nodes[:3]] == before


@needs_redis
def test_the_node_that_evicts_is_named(cluster: RedisCluster) -> None:
    node = cluster.nodes[4]
    with configured(node, maxmemory=MEMORY_BYTES, maxmemory_policy="allkeys-lru"):
        said = looked_at(cluster.address())
    assert said.code == 1
    level, text, remedy = said.at_node("Eviction", name_of(node))
    assert level == "error" and "deleted without a word" in text
    assert "maxmemory-policy noeviction" in remedy


@needs_redis
def test_the_node_that_is_full_is_named(cluster: RedisCluster) -> None:
    node = cluster.nodes[1]
    with configured(node, maxmemory=1):
        said = looked_at(cluster.address())
    assert said.code == 1
    level, text, remedy = said.at_node("Memory", name_of(node))
    assert level == "error" and "The server is full" in text
    assert remedy.startswith("Raise maxmemory")


@needs_redis
def test_the_node_where_a_right_is_missing_is_named(cluster: RedisCluster) -> None:
    poor = cluster.nodes[2]
    for node in cluster.nodes:
        rights = ("+@all",) if node is not poor else ("+@all", "-del")
        node.ask("ACL", "SETUSER", "shop", "on", ">s3cret", "~*", "&*", *rights)
    address = cluster.address().replace("//", "//shop:s3cret@")
    said = looked_at(address)
    assert said.code == 1
    level, text, remedy = said.of("Rights")
    assert level == "error" and text.startswith(f"{name_of(poor)} refuses us") and "'del'" in text
    assert remedy == "Put a user and a password with all rights in the address."
    assert "s3cret" not in str(said.findings)


@needs_redis
def test_a_replica_that_does_not_answer_is_warned_of(cluster: RedisCluster) -> None:
    replica = cluster.nodes[5]
    replica.stop()
    said = looked_at(cluster.address())
    replica.start()
    until(cluster.is_whole)
    assert said.code == 0
    level, text, remedy = said.of_level("warning", "Redis")
    assert level == "warning" and text.startswith(name_of(replica))
    assert remedy.startswith("Start it")


@needs_redis
def test_a_master_without_a_successor_is_found_and_so_are_its_slots(tmp_path: Path) -> None:
    with a_redis_cluster(tmp_path / "nodes") as cluster:
        master = cluster.nodes[0]
        successor = cluster.replica_of(master)
        master.stop()
        cluster.wait_for_successor(master)
        replaced = looked_at(cluster.address())
        successor.stop()
        until(lambda: cluster.nodes[1].knows()["cluster_state"] == "fail")
        lost = looked_at(cluster.address())
    assert replaced.code == 0
    text, remedy = replaced.of_level("warning", "Redis")[1:]
    assert text == f"{name_of(master)} has failed, say the other nodes."
    assert remedy.startswith("Start it, or have every node forget it: CLUSTER FORGET ")
    assert replaced.of("Replicas")[:2] == (
        "note",
        f"No replica follows {name_of(successor)}: what is there goes when it fails.",
    )
    assert lost.code == 1
    text, remedy = lost.of_level("error", "Redis")[1:]
    assert text.startswith(f"{name_of(successor)} does not answer") and "Start it" in remedy
    level, text, remedy = lost.of("Slots")
    assert level == "error" and "serves 10,923 of 16,384 slots" in text
    assert remedy == "Start the nodes that are gone, or run redis-cli --cluster fix."


@needs_redis
def test_a_cluster_of_which_no_node_answers_is_found(tmp_path: Path) -> None:
    node = ClusterServer(tmp_path / "node")
    said = looked_at(RedisCluster([node]).address())
    assert said.code == 1
    level, text, remedy = said.of("Redis")
    assert level == "error" and f"{name_of(node)} does not answer" in text
    assert remedy.startswith("Start it, or mend the way to it")


@pytest.mark.parametrize(("ahead", "way"), [(120.0, "ahead of"), (-120.0, "behind")])
def test_the_node_whose_clock_differs_is_named(ahead: float, way: str) -> None:
    with a_fake_cluster(("7.2.4", 0.0), ("7.2.4", ahead)) as (address, names):
        said = looked_at(address)
    assert said.code == 1
    level, text, remedy = said.at_node("Clock", names[1])
    assert level == "error" and f"s {way} this host's" in text
    assert "NTP" in remedy


def test_the_node_that_is_older_is_named() -> None:
    with a_fake_cluster(("7.2.4", 0.0), ("6.2.1", 0.0)) as (address, names):
        said = looked_at(address)
    assert said.code == 0
    level, text, remedy = said.at_node("Redis", names[1])
    assert level == "warning" and "redis 6.2.1; we test from 7.0 on" in text
    assert remedy.startswith("Upgrade it")


@pytest.mark.parametrize("first", ["7.2.4", "5.0.7"])
def test_a_node_that_is_too_old_is_found(first: str) -> None:
    with a_fake_cluster((first, 0.0), ("5.0.7", 0.0)) as (address, names):
        said = looked_at(address)
    assert said.code == 1
    text, remedy = said.of_level("error", "Redis")[1:]
    assert text.endswith(" is older than Redis 6.0, as it knows no HELLO.")
    assert text.startswith(names[1] if first == "7.2.4" else address)
    assert remedy == "Upgrade it to 7.0 or newer."
