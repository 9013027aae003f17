// Drag over a plot to choose a range of time.

import { type PointerEvent, useState } from "react";

const LEAST_PX = 6; // shorter is a click with an unsteady hand

export interface Drag {
  from: number;
  to: number;
}

export interface DragHandlers {
  /** The pixels dragged over so far; null while nothing is chosen. */
  drag: Drag | null;
  begin(event: PointerEvent, x: number): void;
  move(x: number): void;
  /** Tells `onChoose` where it began and ended. */
  end(): void;
  cancel(): void;
}

export function useDrag(onChoose: ((drag: Drag) => void) | undefined): DragHandlers {
  const [drag, setDrag] = useState<Drag | null>(null);
  return {
    drag: drag !== null && Math.abs(drag.to - drag.from) >= LEAST_PX ? drag : null,
    begin: (event, x) => {
      if (!onChoose || event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      setDrag({ from: x, to: x });
    },
    move: (x) => setDrag((before) => before && { ...before, to: x }),
    end: () => {
      if (drag !== null && Math.abs(drag.to - drag.from) >= LEAST_PX) {
        onChoose?.({ from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to) });
      }
      setDrag(null);
    },
    cancel: () => setDrag(null),
  };
}
