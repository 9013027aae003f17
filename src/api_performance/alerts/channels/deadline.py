"""An end to what waits at a socket: its own time-outs begin anew with each byte that comes."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Lock, Timer
from types import TracebackType
from typing import Self


class Deadline:
    """Shuts the socket that it watches once its time is over; whoever waits there then fails."""

    def __init__(self, seconds: float) -> None:
        """End after `seconds`, counted from where the `with` block begins."""
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True
        self._lock = Lock()
        self._socket: socket.socket | None = None
        self.is_over = False

    def __enter__(self) -> Self:
        """Begin to count."""
        self._timer.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Count no more."""
        self._timer.cancel()
        with self._lock:
            self._socket = None

    def watch(self, connected: socket.socket) -> None:
        """Shut this one, from now on."""
        with self._lock:
            self._socket = connected
            if self.is_over:
                self._shut()

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                # Not the method of a TLS socket, which would pull the rug from under its reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
