// One crosshair for all charts of a page: where the pointer is in one, it stands in each.

import { createContext, type ReactNode, useContext, useState } from "react";

type Cursor = readonly [number | null, (instant: number | null) => void];

const CursorContext = createContext<Cursor | null>(null);

export function SharedCursor({ children }: { children: ReactNode }) {
  const cursor = useState<number | null>(null);
  return <CursorContext value={cursor}>{children}</CursorContext>;
}

/** The instant under the pointer, in Unix seconds; the chart's own outside of a SharedCursor. */
export function useCursor(): Cursor {
  const own = useState<number | null>(null);
  return useContext(CursorContext) ?? own;
}
