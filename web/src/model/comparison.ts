// How far something is from the period before, in words: the server computed it.

import type { Comparison, EndpointChange } from "../api/client";

const GAP = "\u00a0";
// Less is how traffic breathes: it stays ink, for a healthy screen has no colour.
const NOTABLE_RATIO = 0.05;
const NOTABLE_POINTS = 0.001; // a tenth of a point
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
  return changeIn(ratio, { digits: 0, unit: "%", notable: NOTABLE_RATIO, isCost });
}

/** “−0.02 points”, of percent: less is better. */
export function pointsChange(difference: number | null): Change {
  return changeIn(difference, { digits: 2, unit: "points", notable: NOTABLE_POINTS, isCost: true });
}

/** The same of the share without error, which falls where errors rise. */
export function withoutErrorChange(errors: number | null): Change {
  return { ...pointsChange(errors === null ? null : -errors), tone: pointsChange(errors).tone };
}

export interface NamedChange {
  name: string;
  change: Change;
}

/** The changes of one endpoint, or of all together; null where the period before has no request. */
export function changesOf(previous: Comparison, endpointId: string | null): NamedChange[] | null {
  const of = endpointId === null ? previous : previous.endpoints.find(({ id }) => id === endpointId);
  if (!of || of.request_count === 0) return null;
  return [
    { name: "Requests", change: ratioChange(of.rate_change_ratio, false) },
    { name: "p95", change: ratioChange(of.p95_change_ratio, true) },
    { name: "Errors", change: pointsChange(of.error_ratio_change) },
    ...("user_change_ratio" in of
      ? [{ name: "Users", change: ratioChange(of.user_change_ratio, false) }]
      : []),
  ];
}

/** Null where no comparison was asked for. */
export function changesById(previous: Comparison | null): ReadonlyMap<string, EndpointChange> | null {
  return previous && new Map(previous.endpoints.map((change) => [change.id, change]));
}

interface Writing {
  digits: number;
  unit: string;
  notable: number;
  isCost: boolean;
}

function changeIn(ratio: number | null, { digits, unit, notable, isCost }: Writing): Change {
  if (ratio === null) return { words: null, direction: null, tone: "neutral" };
  const size = Math.abs(ratio * 100).toFixed(digits);
  if (Number(size) === 0) return { words: `±0${GAP}${unit}`, direction: null, tone: "neutral" };
  const isUp = ratio > 0;
  return {
    words: `${isUp ? "+" : "−"}${size}${GAP}${unit}`,
    direction: isUp ? "up" : "down",
    tone: !isCost || Math.abs(ratio) < notable ? "neutral" : isUp ? "worse" : "better",
  };
}
