// The rows of the endpoint table: what sort each is, which are shown, and in which order.

import type { EndpointSummary, Priority } from "../api/client";
import { visible } from "./template";

export const PRIORITIES: readonly Priority[] = ["critical", "high", "medium", "low"];

/** Under this many requests a percentile is rough, and says so. */
export const FEW_REQUESTS = 100;

export type RowKind = "measured" | "stream" | "silent" | "never-called" | "not-monitored";

/** `silent` was called once, but not in this range. */
export function rowKind(row: EndpointSummary): RowKind {
  if (!row.is_monitored) return "not-monitored";
  const isCalled = row.last_called_at !== null || row.open_connections > 0; // called once it ends
  if (!isCalled) return "never-called";
  if (row.kind !== "http") return "stream";
  return row.request_count > 0 ? "measured" : "silent";
}

/** Requests that no route took, or that came after the last free place in the table. */
export function hasRoute(row: Pick<EndpointSummary, "template">): boolean {
  return !row.template.startsWith("(");
}

export function isFew(row: EndpointSummary): boolean {
  return row.response_time.count < FEW_REQUESTS;
}

/** Which of the rows that the server sent are listed; what it sends is the traffic's. */
export interface RowFilter {
  isStarredOnly: boolean;
  isNeverCalledOnly: boolean;
}

/** The rows that the server will keep for these words: they can go before it has answered. */
export function foundRows(rows: readonly EndpointSummary[], words: string): readonly EndpointSummary[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return rows;
  return rows.filter(({ method, template }) => {
    const name = `${method} ${template}`.toLowerCase();
    return wanted.every((word) => name.includes(word));
  });
}

export function filteredRows(
  rows: readonly EndpointSummary[],
  filter: RowFilter,
  stars: ReadonlySet<string>,
): EndpointSummary[] {
  return rows.filter(
    (row) =>
      (!filter.isStarredOnly || stars.has(row.id)) &&
      (!filter.isNeverCalledOnly || rowKind(row) === "never-called"),
  );
}

export function nameOf(row: EndpointSummary): string {
  return `${row.method} ${visible(row.template)}`;
}

/** Endpoints of each priority; requests without a route belong to none. */
export function priorityCounts(rows: readonly EndpointSummary[]): Record<Priority, number> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const row of rows) if (hasRoute(row)) counts[row.priority] += 1;
  return counts;
}

export const SORT_COLUMNS = [
  "priority", "endpoint", "rate", "p50", "p95", "p99", "errors", "share",
] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export interface Sort {
  column: SortColumn;
  isAscending: boolean;
}

export const DEFAULT_SORT: Sort = { column: "share", isAscending: false };

/** A first click shows the worst, and for words the first, on top; a second turns it round. */
export function sortAfterClick(sort: Sort, column: SortColumn): Sort {
  const isAscending =
    sort.column === column ? !sort.isAscending : column === "endpoint" || column === "priority";
  return { column, isAscending };
}

const COLUMN_VALUES: Record<SortColumn, (row: EndpointSummary) => number | string | null> = {
  priority: (row) => (hasRoute(row) ? PRIORITIES.indexOf(row.priority) : PRIORITIES.length),
  endpoint: (row) => `${row.template} ${row.method}`,
  rate: (row) => row.rate_per_second,
  p50: (row) => row.response_time.p50_seconds,
  p95: (row) => row.response_time.p95_seconds,
  p99: (row) => row.response_time.p99_seconds,
  errors: (row) => row.error_ratio,
  share: (row) => row.share_of_time_ratio,
};

/** Rows without data stay last, and endpoints never called after them, under any sort. */
export function sortedRows(rows: readonly EndpointSummary[], sort: Sort): EndpointSummary[] {
  const valueOf = COLUMN_VALUES[sort.column];
  const direction = sort.isAscending ? 1 : -1;
  return [...rows].sort((a, b) => {
    const byKind = lateness(a) - lateness(b);
    if (byKind !== 0) return byKind;
    const [left, right] = [valueOf(a), valueOf(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    const byValue = left < right ? -1 : left > right ? 1 : 0;
    return byValue * direction || compareNames(a, b);
  });
}

const LATENESS: Record<RowKind, number> = {
  measured: 0, stream: 1, silent: 2, "never-called": 3, "not-monitored": 4,
};

function lateness(row: EndpointSummary): number {
  return LATENESS[rowKind(row)];
}

function compareNames(a: EndpointSummary, b: EndpointSummary): number {
  return nameOf(a) < nameOf(b) ? -1 : 1;
}

export interface HeldRows {
  rows: EndpointSummary[];
  isOrderChanged: boolean;
}

/** Newest values in the order the reader is looking at; rows that are new to it come last. */
export function heldRows(order: readonly string[], sorted: readonly EndpointSummary[]): HeldRows {
  const places = new Map(order.map((id, place) => [id, place]));
  const place = (row: EndpointSummary) => places.get(row.id) ?? Infinity;
  const rows = [...sorted].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
  return { rows, isOrderChanged: rows.some((row, index) => row !== sorted[index]) };
}
