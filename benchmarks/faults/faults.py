"""What happens to Redis: each fault begins, lasts, and ends as it would be mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import redis
from redis.crc import key_slot

from api_performance.stores.redis.keys import registry_keys
from benchmarks.faults.way import SlowWay
from tests.stores.redis_cluster import ClusterServer, RedisCluster, a_redis_cluster, until
from tests.stores.redis_server import RedisServer, a_redis_server

SLOW_SECONDS: Final = 0.3
ROOM_BYTES: Final = 1 << 20
FILLER_BYTES: Final = 1 << 16


class Undisturbed:
    """Nothing happens: the control, and what every fault has in common."""

    name = "undisturbed"
    seconds = 12.0
    options: tuple[str, ...] = ()
    drops = False
    """Whether it lasts so long that windows must be dropped."""

    loses = False
    """Whether what Redis had is gone afterwards."""

    def __init__(self) -> None:
        """Begin without a server."""
        self.server: RedisServer

    @contextmanager
    def serving(self, folder: Path) -> Iterator[str]:
        """Run a server of its own, and yield its address."""
        with a_redis_server(folder, *self.options) as self.server:
            yield self.server.address()

    def begin(self) -> None:
        """Have it happen."""

    def end(self) -> None:
        """Mend it."""


class Killed(Undisturbed):
    """It is killed and started again; what it had answered it still has."""

    name = "killed"
    seconds = 14.0
    options: tuple[str, ...] = ("--appendonly", "yes", "--appendfsync", "always")
    drops = True

    def begin(self) -> None:
        """Kill it."""
        self.server.stop()

    def end(self) -> None:
        """Start it with its file."""
        self.server.start(*self.options)


class Paused(Undisturbed):
    """It stands still: connections are taken and nothing is answered."""

    name = "paused"
    seconds = 30.0
    drops = True

    def begin(self) -> None:
        """Stop it."""
        self.server.pause()

    def end(self) -> None:
        """Let it go on."""
        self.server.resume()


class Slow(Undisturbed):
    """Every answer comes late."""

    name = "slow"

    @contextmanager
    def serving(self, folder: Path) -> Iterator[str]:
        """Run a server and a way to it, and yield the way's address."""
        with super().serving(folder), SlowWay(self.server.port).open() as self.way:
            yield f"redis://127.0.0.1:{self.way.port}/0"

    def begin(self) -> None:
        """Make the way slow."""
        self.way.delay_seconds = SLOW_SECONDS

    def end(self) -> None:
        """Make it fast."""
        self.way.delay_seconds = 0.0


class Full(Undisturbed):
    """Its memory is full, and it evicts nothing."""

    name = "full"
    seconds = 14.0
    drops = True

    def begin(self) -> None:
        """Fill it to its maxmemory with what is not ours."""
        with redis.Redis(port=self.server.port) as client:
            used = int(client.info("memory")["used_memory"])
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", used + ROOM_BYTES)
            try:
                while True:
                    client.rpush("filler", bytes(FILLER_BYTES))
            except redis.exceptions.OutOfMemoryError:
                client.config_set("maxmemory", used)  # buffers come and go: let none make room

    def end(self) -> None:
        """Make room."""
        with redis.Redis(port=self.server.port) as client:
            client.delete("filler")
            client.config_set("maxmemory", 0)


class Emptied(Killed):
    """It is killed and comes back with nothing."""

    name = "emptied"
    seconds = 3.0
    options: tuple[str, ...] = ()
    drops = False
    loses = True


class LostMaster(Undisturbed):
    """A master of a cluster is killed and stays away; its replica takes over by itself.

    Of the three it is the one with the registry, without which nothing is written or read. How long
    the others take to agree on it is theirs (a node time-out of 2 s, and an election), so the fault
    is over when all slots are served again.
    """

    name = "lost master"
    seconds = 0.0

    def __init__(self) -> None:
        """Begin without a cluster."""
        super().__init__()
        self.cluster: RedisCluster
        self.lost: ClusterServer

    @contextmanager
    def serving(self, folder: Path) -> Iterator[str]:
        """Run a cluster of three masters with a replica each, and yield its address."""
        registry = registry_keys("")("layout").encode()
        with a_redis_cluster(folder, *self.options) as self.cluster:
            self.lost = self.cluster.master_of(key_slot(registry))
            yield self.cluster.address()

    def begin(self) -> None:
        """Kill the registry's master."""
        self.lost.stop()

    def end(self) -> None:
        """Wait until its replica has taken over."""
        self.cluster.wait_for_successor(self.lost)


class LostPair(LostMaster):
    """A master and its replica are killed, so a third of the slots is served by nobody.

    Meanwhile the cluster refuses everything, as it does by default. A batch may lie in some shards
    and never reach the others.
    """

    name = "lost pair"
    seconds = Killed.seconds
    options = Killed.options
    drops = True

    def begin(self) -> None:
        """Kill both."""
        self.pair = self.lost, self.cluster.replica_of(self.lost)
        for node in self.pair:
            node.stop()

    def end(self) -> None:
        """Start both with their files, and wait until all slots are served again."""
        for node in self.pair:
            node.start(*self.options)
        until(self.cluster.is_whole)


FAULTS: Final = (Killed, Paused, Slow, Full, Emptied, LostMaster, LostPair)
