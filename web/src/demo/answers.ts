// Tells the story of story.json in the server's own shapes, at any moment and for any range.

import type { Answer, Comparison, EndpointSummary, Priority, Question, Series } from "../api/client";
import { hasRoute, nameOf, priorityCounts } from "../model/rows";
import type { Traffic } from "../model/traffic";
import { rowDetail, seriesDetail } from "./detail";
import { noise } from "./noise";
import { requestsAt } from "./requests";
import story from "./story.json";

type Called = [Priority, string, string, number, number, number, number, number, number];
type Stream = [Priority, string, string, number, number];
type Name = [Priority, string, string];

const STEPS = 40; // of a sparkline
const STEP_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]; // as the server's
const MOST_STEPS = 300;
const GOOD: Record<Priority, number> = { critical: 0.5, high: 1, medium: 2, low: 5 };
const NO_TIMES: EndpointSummary["response_time"] = {
  count: 0, mean_seconds: null, min_seconds: null, max_seconds: null, p50_seconds: null,
  p95_seconds: null, p99_seconds: null, p999_seconds: null, unsupported: [],
};

export function answerAt(now: number, question: Question): Answer {
  const { windowSeconds, traffic, isCompared, requestCount } = question;
  const all = endpointsAt(now, windowSeconds);
  const endpoints = all.filter((row) => isOf(traffic, row));
  const chosen = endpoints.find((row) => row.id === question.endpointId) ?? null;
  return {
    as_of: now,
    endpoints,
    series: seriesAt(now, windowSeconds, chosen),
    previous: isCompared ? previousAt(now, windowSeconds, chosen, endpoints) : null,
    recent: requestCount > 0 ? requestsAt(now, endpoints, traffic.status, requestCount) : null,
    summary: { ...summaryAt(now, windowSeconds, endpoints), priority_counts: priorityCounts(all) },
    health: {
      is_ok: true, as_of: now, newest_window_at: now - 1, store_kind: "sqlite",
      store_location: "metrics.sqlite3", store_size_bytes: 212e6, store_max_bytes: 1024 ** 3,
      unfolded_batches: 4, dropped_requests: 0, dropped_batches: 0, dropped_windows: 0, requests_in_dropped_windows: 0, instance_count: 4,
      lease_holder: "shop-1-4711", longest_stretch_seconds: 0.0002, cpu_ratio: 0.004, problems: [],
    },
  };
}

function isOf({ search, priority, lists }: Traffic, row: EndpointSummary): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (
    (priority === null || (hasRoute(row) && row.priority === priority)) &&
    (lists.method.length === 0 || lists.method.includes(row.method)) &&
    words.every((word) => nameOf(row).toLowerCase().includes(word))
  );
}

/** The period before: only what the story made slower was faster then. */
function previousAt(
  now: number, windowSeconds: number, chosen: EndpointSummary | null, rows: EndpointSummary[],
): Comparison {
  const start = now - 2 * windowSeconds;
  return {
    start, end: now - windowSeconds, request_count: Math.round(story.all.rate * windowSeconds),
    rate_change_ratio: 0.031, p95_change_ratio: 0.12, error_ratio_change: -0.0002,
    user_change_ratio: 0.004,
    endpoints: rows.filter((row) => row.response_time.count > 0).map((row) => ({
      id: row.id, request_count: row.request_count, rate_change_ratio: 0.03,
      p95_change_ratio: row.template === story.slowerFrom.template ? 1 / story.slowerFrom.factor - 1
        : 0.06 * noise(row.id, 1),
      error_ratio_change: 0,
    })),
    series: seriesAt(now - windowSeconds, windowSeconds, chosen),
  };
}

function factorAt(template: string, at: number, now: number): number {
  const { template: slow, minutesAgo, factor } = story.slowerFrom;
  const wobble = 1 + 0.06 * noise(template, Math.floor(at / 5));
  return template === slow && at < now - minutesAgo * 60 ? wobble * factor : wobble;
}

function endpointsAt(now: number, windowSeconds: number): EndpointSummary[] {
  return [
    ...(story.endpoints as Called[]).map((row) => called(row, now, windowSeconds)),
    ...(story.streams as Stream[]).map(stream),
    ...(story.neverCalled as Name[]).map((name) => blank(name)),
    ...(story.notMonitored as Name[]).map((name) => ({ ...blank(name), is_monitored: false })),
  ];
}

function called(row: Called, now: number, windowSeconds: number): EndpointSummary {
  const [priority, method, template, rate, p50, p95, p99, errors, share] = row;
  const count = Math.round(rate * windowSeconds);
  const breath = 1 + 0.004 * noise(template, Math.floor(now));
  const seconds = (ms: number) => (ms / 1000) * breath;
  const over = p95 / 1000 > GOOD[priority];
  const summary: EndpointSummary = {
    ...blank([priority, method, template]),
    request_count: count,
    error_count: Math.round(count * errors),
    rate_per_second: rate * breath,
    success_ratio: 1 - errors,
    error_ratio: errors,
    share_of_time_ratio: share,
    response_time: {
      count, mean_seconds: seconds(p50) * 1.2, min_seconds: seconds(p50) / 3,
      max_seconds: seconds(p99) * 2, p50_seconds: seconds(p50), p95_seconds: seconds(p95),
      p99_seconds: seconds(p99), p999_seconds: seconds(p99) * 1.55, unsupported: unsupported(count),
    },
    response_time_grade: count < 100 ? null : over ? "critical" : "good",
    throughput_grade: "good",
    last_called_at: now - 1,
    sparkline: Array.from({ length: STEPS }, (_, step) => {
      const at = Math.floor(now / 30) * 30 - (STEPS - 1 - step) * (windowSeconds / STEPS);
      return seconds(p95) * factorAt(template, at, now);
    }),
  };
  return { ...summary, ...rowDetail(summary) };
}

