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
    garbage takes depends on what the app keeps, so it is told apart. `longest_callback` is the most
    that one callback took of the longest stretch: much less, and it was many that had become due
    while the loop's thread waited; a virtual machine also counts time that its host took from it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, app_task: str) -> None:
        """Watch `loop`, asyncio's own; `app_task` names the coroutine that serves a request."""
        self.longest_seconds = 0.0
        self.longest_callback = ""
        self.longest_collection_seconds = 0.0
        self._costliest: tuple[float, asyncio.Handle | None] = (0.0, None)
        self._callbacks = 0
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
        self.longest_callback = ""

    def _wrap_polls(self, loop: Any) -> None:  # Any: there is no public way to its selector
        select: Callable[..., object] = loop._selector.select

        def watched(timeout: float | None = None) -> object:
            stretch = thread_time() - self._begun - self._apart_seconds
            if stretch > self.longest_seconds:
                self.longest_seconds, self.longest_callback = stretch, self._told_costliest()
            ready = select(timeout)
            self._apart_seconds, self._callbacks, self._costliest = 0.0, 0, (0.0, None)
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
            taken = thread_time() - begun
            self._callbacks += 1
            if self._is_in_app:
                self._apart_seconds += taken
            elif taken > self._costliest[0]:
                self._costliest = taken, handle
            self._is_in_app = False

        handle_type._run = watched

    def _told_costliest(self) -> str:
        seconds, handle = self._costliest
        owner = getattr(getattr(handle, "_callback", None), "__self__", None)
        costliest = owner if isinstance(owner, asyncio.Task) else handle
        return f"{seconds * 1e3:.2f} ms in one of {self._callbacks} callbacks: {costliest!r}"

    def _is_of_app(self, handle: Any) -> bool:  # Any: as above
        owner = getattr(handle._callback, "__self__", None)
        if isinstance(owner, asyncio.Task):
            return getattr(owner.get_coro(), "__qualname__", "") == self._app_task
        return isinstance(owner, asyncio.Transport) and isinstance(
            owner.get_protocol(), HttpToolsProtocol
        )
