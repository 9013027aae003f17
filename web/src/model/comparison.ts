// How far something is from the period before, in words: the server computed it.

import type { Comparison, EndpointChange } from "../api/client";

const GAP = "\u00a0";
const MULTIPLE_FROM = 4; // times; from there on “5.8×” reads better than “+480 %”

/** A quality goes up or down; a quantity such as requests is neither good nor bad. */
export type Tone = "better" | "worse" | "neutral";

export interface Change {
  /** Null: one of the two periods has none, or too few. */
  words: string | null;
  /** Which way it went, for a glyph; null where it did not move. */
  direction: "up" | "down" | null;
  tone: Tone;
}

/** “+3 %”, “−12 %”, “5.8×” of a part; `isCost`: more of it is worse. */
export function ratioChange(ratio: number | null, isCost: boolean): Change {
  if (ratio !== null && ratio + 1 >= MULTIPLE_FROM) {
    return { words: `${(ratio + 1).toPrecision(2)}×`, direction: "up", tone: isCost ? "worse" : "neutral" };
  }
  return changeIn(ratio, 0, "%", isCost);
}

/** “−0.02 points”, of percent: less is better. */
export function pointsChange(difference: number | null): Change {
  return changeIn(difference, 2, "points", true);
}

/** The whole period: all of its numbers by name. */
export function changesOf(previous: Comparison): { name: string; change: Change }[] {
  return [
    { name: "Requests", change: ratioChange(previous.rate_change_ratio, false) },
    { name: "p95", change: ratioChange(previous.p95_change_ratio, true) },
    { name: "Errors", change: pointsChange(previous.error_ratio_change) },
    { name: "Users", change: ratioChange(previous.user_change_ratio, false) },
  ];
}

/** Null where no comparison was asked for. */
export function changesById(previous: Comparison | null): ReadonlyMap<string, EndpointChange> | null {
  return previous && new Map(previous.endpoints.map((change) => [change.id, change]));
}

function changeIn(ratio: number | null, digits: number, unit: string, isCost: boolean): Change {
  if (ratio === null) return { words: null, direction: null, tone: "neutral" };
  const size = Math.abs(ratio * 100).toFixed(digits);
  if (Number(size) === 0) return { words: `±0${GAP}${unit}`, direction: null, tone: "neutral" };
  const isUp = ratio > 0;
  return {
    words: `${isUp ? "+" : "−"}${size}${GAP}${unit}`,
    direction: isUp ? "up" : "down",
    tone: !isCost ? "neutral" : isUp ? "worse" : "better",
  };
}
