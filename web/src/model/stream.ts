// The stream of requests: what came, what of it is shown, and how many wait while it is held.

import type { RequestPage, RequestRow } from "../api/client";
import * as format from "../format";

/** So many rows are asked for, and kept. */
export const MOST_ROWS = 200;

export interface Stream {
  /** What was taken in last, and which traffic it is of. */
  page: RequestPage | null;
  traffic: string;
  /** The newest of all that came, newest first. */
  kept: readonly RequestRow[];
  /** What the reader sees, and the page it was told with: while held, that of before. */
  shown: readonly RequestRow[];
  shownPage: RequestPage | null;
  /** Rows that came since. */
  newCount: number;
}

export const NO_STREAM: Stream = {
  page: null, traffic: "", kept: [], shown: [], shownPage: null, newCount: 0,
};

/** Takes in what came; of another traffic than before it begins anew, held or not. */
export function received(stream: Stream, page: RequestPage | null, traffic: string, isHeld: boolean): Stream {
  if (page === null || page === stream.page) return stream; // an answer outlives its question
  const isContinued = stream.page !== null && traffic === stream.traffic;
  const before = isContinued ? stream.kept : [];
  const next = { ...stream, page, traffic, kept: merged(before, page.requests) };
  if (!isContinued || !isHeld) return caughtUp(next);
  return { ...next, newCount: stream.newCount + newCount(before, next.kept) };
}

/** Shows all that came. */
export function caughtUp(stream: Stream): Stream {
  return { ...stream, shown: stream.kept, shownPage: stream.page, newCount: 0 };
}

/** A request comes with every page that it is among the newest of, and is one row. */
function merged(before: readonly RequestRow[], newest: readonly RequestRow[]): RequestRow[] {
  const byId = new Map([...newest, ...before].map((row) => [row.id, row]));
  const rows = [...byId.values()].sort((a, b) => b.ended_at - a.ended_at || (a.id < b.id ? -1 : 1));
  return rows.slice(0, MOST_ROWS);
}

function newCount(before: readonly RequestRow[], after: readonly RequestRow[]): number {
  const known = new Set(before);
  return after.filter((row) => !known.has(row)).length;
}

const RECENT_SECONDS = 5; // a flush, a push and a slow clock

/** “Showing 40 of 380 requests of the last 10 s”; what is older says until when. */
export function streamWords(page: RequestPage, isHeld: boolean): string {
  const { start, end, as_of: asOf, seen_count: seen, shown_count: shown } = page;
  const seconds = format.span(Math.round(end - start));
  const isRecent = !isHeld && asOf - end < RECENT_SECONDS;
  const span = isRecent ? `the last ${seconds}` : `the ${seconds} until ${format.clock(end, true)}`;
  if (seen === 0) return `No request in ${span}`;
  return `Showing ${format.count(shown)} of ${format.count(seen)} ${seen === 1 ? "request" : "requests"} of ${span}`;
}

export type StatusClass = "1xx" | "2xx" | "3xx" | "4xx" | "5xx";

export function statusClass(status: number): StatusClass {
  return `${Math.min(5, Math.max(1, Math.floor(status / 100)))}xx` as StatusClass;
}

/** Beside its target, which stands in the middle: 0..1 of a bar that ends at twice the target. */
export function targetShare({ seconds, target_seconds: target }: RequestRow): number {
  return Math.min(1, seconds / target / 2);
}
