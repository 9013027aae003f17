"""A real sentinel on the loopback interface."""

from __future__ import annotations

import subprocess
from pathlib import Path

import redis

from tests.ports import free_port

from .redis_server import RedisServer


class Sentinel:
    """A sentinel that watches one master alone, and calls it `shop`."""

    def __init__(
        self, directory: Path, master: RedisServer, password: str = "", its_password: str = ""
    ) -> None:
        """Start it; a password is the sentinel's own, the other one is the master's."""
        self.port = free_port()
        self._password = password or None
        file = directory / "sentinel.conf"
        file.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {directory}\n"
            f"sentinel monitor shop 127.0.0.1 {master.port} 1\n"
            "sentinel down-after-milliseconds shop 1000\n"
            "sentinel failover-timeout shop 10000\n"
            + (f"requirepass {password}\n" if password else "")
            + (f"sentinel auth-pass shop {its_password}\n" if its_password else "")
        )
        with (directory / "sentinel.log").open("ab") as log:
            command = ["redis-server", str(file), "--sentinel"]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def sees_a_replica(self) -> bool:
        return self._sees("sentinel_slaves")

    def sees_its_master(self) -> bool:
        return self._sees("sentinel_get_master_addr_by_name")

    def _sees(self, command: str) -> bool:
        with redis.Redis(port=self.port, password=self._password) as client:
            try:
                return bool(getattr(client, command)("shop"))
            except redis.ConnectionError:
                return False

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
