"""The Redis that we speak to, of whichever form: our scripts in it, and its errors translated."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from redis.exceptions import (
    AuthenticationError,
    ConnectionError,  # noqa: A004 # the driver's
    MaxConnectionsError,
    MovedError,
    NoPermissionError,
    RedisClusterException,
    RedisError,
    TimeoutError,  # noqa: A004 # the driver's
)
from redis.sentinel import MasterNotFoundError

from api_performance.config.redis_address import parse_redis_address
from api_performance.config.values import without_password
from api_performance.errors import StoreAway, StoreUnavailable
from api_performance.stores.redis.clients import (
    Client,
    Patience,
    close_client,
    make_client,
    pools_of,
    retire_client,
)

CONNECTIONS: Final = 8
"""The most that one process has: its runner's, and those of the threads that answer questions."""

PATIENCE_SECONDS: Final = 2.0
"""How long a call waits for a connection or an answer, as it waits for SQLite's other writers."""

_SCRIPTS: Final = {
    file.name.removesuffix(".lua"): file.read_text("utf-8")
    for file in (files("api_performance.stores") / "lua" / "redis").iterdir()
}

Argument = str | bytes | int | float

_Connected = tuple[Client, dict[str, Any]]
"""A client and our scripts by it. Any: as the driver has them."""


class Server:
    """Talks to one Redis. Safe to share between threads and, by its own pools, across a fork."""

    def __init__(
        self,
        address: str,
        connections: int = CONNECTIONS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Use the Redis at an address; connect when it is needed. StoreUnavailable: no address."""
        self.location = without_password(address)
        try:
            self._address = parse_redis_address(address)
        except ValueError as error:
            raise StoreUnavailable(
                f"{self.location} is no address of a Redis: {error}."
                " Write redis://user:password@host:6379/0"
            ) from None
        self._patience = Patience(connections, patience_seconds)
        self._connecting = threading.Lock()
        self._connected: _Connected | None = None

    @property
    def is_cluster(self) -> bool:
        """Whether keys lie on several nodes."""
        return self._address.form == "cluster"

    @property
    def namespace(self) -> str:
        """What our keys begin with, so that installations do not see each other; may be empty."""
        return self._address.namespace

    @property
    def client(self) -> Client:
        """The driver's client; a cluster's asks for the nodes when it is made."""
        return self._connection()[0]

    def another_client(self, *, is_old: bool = False) -> Client:
        """Return a client of its own, with one connection to each server; its maker closes it.

        `is_old`: for a server that knows no HELLO.
        """
        return make_client(self._address, Patience(1, self._patience.seconds), is_old=is_old)

    def _connection(self) -> _Connected:
        with self._connecting:
            if self._connected is None:
                self._check_files()
                client = make_client(self._address, self._patience)
                scripts = {name: client.register_script(text) for name, text in _SCRIPTS.items()}
                self._connected = client, scripts
            return self._connected

    def _check_files(self) -> None:
        for name, path in self._address.tls_files.items():
            if not Path(path).is_file():
                raise StoreUnavailable(
                    f"{path}, the file of {name}, is not there. Mend {name} in the address of"
                    f" {self.location}."
                )

    def script(self, name: str, key: str, arguments: Sequence[Argument] = ()) -> Any:
        """Return what a script answers. Any: each script says in its first lines what that is."""
        return self._connection()[1][name](keys=[key], args=arguments)

    @contextmanager
    def answering(self, node: str = "") -> Iterator[None]:
        """Translate the driver's errors to StoreUnavailable; StoreAway where no answer came.

        `node`: which node of a cluster is asked, if it is one alone.
        """
        asked, used = node or self.location, self._connected
        try:
            yield
        except RedisClusterException as error:
            self._begin_anew(used)
            raise _kind_of(error.__cause__ or error)(f"{asked} {_trouble(error)}") from error
        except MasterNotFoundError as error:
            # What is behind the colon, in redis-py 6, has the sentinels' passwords in it.
            text = str(error).partition(" : ")[0]
            raise StoreAway(
                f"{asked} does not answer ({text}). Start the sentinels, or mend the name"
                " of the service; we try again by ourselves."
            ) from None
        except RedisError as error:
            raise _kind_of(error)(f"{asked} {_trouble(error)}") from error

    def _begin_anew(self, used: _Connected | None) -> None:
        """Let go of a cluster's client that knows no node any more: the address is asked again.

        Unless another thread has done so meanwhile. Nobody's call by that client is broken off.
        """
        with self._connecting:
            present = self._connected
            if present is None or (used is not None and used is not present):
                return
            self._connected = None
        retire_client(present[0])

    def connections(self) -> tuple[int, int]:
        """Return how many connections are in use, and how many there may be."""
        connected = self._connected
        if connected is None:
            return 0, self._patience.connections
        pools = pools_of(connected[0])
        return sum(len(pool.lent) for pool in pools), sum(pool.max_connections for pool in pools)

    def close(self) -> None:
        """Close all connections."""
        if self._connected is not None:
            close_client(self._connected[0])


def _kind_of(error: BaseException) -> type[StoreUnavailable]:
    """Return StoreAway where no answer came; a refusal is one, a pool of ours in use is none."""
    is_known = isinstance(error, AuthenticationError | MaxConnectionsError)
    if is_known or "Cluster mode is not enabled" in str(error):
        return StoreUnavailable
    is_away = isinstance(error, ConnectionError | TimeoutError | RedisClusterException)
    return StoreAway if is_away else StoreUnavailable


def _trouble(error: Exception) -> str:
    """Return what happened and what to do about it, in a sentence each."""
    text = str(error).replace(". ", ", ").rstrip(".")
    if isinstance(error, RedisClusterException) and isinstance(error.__cause__, Exception):
        return _trouble(error.__cause__)  # what the last of the nodes said
    if isinstance(error, AuthenticationError | NoPermissionError) or text.startswith("NOAUTH"):
        return f"refuses us ({text}). Put a user and a password with all rights in the address."
    if text.startswith(("OOM", "command not allowed when used memory")):
        return (
            f"is full ({text}). Raise its maxmemory, or lower max_store_bytes; we try again by"
            " ourselves."
        )
    return _trouble_on_the_way(error, text)


def _trouble_on_the_way(error: Exception, text: str) -> str:
    if isinstance(error, MaxConnectionsError):
        return (
            f"has no connection free ({text}). Raise store_connections; we try again by ourselves."
        )
    if isinstance(error, MovedError):
        return "is a node of a cluster. Write redis+cluster:// for redis://."
    if "HELLO" in text or "HELLO" in str(error.__context__):  # a cluster's comes before the other
        return "is older than Redis 6.0, as it knows no HELLO. Upgrade it to 7.0 or newer."
    if "Cluster mode is not enabled" in text:
        return "is no cluster. Write redis:// for redis+cluster://."
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            f"shows a certificate that we do not trust ({text}). Name the file of the authority"
            " that signed it in the address: ?ssl_ca_certs=/path/to/ca.pem"
        )
    return f"does not answer ({text}). Start it, or mend the way to it; we try again by ourselves."
