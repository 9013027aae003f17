// Findings in words: what changed, how sure, since when, what it costs. The server computed all of it.

import type { FindingPage, FindingRow, MovedShown } from "../api/client";
import * as format from "../format";
import { TIME_TYPE_WORDS, type TimeType } from "./overview";
import type { Span } from "./ranges";
import type { Sentence } from "./sentence";

export type Tone = "better" | "worse" | "neutral";

interface MetricWords {
  name: string;
  /** What stands before the size: “is 38 % slower”, “gets 20 % fewer requests”. */
  verb?: string;
  up: string;
  down: string;
}

const METRICS: Record<string, MetricWords> = {
  response_time: { name: "Response time", up: "slower", down: "faster" },
  response_time_tail: { name: "Slowest requests", up: "slower at its slow end", down: "faster at its slow end" },
  error_ratio: { name: "Errors", verb: "has", up: "more errors", down: "fewer errors" },
  throughput: { name: "Throughput", verb: "gets", up: "more requests", down: "fewer requests" },
  bytes_in: { name: "Request size", verb: "gets", up: "larger requests", down: "smaller requests" },
  bytes_out: { name: "Response size", verb: "has", up: "larger responses", down: "smaller responses" },
  ...Object.fromEntries(Object.entries(TIME_TYPE_WORDS).map(([part, name]) => [`${part}_time`, {
    name: `${name} time`, verb: "has", up: `longer ${inText(name)} time`, down: `shorter ${inText(name)} time`,
  }])),
};

/** “Database” within a sentence is “database”; names that begin with a capital keep it. */
function inText(name: string): string {
  return name.startsWith("External") ? "external API" : name.toLowerCase();
}

export function metricName(metric: string): string {
  return METRICS[metric]?.name ?? metric;
}

export function toneOf({ effect }: FindingRow): Tone {
  return effect === "neither" ? "neutral" : effect;
}

/** “38 % slower”. */
export function changeWords({ metric, ratio }: FindingRow): string {
  const words = METRICS[metric] ?? { up: "more", down: "less" };
  return `${sizeWords(ratio)} ${ratio >= 1 ? words.up : words.down}`;
}

/** What stands before it: “is”, “has” or “gets”. */
export function verbOf({ metric }: FindingRow): string {
  return METRICS[metric]?.verb ?? "is";
}

const LEVEL_TEXTS: Record<string, (value: number) => string> = {
  seconds: format.duration, per_second: format.rate, bytes: format.size, ratio: format.errorShare,
};

/** From what to what: “100 ms → 138 ms”; of the slow end only its distance is known, so nothing. */
export function levelWords({ metric, unit, before, after }: FindingRow): string | null {
  const text = LEVEL_TEXTS[unit];
  return text && metric !== "response_time_tail" ? `${text(before)} → ${text(after)}` : null;
}

const MULTIPLE_FROM = 4; // times; from there on “5.8×” reads better than “+480 %”

function sizeWords(ratio: number): string {
  return ratio >= MULTIPLE_FROM ? `${ratio.toPrecision(2)}×` : format.roundShare(Math.abs(ratio - 1));
}

/** The interval that the size lies in with 95 % probability: “31 to 46 %”. */
export function intervalWords({ ratio_low: low, ratio_high: high }: FindingRow): string {
  if (high >= MULTIPLE_FROM) return `${low.toPrecision(2)} to ${high.toPrecision(2)}×`;
  const [least, most] = [low, high].map((ratio) => (ratio - 1) * 100).sort((a, b) => Math.abs(a) - Math.abs(b)) as [number, number];
  const isOneSided = least * most > 0;
  const text = (percent: number) => (isOneSided ? format.count(Math.abs(percent)) : signed(percent));
  return `${text(least)} to ${text(most)}\u00a0%`;
}

function signed(percent: number): string {
  return percent > 0 ? `+${format.count(percent)}` : format.count(percent);
}

/** “since 13:51, give or take 2 min”; a change that crept in says from when to when. */
export function sinceWords({ began_at: began, began_from: from, began_until: until, closed_at: closed }: FindingRow, now: number): string {
  const margin = Math.max(began - from, until - began);
  const about = margin >= 60 ? `, ±\u00a0${format.age(margin)}` : "";
  if (closed === null) return `since ${format.moment(began, now)}${about}`;
  return `${format.moment(began, now)} to ${format.moment(closed, now)}, ${format.age(closed - began)}`;
}

