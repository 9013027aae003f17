// The product's own health, as the one line at the sidebar's foot.

import type { HealthLine } from "../api/client";
import * as format from "../format";
import type { Sentence } from "./sentence";

export interface HealthWords {
  isOk: boolean;
  state: string;
  store: string;
  newest: string;
}

/** `waitedSeconds` have gone by since the line was true. */
export function healthWords(health: HealthLine, waitedSeconds: number): HealthWords {
  return {
    isOk: health.is_ok,
    state: stateWords(health),
    store: storeWords(health),
    newest: newestWords(health, waitedSeconds),
  };
}

function stateWords({ dropped_requests, requests_in_dropped_windows, dropped_windows, problems }: HealthLine): string {
  const requests = dropped_requests + requests_in_dropped_windows;
  if (requests > 0) return `${format.count(requests)} requests dropped`;
  if (dropped_windows > 0) return `${format.count(dropped_windows)} windows dropped`;
  return problems[0] ?? "Nothing dropped";
}

function storeWords({ cpu_ratio, store_size_bytes, store_max_bytes }: HealthLine): string {
  const cpu = cpu_ratio === null ? "" : `${format.share(cpu_ratio)} CPU · `;
  const limit = store_max_bytes > 0 ? ` of ${format.sizeLimit(store_max_bytes)}` : "";
  return `${cpu}${format.size(store_size_bytes)}${limit}`;
}

function newestWords({ newest_window_at, as_of }: HealthLine, waitedSeconds: number): string {
  if (newest_window_at === null) return "No window yet";
  return `Newest window ${format.age(as_of - newest_window_at + waitedSeconds)} ago`;
}

/** The state in one sentence, and every problem with its remedy under it. */
export function healthSentence(health: HealthLine): Sentence {
  const { problems } = health;
  const lost = health.dropped_requests + health.dropped_windows > 0;
  if (health.is_ok && problems.length === 0 && !lost) {
    return { state: "ok", title: "Measuring works, and nothing was lost.", detail: storeWords(health) };
  }
  return { state: "firing", title: `${stateWords(health).replace(/\.$/, "")}.`, detail: problems.join(" ") || storeWords(health) };
}

/** Only stores with a pool of connections tell of it. */
interface Pool {
  connections_in_use?: number | null;
  max_connections?: number | null;
}

/** “3 of 16 connections in use”; empty where the store tells of none. */
export function poolWords({ connections_in_use: used, max_connections: most }: HealthLine & Pool): string {
  if (used == null || most == null) return "";
  return `${format.count(used)} of ${format.count(most)} connections in use`;
}
