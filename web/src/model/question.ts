// What the feed is asked for: the address, and where it says nothing the settings.

import type { Question, Settings } from "../api/client";
import type { Address, Screen } from "./address";
import { firstRange, isPast, type Range } from "./ranges";
import { feedSettings, type Preferences } from "./preferences";
import { MOST_ROWS } from "./stream";

/** Screens that are of the newest, or of their own spans of time. */
const OF_NOW: ReadonlySet<Screen> = new Set(["live", "alerts", "objectives", "trends", "recommendations"]);

/** Elsewhere the range of the address waits. */
export function hasRange(screen: Screen): boolean {
  return !OF_NOW.has(screen);
}

/** `first` is the range of who has chosen none. */
export function shownRange({ screen, range }: Address, first: Range): Range {
  return (hasRange(screen) && range) || first;
}

export function questionOf({ screen, traffic, isCompared, endpointId }: Address, range: Range): Question {
  return {
    windowSeconds: range.seconds, span: range.span, traffic, isCompared: isCompared && hasRange(screen),
    endpointId: screen === "endpoints" ? endpointId : null,
    requestCount: screen === "live" ? MOST_ROWS : 0,
  };
}

/** What a page that opens here and now asks to be pushed; null where it polls, or asks once. */
export function firstPushed(
  address: Address, settings: Settings, updates: Preferences["updates"], now: number,
): Question | null {
  const range = shownRange(address, firstRange(settings.history_window, settings.measured_seconds));
  const { isRealTime, isOnce } = feedSettings(settings, updates);
  return isRealTime && !isOnce && !isPast(range, now) ? questionOf(address, range) : null;
}
