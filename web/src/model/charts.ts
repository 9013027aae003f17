// The charts of an endpoint, or of all together, made of the server's answers.

import type { Heatmap, Series } from "../api/client";
import * as format from "../format";
import { type HeatChart, type Line, type TimeChart, type UsualHour, valueText } from "./chart";
import { finished, finishedCount, finishedUsers } from "./finished";
import { TIME_TYPES, TIME_TYPE_TOKENS, TIME_TYPE_WORDS, type TimeType } from "./overview";
import { PERCENTILES, type Percentile, stairs } from "./percentiles";
import { visible } from "./template";

const WIDTHS: Record<Percentile["key"], number> = { p50: 1.8, p95: 1.8, p99: 2, p999: 1.3 };

export interface Span {
  start: number;
  end: number;
}

/** The time axis of a series, which slides by whole steps. */
export function spanOf({ times, step_seconds: step, start, end }: Series): Span {
  const last = times.at(-1);
  return { start: times[0] ?? start, end: last === undefined ? end : last + step };
}

function baseOf(series: Series) {
  const { times, step_seconds: stepSeconds } = series;
  return {
    of: visible(series.name),
    ...spanOf(series),
    asOf: series.as_of,
    times,
    stepSeconds,
    requestCounts: series.request_count,
    finishedCount: finishedCount(series),
    target: null,
    remarks: [],
  };
}

type Column = "p50_seconds" | "p95_seconds" | "p99_seconds" | "rate_per_second";

/** Adds what the period before had as long after its begin; its steps may be longer. */
function withBefore(line: Line, column: Column, series: Series, previous: Series | null): Line {
  if (previous === null) return line;
  const [start, startBefore] = [spanOf(series).start, spanOf(previous).start];
  const before = series.times.map((time) => {
    const step = Math.floor((time - start) / previous.step_seconds);
    return startBefore + step * previous.step_seconds < previous.end ? previous[column][step] ?? null : null;
  });
  return { ...line, previous: before };
}

/** Tells whether steps share a value. */
function isShared(values: readonly (number | null)[]): boolean {
  return values.some((value, index) => value !== null && value === values[index - 1]);
}

/** `target`: the bound in seconds of the endpoint's priority, where there is one endpoint. */
export function responseTimeChart(
  series: Series, target: number | null, previous: Series | null = null, usual: readonly UsualHour[] = [],
): TimeChart {
  const rates = finished(series, series.rate_per_second);
  const lines = PERCENTILES.map(({ key, label, field }) => {
    const line: Line = {
      key, label, values: stairs(series[field]), colour: key, width: WIDTHS[key],
      isDashed: key === "p999", isStairs: isShared(series[field]),
    };
    // p50's colour is for lines only.
    const readable = key === "p50" ? { ...line, wordColour: "p95" } : line;
    return field === "p999_seconds" ? readable : withBefore(readable, field, series, previous);
  });
  return {
    ...baseOf(series), name: "Response time", kind: "lines", unit: "seconds", lines, target, usual,
    remarks: [
      ...(usual.length > 0 ? [{ label: "Usual p95", text: (index: number) => usualText(usual, series.times[index] ?? 0) }] : []),
      { label: "Rate", text: (index) => valueText(rates[index], "per-second") },
      { label: "Errors", text: (index) => format.errorShare(series.error_ratio[index] ?? null) },
    ],
  };
}

function usualText(usual: readonly UsualHour[], time: number): string {
  const hour = usual.find(({ start, end }) => time >= start && time < end);
  return hour ? `${format.duration(hour.low)} to ${format.duration(hour.high)}` : "–";
}

export function throughputChart(series: Series, previous: Series | null = null): TimeChart {
  const line = { key: "rate", label: "Requests", short: "rate", values: finished(series, series.rate_per_second), colour: "p95" };
  return {
    ...baseOf(series), name: "Throughput", kind: "area", unit: "per-second",
    lines: [withBefore(line, "rate_per_second", series, previous)],
  };
}

