"""The shapes of answers: what REST, WebSocket, command line, exports and doors hand out.

Durations are seconds, instants Unix seconds UTC, ratios 0..1, sizes bytes. None means "no data" or
"too few to tell", never zero. Series are columns of equal length: `times[i]` begins step i.
"""

from __future__ import annotations

from dataclasses import dataclass

from api_performance.model import (
    Judged,
    LatencyType,
    MetricPriority,
    Pauses,
    PerformanceThreshold,
    TrafficKind,
)


@dataclass(frozen=True, slots=True)
class Times:
    """A distribution of durations.

    `unsupported` names the percentiles that fewer than 5 samples lie above.
    """

    count: int
    mean_seconds: float | None
    min_seconds: float | None
    max_seconds: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    p999_seconds: float | None
    unsupported: list[str]


@dataclass(frozen=True, slots=True)
class EndpointSummary:
    """One endpoint over a range: a row of the table.

    `share_of_time_ratio` is its part of all seconds spent by HTTP requests. `sparkline` holds the
    p95 of each of equal steps over the range, None where nothing was called. `user_source` tells
    what a user is (`callable`, `client address`). `last_called_at` None: never called.
    """

    id: str
    service: str
    method: str
    template: str
    priority: MetricPriority
    kind: TrafficKind
    is_monitored: bool
    request_count: int
    error_count: int
    client_error_count: int
    exception_count: int
    rate_per_second: float
    success_ratio: float | None
    error_ratio: float | None
    share_of_time_ratio: float | None
    response_time: Times
    ttfb: Times
    latency_seconds: dict[str, float]
    status_counts: dict[str, int]
    within_thresholds: dict[str, float]
    bytes_in: int
    bytes_out: int
    in_flight_peak: int
    open_connections: int
    message_count: int
    user_count: int
    background: Times
    response_time_grade: PerformanceThreshold | None
    throughput_grade: PerformanceThreshold | None
    last_called_at: float | None
    sparkline: list[float | None]


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """All endpoints together over a range. Percentiles are of HTTP responses only.

    `priority_counts` are the endpoints of each priority that the filter would keep if it asked for
    none; requests without a route belong to no priority.
    """

    start: float
    end: float
    as_of: float
    request_count: int
    error_count: int
    rate_per_second: float
    success_ratio: float | None
    error_ratio: float | None
    response_time: Times
    latency_seconds: dict[str, float]
    status_counts: dict[str, int]
    bytes_in: int
    bytes_out: int
    in_flight: int
    open_connections: int
    user_count: int
    concurrent_users: int
    user_source: str
    endpoint_count: int
    priority_counts: dict[str, int]
    never_called_count: int
    instance_count: int
    services: list[str]
    versions: list[str]
    environments: list[str]


@dataclass(frozen=True, slots=True)
class EndpointPage:
    """A page of the endpoint table; `total` counts the rows before paging."""

    start: float
    end: float
    as_of: float
    total: int
    offset: int
    limit: int
    endpoints: list[EndpointSummary]


