import { useCallback, useState } from "react";
import type { Settings } from "../api/client";
import { firstRange, type Range } from "../model/ranges";

/** The range of who has chosen none, and what lets it grow once the service has outlived it. */
export function useFirstRange(settings: Settings): [Range, () => void] {
  const { history_window: longest, measured_seconds: measured } = settings;
  const [openedAt] = useState(Date.now);
  const [range, setRange] = useState(() => firstRange(longest, measured));
  const grow = useCallback(() => {
    const next = firstRange(longest, measured + (Date.now() - openedAt) / 1000);
    setRange((shown) => (next.seconds > shown.seconds ? next : shown));
  }, [longest, measured, openedAt]);
  return [range, grow];
}
