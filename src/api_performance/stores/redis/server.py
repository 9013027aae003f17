"""One Redis server: a bounded pool of connections, our scripts, and its errors translated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from redis.retry import Retry

from api_performance.config.values import without_password
from api_performance.errors import StoreAway, StoreUnavailable

CONNECTIONS: Final = 8
"""The most that one process has: its runner's, and those of the threads that answer questions."""

PATIENCE_SECONDS: Final = 2.0
"""How long a call waits for a connection or an answer, as it waits for SQLite's other writers."""

_CHECK_SECONDS: Final = 30  # a connection that lay idle so long is tried before it is used
_RETRIES: Final = 1  # a server that was restarted has closed the connections of the pool
_SCRIPTS: Final = files("api_performance.stores") / "lua" / "redis"

Argument = str | bytes | int | float


class Server:
    """Talks to one server. Safe to share between threads and, by its own pool, across a fork."""

    def __init__(self, address: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Use the server at a `redis://` or `rediss://` address; connect when it is needed.

        StoreUnavailable if that is no address.
        """
        self.location = without_password(address)
        try:
            pool = redis.BlockingConnectionPool.from_url(
                address,
                max_connections=CONNECTIONS,
                timeout=patience_seconds,
                socket_timeout=patience_seconds,
                socket_connect_timeout=patience_seconds,
                health_check_interval=_CHECK_SECONDS,
                retry=Retry(NoBackoff(), _RETRIES, supported_errors=(redis.ConnectionError,)),
                client_name="api-performance",
            )
        except ValueError:  # not "from": its text may quote a part of the password
            raise StoreUnavailable(
                f"{self.location} is no address of a Redis. Write redis://user:password@host:6379/0"
                " and quote what is special in user and password with %."
            ) from None
        # Any: the library types its answers for its clients of both kinds at once.
        self.client: Any = redis.Redis(connection_pool=pool)
        self._scripts = {
            file.name.removesuffix(".lua"): self.client.register_script(file.read_text("utf-8"))
            for file in _SCRIPTS.iterdir()
        }

    def script(self, name: str, key: str, arguments: Sequence[Argument] = ()) -> Any:
        """Return what a script answers. Any: each script says in its first lines what that is."""
        return self._scripts[name](keys=[key], args=arguments)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Translate the driver's errors to StoreUnavailable; StoreAway where no answer came."""
        try:
            yield
        except RedisError as error:
            is_refused = isinstance(error, AuthenticationError)
            is_away = isinstance(error, redis.ConnectionError | redis.TimeoutError)
            kind = StoreAway if is_away and not is_refused else StoreUnavailable
            raise kind(f"{self.location} {_trouble(error)}") from error

    def close(self) -> None:
        """Close all connections."""
        self.client.close()
        self.client.connection_pool.disconnect()


def _trouble(error: RedisError) -> str:
    """Return what happened and what to do about it, in a sentence each."""
    text = str(error).replace(". ", ", ").rstrip(".")
    if isinstance(error, AuthenticationError | NoPermissionError) or text.startswith("NOAUTH"):
        return f"refuses us ({text}). Put a user and a password with all rights in the address."
    if text.startswith(("OOM", "command not allowed when used memory")):
        return (
            f"is full ({text}). Raise its maxmemory, or lower max_store_bytes; we try again by"
            " ourselves."
        )
    return f"does not answer ({text}). Start it, or mend the way to it; we try again by ourselves."
