// The screens: their names, their keys, and what those that are not built yet will show.

import type { Screen } from "./address";

export interface ScreenWords {
  title: string;
  /** The letter after `g` that goes there. */
  key: string;
  /** For a screen that this version does not have: what it will answer, and what does meanwhile. */
  promise: string | null;
}

export const SCREEN_WORDS: Record<Screen, ScreenWords> = {
  overview: { title: "Overview", key: "o", promise: null },
  endpoints: { title: "Endpoints", key: "e", promise: null },
  objectives: { title: "Objectives", key: "b", promise: null },
  alerts: { title: "Alerts", key: "a", promise: null },
  trends: { title: "Trends", key: "t", promise: null },
  recommendations: { title: "Recommendations", key: "r", promise: null },
  live: { title: "Live", key: "l", promise: null },
  dashboards: {
    title: "Dashboards",
    key: "d",
    promise: "It will hold dashboards of your own. Until then, every table and series can be exported.",
  },
  health: { title: "Health", key: "h", promise: null },
  settings: { title: "Settings", key: "s", promise: null },
};
