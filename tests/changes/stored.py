"""A store with hours of an endpoint's minutes, and a plain watch that tells a step in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from api_performance.changes.change import Change, Effect
from api_performance.changes.finding import KeptFinding
from api_performance.changes.minutes import FIRST, WIDTH, Hours, Minutes
from api_performance.changes.watching import FindingWatch
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.stores.base import FOLD_LEASE, Lease
from tests.queries.making import USERS, Service, a_window

MINUTE = 60.0


@dataclass
class StepWatch:
    """Tells a mean that is a half above that of the first hour, and when it is gone."""

    means: list[float] = field(default_factory=list)
    start: float = 0.0
    told: Change | None = None

    def learn(self, hours: Hours) -> None:
        """What is usual makes no difference to a step."""

    def update(self, minutes: Minutes, deploys: Sequence[float], now: float) -> Iterable[Change]:
        self.start = self.start or minutes.start
        seconds = np.exp(FIRST + WIDTH * np.arange(minutes.times.shape[1]))
        for row in minutes.times:
            self.means.append(float(row @ seconds / row.sum()) if row.sum() else np.nan)
            yield from self._minute(deploys)

    def _minute(self, deploys: Sequence[float]) -> Iterable[Change]:
        known = [each for each in self.means if not np.isnan(each)]
        if len(known) < 60:
            return
        usual = float(np.mean(known[:60]))
        newest, at = self.means[-1], self.start + MINUTE * len(self.means)
        if self.told is None and newest > 1.5 * usual:
            near = [each for each in deploys if abs(each - at) <= 300]
            self.told = Change(
                "response_time", Effect.WORSE, at - 60, at - 120, at, at, newest / usual,
                newest / usual * 0.95, newest / usual * 1.05, usual, newest, 0.99,
                deploy_at=near[0] if near else None,
            )  # fmt: skip
            yield self.told
        elif self.told is not None and newest < 1.2 * usual:
            yield replace(self.told, closed=at)
            self.told = None


@dataclass
class Watched:
    """A service whose minutes are written one by one, and a judge that looks."""

    service: Service = field(default_factory=Service)
    make_watch: Callable[[], StepWatch] = StepWatch

    def __post_init__(self) -> None:
        self.watch = self.judge()

    def judge(self) -> FindingWatch:
        """A judge who knows nothing but the store."""
        return FindingWatch(self.service.store, self.service.clock, self.make_watch)

    def minutes(self, count: int, seconds: float, *, endpoint: Endpoint = USERS) -> None:
        """So many minutes pass with thirty requests each, of so many seconds each."""
        for _ in range(count):
            window: Window = a_window(self.service.clock.now(), [seconds] * 30, endpoint=endpoint)
            self.service.clock.advance(MINUTE)
            self.service.flush((endpoint, window))
        self.service.fold()

    def lease(self) -> Lease:
        store, now = self.service.store, self.service.clock.now()
        lease = store.acquire(FOLD_LEASE, "a test", now, 1e9)
        assert lease is not None
        return lease

    def look(self) -> list[KeptFinding]:
        """Half a minute later, when the newest minute is read, the judge looks."""
        self.service.clock.advance(30)
        found = self.watch.hold(self.service.clock.now(), self.lease())
        self.service.clock.advance(30)
        return found
