"""How long the event loop of a server is kept from its sockets, in CPU time of its thread."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from time import thread_time
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Pauses:
    """The longest stretch between two polls of a loop's sockets, the app's requests left out.

    CPU time, for on a shared machine a clock tells what others do. What the loop does beside the
    app's own requests counts as ours: sockets of live pages, timers, pushes. How long collecting
    garbage takes depends on what the app keeps, so it is told apart.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, app_task: str) -> None:
        """Watch `loop`, asyncio's own; `app_task` names the coroutine that serves a request."""
        self.longest_seconds = 0.0
        self.longest_collection_seconds = 0.0
        self._app_task = app_task
        self._apart_seconds = 0.0
        self._begun = thread_time()
        self._collecting = 0.0
        self._is_in_app = False
        self._thread = threading.get_ident()
        gc.callbacks.append(self._note_collection)
        self._wrap_polls(loop)
        self._wrap_callbacks()

    def forget(self) -> None:
        """Begin anew."""
        self.longest_seconds = self.longest_collection_seconds = 0.0

    def _wrap_polls(self, loop: Any) -> None:  # Any: there is no public way to its selector
        select: Callable[..., object] = loop._selector.select

        def watched(timeout: float | None = None) -> object:
            stretch = thread_time() - self._begun - self._apart_seconds
            self.longest_seconds = max(self.longest_seconds, stretch)
            ready = select(timeout)
            self._apart_seconds = 0.0
            self._begun = thread_time()
            return ready

        loop._selector.select = watched

    def _note_collection(self, phase: str, _: object) -> None:
        if threading.get_ident() != self._thread or self._is_in_app:
            return
        if phase == "start":
            self._collecting = thread_time()
        else:
            taken = thread_time() - self._collecting
            self._apart_seconds += taken
            self.longest_collection_seconds = max(self.longest_collection_seconds, taken)

    def _wrap_callbacks(self) -> None:
        handle_type: Any = asyncio.Handle  # Any: how a callback is run is private
        run = handle_type._run

        def watched(handle: asyncio.Handle) -> None:
            begun, self._is_in_app = thread_time(), self._is_of_app(handle)
            run(handle)
            if self._is_in_app:
                self._apart_seconds += thread_time() - begun
            self._is_in_app = False

        handle_type._run = watched

    def _is_of_app(self, handle: Any) -> bool:  # Any: as above
        owner = getattr(handle._callback, "__self__", None)
        if isinstance(owner, asyncio.Task):
            return getattr(owner.get_coro(), "__qualname__", "") == self._app_task
        return isinstance(owner, asyncio.Transport) and isinstance(
            owner.get_protocol(), HttpToolsProtocol
        )
