// The operations of an endpoint, arranged for the table.

import type { BlockRow, OperationRow } from "../api/client";
import * as format from "../format";

export type OperationSort = "text" | "calls" | "each" | "p95" | "total";

export interface SortedBy {
  column: OperationSort;
  isDescending: boolean;
}

const KEYS: Record<OperationSort, (row: OperationRow) => number | string> = {
  text: (row) => row.text.toLowerCase(),
  calls: (row) => row.calls_per_request,
  each: (row) => row.duration.mean_seconds ?? 0,
  p95: (row) => row.duration.p95_seconds ?? 0,
  total: (row) => row.seconds_per_request,
};

/** A new array; equal rows stay in the order they came. */
export function sortedOperations(rows: readonly OperationRow[], by: SortedBy): OperationRow[] {
  const key = KEYS[by.column];
  const sign = by.isDescending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [mine, its] = [key(a), key(b)];
    return mine === its ? 0 : sign * (mine < its ? -1 : 1);
  });
}

/** Names ascend at first, figures descend; a second click turns it round. */
export function sortAfter(by: SortedBy, column: OperationSort): SortedBy {
  if (by.column === column) return { column, isDescending: !by.isDescending };
  return { column, isDescending: column !== "text" };
}

export interface Tag {
  words: string;
  /** What it means, for who points at it. */
  meaning: string;
}

/** What a loop takes beside its calls, where it is worth a word. */
function between(row: OperationRow): string {
  const each = row.between_seconds / Math.max(row.request_count, 1);
  return each < 0.0001 ? "" : ` Between its calls lie ${format.duration(each)} of each request.`;
}

/** What is remarkable of an operation, the worst first. */
export function tagsOf(row: OperationRow): Tag[] {
  const tags: Tag[] = [];
  const length = format.count(Math.round(row.sequence_length ?? 0));
  if (row.pattern === "n_plus_one") {
    tags.push({ words: `N+1, ${length} in sequence`, meaning: `Called again and again with other arguments: one call could fetch all.${between(row)}` });
  }
  if (row.pattern === "exact_repeats") {
    tags.push({ words: `same again, ${length} in sequence`, meaning: `Called again and again with the same arguments: once is enough.${between(row)}` });
  }
  if (row.failure_count > 0) {
    tags.push({ words: `${format.errorShare(row.failure_count / row.call_count)} fail`, meaning: `${format.count(row.failure_count)} of ${format.count(row.call_count)} calls failed.` });
  }
  if (row.parallelism >= 1.05) {
    tags.push({ words: `${format.calls(row.parallelism)} at once`, meaning: "So many of its calls are under way together, on average." });
  }
  if (row.is_estimated) {
    tags.push({ words: "estimate", meaning: "A step of the framework, timed in a share of the requests, drawn at random." });
  }
  return tags;
}

/** "waited: GET /products (3), GET /cart (1)". */
export function waitedWords({ waiting }: Pick<BlockRow, "waiting">): string {
  return `waited: ${waiting.map(({ name, request_count }) => `${name} (${format.count(request_count)})`).join(", ")}`;
}
