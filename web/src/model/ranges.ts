// The time ranges one may choose: so long up to now, or from one instant to another.

import { age, clock, day, span as spanWords } from "../format";

/** [start, end) in Unix seconds. */
export interface Span {
  start: number;
  end: number;
}

export interface Range {
  name: string; // in the address and on small screens; empty where it is not one of ours
  label: string;
  seconds: number;
  /** Null: it ends now, whenever that is. */
  span: Span | null;
}

export const RANGES: readonly Range[] = [
  { name: "5m", label: "Last 5 minutes", seconds: 300, span: null },
  { name: "15m", label: "Last 15 minutes", seconds: 900, span: null },
  { name: "1h", label: "Last hour", seconds: 3600, span: null },
  { name: "6h", label: "Last 6 hours", seconds: 21_600, span: null },
  { name: "24h", label: "Last 24 hours", seconds: 86_400, span: null },
  { name: "7d", label: "Last 7 days", seconds: 604_800, span: null },
];

export const SHORTEST_SECONDS = 2; // of a range of one's own: a chart needs two points

/** Null where the address names none, or none that we know. */
export function rangeNamed(name: string | null): Range | null {
  return RANGES.find((range) => range.name === name) ?? null;
}

/** The range that the installation's `history_window` asks for, one of ours or not. */
export function rangeOf(seconds: number): Range {
  const known = RANGES.find((range) => range.seconds === seconds);
  return known ?? { name: "", label: `Last ${spanWords(seconds)}`, seconds, span: null };
}

/**
 * What is shown where nobody chose: the smallest preset that holds all that was measured in
 * `measuredSeconds`, and never more than the installation's `history_window`. An hour of a service
 * of three minutes would be a dot at the right edge.
 */
export function firstRange(historySeconds: number, measuredSeconds: number): Range {
  const asInstalled = rangeOf(historySeconds);
  return RANGES.find(({ seconds }) => seconds < historySeconds && measuredSeconds <= seconds) ?? asInstalled;
}

/** From one instant to another, in whole seconds and in either order; null where that is too short. */
export function rangeBetween(one: number, other: number): Range | null {
  const start = Math.floor(Math.min(one, other));
  const end = Math.ceil(Math.max(one, other));
  if (!(start >= 0) || end - start < SHORTEST_SECONDS) return null;
  return { name: "", label: periodWords({ start, end }), seconds: end - start, span: { start, end } };
}

/** It ended, so nothing in it changes any more. */
export function isPast({ span }: Range, now: number): boolean {
  return span !== null && span.end <= now;
}

/** “13:06 – 14:06”, with days where today does not go without saying. */
export function periodWords({ start, end }: Span, now = Date.now() / 1000): string {
  const [first, last, today] = [day(start), day(end), day(now)];
  const withSeconds = end - start < 120;
  const from = clock(start, withSeconds);
  const to = clock(end, withSeconds);
  if (first === last) return first === today ? `${from} – ${to}` : `${first}, ${from} – ${to}`;
  return `${first} ${from} – ${last} ${to}`;
}

/** For where there is little room: “1 h”, “24 min”, “7 d”. */
export function shortLabel({ seconds, span }: Range): string {
  return span === null && seconds % 86_400 !== 0 ? spanWords(seconds) : age(seconds);
}

/** For a column header: “last hour”. */
export function rangePhrase({ label, span }: Range): string {
  if (span !== null) return "this range";
  return label.replace("Last", "last").replace("minutes", "min").replace("hours", "h");
}

/** What a range is compared with: “the 15 min before”. */
export function beforePhrase(range: Range): string {
  return `the ${shortLabel(range)} before`;
}

/** The next range, round and round: what the key `t` does. */
export function rangeAfter(range: Range): Range {
  return RANGES[(RANGES.indexOf(range) + 1) % RANGES.length]!;
}
