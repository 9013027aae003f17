// What is the matter, in words, before any chart says it.

import type { Answer, EndpointSummary, Settings } from "../api/client";
import * as format from "../format";
import { isFew, nameOf, PRIORITIES, rowKind } from "./rows";

export interface Sentence {
  isOver: boolean;
  title: string;
  detail: string;
}

type Thresholds = Settings["thresholds"];

/** The wanted upper bound in seconds of an endpoint's response time, by its priority. */
export function targetOf(row: EndpointSummary, thresholds: Thresholds): number | null {
  return thresholds[row.priority]?.good ?? null;
}

/** The server's grade is past the wanted bound, and enough requests say so. */
export function isOverTarget(row: EndpointSummary): boolean {
  const isPoor = row.response_time_grade === "warning" || row.response_time_grade === "critical";
  return isPoor && rowKind(row) === "measured" && !isFew(row);
}

export function sentenceFor(answer: Answer, thresholds: Thresholds): Sentence {
  const over = answer.endpoints.filter(isOverTarget).sort(compareUrgency(thresholds));
  const worst = over[0];
  if (!worst) return { isOver: false, title: "Every endpoint answers within its target.", detail: calmDetail(answer) };
  const others = over.length - 1;
  const name = nameOf(worst);
  const title =
    others === 0
      ? `${name} is slower than its target.`
      : `${name} and ${others} ${others === 1 ? "other is" : "others are"} slower than their targets.`;
  return { isOver: true, title, detail: overDetail(worst, thresholds) };
}

function overDetail(row: EndpointSummary, thresholds: Thresholds): string {
  const target = targetOf(row, thresholds);
  const p95 = format.duration(row.response_time.p95_seconds);
  const wanted = target === null ? "" : `; a ${row.priority.toUpperCase()} endpoint should stay under ${format.axisDuration(target)}`;
  return `Its p95 is ${p95}${wanted}. It takes ${format.share(row.share_of_time_ratio)} of all response time.`;
}

function calmDetail({ summary }: Answer): string {
  const { p95_seconds: p95 } = summary.response_time;
  const fast = p95 === null ? "" : ` 95 % of them take at most ${format.duration(p95)},`;
  return `${format.rate(summary.rate_per_second)} requests.${fast} ${format.errorShare(summary.error_ratio)} fail.`;
}

/** By priority, then by how far it overshoots. */
function compareUrgency(thresholds: Thresholds) {
  const overshoot = (row: EndpointSummary) =>
    (row.response_time.p95_seconds ?? 0) / (targetOf(row, thresholds) ?? 1);
  return (a: EndpointSummary, b: EndpointSummary) =>
    PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || overshoot(b) - overshoot(a);
}
