"""The newest revision, as the server tells it by itself: nobody asks ten times a second.

While somebody asks, a thread listens to one channel on a connection of its own. Until it listens,
and when its connection is lost, the server is asked as without it; then it listens again. Once a
second it asks too, for a connection may be dead without saying so, and a server may be emptied.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import inf
from typing import Any, Final

from redis.exceptions import RedisClusterException, RedisError

from api_performance.clock import SystemClock
from api_performance.stores.redis.clients import Client, close_client

IDLE_SECONDS: Final = 10.0
"""Nobody asked for so long: the thread ends, and begins anew with the next who asks."""

ASK_SECONDS: Final = 1.0
"""The longest that lost news stays unknown: half of the two seconds that a live page may take."""

END_SECONDS: Final = 1.0
_ROUND_SECONDS: Final = 0.25  # how soon `close` and an end of asking are seen

_LOST: Final = (RedisError, RedisClusterException, OSError)


class News:
    """Knows the newest revision. Safe to share between threads, and to be taken along by a fork."""

    def __init__(self, connect: Callable[[], Client], channel: str, ask: Callable[[], int]) -> None:
        """Listen on what `connect` makes, which is closed in the end; `ask` the server else."""
        self._connect = connect
        self._channel = channel
        self._ask = ask
        self._lock = threading.Lock()
        self._revision: int | None = None
        self._asked_at = 0.0
        self._listener: threading.Thread | None = None
        self._closed = threading.Event()

    @property
    def is_live(self) -> bool:
        """Whether the server tells what is new; after a fork, not before somebody asked."""
        return self._revision is not None and self._is_listening()

    def _is_listening(self) -> bool:
        return self._listener is not None and self._listener.is_alive()

    def revision(self) -> int:
        """Return the newest revision: heard, or asked for. What the driver raises."""
        self._asked_at = SystemClock.perf()
        known = self._revision
        if known is not None and self._is_listening():
            return known
        self._listen_from_now_on()
        return self._ask()

    def note(self, revision: int) -> None:
        """Take over a revision: heard, or made by a write of ours that is heard only later."""
        with self._lock:
            if self._revision is not None:
                self._revision = max(self._revision, revision)

    def close(self) -> None:
        """End the thread, for which it waits for a second at most."""
        self._closed.set()
        listener = self._listener
        if listener is not None and listener.is_alive():
            listener.join(END_SECONDS)

    def _listen_from_now_on(self) -> None:
        with self._lock:
            if self._is_listening() or self._closed.is_set():
                return
            self._revision = None  # of a thread that a fork left behind
            listener = threading.Thread(
                target=self._listen, name="api-performance-news", daemon=True
            )
            listener.start()
            self._listener = listener  # begun before `close` sees it, which may only wait for such

    def _listen(self) -> None:
        while self._is_wanted():
            try:
                self._hear_all()
            except _LOST:
                pass
            except Exception:
                if not self._closed.is_set():  # else a connection was closed under the driver
                    raise
            self._revision = None
            self._closed.wait(ASK_SECONDS)

    def _is_wanted(self) -> bool:
        is_asked = SystemClock.perf() - self._asked_at < IDLE_SECONDS
        return is_asked and not self._closed.is_set()

    def _hear_all(self) -> None:
        """Listen until nobody wants it any more, or the connection is lost."""
        client = self._connect()
        try:
            with client.pubsub() as subscription:
                subscription.subscribe(self._channel)
                asked_at = -inf
                while self._is_wanted():
                    self._heed(subscription.get_message(timeout=_ROUND_SECONDS))
                    if SystemClock.perf() - asked_at >= ASK_SECONDS:
                        asked_at = SystemClock.perf()
                        self._learn()
        finally:
            close_client(client)

    def _heed(self, message: dict[str, Any] | None) -> None:  # Any: as the driver has it
        if message is not None and message["type"] == "message":
            self.note(int(message["data"]))

    def _learn(self) -> None:
        """Take over what the server answers; a write of ours meanwhile is noted after it."""
        with self._lock:
            self._revision = self._ask()
