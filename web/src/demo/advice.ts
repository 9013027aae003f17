// The story's recommendations: what the checkout, the products and the search could save.

import type { Advice, AdviceAsked, AdviceHistory, AdvicePage } from "../api/client";
import { ADVICE_STATES } from "../model/advice";

const STORY: readonly (Partial<Advice> & { id: string })[] = [
  {
    id: "r1", rule: "n_plus_one", optimization_type: "database", title: "Read the 14 rows with one statement", endpoint: "POST /api/checkout",
    priority: "critical", mean_seconds: 0.476, estimated_improvement: 0.235, improvement_low: 0.206, improvement_high: 0.275, confidence: 0.93,
    effort: "hours", saved_seconds_per_day: 115_200, operation: "SELECT stock FROM stock WHERE product_id = ?", source: "shop/checkout.py:118 in lines",
    sample_count: 26_496, window_seconds: 1440,
    description: "`SELECT stock FROM stock WHERE product_id = ?` at shop/checkout.py:118 in lines runs 14 times a request, one after another and each time with other arguments: N + 1. Ask for all of them at once (a join, `IN`, or the ORM's eager loading).",
    derivation: "One call of 9.32 ms instead of 14, which take 27 % of the response time; the one that reads all rows may cost up to two fifths of them.",
    risk: "One statement for very many rows may need more memory: read them in pages.", undo: "Take the join or the eager loading back.",
    evidence: [
      { name: "calls of a request that makes any", value: 14, unit: "count" }, { name: "a call's mean time", value: 0.00932, unit: "seconds" },
      { name: "share of the response time", value: 0.275, unit: "ratio" },
    ],
  },
  {
    id: "r2", rule: "exact_repeats", optimization_type: "database", title: "Ask once for what SELECT currency answers", endpoint: "GET /api/products",
    priority: "high", mean_seconds: 0.141, estimated_improvement: 0.32, improvement_low: 0.256, improvement_high: 0.32, confidence: 0.95,
    effort: "hours", saved_seconds_per_day: 190_000, operation: "SELECT currency FROM settings", source: "shop/products.py:41 in price", sample_count: 48_110,
    window_seconds: 1500, description: "A request asks `SELECT currency FROM settings` 24 times, 23 of them with arguments it has asked with before. Keep the first answer for the rest of the request.",
    derivation: "96 % of the calls are exact repeats, and the calls take 33 % of the response time.",
    risk: "An answer that changes within the request is no longer seen to change.", undo: "Ask each time again.",
    evidence: [
      { name: "calls of a request that makes any", value: 24, unit: "count" }, { name: "exact repeats a request", value: 23, unit: "count" },
      { name: "share of the response time", value: 0.33, unit: "ratio" },
    ],
  },
  {
    id: "r3", rule: "blocking_call", optimization_type: "concurrency", title: "Take the blocking call off the event loop", endpoint: "GET /api/search",
    priority: "high", mean_seconds: 0.208, estimated_improvement: 0.197, improvement_low: 0.1, improvement_high: 0.27, confidence: 0.74, effort: "hours",
    saved_seconds_per_day: 104_000, source: "shop/pricing.py:41 in quote", sample_count: 6_120, window_seconds: 1500,
    description: "`shop/pricing.py:41 in quote` holds the event loop for 184 ms at a time: meanwhile the process serves nobody else.",
    derivation: "Requests that were open meanwhile waited 31 s in 25 min; the call itself takes as long as before.",
    risk: "What runs in a thread may meet other threads: share only what is safe for that.", undo: "Call it in place again.",
    evidence: [
      { name: "blocks", value: 612, unit: "count" }, { name: "a block's mean time", value: 0.184, unit: "seconds" },
      { name: "time that others waited", value: 31, unit: "seconds" },
    ],
  },
  {
    id: "r4", rule: "floor_caching", optimization_type: "caching", title: "See whether a cache could answer", endpoint: "GET /api/recommendations",
    priority: "medium", mean_seconds: 0.6, estimated_improvement: 0.4, improvement_low: 0, improvement_high: 0.66, confidence: 0.2, effort: "days",
    is_thin: true, saved_seconds_per_day: 42_000, sample_count: 3_200, window_seconds: 1500,
    description: "Implement caching to reduce response time: 604 ms on average, most of it spent on fetching. Whether the answers repeat was not measured.",
    derivation: "The rule of thumb: a cache takes 60 % of a response time above 500 ms.", risk: "An answer from a cache may be old, or another user's.",
    undo: "Answer without the cache.", evidence: [{ name: "mean response time", value: 0.604, unit: "seconds" }],
  },
  {
    id: "r5", rule: "calls_in_a_loop", optimization_type: "external_api", title: "Make 6 calls of GET rates.example/v1/{} at once", endpoint: "GET /api/orders",
    priority: "medium", mean_seconds: 0.3, estimated_improvement: 0.41, improvement_low: 0.3, improvement_high: 0.5, confidence: 0.9, effort: "hours",
    saved_seconds_per_day: 30_000, state: "verified", actual_improvement: 0.44, actual_low: 0.4, actual_high: 0.48, author: "Mina", sample_count: 9_000,
    window_seconds: 1500, description: "The calls were made one after another.", derivation: "Together they take as long as the longest of them.",
    risk: "The other side gets the calls at once.", undo: "Await them one after another again.", evidence: [],
  },
];

