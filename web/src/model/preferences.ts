// What the reader of this browser prefers, and how it is kept.

import type { FeedSettings } from "../api/feed";
import type { TimeZone } from "../format";

export const THEMES = ["system", "light", "dark"] as const;
export const UPDATES = ["live", "10s", "60s", "paused"] as const;
export const TIME_ZONES: readonly TimeZone[] = ["local", "utc"];

export interface Preferences {
  theme: (typeof THEMES)[number];
  /** As they come, every so often, or only when asked. */
  updates: (typeof UPDATES)[number];
  timeZone: TimeZone;
  /** Who acts here, as alerts and objectives record it; empty: the operator. */
  author: string;
}

export const DEFAULT_PREFERENCES: Preferences = { theme: "system", updates: "live", timeZone: "local", author: "" };

export const LONGEST_AUTHOR = 100;

/** Under which the browser keeps them. */
export const PREFERENCES_KEY = "api-performance-preferences";

/** What of the text is not ours, or not known any more, is as usual. */
export function parsePreferences(text: string | null): Preferences {
  const given = objectIn(text);
  const { theme, updates, timeZone, author } = DEFAULT_PREFERENCES;
  return {
    theme: THEMES.find((each) => each === given.theme) ?? theme,
    updates: UPDATES.find((each) => each === given.updates) ?? updates,
    timeZone: TIME_ZONES.find((each) => each === given.timeZone) ?? timeZone,
    author: typeof given.author === "string" ? given.author.slice(0, LONGEST_AUTHOR) : author,
  };
}

function objectIn(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const POLLS: Partial<Record<Preferences["updates"], number>> = { "10s": 10, "60s": 60 };

/** How answers come, by the installation's settings and the reader's wish. */
export function feedSettings(
  installed: { refresh_interval: number; enable_real_time: boolean },
  updates: Preferences["updates"],
): FeedSettings {
  const seconds = POLLS[updates];
  return {
    refreshSeconds: seconds ?? installed.refresh_interval,
    isRealTime: installed.enable_real_time && seconds === undefined,
    isOnce: updates === "paused",
  };
}