@dataclass(frozen=True, slots=True)
class Series:
    """One endpoint, or all of a filter together, over time.

    `user_count` is of the step's minute where steps are shorter, and then the same in all of them.
    `status_counts` has a column for each status code that occurred, ascending. Where requests are
    few, adjacent steps share a percentile, and the parts of `latency_mean_seconds`.
    """

    endpoint_id: str | None
    name: str
    start: float
    end: float
    step_seconds: int
    as_of: float
    times: list[float]
    request_count: list[int]
    error_count: list[int]
    rate_per_second: list[float]
    error_ratio: list[float | None]
    mean_seconds: list[float | None]
    min_seconds: list[float | None]
    max_seconds: list[float | None]
    p50_seconds: list[float | None]
    p95_seconds: list[float | None]
    p99_seconds: list[float | None]
    p999_seconds: list[float | None]
    bytes_in: list[int]
    bytes_out: list[int]
    bytes_in_per_second: list[float]
    bytes_out_per_second: list[float]
    in_flight_peak: list[int]
    user_count: list[int]
    latency_mean_seconds: dict[str, list[float | None]]
    status_class_counts: dict[str, list[int]]
    status_counts: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Heatmap:
    """How many requests took how long, over time.

    `counts[i][j]` requests of step i took more than `bounds_seconds[j]` and at most
    `bounds_seconds[j + 1]`. The bounds are equal steps of a logarithm, `rows_per_doubling` of them
    from one duration to its double; without response times there are no bounds. Counts are exact.
    """

    endpoint_id: str | None
    name: str
    start: float
    end: float
    step_seconds: int
    as_of: float
    times: list[float]
    rows_per_doubling: int
    bounds_seconds: list[float]
    counts: list[list[int]]


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation of an endpoint over a range: a statement, a cache command, an outgoing call.

    `text` is its fingerprint, which holds no value; `source` the line that called it first, where
    known. `call_count` calls were made in `request_count` requests, at most `most_calls` in one;
    `calls_per_request` and `seconds_per_request`, its exclusive time, are of all the endpoint's
    requests. `repeat_count` of them began after another of the same request had ended,
    `exact_repeat_count` with the same arguments as an earlier one. `work_seconds` add up the calls;
    `exclusive_seconds` are their share of the response time, which parallel calls have together,
    and `share_of_time_ratio` that of all the endpoint's. `between_seconds` lie between a call and
    its repeat, in which its client works, at most 1 ms each. `parallelism` is how many of its calls
    were under way at once while any was. `pattern` is `n_plus_one` or `exact_repeats` where a
    request calls it again and again, else empty; `sequence_length` is then how often, one after
    another. Of a framework's steps (`system` is `framework`) all but `duration` `is_estimated`:
    they are timed in a share of the requests.
    """

    id: str
    latency_type: LatencyType
    system: str
    text: str
    source: str
    request_count: int
    call_count: int
    calls_per_request: float
    seconds_per_request: float
    most_calls: int
    repeat_count: int
    exact_repeat_count: int
    failure_count: int
    work_seconds: float
    exclusive_seconds: float
    share_of_time_ratio: float | None
    between_seconds: float
    parallelism: float
    duration: Times
    pattern: str
    sequence_length: float | None
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An endpoint whose requests, `request_count` in all, waited for `seconds` together."""

    name: str
    request_count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A line that blocked the event loop `count` times while the endpoint was served.

    `place` is file, line and function; `seconds` is for how long in all, at least, and `duration`
    for how long each time. `waiting` are the endpoints of the requests that waited meanwhile.
    """

    place: str
    count: int
    seconds: float
    duration: Times
    waiting: list[WaitingRow]


@dataclass(frozen=True, slots=True)
class OperationPage:
    """The operations of one endpoint, of most exclusive time first.

    The range is that of whole minutes, or hours where it is long. `request_count` requests took
    `response_seconds` together. `blocks` are the lines that blocked the event loop in them, of most
    time first.
    """

    endpoint_id: str
    name: str
    start: float
    end: float
    as_of: float
    request_count: int
    response_seconds: float
    operations: list[OperationRow]
    blocks: list[BlockRow]


@dataclass(frozen=True, slots=True)
class StepShown:
    """All calls of one operation in an exemplar.

    `began_seconds` and `durations_seconds` are columns: a call's times since the request began.
    `seconds` is for how long any of them was under way. `inside` is the operation in which they
    were made; None: in no other.
    """

    operation_id: str
    latency_type: LatencyType
    system: str
    text: str
    source: str
    inside: str | None
    call_count: int
    failure_count: int
    seconds: float
    began_seconds: list[float]
    durations_seconds: list[float]


@dataclass(frozen=True, slots=True)
class ExemplarShown:
    """One request as it was. `why` it was kept: `slowest` or `typical`, of five minutes.

    `latency_seconds` are its exclusive seconds per latency type. `steps` are its operations in the
    order they began; `more_calls` are not shown. `trace_id` is empty without a trace.
    """

    why: str
    ended_at: float
    seconds: float
    status: int
    latency_seconds: dict[str, float]
    steps: list[StepShown]
    more_calls: int
    trace_id: str


@dataclass(frozen=True, slots=True)
class ExemplarPage:
    """Requests of one endpoint kept as they were, the slowest first.

    `near_p50` and `near_p99` are the places of those whose time is nearest to the percentile of the
    range; None without any, and for a percentile that too few requests support.
    """

    endpoint_id: str
    name: str
    start: float
    end: float
    as_of: float
    near_p50: int | None
    near_p99: int | None
    exemplars: list[ExemplarShown]


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """One process that reports, and its own health."""

    id: str
    service: str
    version: str
    environment: str
    host: str
    pid: int
    started_at: float
    seen_at: float
    is_alive: bool
    in_flight: int
    open_connections: int
    dropped_requests: int
    dropped_batches: int
    dropped_windows: int
    requests_in_dropped_windows: int
    buffered_batches: int
    longest_stretch_seconds: float
    cpu_seconds: float
    resident_bytes: int
    last_error: str
    judged: Judged | None
    process_cpu_seconds: float
    pauses: Pauses | None


@dataclass(frozen=True, slots=True)
class HealthLine:
    """How we ourselves are: one line a person can trust. `problems` are sentences with a remedy.

    Connections are those of the answering process to the store; null where it has no pool.
    """

    is_ok: bool
    as_of: float
    newest_window_at: float | None
    store_kind: str
    store_location: str
    store_size_bytes: int
    store_max_bytes: int
    unfolded_batches: int
    dropped_requests: int
    dropped_batches: int
    dropped_windows: int
    requests_in_dropped_windows: int
    instance_count: int
    lease_holder: str | None
    longest_stretch_seconds: float
    cpu_ratio: float | None
    problems: list[str]
    connections_in_use: int | None = None
    max_connections: int | None = None


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """How far one endpoint is from the period before, as Comparison says it of all together."""

    id: str
    request_count: int
    rate_change_ratio: float | None
    p95_change_ratio: float | None
    error_ratio_change: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The period of the same length just before the range, and how far the range is from it.

    A change ratio of 0.03 is 3 % more than before; `error_ratio_change` is the difference of both
    ratios. None where one of the two has no request, or too few for a percentile. `request_count`
    is the earlier period's; `endpoints` are those of the answer that were called in either.
    """

    start: float
    end: float
    request_count: int
    rate_change_ratio: float | None
    p95_change_ratio: float | None
    error_ratio_change: float | None
    user_change_ratio: float | None
    endpoints: list[EndpointChange]
    series: Series
