// The time ranges one may choose.

import { span } from "../format";

export interface Range {
  name: string; // in the address and on small screens
  label: string;
  seconds: number;
}

export const RANGES: readonly Range[] = [
  { name: "5m", label: "Last 5 minutes", seconds: 300 },
  { name: "15m", label: "Last 15 minutes", seconds: 900 },
  { name: "1h", label: "Last hour", seconds: 3600 },
  { name: "6h", label: "Last 6 hours", seconds: 21_600 },
  { name: "24h", label: "Last 24 hours", seconds: 86_400 },
];

/** Null where the address names none, or none that we know. */
export function rangeNamed(name: string | null): Range | null {
  return RANGES.find((range) => range.name === name) ?? null;
}

/** The range that the installation's `history_window` asks for, one of ours or not. */
export function rangeOf(seconds: number): Range {
  const known = RANGES.find((range) => range.seconds === seconds);
  return known ?? { name: "", label: `Last ${span(seconds)}`, seconds };
}

/** For a column header: “last hour”. */
export function rangePhrase(range: Range): string {
  return range.label.replace("Last", "last").replace("minutes", "min").replace("hours", "h");
}

/** The next range, round and round: what the key `t` does. */
export function rangeAfter(range: Range): Range {
  return RANGES[(RANGES.indexOf(range) + 1) % RANGES.length]!;
}
