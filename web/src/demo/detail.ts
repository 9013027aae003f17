// The story of one endpoint in detail: where its time goes, how it answers, how long requests take.

import type { EndpointSummary, Heatmap, Series } from "../api/client";
import { noise } from "./noise";
import story from "./story.json";

export const TYPES = ["database", "external_api", "processing", "cache", "network"];
const SPLITS = story.splits as Record<string, number[]>;
const USUAL_SPLIT = story.usualSplit;
const BYTES_PER_ANSWER = 2240;

/** The shares of its time, in TYPES' order. */
export function splitOf(template: string): number[] {
  return SPLITS[template] ?? USUAL_SPLIT;
}

/** What a called row says beside its percentiles. */
export function rowDetail(row: EndpointSummary): Partial<EndpointSummary> {
  const { count, mean_seconds: mean, p50_seconds: p50, p95_seconds: p95 } = row.response_time;
  const total = count * (mean ?? 0);
  const seconds = splitOf(row.template).map((share) => share * total);
  const clientErrors = Math.round(count * 0.0008);
  const bounds = Object.entries(story.settings.response_time_thresholds[row.priority]);
  return {
    latency_seconds: Object.fromEntries(TYPES.map((type, index) => [type, seconds[index] ?? 0])),
    within_thresholds: Object.fromEntries(
      bounds.map(([grade, bound]) => [grade, shareUnder(bound, p50 ?? 1, p95 ?? 1)]),
    ),
    client_error_count: clientErrors,
    status_counts: { 200: count - clientErrors - row.error_count, 404: clientErrors, 502: row.error_count },
    bytes_in: count * 310, bytes_out: count * BYTES_PER_ANSWER,
    user_count: Math.round(count / 14), in_flight_peak: 7,
    ttfb: row.response_time,
  };
}

/** What a series has beside percentiles and rates. */
export function seriesDetail(series: Series, template: string): Partial<Series> {
  const { times, request_count: counts, rate_per_second: rates } = series;
  const few = (key: string, odds: number) =>
    times.map((at) => (noise(key, Math.floor(at)) > 1 - odds ? 1 : 0));
  const means = series.p50_seconds.map((value, index) =>
    value === null || counts[index] === 0 ? null : value * 1.2);
  const split = splitOf(template);
  const statuses = { 404: few("404", 0.12), 502: few("502", 0.05), 504: few("504", 0.03) };
  return {
    mean_seconds: means,
    latency_mean_seconds: Object.fromEntries(
      TYPES.map((type, index) => [type, means.map((mean) => mean && mean * (split[index] ?? 0))]),
    ),
    status_counts: { 200: counts, ...statuses },
    error_count: times.map((_, index) => statuses[502][index]! + statuses[504][index]!),
    bytes_in: counts.map((count) => count * 310),
    bytes_out: counts.map((count) => count * BYTES_PER_ANSWER),
    bytes_in_per_second: rates.map((rate) => rate * 310),
    bytes_out_per_second: rates.map((rate) => rate * BYTES_PER_ANSWER),
    in_flight_peak: counts.map(() => 7),
    user_count: times.map((at) => // finer than a minute there are none
      Math.round((rates[0] ?? 0) * 42 * (1 + 0.1 * noise("users", Math.floor(at / 60))))),
  };
}

/** A lognormal distribution through the series' own p50 and p95, in exact quarter doublings. */
export function heatmapOf(series: Series): Heatmap {
  const rows = Array.from({ length: 57 }, (_, index) => index - 40); // 2^(-10) s to 16 s
  const counts = series.times.map((_, step) => {
    const [p50, p95] = [series.p50_seconds[step] ?? null, series.p95_seconds[step] ?? null];
    if (p50 === null || p95 === null) return rows.map(() => 0);
    const within = rows.map((row) => shareUnder(2 ** (row / 4), p50, p95));
    return rows.map((row, index) => {
      const expected = (series.request_count[step] ?? 0) * (within[index]! - (within[index - 1] ?? 0));
      return expected < 0.001 ? 0 : Math.max(0, Math.floor(expected + (noise(`cell ${row}`, step) + 0.99) / 2));
    });
  });
  const used = rows.flatMap((row, index) => (counts.some((column) => column[index]! > 0) ? [row] : []));
  const [first, last] = [used[0] ?? 0, used.at(-1) ?? 0];
  const bounds = Array.from({ length: last - first + 2 }, (_, index) => 2 ** ((first - 1 + index) / 4));
  const from = rows.indexOf(first);
  return {
    endpoint_id: series.endpoint_id, name: series.name, start: series.start, end: series.end,
    step_seconds: series.step_seconds, as_of: series.as_of, times: series.times,
    rows_per_doubling: 4,
    bounds_seconds: used.length > 0 ? bounds : [],
    counts: counts.map((column) => (used.length > 0 ? column.slice(from, from + last - first + 1) : [])),
  };
}

function shareUnder(bound: number, p50: number, p95: number): number {
  const spread = Math.max(0.05, Math.log(p95 / p50) / 1.645);
  const z = Math.log(bound / p50) / spread;
  return 1 / (1 + Math.exp(-1.702 * z)); // the logistic curve, within 0.01 of the normal one
}
