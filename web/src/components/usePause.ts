import { useEffect, useState } from "react";
import type { FeedMode } from "../api/feed";
import type { FeedHandle } from "../api/useFeed";

export interface Pause {
  mode: FeedMode;
  /** The feed goes on, and its rows are held. */
  isHeld: boolean;
  toggle(): void;
}

/** A pause stops the feed; that of a stream only holds it, for what comes meanwhile to be counted. */
export function usePause({ state: { mode }, togglePause }: FeedHandle, isStream: boolean): Pause {
  const [isHeld, setHeld] = useState(false);
  useEffect(() => setHeld(false), [isStream]);
  if (!isStream || mode === "paused") return { mode, isHeld: false, toggle: togglePause };
  return { mode: isHeld ? "paused" : mode, isHeld, toggle: () => setHeld(!isHeld) };
}
