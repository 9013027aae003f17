"""What judges a store as the settings and the page have it, from its windows to its alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api_performance.alerts.alert import AlertState, PerformanceAlert
from api_performance.alerts.desk import Desk
from api_performance.alerts.grouping import incidents
from api_performance.alerts.objectives import ObjectiveBook
from api_performance.clock import ManualClock
from api_performance.config import Config
from api_performance.judging import JUDGE_SECONDS
from api_performance.measure.window import Window
from api_performance.model import PERFORMANCE_THRESHOLDS, Endpoint
from api_performance.objective import Objective, ObjectiveKind
from api_performance.stores.base import Pace, Query, Retention, no_pace
from api_performance.stores.memory import MemoryStore
from api_performance.wiring import make_judging
from tests.alerts.making import a_lease
from tests.stores.making import a_batch, an_endpoint, an_instance

PROMISE = Objective(id="promise", name="Promise", kind=ObjectiveKind.AVAILABILITY, target=0.999)


class Shop:
    """A store that one endpoint's failures are written to, judged every ten seconds."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.clock = ManualClock()
        self.store = store or MemoryStore(Retention())
        self.objectives = ObjectiveBook(self.store, self.clock, [], PERFORMANCE_THRESHOLDS)
        self.judging = make_judging(Config(store="memory://"), self.store, self.clock)
        self.lease = a_lease(self.store, self.clock)
        self.sequence = 0

    def live(self, seconds: float, *, ok: int, failed: int) -> None:
        """Answer so many requests in each ten seconds."""
        for _ in range(int(seconds / JUDGE_SECONDS)):
            window = Window(self.clock.now(), statuses={200: ok, 500: failed})
            self.sequence += 1
            self.store.append(a_batch(self.sequence, [(an_endpoint(), window)]))
            self.clock.advance(JUDGE_SECONDS)
            self.judged = self.judging.hold(self.lease)

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


class CountedReads(MemoryStore):
    """A store that notes what is read of it."""

    def __init__(self) -> None:
        super().__init__(Retention())
        self.queries: list[Query] = []

    def windows(self, query: Query, *, pace: Pace = no_pace) -> Iterator[tuple[Endpoint, Window]]:
        self.queries.append(query)
        return super().windows(query, pace=pace)


def test_the_newest_minute_is_read_once_a_round() -> None:
    store = CountedReads()
    shop = Shop(store=store)
    shop.live(600, ok=10, failed=0)
    store.queries.clear()
    shop.live(10, ok=10, failed=0)
    assert len([query for query in store.queries if query.resolution == 10]) == 1
    assert (shop.judged.request_count, shop.judged.endpoint_count) == (60, 1)


def test_the_process_that_fails_alone_is_the_cause_of_the_incident() -> None:
    shop = Shop()
    bad, good = an_instance(1), an_instance(2)
    for number in range(1, 61):
        at = shop.clock.now()
        for instance, ok, failed in ((bad, 5, 5), (good, 10, 0)):
            window = Window(at, statuses={200: ok, 500: failed})
            batch = a_batch(number, [(an_endpoint(), window)], instance)
            shop.store.append(batch)
        shop.clock.advance(JUDGE_SECONDS)
        shop.judging.hold(shop.lease)
    (incident,) = incidents(shop.alerts("errors"))
    assert incident.cause == f"the process {bad.id}"
