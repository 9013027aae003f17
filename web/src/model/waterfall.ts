// Two requests side by side: the same rows in both, one millisecond equally wide.

import type { Exemplar, ExemplarPage, Step } from "../api/client";
import { TIME_TYPES, type TimeType } from "./overview";

export interface Bar {
  /** In seconds since the request began. */
  began: number;
  seconds: number;
}

export interface Lane {
  count: number;
  seconds: number;
  bars: Bar[];
}

export interface WaterfallRow {
  key: string;
  type: TimeType;
  text: string;
  source: string;
  isInside: boolean;
  hasFailed: boolean;
  /** Of each request; null where it did not make this step. */
  lanes: (Lane | null)[];
}

export interface Chosen {
  label: string;
  exemplar: Exemplar;
}

/** The requests nearest to p50 and p99; where few were made, a typical one and the slowest. */
export function chosenOf(page: ExemplarPage): Chosen[] {
  const { exemplars, near_p50: middle, near_p99: slow } = page;
  const at = (index: number | null) => (index === null ? undefined : exemplars[index]);
  const first = at(middle) ?? exemplars.find(({ why }) => why === "typical");
  const last = at(slow) ?? exemplars[0];
  const chosen: Chosen[] = [];
  if (first) chosen.push({ label: middle === null ? "typical" : "p50", exemplar: first });
  if (last && last !== first) chosen.push({ label: slow === null ? "slowest" : "p99", exemplar: last });
  return chosen;
}

/** The steps of all, each where the slowest of them makes it first. */
export function waterfallOf(exemplars: readonly Exemplar[]): WaterfallRow[] {
  const rows = new Map<string, WaterfallRow>();
  [...exemplars.keys()].reverse().forEach((index) => {
    let before: string | null = null;
    for (const step of exemplars[index]!.steps) {
      const key = `${step.operation_id} ${step.inside ?? ""}`;
      if (!rows.has(key)) insertAfter(rows, before, rowOf(key, step, exemplars.length));
      const row = rows.get(key)!;
      row.lanes[index] = laneOf(step);
      row.hasFailed ||= step.failure_count > 0;
      before = key;
    }
  });
  return [...rows.values()];
}

function rowOf(key: string, step: Step, width: number): WaterfallRow {
  return {
    key, type: step.latency_type as TimeType, text: step.text, source: step.source,
    isInside: step.inside !== null, hasFailed: false, lanes: Array<Lane | null>(width).fill(null),
  };
}

function laneOf(step: Step): Lane {
  return {
    count: step.call_count, seconds: step.seconds,
    bars: step.began_seconds.map((began, index) => ({ began, seconds: step.durations_seconds[index] ?? 0 })),
  };
}

function insertAfter(rows: Map<string, WaterfallRow>, before: string | null, row: WaterfallRow): void {
  const entries = [...rows];
  const place = before === null ? 0 : entries.findIndex(([key]) => key === before) + 1;
  entries.splice(place, 0, [row.key, row]);
  rows.clear();
  for (const [key, value] of entries) rows.set(key, value);
}

/** The parts of one request, in their fixed order. */
export function partsOf(exemplar: Pick<Exemplar, "latency_seconds">): { type: TimeType; seconds: number }[] {
  return TIME_TYPES.map((type) => ({ type, seconds: exemplar.latency_seconds[type] ?? 0 }));
}

/** Round instants of an axis over so many seconds, about every 200 px of so many. */
export function ticksOf(seconds: number, widthShare: number): number[] {
  const wanted = Math.max(1, Math.round(widthShare * 6));
  const rough = seconds / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough;
  return Array.from({ length: Math.floor(seconds / step - 0.25) + 1 }, (_, index) => index * step);
}
