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
  objectives: {
    title: "Objectives",
    key: "b",
    promise:
      "It will show the objectives of each endpoint, the budget left and how fast it burns. Until then, an endpoint past the bound of its priority is named above the chart.",
  },
  alerts: {
    title: "Alerts",
    key: "a",
    promise:
      "It will list what fires, since when, and who looks after it. Until then, Prometheus can read /metrics and alert on it.",
  },
  recommendations: {
    title: "Recommendations",
    key: "r",
    promise:
      "It will rank what to change by the waiting it would save, with the evidence. Until then, Endpoints names the slow ones.",
  },
  live: {
    title: "Live",
    key: "l",
    promise: "It will show requests as they come. Until then, Endpoints is kept live, within two seconds.",
  },
  dashboards: {
    title: "Dashboards",
    key: "d",
    promise: "It will hold dashboards of your own. Until then, every table and series can be exported.",
  },
  health: { title: "Health", key: "h", promise: null },
  settings: { title: "Settings", key: "s", promise: null },
};
