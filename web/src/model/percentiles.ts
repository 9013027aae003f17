// The percentiles that are drawn, best to worst: one order, everywhere.

import type { Series } from "../api/client";

export interface Percentile {
  key: "p50" | "p95" | "p99" | "p999";
  label: string;
  field: "p50_seconds" | "p95_seconds" | "p99_seconds" | "p999_seconds";
}

export const PERCENTILES: readonly Percentile[] = [
  { key: "p50", label: "p50", field: "p50_seconds" },
  { key: "p95", label: "p95", field: "p95_seconds" },
  { key: "p99", label: "p99", field: "p99_seconds" },
  { key: "p999", label: "p99.9", field: "p999_seconds" },
];

export const WORST_FIRST: readonly Percentile[] = [...PERCENTILES].reverse();

/**
 * Where a percentile needs several steps they share its value; a step without a request of its own
 * lies on that stair too, and is no gap in it.
 */
export function stairs(values: readonly (number | null)[]): (number | null)[] {
  const filled = [...values];
  let last = -1; // the newest step so far that has a value
  values.forEach((value, index) => {
    if (value === null) return;
    if (last >= 0 && values[last] === value) filled.fill(value, last, index);
    last = index;
  });
  return filled;
}

/** Tells whether steps share a percentile; two that have the same one by chance are rare. */
export function hasStairs(series: Series): boolean {
  return PERCENTILES.some(({ field }) =>
    series[field].some((value, index) => value !== null && value === series[field][index - 1]),
  );
}

export function lastKnown(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}
