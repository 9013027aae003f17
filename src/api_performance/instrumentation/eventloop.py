"""Watches asyncio's event loops (uvloop's too): their lag, what blocks them, and their pools.

Theory of operation. A timer on the loop, the *heartbeat*, notes how late it is called. A daemon
thread of ours sleeps until the heartbeat would be overdue by most of the bound. As a rule it has
come meanwhile. If not, the thread reads the stack of the loop's thread, and again while the block
lasts; when the heartbeat comes at last it says how long that was. A request pays nothing for it.

What is told is certain: a block counts from the moment the heartbeat was due, so it lasted up to
one interval longer, and one that is longer than the bound by less than an interval may be missed.
The interval is half of the bound, and the bound while the loop rests. A call into C that holds the
interpreter is seen when it ends, before the line after it: the line is right. Where another thread
of the app held the interpreter, the stack is that of a bystander, and `cpu_seconds` says that it
computed little. trio gives nobody outside a look at its loop: there nothing is watched.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import weakref
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Protocol

from api_performance.clock import Clock
from api_performance.instrumentation.heartbeat import (
    LONGEST_BEAT_SECONDS,
    Heartbeat,
    Late,
    starved_seconds,
)
from api_performance.instrumentation.inflight import open_requests, running_request
from api_performance.instrumentation.threadpools import ThreadPools
from api_performance.measure.current import CurrentRequest
from api_performance.measure.garbage import GARBAGE
from api_performance.measure.pauses import Blocked, PauseLog
from api_performance.measure.stacks import Stack, longest_standing, stack_of
from api_performance.model import Endpoint, Pauses

logger: Final = logging.getLogger("api_performance")

THREAD_NAME: Final = "api-performance-loops"

FIRST_LOOK: Final = 0.7
"""The thread looks when this share of the bound is over: it may wait 5 ms for the interpreter."""

NEXT_LOOK: Final = 0.5
SLOWER_LOOK: Final = 8
"""Then every half of the bound, later every eighth of what the block has lasted."""

MAX_LOOKS: Final = 100
"""Looks kept of one block, which is past four hours of it at the default bound."""

LOG_SECONDS: Final = 60.0
STOP_SECONDS: Final = 1.0


class Watched(Protocol):
    """The app whose loops are watched. It is held weakly, and called in the watching thread."""

    def endpoint_of(self, request: CurrentRequest) -> Endpoint | None:
        """Return the endpoint of an open request of this app; None if it is another's."""
        ...

    def is_waiting(self, request: CurrentRequest) -> bool:
        """Tell whether a client still waits for the response."""
        ...

    def note_block(self, blocked: Blocked) -> None:
        """Take a block that is over; it must return soon, for nothing is watched meanwhile."""
        ...

    def note_error(self, error: Exception) -> None:
        """Take an error of ours that harms nobody."""
        ...


@dataclass(slots=True)
class Looks:
    """What was seen while one beat was overdue; nothing counts if the loop did not run at all.

    When the beat was due its thread had been starved for `starved_from` seconds of its life.
    """

    due: float
    starved_from: float | None = None
    endpoint: Endpoint | None = None
    waiting: tuple[tuple[Endpoint, int], ...] = ()
    stacks: list[Stack] = field(default_factory=list)
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class _Starved:
    """How long a thread had been starved at a reading of `perf`."""

    thread: int
    at: float
    seconds: float


