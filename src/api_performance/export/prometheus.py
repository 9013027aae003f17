"""Prometheus: one custom collector over the store's cumulative windows, in a registry of its own.

Histogram bounds are those of `buckets`. Counters are sums that only ever grow while the store
lives, over all processes of the host (or of the fleet), so restarts never make them fall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from types import MappingProxyType
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from api_performance.export.buckets import Cumulative
from api_performance.export.counted import Counted, Histogram, counted_of
from api_performance.export.processes import process_metrics
from api_performance.model import Endpoint, TrafficKind
from api_performance.queries import Asked, Filter, Queries
from api_performance.stores.base import Pace, Store, no_pace

ERROR_RATE_SECONDS: Final = 300.0
"""The window of `api_error_rate`: long enough for a scrape a minute, short enough to act on."""

LABELS: Final = ("endpoint", "method", "status", "priority")


@dataclass(frozen=True, slots=True)
class MetricDescription:
    """A metric as it appears on the page: its name, type, help text and labels."""

    name: str
    type: str
    help: str
    labels: tuple[str, ...]


PROMETHEUS_METRICS: Final[Mapping[str, MetricDescription]] = MappingProxyType(
    {
        "response_time": MetricDescription(
            "api_response_time_seconds", "histogram", "API response time", LABELS
        ),
        "throughput": MetricDescription(
            "api_requests_total", "counter", "Total API requests", LABELS
        ),
        "latency": MetricDescription(
            "api_latency_seconds",
            "histogram",
            "API latency breakdown: seconds of a request by latency type",
            ("endpoint", "method", "priority", "type"),
        ),
        "error_rate": MetricDescription(
            "api_error_rate",
            "gauge",
            "API error rate: share of requests with status 5xx over the last 5 minutes",
            ("endpoint", "method", "priority"),
        ),
    }
)
"""SPEC.md's four metrics, as they are served; read-only."""


class MetricsCollector(Collector):
    """Turns the store's totals into metric families at each scrape."""

    def __init__(
        self, store: Store, queries: Queries, *, host: str | None = None, pace: Pace = no_pace
    ) -> None:
        """Cover one host's processes, or with `host` None the whole fleet.

        What is of the last minutes, and not of all time, comes from `queries`, of the whole store.
        """
        self._store = store
        self._queries = queries
        self._host = host
        self._pace = pace

    def describe(self) -> Iterable[Metric]:
        """Describe nothing beforehand: registering must not read the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield all families of one consistent view of the totals."""
        counted = counted_of(self._store.totals(self._host), self._pace)
        http = [each for each in counted if _is_http(each.endpoint)]
        yield _response_times(http)
        yield _requests(http)
        yield _latencies(http)
        yield self._error_rate()
        yield from _volumes(http)
        yield from _connections(counted)
        yield from self._own_health()
        yield from process_metrics(self._queries.instances(Filter()), self._host)

    def _error_rate(self) -> Metric:
        about = PROMETHEUS_METRICS["error_rate"]
        family = GaugeMetricFamily(about.name, about.help, labels=about.labels)
        at = self._queries.moment()
        recent = self._queries.overview(Asked(window_seconds=ERROR_RATE_SECONDS), Filter(), at)
        endpoints = self._queries.facts(at).endpoints
        tallies = recent.tallies.items()
        called = ((endpoints[key], each.window) for key, each in tallies if key in endpoints)
        counts: dict[tuple[str, str, str], list[int]] = {}
        for endpoint, window in called:
            if window.count and _is_http(endpoint):
                of = counts.setdefault(_who(endpoint), [0, 0])
                of[0] += window.error_count
                of[1] += window.count
            self._pace()
        for who, (errors, requests) in counts.items():
            family.add_metric(who, errors / requests)
        return family

    def _own_health(self) -> Iterator[Metric]:
        summary = self._queries.summary(Asked(window_seconds=ERROR_RATE_SECONDS), Filter())
        health = self._queries.health()
        for name, text, value in (
            ("api_requests_in_flight", "Requests being served now", summary.in_flight),
            (
                "api_open_connections",
                "Streams and WebSockets open now",
                summary.open_connections,
            ),
            (
                "api_concurrent_users",
                "Different users of the last 5 minutes",
                summary.concurrent_users,
            ),
            ("api_performance_instances", "Processes that report", health.instance_count),
            (
                "api_performance_dropped_requests",
                "Requests that processes could not buffer",
                health.dropped_requests,
            ),
            ("api_performance_store_bytes", "Size of the store", health.store_size_bytes),
            (
                "api_performance_problems",
                "Problems that the health line names",
                len(health.problems),
            ),
        ):
            yield GaugeMetricFamily(name, text, value=value)


