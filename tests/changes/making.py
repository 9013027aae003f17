"""Processes that tell their version, and a judge that watches them."""

from __future__ import annotations

from dataclasses import dataclass, field

from api_performance.changes.deploys import Deploy, DeployBook, Said
from api_performance.changes.versions import VersionWatch
from api_performance.model import Instance
from api_performance.stores.base import FOLD_LEASE
from tests.queries.making import START, Service


@dataclass
class Fleet:
    """Processes of one store; `hears` lets those named say that they live, and the judge look."""

    service: Service = field(default_factory=Service)

    @property
    def book(self) -> DeployBook:
        return DeployBook(self.service.store, self.service.clock)

    def runs(self, version: str, started_at: float, *, has_ended: bool = False) -> Instance:
        """A process of a version, which began then, speaks now."""
        pid = int(started_at - START)
        instance = Instance("shop", version, "live", "host-a", pid, started_at)
        self.service.flush(instance=instance, has_ended=has_ended)
        return instance

    def judge(self) -> list[Deploy]:
        """A judge that knows nothing of rounds before looks once; return what it marked."""
        store, now = self.service.store, self.service.clock.now()
        lease = store.acquire(FOLD_LEASE, "a test", now, 1e9)
        assert lease is not None
        return VersionWatch(store, self.book).hold(now, lease)

    def mark(self, version: str, **said: object) -> Deploy:
        return self.book.mark(Said(version, **said))  # type: ignore[arg-type]  # a test's own fields

    def told(self) -> list[tuple[str, str]]:
        """Each deploy and what it took the place of, oldest first."""
        return [(each.version, each.previous) for each in self.book.all()]
