// The story's newest requests: some of each second, the same whenever it is told.

import type { EndpointSummary, RequestPage, RequestRow } from "../api/client";
import { TYPES, splitOf } from "./detail";
import { noise } from "./noise";
import story from "./story.json";

const SECONDS = 10;
const A_SECOND = 4;
const PIDS = [4711, 4712, 4713, 4714];

/** Of endpoints that are called; `status` keeps a class or a code. */
export function requestsAt(now: number, endpoints: EndpointSummary[], status: string | null, most: number): RequestPage {
  const end = Math.floor(now);
  const called = endpoints.filter(({ response_time }) => response_time.count > 0);
  const rows = Array.from({ length: SECONDS * A_SECOND }, (_, index) => requestOf(end * A_SECOND - index, called));
  const kept = rows.filter((row) => row !== null).filter((row) => isKept(row, status)).slice(0, most);
  const requests = kept.sort((a, b) => b.ended_at - a.ended_at);
  return {
    start: end - SECONDS, end, as_of: now, seen_count: story.all.rate * SECONDS, shown_count: requests.length,
    requests,
  };
}

function requestOf(number: number, called: EndpointSummary[]): RequestRow | null {
  const row = called[Math.floor(unit("which", number) * called.length)];
  if (!row) return null;
  const { p50_seconds: p50, p95_seconds: p95 } = row.response_time;
  const seconds = p50! * (p95! / p50!) ** (1.2 * noise("seconds", number)); // the logarithm is even: p95 is near its end
  const wobbled = splitOf(row.template).map((share, type) => share * (1 + 0.8 * noise(`split ${type}`, number)));
  const whole = wobbled.reduce((sum, share) => sum + share, 0);
  return {
    id: `shop-1-${PIDS[number % PIDS.length]}/${number}`, endpoint_id: row.id, service: row.service,
    method: row.method, template: row.template, priority: row.priority, seconds,
    ended_at: (number - unit("ended", number)) / A_SECOND, status: statusOf(number),
    target_seconds: story.settings.response_time_thresholds[row.priority].good, grade: "good",
    latency_seconds: Object.fromEntries(TYPES.map((type, index) => [type, (seconds * wobbled[index]!) / whole])),
    why: "chance", instance: `shop-1-${PIDS[number % PIDS.length]}`, trace_id: "",
  };
}

function statusOf(number: number): number {
  const at = unit("status", number);
  if (at < 0.03) return 502;
  if (at < 0.08) return 404;
  return at < 0.12 ? 304 : 200;
}

function isKept({ status }: RequestRow, kept: string | null): boolean {
  return kept === null || kept === String(status) || kept === `${String(status)[0]}xx`;
}

/** 0 to 1, without 1. */
function unit(seed: string, number: number): number {
  return (noise(seed, number) + 1) / 2.001;
}