class LoopWatcher:
    """Looks at one loop while its heartbeat is overdue."""

    def __init__(self, heartbeat: Heartbeat, pools: ThreadPools, bound_seconds: float) -> None:
        """Look when a beat is overdue by most of `bound_seconds`."""
        self.loop = heartbeat.loop
        self.heartbeat = heartbeat
        self.pools = pools
        self._bound = bound_seconds
        self._looks = Looks(-1.0)
        self._on_time: _Starved | None = None

    def look(self, app: Watched, now: float) -> float:
        """Look if that is due at a reading of `perf`; return the seconds until the next look."""
        due = self.heartbeat.due
        overdue = now - due
        if overdue < FIRST_LOOK * self._bound:
            self._on_time = self._starved(now)
            return FIRST_LOOK * self._bound - overdue
        if self._looks.due != due:
            self._looks = self._first_look(app, due, now)
        stack = stack_of(sys._current_frames().get(self.heartbeat.thread_id))
        if self.heartbeat.due == due and len(self._looks.stacks) < MAX_LOOKS:
            self._looks.stacks.append(stack)
        return max(NEXT_LOOK * self._bound, overdue / SLOWER_LOOK)

    def _starved(self, now: float) -> _Starved:
        thread = self.heartbeat.native_id
        return _Starved(thread, now, starved_seconds(thread))

    def _starved_from(self, due: float, now: float) -> float:
        """Return what the loop's thread had been starved for when a beat was due.

        Whoever looks is starved as well where no processor is free, and so comes late. What it was
        starved for since the look before is taken for spread evenly.
        """
        before, starved = self._on_time, self._starved(now)
        if before is None or before.thread != starved.thread or before.at >= now:
            return starved.seconds
        share = min((now - due) / (now - before.at), 1.0)
        return starved.seconds - share * (starved.seconds - before.seconds)

    def _first_look(self, app: Watched, due: float, now: float) -> Looks:
        if not self.loop.is_running():
            return Looks(due, is_void=True)
        running = running_request(self.loop)
        others = [
            app.endpoint_of(request)
            for request in open_requests(self.loop)
            if request is not running and app.is_waiting(request)
        ]
        waiting = Counter(endpoint for endpoint in others if endpoint is not None)
        endpoint = app.endpoint_of(running) if running is not None else None
        starved = self._starved_from(due, now)
        return Looks(due, starved, endpoint, tuple(waiting.most_common()))

    def settled(self, clock: Clock) -> list[Blocked]:
        """Return the blocks that are over since the last call.

        A beat that is late for want of a processor, or for which no code was seen that did
        anything, is lag and no block: else a busy machine would accuse bystanders.
        """
        late = [self.heartbeat.late.popleft() for _ in range(len(self.heartbeat.late))]
        since = clock.now() - clock.perf()
        blocks = [self._blocked(each, since) for each in late]
        return [blocked for blocked in blocks if blocked is not None and self._is_block(blocked)]

    def _is_block(self, blocked: Blocked) -> bool:
        was_seen = blocked.place is not None or blocked.cpu_seconds >= blocked.seconds / 2
        return was_seen and blocked.seconds - blocked.starved_seconds >= self._bound

    def _blocked(self, late: Late, since: float) -> Blocked | None:
        looks = self._looks if self._looks.due == late.due else Looks(late.due)
        if looks.is_void:
            return None
        starved = 0.0
        if looks.starved_from is not None:
            starved = starved_seconds(self.heartbeat.native_id) - looks.starved_from
        stack, place = longest_standing(looks.stacks)
        return Blocked(
            at=since + late.due,
            seconds=late.seconds,
            cpu_seconds=late.cpu_seconds,
            starved_seconds=min(max(starved, 0.0), late.seconds),
            collection_seconds=late.collection_seconds,
            stack=stack,
            place=place,
            endpoint=looks.endpoint,
            waiting=looks.waiting,
        )


class LoopWatch:
    """Watches the loops of one app in this process, in a thread of its own while there are any.

    Nothing that it holds keeps the app alive.
    """

    def __init__(self, app: Watched, clock: Clock, bound_seconds: float) -> None:
        """Report blocks of `bound_seconds` or more to the app; nothing runs before `watch`."""
        self._app = weakref.ref(app)
        self._clock = clock
        self._bound = bound_seconds
        self._log = PauseLog(clock.perf())
        self._lock = threading.Lock()
        self._watchers: list[LoopWatcher] = []
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._logs_from = 0.0

    def watch(self) -> None:
        """Watch the loop that runs in this thread; again, or where none does, nothing happens."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # trio's, or none
            return
        with self._lock:
            if any(watcher.loop is loop for watcher in self._watchers):
                return
            heartbeat = Heartbeat(loop, self._clock.perf, self._log.lags, self._bound)
            self._watchers.append(LoopWatcher(heartbeat, ThreadPools(loop), self._bound))
            if self._thread is None:
                self._start()

    def _start(self) -> None:
        GARBAGE.hold()
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(self._stopping,), name=THREAD_NAME, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Watch nothing more; a later `watch` begins anew."""
        with self._lock:
            thread = self._thread
            self._stopping.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_SECONDS)

    def told(self) -> Pauses:
        """Return what was seen so far."""
        return self._log.told(self._clock.perf(), len(self._watchers), GARBAGE.told())

    # In the thread

    def _run(self, stopping: threading.Event) -> None:
        seconds: float | None = 0.0
        while seconds is not None and not stopping.wait(seconds):
            seconds = self._round()
        self._end()

    def _round(self) -> float | None:
        """Look at every loop; return the seconds until the next round, None if nothing is left."""
        app = self._app()
        with self._lock:
            self._watchers = [each for each in self._watchers if not each.loop.is_closed()]
            watchers = list(self._watchers)
            if app is None or not watchers:
                self._end_locked()
                return None
        return min(self._look(watcher, app) for watcher in watchers)

    def _look(self, watcher: LoopWatcher, app: Watched) -> float:
        try:
            for blocked in watcher.settled(self._clock):
                self._take(blocked, app)
            self._log.add_pools(watcher.pools.uses())
            return watcher.look(app, self._clock.perf())
        except Exception as error:  # noqa: BLE001  # the app goes on whatever we do wrong
            app.note_error(error)
            return LONGEST_BEAT_SECONDS

    def _take(self, blocked: Blocked, app: Watched) -> None:
        self._log.add_block(blocked)
        now = self._clock.perf()
        if now >= self._logs_from:
            self._logs_from = now + LOG_SECONDS
            logger.warning("%s", blocked)
        app.note_block(blocked)

    def _end(self) -> None:
        with self._lock:
            if self._thread is threading.current_thread():
                self._end_locked()

    def _end_locked(self) -> None:
        """Let go of everything; nothing if that was done."""
        for watcher in self._watchers:
            watcher.heartbeat.is_stopped = True
        self._watchers = []
        self._thread = None
        GARBAGE.release()
