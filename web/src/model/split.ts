// Where the time of a request goes, on average over a range.

import type { EndpointSummary } from "../api/client";
import * as format from "../format";
import { TIME_TYPES, TIME_TYPE_TOKENS, TIME_TYPE_WORDS, type TimeType } from "./overview";
import { nameOf } from "./rows";

export interface Part {
  type: TimeType;
  label: string;
  colour: string;
  /** The mean of one request, in seconds. */
  seconds: number;
  text: string;
  share: string;
}

export interface Split {
  of: string;
  start: number;
  end: number;
  parts: Part[];
  total: string;
}

/** All five parts in their fixed order; null where no response time is known. */
export function splitOf(row: EndpointSummary, { start, end }: { start: number; end: number }): Split | null {
  const { count } = row.response_time;
  const total = TIME_TYPES.reduce((sum, type) => sum + (row.latency_seconds[type] ?? 0), 0);
  if (count === 0 || total === 0) return null;
  const parts = TIME_TYPES.map((type) => {
    const amount = row.latency_seconds[type] ?? 0;
    const seconds = amount / count;
    return {
      type, label: TIME_TYPE_WORDS[type], colour: TIME_TYPE_TOKENS[type], seconds,
      text: format.durationWithin(seconds, total / count),
      share: format.share(amount / total),
    };
  });
  return { of: nameOf(row), start, end, parts, total: format.duration(total / count) };
}
