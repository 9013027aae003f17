import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Client, Question } from "./client";
import { Feed, type FeedSettings, type FeedState } from "./feed";

export interface FeedHandle {
  state: FeedState;
  togglePause(): void;
  tryNow(): void;
}

/** Answers `question` for as long as the component stands; the last answer outlives a change. */
export function useFeed(
  client: Client, question: Question, settings: FeedSettings, onSignedOut: () => void,
): FeedHandle {
  const previous = useRef<FeedState>(null);
  const asked = JSON.stringify([question, settings]); // both are made anew at each rendering
  const feed = useMemo(
    () => new Feed(client, question, settings, onSignedOut, previous.current),
    [client, asked, onSignedOut],
  );
  const state = useSyncExternalStore(feed.subscribe, feed.state);
  previous.current = state;

  useEffect(() => {
    feed.start();
    const onVisibility = () => feed.setHidden(document.hidden);
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      feed.stop();
    };
  }, [feed]);

  return { state, togglePause: feed.togglePause, tryNow: feed.tryNow };
}
