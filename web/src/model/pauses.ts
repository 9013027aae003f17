// What held the event loop of a process up in the last minute, in words.

import type { InstanceRow } from "../api/client";
import * as format from "../format";

type Paused = Pick<InstanceRow, "pauses">;

/** “Blocked for 380 ms or more at shop/orders.py:41 in list_orders, in GET /orders”, and full pools. */
export function pauseWords({ pauses }: Paused): string[] {
  if (!pauses) return [];
  const block = pauses.longest_block;
  const full = (pauses.pools ?? []).filter(({ waiting }) => waiting > 0);
  return [
    ...(block ? [blockWords(block)] : []),
    ...full.map(({ name, busy, size, waiting }) =>
      `${name}: ${busy} of ${size} threads busy, ${format.count(waiting)} waiting`),
  ];
}

function blockWords({ seconds, place, endpoint }: { seconds: number; place: string; endpoint: string }): string {
  return `Blocked for ${format.duration(seconds)} or more`
    + (place && ` at ${place}`) + (endpoint && `, in ${endpoint}`);
}

/** The p99 of the loop's lag in seconds; null where no loop is watched. */
export function lagSeconds({ pauses }: Paused): number | null {
  return pauses?.lag_p99_seconds ?? null;
}
