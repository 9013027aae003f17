"""One round of judging: read what is new, judge it, keep the alerts, tell people.

Whoever judges holds the fold lease. What it does is an event under its fencing number, which the
store refuses once another process was given a greater one.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from api_performance.alerts.book import Book
from api_performance.alerts.notifier import Notifier
from api_performance.analysis.judge import Seen, look_at
from api_performance.analysis.reading import Round
from api_performance.clock import Clock
from api_performance.model import Judged
from api_performance.stores.base import Event, Lease, Pace, Query, Store, no_pace

JUDGE_SECONDS: Final = 10.0
"""Time between two rounds."""

LOOK_BACK_SECONDS: Final = 60.0
RESOLUTION: Final = 10

TAKEN_OVER: Final = "judge"
"""The kind of event that says who judges from now on."""


@dataclass(frozen=True, slots=True)
class Alerting:
    """Who says how far all is from its bounds, who keeps the alerts, and who tells people."""

    read: Callable[[float], Round]
    book: Book
    notifier: Notifier

    def hold(self, now: float, lease: Lease) -> Seen:
        """Read, keep, tell; return what there was to read of the last minute.

        LeaseLost, StoreUnavailable: the next round goes on there.
        """
        seen = self.read(now)
        self.book.keep(seen.readings, lease, seen.rules)
        self.notifier.deliver(lease, now)
        return Seen(seen.request_count, seen.endpoint_count)


class Advising(Protocol):
    """Who keeps the recommendations."""

    def hold(self, now: float, lease: Lease) -> None:
        """Do a round when one is due. LeaseLost, StoreUnavailable."""
        ...


class Watching(Protocol):
    """Who looks at the past each round, and keeps what changed."""

    def hold(self, now: float, lease: Lease) -> object:
        """Look and keep. LeaseLost, StoreUnavailable: the next round goes on there."""
        ...


class Judging:
    """Judges one store for as long as it is given leases."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        watching: Iterable[Watching] = (),
        alerting: Alerting | None = None,
        advising: Advising | None = None,
        pace: Pace = no_pace,
    ) -> None:
        """Judge what `store` holds, calling `pace` between small pieces of work.

        First `watching` is asked, in order. Without `alerting` nothing is evaluated, without
        `advising` nothing recommended.
        """
        self._watching = tuple(watching)
        self._store = store
        self._clock = clock
        self._alerting = alerting
        self._advising = advising
        self._pace = pace
        self._fencing = 0
        self._since = 0.0
        self._due_at = 0.0

    def is_due(self) -> bool:
        """Tell whether the next round is due."""
        return self._clock.now() >= self._due_at

    def hold(self, lease: Lease) -> Judged:
        """Do a round under `lease`. LeaseLost if another was given it, StoreUnavailable."""
        now = self._clock.now()
        self._due_at = now + JUDGE_SECONDS
        if lease.fencing != self._fencing:
            self._take_over(lease, now)
        for each in self._watching:
            each.hold(now, lease)
        alerting = self._alerting
        seen = self._look(now) if alerting is None else alerting.hold(now, lease)
        if self._advising is not None:
            self._advising.hold(now, lease)
        took = resource.getrusage(resource.RUSAGE_SELF)
        return Judged(
            at=now,
            since=self._since,
            pid=os.getpid(),
            fencing=lease.fencing,
            request_count=seen.request_count,
            endpoint_count=seen.endpoint_count,
            cpu_seconds=took.ru_utime + took.ru_stime,
            resident_bytes=took.ru_maxrss * 1024,
        )

    def _look(self, now: float) -> Seen:
        """Count the last minute, which nobody reads where nothing is evaluated."""
        query = Query(now - LOOK_BACK_SECONDS, now, RESOLUTION, with_latency=False)
        return look_at(self._store.windows(query, pace=self._pace))

    def close(self) -> None:
        """Begin to tell nobody more."""
        if self._alerting is not None:
            self._alerting.notifier.close()

    def _take_over(self, lease: Lease, now: float) -> None:
        reason = f"judges from now on, under fencing number {lease.fencing}"
        self._store.record_event(Event(now, TAKEN_OVER, lease.name, lease.holder, reason), lease)
        self._fencing, self._since = lease.fencing, now


class JudgeHere:
    """Judges in the thread that ticks, where a process of its own is not wanted or cannot read."""

    def __init__(self, judging: Judging) -> None:
        """Judge with `judging`."""
        self._judging = judging
        self._judged: Judged | None = None

    def follow(self, lease: Lease | None) -> Judged | None:
        """Judge if that is due and the lease is ours; return the last round. LeaseLost."""
        if lease is None:
            self._judged = None
        elif self._judging.is_due():
            self._judged = self._judging.hold(lease)
        return self._judged

    def end(self) -> None:
        """Tell nobody any more."""
        self._judging.close()
