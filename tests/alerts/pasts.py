"""Histories of even traffic that changes at an instant, read as a store is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api_performance.alerts.rule import Facts, Rule, RuleSet
from api_performance.alerts.rules import indicators
from api_performance.alerts.watch import Watch
from api_performance.analysis.history import History
from api_performance.measure.window import Window
from api_performance.model import RESPONSE_TIME_THRESHOLDS, Endpoint, Instance, MetricPriority
from api_performance.stores.base import InstanceState, StoreStatus

NOW: Final = 1_699_873_200.0
"""11:00 of Monday, 13 November 2023 UTC."""

DAY: Final = 86_400.0
FIRST: Final = NOW - 31 * DAY


@dataclass(frozen=True, slots=True)
class Flow:
    """Requests per second, and the shares that fail, raise, and take longer than the bounds."""

    per_second: float
    errors: float = 0.0
    exceptions: float = 0.0
    warning: float = 0.0
    critical: float = 0.0

    def window(self, at: float, seconds: float, endpoint: Endpoint) -> Window:
        """Return a slice of it; over many slices nothing is lost by rounding."""
        window = Window(at)
        count, failed, raised, late, too_late = (
            self._within(at, seconds, share)
            for share in (1.0, self.errors, self.exceptions, self.warning, self.critical)
        )
        if count:
            window.count_status(200, count - failed)
            window.count_status(500, failed)
        window.exceptions = raised
        _, _, warning, critical = endpoint.thresholds
        window.under = {warning: count - late, critical: count - too_late}
        return window

    def _within(self, at: float, seconds: float, share: float) -> int:
        rate = self.per_second * share
        return round((at - FIRST + seconds) * rate) - round((at - FIRST) * rate)


Flows = Mapping[Endpoint, Callable[[float], Flow]]


def an_endpoint(
    template: str = "/x", priority: MetricPriority = MetricPriority.HIGH, service: str = "shop"
) -> Endpoint:
    thresholds = tuple(RESPONSE_TIME_THRESHOLDS[priority].values())
    return Endpoint("GET", template, service, priority, thresholds=thresholds)


def always(flow: Flow) -> Callable[[float], Flow]:
    return lambda _: flow


def since(seconds: float, then: Flow, before: Flow) -> Callable[[float], Flow]:
    """Return what flows `then`, in the last `seconds`, and before."""
    return lambda at: then if at >= NOW - seconds else before


def a_history(
    rules: Sequence[Rule], flows: Flows, *, begun: float = FIRST, rounds: int = 13
) -> History:
    """Return what is known at NOW of traffic that began at `begun`: all, after thirteen rounds."""
    chosen = RuleSet(rules)
    history = History(lambda endpoint: indicators(chosen.of(endpoint)))

    def read(start: float, end: float, resolution: int) -> Iterator[tuple[Endpoint, Window]]:
        step = min(resolution, 600)
        for at in range(int(max(start, begun)), int(min(end, NOW)), step):
            for endpoint, flow in flows.items():
                yield endpoint, flow(at).window(at, step, endpoint)

    for _ in range(rounds):  # of all the past a piece each time
        history.follow(NOW, read)
    return history


def a_state(pid: int, began: float, seen: float) -> InstanceState:
    return InstanceState(Instance("shop", "1", "", "web-1", pid, began), seen, 1)


def facts_of(*states: InstanceState, first_at: float = NOW) -> Facts:
    """Return what a watch knows that listens since `first_at`."""
    watch, status = Watch(), StoreStatus("memory", "memory://", 0, 0, 0, None, None)
    watch.look(first_at, [state for state in states if state.seen_at <= first_at], status)
    return watch.look(NOW, [state for state in states if state.seen_at >= NOW - 3600], status)
