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
 * lies on that stair too, or at the edge of one, and is no gap. As long as a whole stair, it is.
 */
export function stairs(values: readonly (number | null)[]): (number | null)[] {
  const onStairs = filled(values, (from, to) => values[from] === values[to]);
  const longest = longestStair(onStairs);
  return filled(onStairs, (from, to) => to - from <= longest);
}

/** Fills what lies between two known steps with the earlier one's value, where `isStair` says so. */
function filled(
  values: readonly (number | null)[], isStair: (from: number, to: number) => boolean,
): (number | null)[] {
  const result = [...values];
  let last = -1; // the newest step so far that has a value
  values.forEach((value, index) => {
    if (value === null) return;
    if (last >= 0 && isStair(last, index)) result.fill(values[last]!, last, index);
    last = index;
  });
  return result;
}

/** In steps; 1 where no two neighbours share a value. */
export function longestStair(values: readonly (number | null)[]): number {
  let [longest, begin] = [1, 0];
  values.forEach((value, index) => {
    if (value !== values[begin]) begin = index;
    if (value !== null) longest = Math.max(longest, index - begin + 1);
  });
  return longest;
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
