import { useRef } from "react";

/** Tells whether the pointer or the focus is in a list, when no row of it may move. */
export function useHold(onHold: (isHeld: boolean) => void) {
  const inside = useRef({ pointer: false, focus: false });
  const set = (change: Partial<typeof inside.current>) => {
    Object.assign(inside.current, change);
    onHold(inside.current.pointer || inside.current.focus);
  };
  return {
    onPointerEnter: () => set({ pointer: true }),
    onPointerLeave: () => set({ pointer: false }),
    onFocus: () => set({ focus: true }),
    onBlur: () => set({ focus: false }),
  };
}
