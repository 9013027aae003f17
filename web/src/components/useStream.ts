import { useEffect, useState } from "react";
import type { RequestPage } from "../api/client";
import { caughtUp, NO_STREAM, received, type Stream } from "../model/stream";
import { type Traffic, trafficPairs } from "../model/traffic";

/** The rows of all pages that came, and what shows those that wait while it is held. */
export function useStream(page: RequestPage | null, traffic: Traffic, isHeld: boolean): [Stream, () => void] {
  const [stream, setStream] = useState(NO_STREAM);
  const kept = JSON.stringify(trafficPairs(traffic));
  useEffect(() => setStream((before) => received(before, page, kept, isHeld)), [page, kept, isHeld]);
  useEffect(() => {
    if (!isHeld) setStream(caughtUp);
  }, [isHeld]);
  return [stream, () => setStream(caughtUp)];
}
