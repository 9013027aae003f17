import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useLayoutEffect, useState } from "react";

const ROW_HEIGHT = 36;
const VIRTUAL_FROM = 100; // rows; fewer are simply all there

/** The rows in view, and the height in px of those above and below them. */
export function useShownRows<Row>(rows: readonly Row[], box: RefObject<HTMLElement | null>) {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    setTop((box.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
  }, [box, rows.length]);
  const isVirtual = rows.length > VIRTUAL_FROM;
  const virtual = useWindowVirtualizer({
    count: isVirtual ? rows.length : 0,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    scrollMargin: top,
  });
  if (!isVirtual) return { before: 0, shown: rows, after: 0 };
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const end = (items.at(-1)?.index ?? -1) + 1;
  return {
    before: first * ROW_HEIGHT,
    shown: rows.slice(first, end),
    after: (rows.length - end) * ROW_HEIGHT,
  };
}