/** “with v2.31.0”; a change without a deploy says nothing. */
export function deployWordsOf({ version, deploy_at: at }: FindingRow): string | null {
  if (version) return `with ${version}`;
  return at === null ? null : "with a deploy";
}

/** Of all users together: “3.2 h”, “48 min”. */
export function waitWords(seconds: number): string {
  const size = Math.abs(seconds);
  if (size >= 3600) return `${format.significant(size / 3600)}\u00a0h`;
  if (size >= 60) return `${format.significant(size / 60)}\u00a0min`;
  return `${format.significant(size)}\u00a0s`;
}

/** “3.2 h a day (2.6 to 3.8)”; null where nothing is known of it. */
export function costWords({ cost_seconds: cost, cost_low: low, cost_high: high }: FindingRow): string | null {
  if (cost === null || Math.abs(cost) < 1) return null;
  if (low === null || high === null) return `${waitWords(cost)} a day`;
  const ends = [low, high].sort((a, b) => Math.abs(a) - Math.abs(b)).map(waitWords);
  return `${waitWords(cost)} a day (${ends.join(" to ")})`;
}

export function movedName({ kind, name }: MovedShown): string {
  if (kind === "latency_type") return TIME_TYPE_WORDS[name as TimeType] ?? name;
  return kind === "status" ? `Status ${name}` : name;
}

/** “20 ms → 100 ms, 80 % of it”, and of a status “0 % → 7 %”. */
export function movedWords({ kind, before, after, share }: MovedShown): string {
  if (kind === "status") return `${format.errorShare(before)} → ${format.errorShare(after)}`;
  return `${format.duration(before)} → ${format.duration(after)}, ${format.roundShare(share)} of it`;
}

/** Where within a span something was worse; what overlaps is one. */
export function regressionSpans(findings: readonly FindingRow[], { start, end }: Span): Span[] {
  const worse = findings.filter(({ effect }) => effect === "worse")
    .map(({ began_at: began, closed_at: closed }) => ({ start: Math.max(began, start), end: Math.min(closed ?? end, end) }))
    .filter((span) => span.start < span.end)
    .sort((a, b) => a.start - b.start);
  const spans: Span[] = [];
  for (const span of worse) {
    const last = spans.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else spans.push(span);
  }
  return spans;
}

export interface FindingGroups {
  worse: FindingRow[];
  better: FindingRow[];
  neither: FindingRow[];
  over: FindingRow[];
}

/** Those that last by what they did to users, then those that are over; each as the server ordered them. */
export function groupsOf({ findings }: FindingPage): FindingGroups {
  const lasting = findings.filter(({ closed_at: closed }) => closed === null);
  return {
    worse: lasting.filter(({ effect }) => effect === "worse"),
    better: lasting.filter(({ effect }) => effect === "better"),
    neither: lasting.filter(({ effect }) => effect === "neither"),
    over: findings.filter(({ closed_at: closed }) => closed !== null),
  };
}

export function trendsSentence(page: FindingPage): Sentence {
  const { worse, better, over } = groupsOf(page);
  if (page.reason) return { state: "unjudged", title: "Nothing looks for changes here", detail: `${capital(page.reason)}.` };
  if (worse.length === 0) {
    const gained = better.length > 0 ? `${counted(better.length, "change")} for the better last. ` : "";
    const past = over.length > 0 ? `${counted(over.length, "finding")} of before ${over.length === 1 ? "is" : "are"} over.` : "An endpoint is known after two days; then a change is found within minutes.";
    return { state: "ok", title: "No endpoint is worse than it used to be", detail: gained + past };
  }
  const cost = worse.reduce((sum, { cost_seconds: seconds }) => sum + Math.max(0, seconds ?? 0), 0);
  const endpoints = new Set(worse.map(({ endpoint_id: id }) => id)).size;
  const first = worse[0]!;
  const deploy = deployWordsOf(first);
  return {
    state: "pending",
    title: `${counted(endpoints, "endpoint")} ${endpoints === 1 ? "is" : "are"} worse than before`
      + (cost >= 1 ? `, and users wait ${waitWords(cost)} a day longer` : ""),
    detail: `First of all ${first.endpoint}: ${changeWords(first)}${deploy ? `, ${deploy}` : ""}.`,
  };
}

function counted(count: number, what: string): string {
  return `${format.count(count)} ${what}${count === 1 ? "" : "s"}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
