"""What a finding costs users, and what moved with it: read from the windows around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from api_performance.changes.change import PART_METRICS, RESPONSE_TIME, RESPONSE_TIME_TAIL
from api_performance.changes.finding import KeptFinding
from api_performance.changes.moved import seconds_of, what_moved
from api_performance.measure.window import Window
from api_performance.stores.base import Pace, Query, Store

SPAN_SECONDS: Final = 3600.0
"""So much before a change is compared with as much after it, or what there is of that."""

DAY_SECONDS: Final = 86_400.0
MINUTE: Final = 60

TIMED: Final = frozenset({RESPONSE_TIME, RESPONSE_TIME_TAIL, *PART_METRICS})
"""The metrics whose change users wait for."""

SLOW_SHARE: Final = 0.15
"""The share of the requests that the tail is of (analysis/centre.py)."""


@dataclass(frozen=True, slots=True)
class Around:
    """The minutes of an endpoint before a change and after it; both may be empty."""

    before: Sequence[Window]
    after: Sequence[Window]
    after_seconds: float


class Costs:
    """Reads what is around findings. For one thread."""

    def __init__(self, store: Store, pace: Pace) -> None:
        """Read `store`, calling `pace` between small pieces."""
        self._store = store
        self._pace = pace

    def of(self, finding: KeptFinding, now: float) -> KeptFinding:
        """Return a finding with what it costs and what moved with it. StoreUnavailable."""
        around = self._around(finding, now)
        metric = finding.change.metric
        moved = what_moved(around.before, around.after, self._store.operations(), metric)
        requests = sum(window.count for window in around.after)
        if not requests or not around.after_seconds:
            return replace(finding, moved=moved)
        requests_a_day = requests / around.after_seconds * DAY_SECONDS
        costed = replace(finding, moved=moved, requests_a_day=requests_a_day)
        if metric not in TIMED:
            return costed
        seconds = seconds_of(metric)
        waited = sum(map(seconds, around.after)) / around.after_seconds
        return _costed(costed, waited * DAY_SECONDS)

    def _around(self, finding: KeptFinding, now: float) -> Around:
        change = finding.change
        start = (change.began_from - SPAN_SECONDS) // MINUTE * MINUTE
        middle = -(-change.began_until // MINUTE) * MINUTE
        last = min(now, change.closed or now) // MINUTE * MINUTE
        end = min(middle + SPAN_SECONDS, last)
        before = self._read(finding.endpoint_id, start, change.began_from // MINUTE * MINUTE)
        after = self._read(finding.endpoint_id, middle, end)
        return Around(before, after, max(end - middle, 0.0))

    def _read(self, endpoint_id: str, start: float, end: float) -> list[Window]:
        """Return the minutes of [start, end), in order."""
        minutes: dict[float, Window] = {}
        if start < end:
            ids = frozenset({endpoint_id})
            query = Query(start, end, MINUTE, ids, with_latency=False, with_operations=True)
            for _, window in self._store.windows(query, pace=self._pace):
                minutes.setdefault(window.start, Window(window.start)).merge(window)
        return [minutes[start] for start in sorted(minutes)]


def _costed(finding: KeptFinding, waited: float) -> KeptFinding:
    """Return a finding with the seconds a day that all users together wait longer.

    That is what they have `waited` a day since, less what it would be without the change: the
    judged ratio has taken load and time of day out, which the difference of two means has not.
    """
    change = finding.change
    if change.metric == RESPONSE_TIME_TAIL:
        waited *= SLOW_SHARE  # the slow part alone
    cost, low, high = (
        waited * (1 - 1 / ratio) if ratio > 0 else None
        for ratio in (change.ratio, change.ratio_low, change.ratio_high)
    )
    return replace(finding, cost_seconds=cost, cost_low=low, cost_high=high)
