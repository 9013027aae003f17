"""Prometheus: one custom collector over the store's cumulative windows, in a registry of its own.

Every histogram bound is exact: powers of two are bounds of the sketch's buckets, and a priority's
four thresholds are counted one by one. Counters are sums that only ever grow while the store lives,
over all processes of the host (or of the fleet), so restarts never make them fall.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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

from api_performance.clock import Clock
from api_performance.measure.sketch import Sketch
from api_performance.measure.window import Window
from api_performance.model import Endpoint, TrafficKind
from api_performance.stores.base import Pace, Query, Store, no_pace

ERROR_RATE_SECONDS: Final = 300.0
"""The window of `api_error_rate`: long enough for a scrape a minute, short enough to act on."""

POWERS_OF_TWO: Final = tuple(2.0**power for power in range(-10, 7))
"""Bucket bounds from 1 ms to 64 s; each is a bound of the sketch, so its count is exact."""

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

Measured = Sequence[tuple[Endpoint, Window]]


class MetricsCollector(Collector):
    """Turns the store's totals into metric families at each scrape."""

    def __init__(
        self, store: Store, clock: Clock, *, host: str | None = None, pace: Pace = no_pace
    ) -> None:
        """Cover one host's processes, or with `host` None the whole fleet."""
        self._store = store
        self._clock = clock
        self._host = host
        self._pace = pace

    def describe(self) -> Iterable[Metric]:
        """Describe nothing beforehand: registering must not read the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield all families of one consistent view of the totals."""
        totals = _merged(self._store.totals(self._host), self._pace)
        http = [(endpoint, window) for endpoint, window in totals if _is_http(endpoint)]
        yield _response_times(http)
        yield _requests(http)
        yield _latencies(http)
        yield self._error_rate()
        yield from _volumes(http)
        yield from _connections(totals)
        yield from self._own_health()

    def _error_rate(self) -> Metric:
        about = PROMETHEUS_METRICS["error_rate"]
        family = GaugeMetricFamily(about.name, about.help, labels=about.labels)
        now = self._clock.now()
        recent = self._store.windows(Query(now - ERROR_RATE_SECONDS, now + 1, 10), pace=self._pace)
        for endpoint, window in _merged(recent, self._pace):
            if window.count and _is_http(endpoint):
                family.add_metric(_who(endpoint), window.error_count / window.count)
        return family

    def _own_health(self) -> Iterator[Metric]:
        alive = self._store.instances(self._clock.now() - 30.0)
        mine = [each for each in alive if self._host in (None, each.instance.host)]
        yield _gauge(
            "api_requests_in_flight",
            "Requests being served now",
            sum(each.in_flight for each in mine),
        )
        yield _gauge("api_performance_instances", "Processes that report", len(mine))
        yield _gauge(
            "api_performance_dropped_requests",
            "Requests that live processes could not buffer",
            sum(each.dropped_requests for each in mine),
        )
        yield _gauge(
            "api_performance_store_bytes", "Size of the store", self._store.status().size_bytes
        )


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


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _is_http(endpoint: Endpoint) -> bool:
    return endpoint.kind is TrafficKind.HTTP


def _who(endpoint: Endpoint) -> tuple[str, str, str]:
    return endpoint.template, endpoint.method, endpoint.priority.value


def _merged(parts: Iterable[tuple[Endpoint, Window]], pace: Pace) -> Measured:
    """Merge by what the labels tell apart: the versions of a service are one endpoint here."""
    found: dict[tuple[str, str, TrafficKind], tuple[Endpoint, Window]] = {}
    for endpoint, window in parts:
        key = (endpoint.method, endpoint.template, endpoint.kind)
        if key in found:
            found[key][1].merge(window)
        else:
            found[key] = (endpoint, window.copy())
        pace()
    return list(found.values())


def _response_times(totals: Measured) -> HistogramMetricFamily:
    about = PROMETHEUS_METRICS["response_time"]
    family = HistogramMetricFamily(about.name, about.help, labels=about.labels)
    for endpoint, window in totals:
        template, method, priority = _who(endpoint)
        has_one_class = len(window.classes) == 1
        for status_class, stats in sorted(window.classes.items()):
            exact = window.under if has_one_class else {}
            family.add_metric(
                (template, method, f"{status_class}xx", priority),
                buckets=_buckets(stats.response_time, endpoint.thresholds, exact),
                sum_value=stats.response_time.sum,
            )
    return family


def _buckets(
    sketch: Sketch, thresholds: Sequence[float] = (), exact: Mapping[float, int] | None = None
) -> list[tuple[str, float]]:
    """Return cumulative counts by ascending bound, never falling, `+Inf` last."""
    buckets: list[tuple[str, float]] = []
    highest = 0
    for bound in sorted({*POWERS_OF_TWO, *thresholds}):
        counted = (exact or {}).get(bound)
        highest = max(highest, sketch.count_up_to(bound) if counted is None else counted)
        buckets.append((repr(bound), min(highest, sketch.count)))
    buckets.append(("+Inf", sketch.count))
    return buckets


def _requests(totals: Measured) -> CounterMetricFamily:
    about = PROMETHEUS_METRICS["throughput"]
    family = CounterMetricFamily(about.name, about.help, labels=about.labels)
    for endpoint, window in totals:
        template, method, priority = _who(endpoint)
        for status, count in sorted(window.statuses.items()):
            family.add_metric((template, method, str(status), priority), count)
    return family


def _latencies(totals: Measured) -> HistogramMetricFamily:
    about = PROMETHEUS_METRICS["latency"]
    family = HistogramMetricFamily(about.name, about.help, labels=about.labels)
    for endpoint, window in totals:
        for part, sketch in window.latency.items():
            family.add_metric(
                (*_who(endpoint), part.value), buckets=_buckets(sketch), sum_value=sketch.sum
            )
    return family


def _volumes(totals: Measured) -> Iterator[Metric]:
    labels = ("endpoint", "method", "priority")
    received = CounterMetricFamily("api_request_bytes", "Bytes of request bodies", labels=labels)
    sent = CounterMetricFamily("api_response_bytes", "Bytes of response bodies", labels=labels)
    raised = CounterMetricFamily("api_exceptions", "Unhandled exceptions", labels=labels)
    for endpoint, window in totals:
        received.add_metric(_who(endpoint), window.bytes_in)
        sent.add_metric(_who(endpoint), window.bytes_out)
        raised.add_metric(_who(endpoint), window.exceptions)
    yield from (received, sent, raised)


def _connections(totals: Measured) -> Iterator[Metric]:
    labels = ("endpoint", "method", "kind")
    closed = CounterMetricFamily(
        "api_connections", "Streams and WebSockets that have ended", labels=labels
    )
    messages = CounterMetricFamily(
        "api_messages", "Messages of streams and WebSockets", labels=labels
    )
    counts: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for endpoint, window in totals:
        if not _is_http(endpoint):
            of = counts[endpoint.template, endpoint.method, endpoint.kind.value]
            of[0] += window.count
            of[1] += window.messages
    for key, (ended, spoken) in counts.items():
        closed.add_metric(key, ended)
        messages.add_metric(key, spoken)
    yield from (closed, messages)
