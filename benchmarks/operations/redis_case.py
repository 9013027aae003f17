"""redis-py: a GET, answered by a connection that has no server."""

from __future__ import annotations

from typing import Any

import redis

from benchmarks.operations.case import Case, opentelemetrys_tracer_provider


class _Answering(redis.Connection):
    """Answers every command at once. Any, below: what the driver gives and takes."""

    def connect(self) -> None:
        """Be connected."""

    def can_read(self, timeout: float = 0, **_options: Any) -> bool:
        """Say that nothing is left over."""
        return False

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Take the command."""

    def read_response(self, *_args: Any, **_options: Any) -> bytes:
        """Answer."""
        return b"1"


def case() -> Case:
    """Make a client whose pool has one connection."""
    client: Any = redis.Redis(
        connection_pool=redis.ConnectionPool(connection_class=_Answering, max_connections=1)
    )

    def run(count: int) -> None:
        for number in range(count):
            client.get(f"user:{number}")

    def opentelemetry() -> None:
        from opentelemetry.instrumentation.redis import RedisInstrumentor

        RedisInstrumentor().instrument(tracer_provider=opentelemetrys_tracer_provider())

    return Case(run, "redis", opentelemetry)
