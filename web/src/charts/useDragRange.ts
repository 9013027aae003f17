import { type PointerEvent, useState } from "react";

const LEAST_PX = 6; // less is a click with an unsteady hand

interface Plot {
  left: number;
  width: number;
  /** Unix seconds at its left and right end. */
  start: number;
  end: number;
}

/** Draws a range of time on a plot with the pointer: the band to show, and what to listen for. */
export function useDragRange(plot: Plot, onRange: (from: number, to: number) => void) {
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const placeOf = (event: PointerEvent) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - plot.left;
    return Math.min(plot.width, Math.max(0, x));
  };
  const instantAt = (x: number) => plot.start + (x / plot.width) * (plot.end - plot.start);
  const band = drag && Math.abs(drag.to - drag.from) >= LEAST_PX
    ? { left: plot.left + Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }
    : null;

  return {
    band,
    listeners: {
      onPointerDown: (event: PointerEvent) => {
        if (event.button !== 0 || event.pointerType === "touch") return; // a finger scrolls
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: placeOf(event), to: placeOf(event) });
      },
      onPointerUp: () => {
        if (drag && band) onRange(instantAt(drag.from), instantAt(drag.to));
        setDrag(null);
      },
      onPointerCancel: () => setDrag(null),
    },
    onMove: (event: PointerEvent) => drag && setDrag({ ...drag, to: placeOf(event) }),
  };
}
