import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
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
  const { windowSeconds, endpointId } = question;
  const { refreshSeconds, isRealTime } = settings;
  const previous = useRef<FeedState>(null);
  const [isPaused, setPaused] = useState(false);
  const feed = useMemo(
    () =>
      new Feed(
        client, { windowSeconds, endpointId }, { refreshSeconds, isRealTime }, onSignedOut,
        previous.current,
      ),
    [client, windowSeconds, endpointId, refreshSeconds, isRealTime, onSignedOut],
  );
  const state = useSyncExternalStore(feed.subscribe, feed.state);
  previous.current = state;

  useEffect(() => {
    setPaused(false); // whoever asks something new wants to see the answer
    feed.start();
    const onVisibility = () => feed.setHidden(document.hidden);
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      feed.stop();
    };
  }, [feed]);

  const togglePause = useCallback(() => {
    if (isPaused) feed.resume();
    else feed.pause();
    setPaused(!isPaused);
  }, [feed, isPaused]);

  return { state, togglePause, tryNow: feed.tryNow };
}
