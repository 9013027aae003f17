// One endpoint in words and figures: how it stands, and against which bounds.

import type { EndpointSummary, Grade, Settings } from "../api/client";
import * as format from "../format";
import { hasRoute, isFew, type RowKind, rowKind } from "./rows";
import { isFailing, isSlow, targetOf } from "./sentence";

export interface Standing {
  state: "firing" | "ok" | null;
  /** Beside the name: “Slower than its target”. */
  chip: string;
  sentence: string;
}

/** How an endpoint stands; without a judgement where there is too little to judge. */
export function standingOf(row: EndpointSummary, settings: Settings): Standing {
  const kind = rowKind(row);
  if (kind !== "measured") return { state: null, ...UNMEASURED[kind] };
  if (!hasRoute(row)) {
    return { state: null, chip: "No route", sentence: "Requests that no route took; nobody promised them an answer." };
  }
  if (isFew(row)) {
    const { count } = row.response_time;
    return {
      state: null, chip: `n = ${count}`,
      sentence: `${count} ${count === 1 ? "request" : "requests"} in this range: percentiles are rough, and nothing is judged.`,
    };
  }
  const [slow, failing] = [isSlow(row), isFailing(row, settings)];
  const sentence = boundSentence(row, settings);
  if (!slow && !failing) return { state: "ok", chip: "Within its target", sentence };
  const chip = slow && failing ? "Slow, and fails too often" : slow ? "Slower than its target" : "Fails too often";
  return { state: "firing", chip, sentence };
}

const UNMEASURED: Record<Exclude<RowKind, "measured">, { chip: string; sentence: string }> = {
  stream: {
    chip: "Stream",
    sentence: "Its connections stay open by intent, so they are counted and never enter percentiles.",
  },
  silent: { chip: "Silent", sentence: "It was called before, and not in this range. A longer range may hold requests." },
  "never-called": { chip: "Never called", sentence: "Declared in the app; its numbers appear seconds after the first request." },
  "not-monitored": { chip: "Not monitored", sentence: "Left out by configuration, so nothing about it is measured." },
};

function boundSentence(row: EndpointSummary, settings: Settings): string {
  const target = targetOf(row, settings);
  const p95 = `p95 is ${format.duration(row.response_time.p95_seconds)}`;
  const errors = `${format.errorShare(row.error_ratio)} of requests fail`;
  if (target === null) return `${p95}; ${errors}.`;
  const bound = `a ${row.priority.toUpperCase()} endpoint should stay under ${format.axisDuration(target)}`;
  return `${p95}; ${bound}, and ${format.share(row.within_thresholds.good ?? null)} of requests did. ${errors}.`;
}

export interface Bound {
  grade: Grade;
  label: string;
  seconds: number;
  /** The share of requests that took at most so long, 0..1. */
  within: number;
  isTarget: boolean;
}

const GRADE_WORDS: readonly [Grade, string][] = [
  ["excellent", "Excellent"], ["good", "Good"], ["warning", "Warning"], ["critical", "Critical"],
];

/** How many requests stayed within each bound of the priority; none where none is measured. */
export function boundsOf(row: EndpointSummary, settings: Settings): Bound[] {
  const bounds = settings.response_time_thresholds[row.priority] ?? {};
  return GRADE_WORDS.flatMap(([grade, label]) => {
    const [seconds, within] = [bounds[grade], row.within_thresholds[grade]];
    if (seconds === undefined || within === undefined) return [];
    return [{ grade, label, seconds, within, isTarget: grade === "good" }];
  });
}

export interface Fact {
  label: string;
  text: string;
}

/** What the row knows beside percentiles. */
export function factsOf(row: EndpointSummary): Fact[] {
  const { response_time: times, ttfb, background } = row;
  const streams = row.kind === "http" ? [] : [
    { label: "Open at once, at most", text: format.count(row.open_connections) },
    { label: "Messages", text: format.count(row.message_count) },
  ];
  const durations = times.count === 0 ? [] : [
    { label: "Mean", text: format.duration(times.mean_seconds) },
    { label: "Fastest, slowest", text: `${format.duration(times.min_seconds)}, ${format.duration(times.max_seconds)}` },
    { label: "First byte, p95", text: format.duration(ttfb.p95_seconds) },
  ];
  return [
    ...streams,
    ...durations,
    ...(background.count > 0 ? [{ label: "Background work, p95", text: format.duration(background.p95_seconds) }] : []),
    { label: "In flight at once, at most", text: format.count(row.in_flight_peak) },
    { label: "Client errors, 4xx", text: format.count(row.client_error_count) },
    { label: "Unhandled exceptions", text: format.count(row.exception_count) },
  ];
}
