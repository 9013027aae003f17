"""A free port of 127.0.0.1, listened on before its number is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def listening() -> Iterator[socket.socket]:
    """Yield a socket that listens on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found
