"""Pushes what a live page shows, by WebSocket, within two seconds of new data.

A client is sent the newest push or none: who reads slowly gets fewer, never older ones, and who
does not read at all is dropped. Clients that ask the same share one computation and one encoding.
Clients go one by one, each in a turn of the event loop of its own, so that two hundred of them
keep the app from its sockets no longer than one does (benchmarks/live). Nothing is asked of the
store while nobody listens.
"""

from __future__ import annotations

import gzip
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from anyio import CancelScope, Event, Lock, create_task_group, move_on_after, sleep
from anyio.lowlevel import RunVar, checkpoint
from starlette.websockets import WebSocket, WebSocketDisconnect

from api_performance.clock import Clock
from api_performance.errors import StoreUnavailable
from api_performance.queries import EndpointUnknown, LiveQuestion, Queries, QuestionRefused
from api_performance.server.encoding import to_json
from api_performance.server.pool import Pool

logger: Final = logging.getLogger("api_performance")

POLL_SECONDS: Final = 0.1
"""How often the store is asked for its revision, once for all clients."""

LEAST_PUSH_SECONDS: Final = 0.3
"""The least pause after a push. Processes flush within a quarter of a second around each full one
(runner): what the first push misses, the second has. With the flush before it, news takes 1.5 s."""

RECHECK_SECONDS: Final = 5.0
"""A session may end before its connection: nothing is pushed to one that was not looked at for so
long."""

LONGEST_MESSAGE: Final = 1_000
"""A client says nothing but `pause`, in 16 letters."""

SEND_SECONDS: Final = 15.0
"""A client whose connection takes nothing for so long does not read."""

CLOSING_SECONDS: Final = 5.0
"""How long a close waits to be taken: a server hands out no frame, not even this one, while what
came before it lies unread."""

MOST_REASON_BYTES: Final = 123  # RFC 6455, 5.5

POLICY_VIOLATION: Final = 1008
MESSAGE_TOO_BIG: Final = 1009
INTERNAL_ERROR: Final = 1011
REAL_TIME_OFF: Final = 4000
SIGNED_OUT: Final = 4001
TOO_SLOW: Final = 4008
"""Codes of our own lie in 4000 to 4999 (RFC 6455, 7.4.2)."""


PART_BYTES: Final = 2048
"""Servers pack what they send, message by message, on the loop: 30 us per 1,000 bytes that are
packed already, and 1.7 ms for the 345 kB of JSON that 21 kB had been (200 endpoints,
benchmarks/live). Smaller parts would be more turns, of 50 us each."""

Push = Sequence[str | bytes]
"""The messages that a push consists of."""


def as_text(answer: bytes) -> Push:
    """Return a push as one text message, as a program of yours reads it most easily."""
    return [answer.decode()]


def as_parts(answer: bytes) -> Push:
    """Return a push packed, once for all who are sent it, as binary messages of PART_BYTES.

    The last one is shorter, which tells that it is the last.
    """
    packed = gzip.compress(answer, mtime=0)
    return [packed[at : at + PART_BYTES] for at in range(0, len(packed) + 1, PART_BYTES)]


@dataclass(slots=True)
class _Newest:
    """The encoding that all who ask the same share."""

    lock: Lock = field(default_factory=Lock)
    revision: int | None = None
    pushed_at: float = -inf
    push: Push = ()


@dataclass(slots=True)
class _Turns:
    """What makes the clients of one event loop go one by one."""

    asking: Lock = field(default_factory=Lock)
    sending: Lock = field(default_factory=Lock)


