import { useMemo, useRef, useState } from "react";
import type { EndpointSummary } from "../api/client";
import { filteredRows, heldRows, type HeldRows, type RowFilter, type Sort, sortedRows } from "../model/rows";

export interface ShownRows extends HeldRows {
  onHold(isHeld: boolean): void;
  /** Puts the rows in their right order, held or not. */
  reorder(): void;
}

/** The rows to show; while held they take new values but keep their places. */
export function useRows(
  rows: readonly EndpointSummary[], filter: RowFilter, sort: Sort, stars: ReadonlySet<string>,
): ShownRows {
  const [isHeld, setHeld] = useState(false);
  const [reorders, setReorders] = useState(0);
  const sorted = useMemo(
    () => sortedRows(filteredRows(rows, filter, stars), sort),
    [rows, filter, sort, stars],
  );
  // Whoever sorts or filters asks for a new order, even with the pointer inside.
  const wish = JSON.stringify([filter, sort, reorders]);
  const last = useRef<{ wish: string; order: string[] }>(null);
  const order = isHeld && last.current?.wish === wish ? last.current.order : idsOf(sorted);
  const held = useMemo(() => heldRows(order, sorted), [order, sorted]);
  last.current = { wish, order: idsOf(held.rows) };
  return { ...held, onHold: setHeld, reorder: () => setReorders((count) => count + 1) };
}

function idsOf(rows: readonly EndpointSummary[]): string[] {
  return rows.map((row) => row.id);
}
