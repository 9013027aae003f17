"""How long our code holds a request on the event loop: its CPU time, and its waits for locks.

A wrap outside of our edge and one inside of it share a stopwatch, so the server's work and the
app's are left out. CPU time, for on a shared machine a clock tells what others do; that says
nothing of waits, so our modules' locks tell them. What collecting garbage takes depends on what the
app keeps, and is told apart.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Awaitable, Callable
from time import perf_counter, thread_time
from types import TracebackType
from typing import Any, Final

_make_lock: Final = threading.Lock
_make_rlock: Final = threading.RLock

Message = Any  # Any: ASGI's own dicts
App = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI app."""


class Holding:
    """The longest time that our code held one request at a stretch, in seconds."""

    def __init__(self, *prefixes: str) -> None:
        """Watch the requests whose paths begin so; in the thread that serves the first of them."""
        self.longest_seconds = self.longest_wait_seconds = self.longest_collection_seconds = 0.0
        self._prefixes = prefixes
        self._thread = 0
        self._since = self._begun_collecting = 0.0
        self._apart = self._waited = 0.0
        gc.callbacks.append(self._note_collection)

    def forget(self) -> None:
        """Begin anew."""
        self.longest_seconds = self.longest_wait_seconds = self.longest_collection_seconds = 0.0

    def note_wait(self, seconds: float) -> None:
        """Note that a thread waited for a lock of ours; it counts on the loop only."""
        if threading.get_ident() == self._thread:
            self._waited += seconds
            self.longest_wait_seconds = max(self.longest_wait_seconds, seconds)

    def _note_collection(self, phase: str, _: object) -> None:
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._begun_collecting = thread_time()
            return
        taken = thread_time() - self._begun_collecting
        self._apart += taken
        self.longest_collection_seconds = max(self.longest_collection_seconds, taken)

    def _ours(self) -> None:
        self._apart = self._waited = 0.0
        self._since = thread_time()

    def _others(self) -> None:
        held = thread_time() - self._since - self._apart + self._waited
        self.longest_seconds = max(self.longest_seconds, held)

    def around(self, edge: App) -> App:
        """Return an app that hands requests to our edge, and starts the watch."""

        async def outside(scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's types
            if not self._is_watched(scope):
                await edge(scope, receive, send)
                return
            self._thread = threading.get_ident()
            self._ours()
            await edge(scope, self._of_others(receive), self._of_others(send))
            self._others()

        return outside

    def within(self, app: App) -> App:
        """Return an app that our edge hands requests to, and that stops the watch."""

        async def inside(scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's types
            if not self._is_watched(scope):
                await app(scope, receive, send)
                return
            self._others()
            await app(scope, self._of_ours(receive), self._of_ours(send))
            self._ours()

        return inside

    def _is_watched(self, scope: Any) -> bool:  # Any: ASGI's type
        path = str(scope.get("path", ""))
        return scope["type"] == "http" and path.startswith(self._prefixes)

    def _of_others(self, call: Callable[..., Awaitable[Message]]) -> Callable[..., Any]:
        async def watched(*arguments: Message) -> Message:
            self._others()
            result = await call(*arguments)
            self._ours()
            return result

        return watched

    def _of_ours(self, call: Callable[..., Awaitable[Message]]) -> Callable[..., Any]:
        async def watched(*arguments: Message) -> Message:
            self._ours()
            result = await call(*arguments)
            self._others()
            return result

        return watched

    def watch_locks(self) -> None:
        """Have the locks that our modules make from now on tell who waited for them."""

        def make(plain: Callable[[], Any]) -> Callable[[], Any]:  # Any: a lock of either kind
            def lock() -> Any:
                name = sys._getframe(1).f_globals.get("__name__", "")
                return Lock(plain(), self) if name.startswith("api_performance") else plain()

            return lock

        vars(threading)["Lock"] = make(_make_lock)
        vars(threading)["RLock"] = make(_make_rlock)


class Lock:
    """A lock that tells how long it was waited for."""

    def __init__(self, lock: Any, holding: Holding) -> None:  # Any: a lock of either kind
        """Stand for `lock`."""
        self._lock = lock
        self._holding = holding

    def __enter__(self) -> bool:
        """Wait for it."""
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it back."""
        self._lock.release()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Wait for it, and tell how long."""
        if self._lock.acquire(False):
            return True
        begun = perf_counter()
        is_ours: bool = self._lock.acquire(blocking, timeout) if blocking else False
        self._holding.note_wait(perf_counter() - begun)
        return is_ours

    def release(self) -> None:
        """Give it back."""
        self._lock.release()
