"""Pushes what a live page shows, by WebSocket, within two seconds of new data.

Each client has one place for the newest push: who reads slowly gets fewer, never older ones, and
who does not read at all is dropped. Clients that ask the same share one computation and one
encoding. Nothing is asked of the store while nobody listens.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from anyio import CancelScope, Event, Lock, create_task_group, move_on_after, sleep
from anyio.lowlevel import checkpoint
from starlette.websockets import WebSocket, WebSocketDisconnect

from api_performance.clock import Clock
from api_performance.errors import StoreUnavailable
from api_performance.queries import EndpointUnknown, LiveQuestion, Queries, QuestionRefused
from api_performance.server.encoding import to_json
from api_performance.server.pool import Pool

POLL_SECONDS: Final = 0.2
"""How often the store is asked for its revision, once for all clients."""

LEAST_PUSH_SECONDS: Final = 0.6
"""The least pause between two pushes: with the flush of a second before it, news takes 1.8 s."""

RECHECK_SECONDS: Final = 5.0
"""How often a connection's session is looked at again, for it may end before the connection."""

LONGEST_MESSAGE: Final = 1_000
"""A client says nothing but `pause`, in 16 letters."""

SEND_SECONDS: Final = 15.0
"""A client whose connection takes nothing for so long does not read."""

CLOSING_SECONDS: Final = 1.0
MOST_REASON_BYTES: Final = 123  # RFC 6455, 5.5

POLICY_VIOLATION: Final = 1008
MESSAGE_TOO_BIG: Final = 1009
INTERNAL_ERROR: Final = 1011
REAL_TIME_OFF: Final = 4000
SIGNED_OUT: Final = 4001
TOO_SLOW: Final = 4008
"""Codes of our own lie in 4000 to 4999 (RFC 6455, 7.4.2)."""


@dataclass(slots=True)
class _Newest:
    """The encoding that all who ask the same share."""

    lock: Lock = field(default_factory=Lock)
    revision: int | None = None
    pushed_at: float = 0.0
    text: str = ""


class Live:
    """What the clients of one app share."""

    def __init__(self, queries: Queries, pool: Pool, clock: Clock, refresh_seconds: float) -> None:
        """Push when the store's revision changes, and at least every `refresh_seconds`."""
        self.queries = queries
        self.refresh_seconds = refresh_seconds
        self.client_count = 0
        self._pool = pool
        self._clock = clock
        self._newest: OrderedDict[LiveQuestion, _Newest] = OrderedDict()
        self._revision: tuple[int, float] | None = None

    async def revision(self) -> int:
        """Return the store's revision, asked at most once in POLL_SECONDS."""
        now = self._clock.perf()
        if self._revision is None or now - self._revision[1] >= POLL_SECONDS / 2:
            # Noted before asking, so that clients who wake together ask once.
            if self._revision is not None:
                self._revision = self._revision[0], now
            self._revision = await self._pool.run(self.queries.revision), now
        return self._revision[0]

    async def text(self, question: LiveQuestion, revision: int) -> str:
        """Return the push for a question, computed once per revision for all who ask it."""
        newest = self._newest.setdefault(question, _Newest())
        self._newest.move_to_end(question)
        while len(self._newest) > max(self.client_count, 1):
            self._newest.popitem(last=False)
        async with newest.lock:
            now = self._clock.perf()
            is_old = now - newest.pushed_at >= LEAST_PUSH_SECONDS
            if newest.revision != revision or is_old:
                newest.text = await self._pool.run(
                    lambda: to_json(self.queries.live(question)).decode()
                )
                newest.revision, newest.pushed_at = revision, now
            return newest.text


