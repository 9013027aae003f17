// What the Overview puts side by side: endpoints under their priority, and where users wait.

import type { EndpointSummary, Priority, ServiceSummary, Settings } from "../api/client";
import * as format from "../format";
import { hasRoute, isFew, PRIORITIES, rowKind } from "./rows";
import { isFailing, isSlow, targetOf } from "./sentence";

/** One order, everywhere: it never follows the values. */
export const TIME_TYPES = ["database", "external_api", "processing", "cache", "network"] as const;
export type TimeType = (typeof TIME_TYPES)[number];

export const TIME_TYPE_WORDS: Record<TimeType, string> = {
  database: "Database",
  external_api: "External API",
  processing: "Processing",
  cache: "Cache",
  network: "Network",
};

/** Their colours in styles/tokens.css. */
export const TIME_TYPE_TOKENS: Record<TimeType, string> = {
  database: "database",
  external_api: "external-api",
  processing: "processing",
  cache: "cache",
  network: "network",
};

/** An endpoint beside its bound; `overshoot` is p95 over target: 1 is exactly on it. */
export interface Distance {
  row: EndpointSummary;
  target: number | null;
  overshoot: number | null;
  isSlow: boolean;
  /** More of its requests fail than its priority allows. */
  isFailing: boolean;
}

export interface PriorityGroup {
  priority: Priority;
  target: number | null;
  distances: Distance[];
  silentCount: number;
}

/** The called endpoints of each priority: what misses a target first, then by distance; too few to judge last. */
export function priorityGroups(
  rows: readonly EndpointSummary[], settings: Settings,
): PriorityGroup[] {
  return PRIORITIES.map((priority) => {
    const own = rows.filter((row) => row.priority === priority && hasRoute(row) && row.kind === "http");
    const called = own.filter((row) => rowKind(row) === "measured");
    const distances = called.map((row) => distanceOf(row, settings)).sort(compareDistances);
    const target = settings.response_time_thresholds[priority]?.good ?? null;
    return { priority, target, distances, silentCount: own.length - called.length };
  }).filter((group) => group.distances.length + group.silentCount > 0);
}

function distanceOf(row: EndpointSummary, settings: Settings): Distance {
  const target = targetOf(row, settings);
  const { p95_seconds: value } = row.response_time;
  const isTold = target !== null && value !== null && !isFew(row);
  const overshoot = isTold ? value / target : null;
  return { row, target, overshoot, isSlow: isSlow(row), isFailing: isFailing(row, settings) };
}

export function misses({ isSlow, isFailing }: Distance): boolean {
  return isSlow || isFailing;
}

function compareDistances(a: Distance, b: Distance): number {
  return Number(misses(b)) - Number(misses(a))
    || (b.overshoot ?? -1) - (a.overshoot ?? -1) || (a.row.id < b.row.id ? -1 : 1);
}

const SHOWN = 3; // of a priority, where all are well: a screen of four priorities is read at a glance

/** What stands open, and what is well and waits to be opened: at least two, for one is no longer than the words. */
export function folded(distances: readonly Distance[]): { shown: Distance[]; rest: Distance[] } {
  const open = Math.max(SHOWN, distances.filter(misses).length);
  const count = distances.length - open > 1 ? open : distances.length;
  return { shown: distances.slice(0, count), rest: distances.slice(count) };
}

/** “3 more, 80 % or further under target”, “2 more with too few requests”. */
export function restWords(rest: readonly Distance[]): string {
  const known = rest.flatMap(({ overshoot }) => (overshoot === null ? [] : [overshoot]));
  if (known.length === 0) return `${rest.length} more with too few requests`;
  const few = rest.length - known.length;
  const nearest = distanceWords(Math.max(...known)).replace(" under", " or further under target");
  return `${known.length} more, ${nearest}${few > 0 ? `, ${few} with too few requests` : ""}`;
}

const ON_TARGET = 0.005; // less than half a percent away

/** “55 % over”, “39 % under”, “99.5 % under”. */
export function distanceWords(overshoot: number): string {
  const distance = Math.abs(overshoot - 1);
  if (distance < ON_TARGET) return "on target";
  return `${format.roundShare(distance)} ${overshoot > 1 ? "over" : "under"}`;
}

export interface Wait {
  row: EndpointSummary;
  shareOfTime: number;
  parts: { type: TimeType; shareOfTime: number }[];
}

const WAITS_SHOWN = 6;

/** The endpoints that take most of all response time, each split by where its own time goes. */
export function longestWaits(rows: readonly EndpointSummary[]): Wait[] {
  return [...rows]
    .filter((row) => (row.share_of_time_ratio ?? 0) > 0)
    .sort((a, b) => (b.share_of_time_ratio ?? 0) - (a.share_of_time_ratio ?? 0))
    .slice(0, WAITS_SHOWN)
    .map((row) => ({ row, shareOfTime: row.share_of_time_ratio ?? 0, parts: partsOf(row) }));
}

function partsOf(row: EndpointSummary): Wait["parts"] {
  const seconds = TIME_TYPES.map((type) => row.latency_seconds[type] ?? 0);
  const total = seconds.reduce((sum, value) => sum + value, 0);
  if (total === 0) return [];
  return TIME_TYPES.map((type, index) => ({
    type, shareOfTime: ((row.share_of_time_ratio ?? 0) * (seconds[index] ?? 0)) / total,
  })).filter((part) => part.shareOfTime > 0);
}

/** The endpoints whose requests fail most often in number, worst first. */
export function mostErrors(rows: readonly EndpointSummary[]): EndpointSummary[] {
  return [...rows]
    .filter((row) => row.error_count > 0)
    .sort((a, b) => b.error_count - a.error_count || (a.id < b.id ? -1 : 1))
    .slice(0, WAITS_SHOWN);
}

/** What a client got wrong (4xx) is no success, and still no error of the service. */
export function withoutError({ error_ratio: ratio }: ServiceSummary): number | null {
  return ratio === null ? null : 1 - ratio;
}
