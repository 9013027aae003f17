"""What one process does about alerts beside its requests: hooks, a snapshot, acts to be written.

A thread of ours does the waiting: on an event loop alerts are read from its last snapshot, and what
code hands in or acknowledges is written by it. Another calls the hooks, so that one that hangs
keeps back no more than hooks. Each runs only while it is wanted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from api_performance.alerts.alert import PerformanceAlert
from api_performance.alerts.commands import Act, commanded, folded, handed_in
from api_performance.alerts.desk import Desk
from api_performance.alerts.records import alerts_of
from api_performance.clock import Clock
from api_performance.stores.base import Event

Hook = Callable[[PerformanceAlert], object]

POLL_SECONDS: Final = 2.0
"""A hook hears of a transition so long after it was stored, and a snapshot is never older."""

IDLE_SECONDS: Final = 600.0
"""When nobody asked for so long no more snapshots are taken, until somebody asks again."""

MOST_WAITING: Final = 1000
"""Acts of this process that wait to be written; past it the oldest is dropped."""


class LocalAlerts:
    """The alerts of one process; after a fork another is made."""

    def __init__(
        self,
        desk_of: Callable[[], Desk],
        clock: Clock,
        note_error: Callable[[Exception], None],
        hooks: list[Hook],
    ) -> None:
        """Ask the desk that `desk_of` returns, and call `hooks`, which may grow.

        What a hook raises is noted and harms nobody.
        """
        self._desk_of = desk_of
        self._clock = clock
        self._note_error = note_error
        self.hooks = hooks
        self.failed_hooks = 0
        self._waiting: deque[Event] = deque(maxlen=MOST_WAITING)
        self._snapshot: dict[str, PerformanceAlert] | None = None
        self._asked_at = -IDLE_SECONDS
        self._after: int | None = None
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    # What code asks for; none of it waits where `may_wait` is false and a snapshot was taken

    def alerts(self, *, may_wait: bool) -> dict[str, PerformanceAlert]:
        """Return every alert as it stands. StoreUnavailable."""
        self._asked_at = self._clock.perf()
        if may_wait:
            self._write()
        if may_wait or self._snapshot is None:
            self._snapshot = self._desk_of().standing()
        found = dict(self._snapshot)
        for event in list(self._waiting):
            alert = folded(found.get(event.subject), event)
            if alert is not None:
                found[event.subject] = alert
        return found

    def hand_in(self, alert: PerformanceAlert, author: str) -> None:
        """Hand an alert in. It waits for nothing, and raises nothing."""
        by = Event(self._clock.now(), "", "", author, "handed in by the program")
        self._waiting.append(handed_in(alert, by))
        self._wake.set()

    def act(
        self, act: Act, alert_id: str, *, author: str, reason: str, may_wait: bool
    ) -> PerformanceAlert:
        """Acknowledge or resolve an alert; return it as it is then. AlertUnknown."""
        by = Event(self._clock.now(), "", "", author, reason)
        ((alert, event),) = commanded(act, self.alerts(may_wait=may_wait), [alert_id], by)
        if event is not None:
            self._waiting.append(event)
            self._wake.set()
        if may_wait:
            self._write()
        return alert

    # What the threads do

    def start(self) -> None:
        """Have threads do what is wanted, unless they do."""
        if self._waiting or self._is_asked():
            self._start("api-performance-alerts", self._keep_on)
        if self.hooks:
            self._start("api-performance-hooks", self._tell_on)

    def _start(self, name: str, run: Callable[[], None]) -> None:
        with self._lock:
            known = self._threads.get(name)
            if known is None or not known.is_alive():
                self._threads[name] = threading.Thread(target=run, name=name, daemon=True)
                self._threads[name].start()

    @property
    def is_wanted(self) -> bool:
        """Whether there is something for a thread to do."""
        return bool(self.hooks or self._waiting or self._is_asked())

    def _is_asked(self) -> bool:
        return self._clock.perf() - self._asked_at < IDLE_SECONDS

    def _keep_on(self) -> None:
        while self._waiting or self._is_asked():
            self._try(self._keep)
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()

    def _tell_on(self) -> None:
        while self.hooks:
            self._try(self._tell_hooks)
            time.sleep(POLL_SECONDS)  # a thread of its own, which has only this to wait for

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 # the store is away; the next try may do
            self._note_error(error)

    def work(self) -> None:
        """Do once what the threads do. StoreUnavailable."""
        self._keep()
        if self.hooks:
            self._tell_hooks()

    def _keep(self) -> None:
        """Write what waits, take a snapshot. StoreUnavailable."""
        self._write()
        if self._is_asked():
            self._snapshot = self._desk_of().standing()

    def close(self) -> None:
        """Write what waits: the process ends."""
        try:
            self._write()
        except Exception as error:  # noqa: BLE001 # the store is away, and this process too
            self._note_error(error)

    def forget(self) -> None:
        """Begin anew: the store was emptied, and counts its events from one again."""
        self._after = 0

    def _write(self) -> None:
        """Write what waits, oldest first; what cannot be written waits on."""
        with self._writing:
            while self._waiting:
                event = self._waiting[0]
                self._desk_of().record([event])
                if self._waiting[0] is event:  # else the oldest made room meanwhile
                    self._waiting.popleft()

    def _tell_hooks(self) -> None:
        news = self._desk_of().news(self._after or 0)
        is_first, self._after = self._after is None, max((e.id for e in news), default=self._after)
        if is_first:  # what happened before anybody listened
            self._after = self._after or 0
            return
        for _, alert in alerts_of(news):
            for hook in list(self.hooks):
                self._call(hook, alert)

    def _call(self, hook: Hook, alert: PerformanceAlert) -> None:
        try:
            hook(alert)
        except Exception as error:  # noqa: BLE001 # the program's own, which must not end the rest
            self.failed_hooks += 1
            self._note_error(error)
