import type { FeedState } from "../api/feed";
import { useNow } from "./useNow";

const STALE_AFTER_SECONDS = 10;

/** Paused is not stale: then the reader knows. */
export function useIsStale(feed: FeedState): boolean {
  const waited = (useNow() - feed.receivedAt) / 1000;
  return feed.error !== null || (feed.mode !== "paused" && waited > STALE_AFTER_SECONDS);
}