class Live:
    """What the clients of one app share."""

    def __init__(
        self,
        queries: Queries,
        pool: Pool,
        clock: Clock,
        refresh_seconds: float,
        encode: Callable[[bytes], Push] = as_parts,
    ) -> None:
        """Push when the store's revision changes, and at least every `refresh_seconds`.

        `encode` makes messages of an answer's JSON, in the pool.
        """
        self.queries = queries
        self.refresh_seconds = refresh_seconds
        self.client_count = 0
        self.clock = clock
        self._pool = pool
        self._encode = encode
        self._newest: OrderedDict[LiveQuestion, _Newest] = OrderedDict()
        self._revision: int | None = None
        self._turns_here: RunVar[_Turns] = RunVar(f"api_performance_turns_{id(self)}")

    def _turns(self) -> _Turns:
        turns = self._turns_here.get(None)
        if turns is None:
            turns = _Turns()
            self._turns_here.set(turns)
        return turns

    async def news(self, seen: int | None, pushed_at: float) -> int | None:
        """Return the store's revision once it is another than `seen`, or a refresh is due.

        Not before LEAST_PUSH_SECONDS after a push's end, `pushed_at` (perf_counter). One client
        asks the store for all, every POLL_SECONDS; the others wait in line behind it without timers
        of their own, and pass one by one. None while the store has not answered yet.
        """
        if self._revision != seen and self._seconds_until(pushed_at + LEAST_PUSH_SECONDS) == 0:
            return self._revision
        async with self._turns().asking:
            await sleep(self._seconds_until(pushed_at + LEAST_PUSH_SECONDS))
            due_at = pushed_at + self.refresh_seconds
            while self._revision == seen and (seen is None or self._seconds_until(due_at)):
                if seen is not None:
                    await sleep(POLL_SECONDS)
                await self._ask()
        return self._revision

    def _seconds_until(self, at: float) -> float:
        return max(at - self.clock.perf(), 0.0)

    async def _ask(self) -> None:
        try:
            self._revision = await self._pool.run(self.queries.revision)
        except StoreUnavailable:  # the page sees the age of what it has
            await sleep(POLL_SECONDS)

    async def push(self, question: LiveQuestion, revision: int | None) -> Push:
        """Return the push for a question, computed once per revision for all who ask it."""
        newest = self._newest.setdefault(question, _Newest())
        self._newest.move_to_end(question)
        while len(self._newest) > max(self.client_count, 1):
            self._newest.popitem(last=False)
        async with newest.lock:
            now = self.clock.perf()
            is_old = now - newest.pushed_at >= LEAST_PUSH_SECONDS
            if newest.revision != revision or is_old:
                newest.push = await self._pool.run(
                    lambda: self._encode(to_json(self.queries.live(question)))
                )
                newest.revision, newest.pushed_at = revision, now
            return newest.push

    async def take_turn(self) -> None:
        """Return when nobody else of this event loop sends in this turn of it."""
        async with self._turns().sending:
            pass


class Client:
    """One connection: waits for news, sends the newest, hears `pause`."""

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

        `may_stay` is asked before a push when RECHECK_SECONDS have passed, and so often while the
        client pauses; without it the connection stays while it holds.
        """
        self._websocket = websocket
        self._question = question
        self._live = live
        self._resumed = Event()
        self._resumed.set()
        self._closing: tuple[int, str] | None = None
        self._listens = listens
        self._may_stay = may_stay
        self._recheck_at = live.clock.perf() + RECHECK_SECONDS
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
                    if self._listens:
                        tasks.start_soon(self._listen)
                    tasks.start_soon(self._push)
        except Exception:
            self._closing = INTERNAL_ERROR, "the server failed; its log says how"
            raise
        finally:
            self._live.client_count -= 1
            if self._closing is not None:
                await close(self._websocket, *self._closing)

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
            self._heed(_pause_in(text))

    def _heed(self, pause: bool | None) -> None:
        if pause is False:
            self._resumed.set()
        elif pause and self._resumed.is_set():
            self._resumed = Event()

    async def _push(self) -> None:
        seen: int | None = None
        pushed_at = -inf
        while True:
            await self._wait_while_paused()
            revision = await self._live.news(seen, pushed_at)
            await self._recheck()
            if not self._resumed.is_set():
                continue
            try:
                push = await self._live.push(self._question, revision)
            except (EndpointUnknown, QuestionRefused) as error:
                self._end(POLICY_VIOLATION, str(error))
                return
            except StoreUnavailable:
                await sleep(POLL_SECONDS)
                continue
            for message in push:
                await self._live.take_turn()
                await self._send(message)
            seen, pushed_at = revision, self._live.clock.perf()

    async def _wait_while_paused(self) -> None:
        while not self._resumed.is_set():
            with move_on_after(RECHECK_SECONDS):
                await self._resumed.wait()
            await self._recheck()

    async def _recheck(self) -> None:
        """End a connection whose session has ended; not looked at before it is due."""
        now = self._live.clock.perf()
        if self._may_stay is None or now < self._recheck_at:
            return
        self._recheck_at = now + RECHECK_SECONDS
        try:
            is_welcome = await self._may_stay()
        except StoreUnavailable:
            return  # nothing is told while the store is away
        if not is_welcome:
            self._end(SIGNED_OUT, "the session has ended: sign in again")
            await checkpoint()  # where it ends

    async def _send(self, message: str | bytes) -> None:
        with move_on_after(SEND_SECONDS) as patience:
            try:
                if isinstance(message, bytes):
                    await self._websocket.send_bytes(message)
                else:
                    await self._websocket.send_text(message)
            except (WebSocketDisconnect, RuntimeError, OSError):  # gone while we were sending
                self.stop()
        if patience.cancelled_caught:
            self._end(TOO_SLOW, f"nothing was read for {SEND_SECONDS:g} s")

    def _end(self, code: int, reason: str) -> None:
        logger.info("a live page's connection ends with %d: %s", code, reason)
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