function adviceAt(now: number, acted: ReadonlyMap<string, Partial<Advice>>): Advice[] {
  return STORY.map((told) => ({
    endpoint_id: "", service: "shop-api", description: "", derivation: "", title: "", rule: "", endpoint: "", optimization_type: "code", impact: "medium",
    priority: "medium", estimated_improvement: 0, improvement_low: null, improvement_high: null, mean_seconds: 0, confidence: 0.5, is_thin: false,
    effort: "days", risk: "", undo: "", saved_seconds_per_day: 0, score: 0, strength: 0, evidence: [], operation: "", source: "", window_seconds: 900,
    sample_count: 0, state: "open", at: now - 1440, found_at: now - 1440, seen_at: now, author: "", reason: "", applied_at: null,
    actual_improvement: null, actual_low: null, actual_high: null, command_id: 0, ...told, ...acted.get(told.id),
  }));
}

export function advicePageAt(now: number, { states, priority, search, limit }: AdviceAsked, acted: ReadonlyMap<string, Partial<Advice>>): AdvicePage {
  const kept = adviceAt(now, acted).filter((each) => (!priority || each.priority === priority)
    && search.toLowerCase().split(" ").every((word) => `${each.endpoint} ${each.title}`.toLowerCase().includes(word)));
  const asked = kept.filter(({ state }) => (states.length > 0 ? states.includes(state) : state === "open" || state === "accepted"));
  const counts = Object.fromEntries(ADVICE_STATES.map((state) => [state, kept.filter((each) => each.state === state).length]));
  return { as_of: now, is_judged: true, counts, total: asked.length, offset: 0, limit, recommendations: asked.slice(0, limit) };
}

export function adviceHistoryAt(now: number, id: string, acted: ReadonlyMap<string, Partial<Advice>>): AdviceHistory {
  const recommendation = adviceAt(now, acted).find((each) => each.id === id)!;
  const { found_at, estimated_improvement, saved_seconds_per_day, state, author, reason, at } = recommendation;
  const shared = { estimated_improvement, saved_seconds_per_day };
  const found = { id: 1, at: found_at, state: "open" as const, author: "", reason: "", is_command: false, ...shared };
  const then = { id: 2, at, state, author, reason, is_command: true, ...shared };
  return { as_of: now, recommendation, steps: state === "open" ? [found] : [found, then] };
}

export function adviceOn(act: "accept" | "apply" | "dismiss" | "reopen", at: number, author: string, reason: string): Partial<Advice> {
  const state = ({ accept: "accepted", apply: "applied", dismiss: "dismissed", reopen: "open" } as const)[act];
  return { state, at, author, reason, applied_at: act === "apply" ? at : null };
}