const OWN_COLOURS = ["firing", "error-second"]; // by turns, so that neighbours differ

/** Requests that were not answered well, by code: the service's own faults below, in red. */
export function errorChart(series: Series): TimeChart {
  const codes = Object.keys(series.status_counts).map(Number);
  const theirs = codes.filter((code) => code >= 400 && code < 500);
  const ours = codes.filter((code) => code >= 500);
  return {
    ...baseOf(series), name: "Errors by status", kind: "bars", unit: "ratio",
    lines: [
      ...theirs.map((code) => codeLine(series, code, "bar")),
      ...ours.map((code, turn) => codeLine(series, code, OWN_COLOURS[turn % 2]!)).reverse(),
    ],
    remarks: [{ label: "Failed", text: (index) => format.count(series.error_count[index] ?? 0) }],
  };
}

function codeLine(series: Series, code: number, colour: string): Line {
  const counts = series.status_counts[code] ?? [];
  const values = counts.map((count, index) => {
    const requests = series.request_count[index] ?? 0;
    return requests > 0 ? count / requests : null;
  });
  const sum = (each: readonly number[]) => each.reduce((total, count) => total + count, 0);
  const share = sum(counts) / Math.max(sum(series.request_count), 1);
  return {
    key: String(code), label: String(code), values, colour, endText: format.errorShare(share),
    wordColour: colour === "bar" ? "text-2" : "firing",
  };
}

const SHORT_TYPES: Record<TimeType, string> = {
  database: "db", external_api: "ext", processing: "proc", cache: "cache", network: "net",
};

/** Drawn as bars where many steps lie on no stair: single points make no area. */
export function breakdownChart(series: Series): TimeChart {
  const parts = TIME_TYPES.map((type) => series.latency_mean_seconds[type] ?? []);
  const isSparse = parts.some((values) => stairs(values).filter((value) => value === null).length > values.length * 0.1);
  return {
    ...baseOf(series), name: "Breakdown over time", kind: isSparse ? "bars" : "stack", unit: "seconds",
    lines: TIME_TYPES.map((type, index) => ({
      key: type,
      label: TIME_TYPE_WORDS[type],
      short: SHORT_TYPES[type],
      values: stairs(parts[index]!),
      isStairs: parts.some(isShared),
      colour: TIME_TYPE_TOKENS[type],
      wordColour: "text-2",
    })),
    remarks: [
      { label: "Mean", text: (index) => format.duration(series.mean_seconds[index] ?? null) },
    ],
  };
}

export function userChart(series: Series): TimeChart {
  return {
    ...baseOf(series), name: "Users", kind: "area", unit: "count",
    lines: [{ key: "users", label: "Users", values: finishedUsers(series), colour: "p95", isStairs: true }],
  };
}

export function byteChart(series: Series): TimeChart {
  return {
    ...baseOf(series), name: "Bytes", kind: "lines", unit: "bytes-per-second",
    lines: [
      { key: "in", label: "Received", short: "in", values: finished(series, series.bytes_in_per_second), colour: "bar", wordColour: "text-2" },
      { key: "out", label: "Sent", short: "out", values: finished(series, series.bytes_out_per_second), colour: "p95" },
    ],
  };
}

/** `span`: the time axis of the charts above and below, which it shares; `target`: in seconds. */
export function heatChart(heatmap: Heatmap, { start, end }: Span, target: number | null = null): HeatChart {
  return {
    name: "Latency heatmap",
    of: heatmap.name,
    kind: "heatmap",
    start,
    end,
    asOf: heatmap.as_of,
    times: heatmap.times,
    stepSeconds: heatmap.step_seconds,
    finishedCount: heatmap.times.length,
    requestCounts: heatmap.counts.map((column) => column.reduce((sum, count) => sum + count, 0)),
    bounds: heatmap.bounds_seconds,
    rowsPerDoubling: heatmap.rows_per_doubling,
    counts: heatmap.counts,
    target,
  };
}