class Client:
    """One connection: finds out that there is news, sends the newest, hears `pause`."""

    def __init__(
        self,
        websocket: WebSocket,
        question: LiveQuestion,
        live: Live,
        *,
        listens: bool = True,
        may_stay: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """Answer `question` to an accepted WebSocket; `listens` unless somebody else reads it.

        `may_stay` is asked every RECHECK_SECONDS; without it the connection stays while it holds.
        """
        self._websocket = websocket
        self._question = question
        self._live = live
        self._text: str | None = None
        self._has_news = Event()
        self._is_paused = False
        self._closing: tuple[int, str] | None = None
        self._listens = listens
        self._may_stay = may_stay
        self._scope = CancelScope()

    def stop(self) -> None:
        """End `serve`, now or when it begins."""
        self._scope.cancel()

    async def serve(self) -> None:
        """Push until one of both sides ends it."""
        self._live.client_count += 1
        try:
            with self._scope:
                async with create_task_group() as tasks:
                    if self._may_stay:
                        tasks.start_soon(self._recheck, self._may_stay)
                    if self._listens:
                        tasks.start_soon(self._listen)
                    tasks.start_soon(self._send)
                    tasks.start_soon(self._watch)
        except Exception:
            self._closing = INTERNAL_ERROR, "the server failed; its log says how"
            raise
        finally:
            self._live.client_count -= 1
            if self._closing is not None:
                await close(self._websocket, *self._closing)

    async def _recheck(self, may_stay: Callable[[], Awaitable[bool]]) -> None:
        while True:
            await sleep(RECHECK_SECONDS)
            try:
                is_welcome = await may_stay()
            except StoreUnavailable:
                continue  # nothing is told while the store is away
            if not is_welcome:
                self._end(SIGNED_OUT, "the session has ended: sign in again")
                return

    async def _listen(self) -> None:
        while True:
            try:
                text = await self._websocket.receive_text()
            except (WebSocketDisconnect, KeyError):  # KeyError: bytes, which nobody of ours sends
                self.stop()
                return
            if len(text) > LONGEST_MESSAGE:
                self._end(MESSAGE_TOO_BIG, f"a message may have {LONGEST_MESSAGE} letters")
                return
            pause = _pause_in(text)
            if pause is not None:
                self._is_paused = pause

    async def _send(self) -> None:
        while True:
            await self._has_news.wait()
            self._has_news = Event()
            text, self._text = self._text, None
            if text is None:
                continue
            with move_on_after(SEND_SECONDS) as patience:
                try:
                    await self._websocket.send_text(text)
                except (WebSocketDisconnect, RuntimeError, OSError):  # gone while we were sending
                    self.stop()
                    return
            if patience.cancelled_caught:
                self._end(TOO_SLOW, f"nothing was read for {SEND_SECONDS:g} s")
                return

    async def _watch(self) -> None:
        seen: int | None = None
        waited = 0.0
        while True:
            try:
                revision = await self._live.revision()
                is_due = revision != seen or waited >= self._live.refresh_seconds
                if is_due and not self._is_paused:
                    self._offer(await self._live.text(self._question, revision))
                    seen, waited = revision, 0.0
                    await sleep(LEAST_PUSH_SECONDS)
                    waited += LEAST_PUSH_SECONDS
                    continue
            except (EndpointUnknown, QuestionRefused) as error:
                self._end(POLICY_VIOLATION, str(error))
                return
            except StoreUnavailable:
                pass  # the page sees the age of what it has, and hears from us when there is more
            await sleep(POLL_SECONDS)
            waited += POLL_SECONDS

    def _offer(self, text: str) -> None:
        self._text = text
        self._has_news.set()

    def _end(self, code: int, reason: str) -> None:
        self._closing = code, reason
        self.stop()


def _pause_in(text: str) -> bool | None:
    """Return what a client's message says of pausing; None if it says nothing that we know."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    pause = message.get("pause") if isinstance(message, dict) else None
    return pause if isinstance(pause, bool) else None


async def close(websocket: WebSocket, code: int, reason: str) -> None:
    """Close with a reason, cut to what a close frame holds; a client that is gone is no error."""
    short = reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore")
    with CancelScope(shield=True), move_on_after(CLOSING_SECONDS):
        try:
            await websocket.close(code, short)
        except (WebSocketDisconnect, RuntimeError, OSError):
            await checkpoint()
