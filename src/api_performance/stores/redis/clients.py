"""The driver's clients, one way to make each: for a server, by sentinels, for a cluster.

All have bounded pools, wait no longer than was said, and try once more at once where a connection
broke: the server may have been restarted, or another have taken its place.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import MaxConnectionsError
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from api_performance.config.redis_address import RedisAddress

NAME: Final = "api-performance"
"""What a server's list of clients calls us."""

_CHECK_SECONDS: Final = 30  # a connection that lay idle so long is tried before it is used
_RETRIES: Final = 1

Client = Any
"""Any: the library types the answers of its clients for synchronous and asynchronous use at once,
and a server's and a cluster's have no base in common."""


class BoundedPool(redis.BlockingConnectionPool):
    """A pool that waits for a connection to be given back, and knows how many are lent."""

    lent: set[object]
    is_retired = False

    def reset(self) -> None:
        """Begin anew, as in a process that was forked."""
        self.lent = set()
        super().reset()  # type: ignore[no-untyped-call] # the driver has no types here

    def get_connection(self, *arguments: Any, **options: Any) -> Any:  # Any: handed on as they are
        """Lend a connection. MaxConnectionsError if none was given back in time."""
        try:
            connection = super().get_connection(*arguments, **options)  # type: ignore[no-untyped-call] # the driver has no types here
        except redis.ConnectionError as error:
            if str(error) != "No connection available.":
                raise
            raise MaxConnectionsError(f"all {self.max_connections} are in use") from error
        self.lent.add(connection)
        return connection

    def release(self, connection: Any) -> None:  # Any: as above
        """Take a connection back."""
        self.lent.discard(connection)
        if self.is_retired:
            connection.disconnect()
        super().release(connection)  # type: ignore[no-untyped-call] # the driver has no types here

    def retire(self) -> None:
        """Close what lies here now, and what is lent once it is given back."""
        self.is_retired = True
        idle = []
        with suppress(Empty):
            while True:
                idle.append(self.pool.get_nowait())
        for connection in idle:
            if connection is not None:
                connection.disconnect()
            self.pool.put_nowait(connection)


class SentinelPool(SentinelConnectionPool, BoundedPool):
    """A bounded pool whose connections lead to the server that the sentinels name."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many connections may be open to one server, and how long a call waits for it."""

    connections: int
    seconds: float


def make_client(address: RedisAddress, patience: Patience, *, is_old: bool = False) -> Client:
    """Return a client; only a cluster's connects at once, and may raise what the driver raises.

    `is_old`: a single server that knows no HELLO, and is asked in the older protocol.
    """
    if address.form == "cluster":
        return _cluster(address, patience)
    if address.form == "sentinel":
        return _behind_sentinels(address, patience)
    (host, port) = address.hosts[0]
    kind = redis.SSLConnection if address.is_tls else redis.Connection
    options = {**_common(address, patience), **_tls(address), "db": address.database}
    if is_old:
        options["protocol"] = 2
    return redis.Redis(
        connection_pool=_pool(patience)(host=host, port=port, connection_class=kind, **options)
    )


def _common(address: RedisAddress, patience: Patience) -> dict[str, Any]:  # Any: as the driver's
    return {
        "username": address.username,
        "password": address.password,
        "socket_timeout": patience.seconds,
        "socket_connect_timeout": patience.seconds,
        "client_name": NAME,
    }


def _tls(address: RedisAddress) -> dict[str, Any]:  # Any: as the driver's
    if not address.is_tls:
        return {}
    return {**address.tls_files, "ssl_check_hostname": address.checks_hostname}


def _pool(patience: Patience) -> partial[BoundedPool]:
    return partial(
        BoundedPool,
        max_connections=patience.connections,
        timeout=patience.seconds,
        health_check_interval=_CHECK_SECONDS,
        retry=_retry(),
    )


def _retry() -> Retry:
    return Retry(NoBackoff(), _RETRIES, supported_errors=(redis.ConnectionError,))


def _behind_sentinels(address: RedisAddress, patience: Patience) -> Client:
    is_tls = {"ssl": True} if address.is_tls else {}
    seconds = patience.seconds / len(address.hosts)  # all of them may be away
    asking = {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "retry": Retry(NoBackoff(), 0),  # the next sentinel is asked instead
    }
    logins = {name.removeprefix("sentinel_"): text for name, text in address.sentinel.items()}
    sentinel = Sentinel(
        list(address.hosts), sentinel_kwargs={**asking, **logins, **_tls(address), **is_tls}
    )
    return redis.Redis(
        connection_pool=SentinelPool(  # type: ignore[no-untyped-call] # as above
            address.service,
            sentinel,
            db=address.database,
            **{**_pool(patience).keywords, **_common(address, patience), **_tls(address), **is_tls},
        )
    )


def _cluster(address: RedisAddress, patience: Patience) -> Client:
    """Return a cluster's client, which asks the hosts for all nodes.

    With a URL, even one that only repeats the first host, its nodes have pools of our kind.
    """
    scheme = "rediss" if address.is_tls else "redis"
    host, port = address.hosts[0]
    shown = f"[{host}]" if ":" in host else host
    return RedisCluster(
        url=f"{scheme}://{shown}:{port}",
        startup_nodes=[ClusterNode(*each) for each in address.hosts[1:]],
        connection_pool_class=_pool(patience),
        retry=_retry(),
        reinitialize_steps=1,
        require_full_coverage=False,
        **_common(address, patience),
        **_tls(address),
    )


def pools_of(client: Client) -> list[BoundedPool]:
    """Return a client's pools: one, or one for each node of a cluster that is known."""
    if not isinstance(client, RedisCluster):
        return [client.connection_pool]
    connections = [node.redis_connection for node in client.get_nodes()]
    return [each.connection_pool for each in connections if each is not None]


def close_client(client: Client) -> None:
    """Close all connections of a client."""
    for pool in pools_of(client):
        pool.disconnect()
        if isinstance(pool, SentinelPool):
            for sentinel in pool.sentinel_manager.sentinels:
                sentinel.close()
    client.close()


def retire_client(client: Client) -> None:
    """Close the connections of a client that others may be asking by; none of their calls breaks.

    The driver's own way ends connections under them, and what they get then is no error of its own.
    """
    for pool in pools_of(client):
        pool.retire()