def scrape(
    collector: MetricsCollector,
) -> Callable[[str], tuple[bytes, str]]:
    """Return a function from an Accept header to the page and its content type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)

    def answer(accept: str) -> tuple[bytes, str]:
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type

    return answer


def _is_http(endpoint: Endpoint) -> bool:
    return endpoint.kind is TrafficKind.HTTP


def _who(endpoint: Endpoint) -> tuple[str, str, str]:
    return endpoint.template, endpoint.method, endpoint.priority.value


def _response_times(counted: Sequence[Counted]) -> Metric:
    def rows() -> Iterator[tuple[tuple[str, ...], Histogram]]:
        for each in counted:
            template, method, priority = _who(each.endpoint)
            for status_class, times in sorted(each.response_times.items()):
                yield (template, method, f"{status_class}xx", priority), times

    return _Histograms(PROMETHEUS_METRICS["response_time"], rows)


def _latencies(counted: Sequence[Counted]) -> Metric:
    def rows() -> Iterator[tuple[tuple[str, ...], Histogram]]:
        for each in counted:
            for part, times in each.latencies.items():
                yield (*_who(each.endpoint), part.value), times

    return _Histograms(PROMETHEUS_METRICS["latency"], rows)


class _Histograms(HistogramMetricFamily):
    """A family whose samples are made while they are written: of 200 endpoints they take 10 MB."""

    def __init__(
        self,
        about: MetricDescription,
        rows: Callable[[], Iterator[tuple[tuple[str, ...], Histogram]]],
    ) -> None:
        self._about, self._rows = about, rows
        super().__init__(about.name, about.help, labels=about.labels)

    @property  # type: ignore[override]  # who writes goes through them once
    def samples(self) -> Iterator[Sample]:
        """Make the samples of one row after the other."""
        about = self._about
        for labels, times in self._rows():
            one = HistogramMetricFamily(about.name, about.help, labels=about.labels)
            one.add_metric(labels, buckets=_named(times.buckets), sum_value=times.seconds)
            yield from one.samples

    @samples.setter
    def samples(self, none: list[Sample]) -> None:
        """Take the empty list that every family begins with."""


def _named(buckets: Cumulative) -> list[tuple[str, float]]:
    """Return buckets with their bounds as Prometheus writes them."""
    return [("+Inf" if bound == inf else repr(bound), count) for bound, count in buckets]


def _requests(counted: Iterable[Counted]) -> CounterMetricFamily:
    about = PROMETHEUS_METRICS["throughput"]
    family = CounterMetricFamily(about.name, about.help, labels=about.labels)
    for each in counted:
        template, method, priority = _who(each.endpoint)
        for status, count in sorted(each.statuses.items()):
            family.add_metric((template, method, str(status), priority), count)
    return family


def _volumes(counted: Iterable[Counted]) -> Iterator[Metric]:
    labels = ("endpoint", "method", "priority")
    received = CounterMetricFamily("api_request_bytes", "Bytes of request bodies", labels=labels)
    sent = CounterMetricFamily("api_response_bytes", "Bytes of response bodies", labels=labels)
    raised = CounterMetricFamily("api_exceptions", "Unhandled exceptions", labels=labels)
    for each in counted:
        received.add_metric(_who(each.endpoint), each.bytes_in)
        sent.add_metric(_who(each.endpoint), each.bytes_out)
        raised.add_metric(_who(each.endpoint), each.exceptions)
    yield from (received, sent, raised)


def _connections(counted: Iterable[Counted]) -> Iterator[Metric]:
    labels = ("endpoint", "method", "kind")
    closed = CounterMetricFamily(
        "api_connections", "Streams and WebSockets that have ended", labels=labels
    )
    messages = CounterMetricFamily(
        "api_messages", "Messages of streams and WebSockets", labels=labels
    )
    for each in counted:
        if not _is_http(each.endpoint):
            key = each.endpoint.template, each.endpoint.method, each.endpoint.kind.value
            closed.add_metric(key, sum(each.statuses.values()))
            messages.add_metric(key, each.messages)
    yield from (closed, messages)