function unsupported(count: number): string[] {
  const shares: [string, number][] = [["p50", 0.5], ["p95", 0.95], ["p99", 0.99], ["p999", 0.999]];
  return shares.filter(([, share]) => count * (1 - share) < 5).map(([name]) => name);
}

function stream([priority, method, template, open, errors]: Stream): EndpointSummary {
  return {
    ...blank([priority, method, template]), kind: "event_stream", open_connections: open,
    error_ratio: errors, last_called_at: 1, request_count: open,
  };
}

function blank([priority, method, template]: Name): EndpointSummary {
  return {
    id: `${method} ${template}`.replace(/\W+/g, "-").toLowerCase(),
    service: story.service, method, template, priority, kind: "http", is_monitored: true,
    request_count: 0, error_count: 0, client_error_count: 0, exception_count: 0,
    rate_per_second: 0, success_ratio: null, error_ratio: null, share_of_time_ratio: null,
    response_time: NO_TIMES, ttfb: NO_TIMES, latency_seconds: {}, status_counts: {},
    within_thresholds: {}, bytes_in: 0, bytes_out: 0, in_flight_peak: 0, open_connections: 0,
    message_count: 0, user_count: 0, background: NO_TIMES, response_time_grade: null,
    throughput_grade: null, last_called_at: null, sparkline: [],
  };
}

export function seriesAt(now: number, windowSeconds: number, chosen: EndpointSummary | null): Series {
  const step = STEP_SECONDS.find((each) => windowSeconds / each <= MOST_STEPS) ?? windowSeconds / MOST_STEPS;
  const end = Math.floor(now / step) * step;
  const count = Math.max(1, Math.floor(windowSeconds / step));
  const times = Array.from({ length: count }, (_, index) => end - (count - 1 - index) * step);
  const all = story.all;
  const base = chosen?.response_time ?? {
    p50_seconds: all.p50 / 1000, p95_seconds: all.p95 / 1000, p99_seconds: all.p99 / 1000,
    p999_seconds: all.p999 / 1000,
  };
  const template = chosen?.template ?? "all";
  const rate = chosen?.rate_per_second ?? all.rate;
  const line = (key: string, value: number | null) =>
    times.map((at) => (value === null ? null : value * factorAt(template, at, now) * (1 + 0.04 * noise(key, at))));
  const stairs = times.map((at) => Math.floor(at / (step * 10)) * step * 10);
  const series: Series = {
    endpoint_id: chosen?.id ?? null,
    name: chosen ? `${chosen.method} ${chosen.template}` : "all endpoints",
    start: now - windowSeconds, end: now, step_seconds: step, as_of: now, times,
    request_count: times.map((at) => Math.floor(rate * step * (1 + 0.1 * noise("count", at)) + chance(at))),
    error_count: times.map(() => 0),
    rate_per_second: times.map((at) => rate * (1 + 0.1 * noise("count", at))),
    error_ratio: times.map(() => chosen?.error_ratio ?? all.errors),
    mean_seconds: line("mean", base.p50_seconds), min_seconds: line("min", base.p50_seconds),
    max_seconds: line("max", base.p999_seconds), p50_seconds: line("p50", base.p50_seconds),
    p95_seconds: line("p95", base.p95_seconds), p99_seconds: line("p99", base.p99_seconds),
    p999_seconds: stairs.map((at) =>
      base.p999_seconds === null ? null : base.p999_seconds * factorAt(template, at, now)),
    bytes_in: [], bytes_out: [], bytes_in_per_second: [], bytes_out_per_second: [],
    in_flight_peak: [], user_count: [], latency_mean_seconds: {}, status_class_counts: {},
    status_counts: {},
  };
  return { ...series, ...seriesDetail(series, template) };
}

/** 0 to 1, so that few requests still come now and then. */
function chance(at: number): number {
  return (noise("chance", Math.floor(at)) + 1) / 2;
}

function summaryAt(now: number, windowSeconds: number, rows: EndpointSummary[]): Answer["summary"] {
  const { rate, p50, p95, p99, p999, errors } = story.all;
  const count = Math.round(rate * windowSeconds);
  return {
    start: now - windowSeconds, end: now, as_of: now, request_count: count,
    error_count: Math.round(count * errors), rate_per_second: rate, success_ratio: 1 - errors,
    error_ratio: errors,
    response_time: {
      count, mean_seconds: p50 / 800, min_seconds: 0.0004, max_seconds: 6.2,
      p50_seconds: p50 / 1000, p95_seconds: p95 / 1000, p99_seconds: p99 / 1000,
      p999_seconds: p999 / 1000, unsupported: [],
    },
    latency_seconds: {}, status_counts: {}, bytes_in: 0, bytes_out: 0, in_flight: 41,
    open_connections: 312, user_count: 2140, concurrent_users: 640, user_source: "client address",
    endpoint_count: rows.filter((row) => row.is_monitored && row.method !== "ANY").length,
    priority_counts: priorityCounts(rows), never_called_count: 3, instance_count: 4,
    services: [story.service], versions: [story.version], environments: [story.environment],
  };
}
