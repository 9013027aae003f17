"""What a scrape tells of an endpoint, as numbers: its windows are let go one by one.

A window that has counted since the store began has some thousand buckets, and a page of two hundred
endpoints would take 100 MB of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from api_performance.export.buckets import Cumulative, latency_buckets, response_time_buckets
from api_performance.measure.window import Window
from api_performance.model import Endpoint, LatencyType, TrafficKind
from api_performance.stores.base import Pace

Key = TypeVar("Key", int, LatencyType)


@dataclass(slots=True)
class Histogram:
    """Cumulative counts by upper bound, and the sum of the durations in seconds."""

    buckets: Cumulative
    seconds: float

    def add(self, other: Histogram) -> None:
        """Add another's counts, of the same bounds."""
        self.buckets = [
            (bound, mine + its)
            for (bound, mine), (_, its) in zip(self.buckets, other.buckets, strict=True)
        ]
        self.seconds += other.seconds


@dataclass(slots=True)
class Counted:
    """What the labels tell apart: the versions of a service are one endpoint here."""

    endpoint: Endpoint
    statuses: dict[int, int] = field(default_factory=dict)
    response_times: dict[int, Histogram] = field(default_factory=dict)
    """By status class."""
    latencies: dict[LatencyType, Histogram] = field(default_factory=dict)
    bytes_in: int = 0
    bytes_out: int = 0
    exceptions: int = 0
    messages: int = 0

    def add(self, window: Window) -> None:
        """Count what a window has."""
        for status, count in window.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + count
        for status_class, times in window.response_times().items():
            buckets = response_time_buckets(window, status_class, self.endpoint.thresholds)
            _put(self.response_times, status_class, Histogram(buckets, times.sum))
        for part, sketch in window.latencies().items():
            _put(self.latencies, part, Histogram(latency_buckets(sketch), sketch.sum))
        self.bytes_in += window.bytes_in
        self.bytes_out += window.bytes_out
        self.exceptions += window.exceptions
        self.messages += window.messages


def _put(into: dict[Key, Histogram], key: Key, histogram: Histogram) -> None:
    if key in into:
        into[key].add(histogram)
    else:
        into[key] = histogram


def counted_of(totals: Iterable[tuple[Endpoint, Window]], pace: Pace) -> list[Counted]:
    """Return what cumulative windows come to; those of the same labels together."""
    found: dict[tuple[str, str, TrafficKind], Counted] = {}
    for endpoint, window in totals:
        key = endpoint.method, endpoint.template, endpoint.kind
        found.setdefault(key, Counted(endpoint)).add(window)
        pace()
    return list(found.values())
