// Small answers for the tests beside this file.

import type { Answer, EndpointSummary, Series, Settings } from "../api/client";

interface Wanted extends Partial<Omit<EndpointSummary, "response_time">> {
  count?: number;
  p95?: number | null;
}

/** An endpoint that is called and well, but for what is `wanted` of it. */
export function endpoint(template: string, wanted: Wanted = {}): EndpointSummary {
  const { count = 1000, p95 = 0.2, ...rest } = wanted;
  const method = rest.method ?? "GET";
  const times = {
    count, mean_seconds: 0.1, min_seconds: 0.01, max_seconds: 1, p50_seconds: 0.1,
    p95_seconds: p95, p99_seconds: 0.5, p999_seconds: 0.9, unsupported: [],
  };
  return {
    id: `${method} ${template}`, service: "shop", method, template, priority: "medium", kind: "http",
    is_monitored: true, request_count: count, error_count: 0, client_error_count: 0,
    exception_count: 0, rate_per_second: 10, success_ratio: 1, error_ratio: 0,
    share_of_time_ratio: 0.1, response_time: times, ttfb: times, latency_seconds: {},
    status_counts: {}, within_thresholds: {}, bytes_in: 0, bytes_out: 0, in_flight_peak: 1,
    open_connections: 0, message_count: 0, user_count: 1, background: times,
    response_time_grade: "good", throughput_grade: "good", last_called_at: 1000, sparkline: [],
    ...rest,
  };
}

/** A series whose percentiles are all `values`. */
export function series(values: (number | null)[], wanted: Partial<Series> = {}): Series {
  const zeros = values.map(() => 0);
  return {
    endpoint_id: null, name: "all", start: 0, end: values.length, step_seconds: 1, as_of: 0,
    times: values.map((_, index) => index), request_count: zeros, error_count: zeros,
    rate_per_second: zeros, error_ratio: zeros, mean_seconds: values, min_seconds: values,
    max_seconds: values, p50_seconds: values, p95_seconds: values, p99_seconds: values,
    p999_seconds: values, bytes_in: zeros, bytes_out: zeros,
    bytes_in_per_second: zeros, bytes_out_per_second: zeros, in_flight_peak: zeros,
    user_count: zeros, latency_mean_seconds: {}, status_class_counts: {},
    status_counts: {}, ...wanted,
  };
}

export function answer(endpoints: EndpointSummary[], asOf = 1000): Answer {
  const { response_time } = endpoint("/all");
  return {
    as_of: asOf,
    endpoints,
    series: series([0.1]),
    previous: null, recent: null,
    summary: {
      start: asOf - 900, end: asOf, as_of: asOf, request_count: 1000, error_count: 1,
      rate_per_second: 18.4, success_ratio: 0.999, error_ratio: 0.001, response_time,
      latency_seconds: {}, status_counts: {}, bytes_in: 0, bytes_out: 0, in_flight: 0,
      open_connections: 0, user_count: 0, concurrent_users: 0, user_source: "client address",
      endpoint_count: endpoints.length,
      priority_counts: { critical: 0, high: 0, medium: endpoints.length, low: 0 },
      never_called_count: 0, instance_count: 4,
      services: ["shop"], versions: [], environments: [],
    },
    health: {
      is_ok: true, as_of: asOf, newest_window_at: asOf - 1, store_kind: "sqlite",
      store_location: "", store_size_bytes: 212e6, store_max_bytes: 1024 ** 3,
      unfolded_batches: 0, dropped_requests: 0, dropped_batches: 0, dropped_windows: 0, requests_in_dropped_windows: 0, instance_count: 4,
      lease_holder: null, longest_stretch_seconds: 0, cpu_ratio: 0.004, problems: [],
    },
  };
}

export const SETTINGS: Settings = {
  product_version: "0", role: "view", is_authentication_required: true, refresh_interval: 5,
  history_window: 900, measured_seconds: 86_400, max_data_points: 1000, enable_real_time: true, enable_alerts: true,
  enable_optimizations: true,
  response_time_thresholds: { critical: { good: 0.5 }, high: { good: 1 }, medium: { good: 2 } },
  throughput_thresholds: {},
  performance_thresholds: {
    critical_endpoints: { error_rate: 0.001 }, medium_priority_endpoints: { error_rate: 0.02 },
  },
  latency_order: [], steps_seconds: [],
};
