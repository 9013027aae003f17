"""A real Redis Cluster on the loopback interface: three masters, each with a replica."""

from __future__ import annotations

import itertools
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS

from tests.ports import free_port

from .redis_server import RedisServer

NODE_TIMEOUT_MS = 2_000
MASTERS = 3

FIRST_SLOTS = [REDIS_CLUSTER_HASH_SLOTS * number // MASTERS for number in range(MASTERS)]

_PATIENCE_SECONDS = 120.0


class ClusterServer(RedisServer):
    """A node, which other nodes reach at a port of its own."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        super().__init__(free_port(), directory)
        self.bus_port = free_port()

    def start(self, *options: str) -> None:
        """Start it; it knows of no other yet."""
        super().start(
            *("--cluster-enabled", "yes", "--cluster-port", str(self.bus_port)),
            *("--cluster-node-timeout", str(NODE_TIMEOUT_MS)),
            *("--cluster-replica-validity-factor", "0"),  # however slow this machine is
            *("--repl-diskless-sync-delay", "0"),
            *options,
        )

    def ask(self, *words: str | int) -> Any:  # Any: whatever the command answers
        """Return what the node answers to a command."""
        with redis.Redis(port=self.port, socket_timeout=_PATIENCE_SECONDS) as client:
            return client.execute_command(*words)

    def knows(self) -> dict[str, str]:
        """Return what this node thinks of the cluster, by name."""
        with redis.Redis(port=self.port) as client:
            info: dict[str, str] = client.cluster("info")
            return info

    def role(self) -> str:
        with redis.Redis(port=self.port) as client:
            return str(client.role()[0].decode())


class RedisCluster:
    """The nodes, masters first, and the addresses of stores in them."""

    def __init__(self, nodes: Sequence[ClusterServer]) -> None:
        self.nodes = nodes
        self._numbers = itertools.count()

    def address(self, options: str = "") -> str:
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"redis+cluster://{hosts}{options}"

    def fresh(self) -> str:
        """Return the address of a store that is empty."""
        return self.address(f"?namespace=store-{next(self._numbers)}")

    def form(self) -> None:
        """Make one cluster of the nodes; wait until all agree and every replica is in step."""
        first, *others = self.nodes
        for number, master in enumerate(self.nodes[:MASTERS]):
            end = [*FIRST_SLOTS, REDIS_CLUSTER_HASH_SLOTS][number + 1]
            master.ask("CLUSTER", "ADDSLOTSRANGE", FIRST_SLOTS[number], end - 1)
        for number, node in enumerate(self.nodes, start=1):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number)
        for node in others:
            first.ask("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus_port)
        wanted = str(len(self.nodes))
        until(lambda: all(node.knows()["cluster_known_nodes"] == wanted for node in self.nodes))
        for master, replica in zip(self.nodes[:MASTERS], self.nodes[MASTERS:], strict=True):
            master_id = master.ask("CLUSTER", "MYID").decode()
            until(partial(replicates, replica, master_id))
        until(self.is_whole)

    def master_of(self, slot: int) -> ClusterServer:
        """Return which of the masters that began was given a slot."""
        return self.nodes[bisect_right(FIRST_SLOTS, slot) - 1]

    def replica_of(self, master: ClusterServer) -> ClusterServer:
        """Return the replica that one of the masters began with."""
        return self.nodes[MASTERS + self.nodes.index(master)]

    def wait_for_successor(self, lost: ClusterServer) -> None:
        """Wait until the replica of a master that was killed serves, and the others know it."""
        successor = self.replica_of(lost)
        others = [node for node in self.nodes if node is not lost]
        until(lambda: successor.role() == "master")
        until(lambda: all(node.knows()["cluster_state"] == "ok" for node in others))

    def is_whole(self) -> bool:
        """Tell whether every node sees all slots served, and every replica is in step."""
        return all(node.knows()["cluster_state"] == "ok" for node in self.nodes) and all(
            replica.ask("INFO", "replication").get("master_link_status") == "up"
            for replica in self.nodes
            if replica.role() == "slave"
        )


def replicates(replica: ClusterServer, master_id: str) -> bool:
    """Make it a replica, once it knows its master."""
    try:
        replica.ask("CLUSTER", "REPLICATE", master_id)
    except redis.ResponseError:
        return False
    return True


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def a_redis_cluster(
    directory: Path, *options: str, kind: type[ClusterServer] = ClusterServer
) -> Iterator[RedisCluster]:
    nodes = [kind(directory / str(number)) for number in range(2 * MASTERS)]
    try:
        for node in nodes:
            node.start(*options)
        cluster = RedisCluster(nodes)
        cluster.form()
        yield cluster
    finally:
        for node in nodes:
            node.stop()
