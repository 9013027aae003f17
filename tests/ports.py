"""Ports for servers that tests start."""

from __future__ import annotations

import secrets
import socket

_given: set[int] = set()


def free_port() -> int:
    """Return a port that nobody has, twice none, and below those that systems give to clients.

    So neither a client nor, but for a rare chance, a test beside this one takes it meanwhile.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as listener:
            is_free = listener.connect_ex(("127.0.0.1", port)) != 0
        if is_free and port not in _given:
            _given.add(port)
            return port
