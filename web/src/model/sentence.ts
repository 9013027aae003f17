// What is the matter, in words, before any chart says it.

import type { Answer, EndpointSummary, Priority, Settings } from "../api/client";
import * as format from "../format";
import { hasRoute, isFew, nameOf, PRIORITIES, rowKind } from "./rows";

export interface Sentence {
  /** `unjudged`: there is too little to say that all is well. */
  state: "firing" | "pending" | "ok" | "unjudged";
  title: string;
  detail: string;
}

/** The row of each priority in the table of objectives. */
export const OBJECTIVES: Record<Priority, string> = {
  critical: "critical_endpoints",
  high: "high_priority_endpoints",
  medium: "medium_priority_endpoints",
  low: "low_priority_endpoints",
};

/** The wanted upper bound in seconds of an endpoint's response time, by its priority. */
export function targetOf(row: EndpointSummary, settings: Settings): number | null {
  return settings.response_time_thresholds[row.priority]?.good ?? null;
}

function allowedErrors(row: EndpointSummary, settings: Settings): number | null {
  return settings.performance_thresholds[OBJECTIVES[row.priority]]?.error_rate ?? null;
}

/** The server's grade is past the wanted bound. */
export function isSlow(row: EndpointSummary): boolean {
  const isPoor = row.response_time_grade === "warning" || row.response_time_grade === "critical";
  return isPoor && isJudged(row);
}

/** More of its requests fail than its priority allows. */
export function isFailing(row: EndpointSummary, settings: Settings): boolean {
  const allowed = allowedErrors(row, settings);
  return allowed !== null && (row.error_ratio ?? 0) > allowed && isJudged(row);
}

/** Too slow, or fails too often, or both. */
export function missesTarget(row: EndpointSummary, settings: Settings): boolean {
  return isSlow(row) || isFailing(row, settings);
}

function isJudged(row: EndpointSummary): boolean {
  return rowKind(row) === "measured" && !isFew(row) && hasRoute(row);
}

export function sentenceFor(answer: Answer, settings: Settings): Sentence {
  const over = answer.endpoints
    .filter((row) => missesTarget(row, settings))
    .sort(compareUrgency(settings));
  const [worst, ...others] = over;
  if (!worst) return calmSentence(answer);
  return { state: "firing", title: overTitle(worst, others, settings), detail: overDetail(worst, settings) };
}

function overTitle(worst: EndpointSummary, others: EndpointSummary[], settings: Settings): string {
  const name = nameOf(worst);
  if (others.length > 0) {
    const rest = others.length === 1 ? "one other endpoint miss" : `${others.length} other endpoints miss`;
    return `${name} and ${rest} their targets.`;
  }
  if (!isFailing(worst, settings)) return `${name} is slower than its target.`;
  const failing = `${name} fails more often than its priority allows`;
  return isSlow(worst) ? `${failing}, and is slower than its target.` : `${failing}.`;
}

function overDetail(row: EndpointSummary, settings: Settings): string {
  const priority = row.priority.toUpperCase();
  const target = targetOf(row, settings);
  const slow = isSlow(row)
    ? `Its p95 is ${format.duration(row.response_time.p95_seconds)}` +
      (target === null ? ". " : `; a ${priority} endpoint should stay under ${format.axisDuration(target)}. `)
    : "";
  const failing = isFailing(row, settings)
    ? `${format.errorShare(row.error_ratio)} of its requests fail; ${format.share(allowedErrors(row, settings))} are allowed. `
    : "";
  return `${slow}${failing}It takes ${format.share(row.share_of_time_ratio)} of all response time.`;
}

function calmSentence(answer: Answer): Sentence {
  const detail = calmDetail(answer);
  return answer.endpoints.some(isJudged)
    ? { state: "ok", title: "Every endpoint answers within its target.", detail }
    : { state: "unjudged", title: "Too few requests yet to judge any endpoint.", detail };
}

function calmDetail({ summary }: Answer): string {
  const { p95_seconds: p95 } = summary.response_time;
  if (p95 === null) return "No request in this range.";
  const fast = `95 % of them take at most ${format.duration(p95)}`;
  return `${format.rateParts(summary.rate_per_second).number} requests a second; ${fast}, and ${format.errorShare(summary.error_ratio)} fail.`;
}

/** By priority, then by how far it overshoots, in time or in errors. */
function compareUrgency(settings: Settings) {
  const overshoot = (row: EndpointSummary) =>
    Math.max(
      (row.response_time.p95_seconds ?? 0) / (targetOf(row, settings) ?? Infinity),
      (row.error_ratio ?? 0) / (allowedErrors(row, settings) ?? Infinity),
    );
  return (a: EndpointSummary, b: EndpointSummary) =>
    PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || overshoot(b) - overshoot(a);
}
