"""What judges a store as the settings and the page have it, from its windows to its alerts."""

from __future__ import annotations

from collections.abc import Sequence

from api_performance.alerts.alert import AlertState, PerformanceAlert
from api_performance.alerts.desk import Desk
from api_performance.alerts.objectives import ObjectiveBook
from api_performance.clock import ManualClock
from api_performance.config import Config
from api_performance.judging import JUDGE_SECONDS
from api_performance.measure.window import Window
from api_performance.model import PERFORMANCE_THRESHOLDS
from api_performance.objective import Objective, ObjectiveKind
from api_performance.stores.base import Retention
from api_performance.stores.memory import MemoryStore
from api_performance.wiring import make_judging
from tests.alerts.making import a_lease
from tests.stores.making import a_batch, an_endpoint

PROMISE = Objective(id="promise", name="Promise", kind=ObjectiveKind.AVAILABILITY, target=0.999)


class Shop:
    """A store that one endpoint's failures are written to, judged every ten seconds."""

    def __init__(self, config: Config | None = None) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(Retention())
        self.objectives = ObjectiveBook(self.store, self.clock, [], PERFORMANCE_THRESHOLDS)
        self.judging = make_judging(config or Config(store="memory://"), self.store, self.clock)
        self.lease = a_lease(self.store, self.clock)
        self.sequence = 0

    def live(self, seconds: float, *, ok: int, failed: int) -> None:
        """Answer so many requests in each ten seconds."""
        for _ in range(int(seconds / JUDGE_SECONDS)):
            window = Window(self.clock.now(), statuses={200: ok, 500: failed})
            self.sequence += 1
            self.store.append(a_batch(self.sequence, [(an_endpoint(), window)]))
            self.clock.advance(JUDGE_SECONDS)
            self.judging.hold(self.lease)

    def alerts(self, rule: str) -> Sequence[PerformanceAlert]:
        standing = Desk(self.store, self.clock).standing().values()
        return [alert for alert in standing if alert.rule.startswith(rule)]


def test_the_alerts_of_an_objective_are_over_once_it_is_deleted() -> None:
    shop = Shop()
    shop.objectives.save(PROMISE, author="ann", reason="")
    shop.live(600, ok=5, failed=5)
    assert AlertState.FIRING in {alert.state for alert in shop.alerts("promise/")}
    shop.objectives.delete(PROMISE.id, author="ann", reason="")
    shop.live(10, ok=5, failed=5)
    assert {alert.state for alert in shop.alerts("promise/")} == {AlertState.RESOLVED}
    assert AlertState.FIRING in {alert.state for alert in shop.alerts("errors")}  # still so
