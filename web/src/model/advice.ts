// Recommendations: what to change first, in the words and numbers of the page.

import type { Advice, AdvicePage, AdviceState } from "../api/client";
import type { State } from "../components/Glyph";
import * as format from "../format";
import type { Sentence } from "./sentence";

export type AdviceAct = "accept" | "apply" | "dismiss" | "reopen";

export const FIRST_THINGS = 3;

export const ADVICE_TYPE_WORDS: Record<Advice["optimization_type"], string> = {
  caching: "Caching", database: "Database", load_balancing: "Load balancing", external_api: "External API",
  concurrency: "Concurrency", compression: "Compression", code: "Code", resource_allocation: "Resources",
  network: "Network", memory: "Memory", cpu: "CPU",
};

const EFFORT_WORDS: Record<Advice["effort"], string> = {
  hours: "Small change", days: "Medium change", weeks: "Large change",
};

export const ADVICE_STATES: readonly AdviceState[] = [
  "open", "accepted", "applied", "verified", "no_effect", "worse", "dismissed", "gone",
];

export const ADVICE_STATE_WORDS: Record<AdviceState, { word: string; glyph: State; means: string }> = {
  open: { word: "Open", glyph: "unjudged", means: "waits for somebody" },
  accepted: { word: "Accepted", glyph: "acknowledged", means: "somebody will do it" },
  applied: { word: "Applied", glyph: "pending", means: "its effect is being measured" },
  verified: { word: "Verified", glyph: "ok", means: "it measurably became faster" },
  no_effect: { word: "No effect", glyph: "resolved", means: "nothing measurable changed" },
  worse: { word: "Worse", glyph: "firing", means: "it measurably became slower" },
  dismissed: { word: "Dismissed", glyph: "silenced", means: "it returns once its evidence has doubled" },
  gone: { word: "Gone", glyph: "resolved", means: "no longer found" },
};

const TO_DO: readonly AdviceState[] = ["open", "accepted"];

/** What a visitor who operates may do with one that stands like this. */
export function actsOn({ state }: Pick<Advice, "state">): AdviceAct[] {
  if (state === "open") return ["accept", "apply", "dismiss"];
  if (state === "accepted") return ["apply", "dismiss"];
  return ["reopen"];
}

/** “Database · small change, 90 % sure”; a rule of thumb says that it is one. */
export function certaintyWords({ effort, confidence, is_thin: isThin }: Advice): string {
  const sure = isThin ? "rule of thumb" : `${format.roundShare(confidence)} sure`;
  return `${EFFORT_WORDS[effort]}, ${sure}`;
}

export interface Saving {
  /** Mean response time now and as expected, seconds, and the interval about that; ascending. */
  now: number;
  expected: number;
  low: number;
  high: number;
}

/** The expected mean response time; null where it is about no endpoint, or nothing is saved of it. */
export function savingOf(advice: Advice): Saving | null {
  const { mean_seconds: now, estimated_improvement: mean } = advice;
  const high = advice.improvement_high ?? mean;
  if (now <= 0 || high <= 0) return null;
  const after = (ratio: number) => now * (1 - ratio);
  return { now, expected: after(mean), low: after(high), high: after(advice.improvement_low ?? mean) };
}

/** “−112 ms”, and “98 to 131 ms”. */
export function savedWords({ now, expected, low, high }: Saving): { mean: string; interval: string } {
  const mean = `−${format.duration(now - expected)}`;
  return { mean, interval: `${format.duration(now - high)} to ${format.duration(now - low)}` };
}

/** Seconds of all users a day: “32 h”, “40 min”, “12 s”. */
export function waitingWords(seconds: number): string {
  if (seconds >= 3600) return `${format.significant(seconds / 3600)}\u00a0h`;
  if (seconds >= 60) return `${format.significant(seconds / 60)}\u00a0min`;
  return `${format.significant(seconds)}\u00a0s`;
}

export function evidenceText({ value, unit }: Advice["evidence"][number]): string {
  switch (unit) {
    case "seconds": return format.duration(value);
    case "ratio": return format.share(value);
    case "per_second": return format.rate(value);
    case "bytes": return format.size(value);
    default: return Number.isInteger(value) || value >= 10 ? format.count(value) : format.significant(value);
  }
}

/** “26,496 requests in 15 min”. */
export function sampleWords({ sample_count: count, window_seconds: seconds }: Advice): string {
  return `${format.count(count)} requests in ${format.age(seconds)}`;
}

/** What it did beside what was said: “saved 55 % (50 to 60), the estimate was 53 %”. */
export function actualWords(advice: Advice): string | null {
  const { actual_improvement: actual, actual_low: low, actual_high: high } = advice;
  if (actual === null || actual === undefined) return null;
  const ratio = (value: number) => format.roundShare(Math.abs(value)).replace(/\s?%$/, "");
  const interval = typeof low === "number" && typeof high === "number" ? ` (${ratio(low)} to ${ratio(high)})` : "";
  const did = actual >= 0 ? "saved" : "cost";
  return `${did} ${ratio(actual)}\u00a0%${interval}, the estimate was ${ratio(advice.estimated_improvement)}\u00a0%`;
}

export function adviceSentence(page: AdvicePage): Sentence {
  const count = TO_DO.reduce((sum, state) => sum + (page.counts[state] ?? 0), 0);
  const first = page.recommendations.find(({ state }) => TO_DO.includes(state));
  if (count === 0) {
    return {
      state: "ok", title: "Nothing to do first",
      detail: "No rule finds anything in the last half hour; the first look needs a minute or two of traffic.",
    };
  }
  const verified = page.counts.verified ?? 0;
  const done = verified > 0 ? ` ${verified} verified so far.` : "";
  return {
    state: "unjudged",
    title: count === 1 ? "One thing to do" : `${count} things to do`,
    detail: first
      ? `The first would save users ${waitingWords(first.saved_seconds_per_day)} of waiting a day: ${first.title}.${done}`
      : `None of them is shown.${done}`,
  };
}

/** `GET /a/{b}` apart; null where it is about the processes. */
export function endpointOf({ endpoint }: Advice): { method: string; template: string } | null {
  const [method = "", template = ""] = endpoint.split(" ", 2);
  return template ? { method, template } : null;
}
