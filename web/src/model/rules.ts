// Alert rules in words, and as a form has them.

import type { AlertMetric, AlertRule, AlertRuleShown, Priority } from "../api/client";
import * as format from "../format";
import { asNumber, freeId } from "./objectiveForm";
import { scopeWords } from "./objectives";

type Unit = "milliseconds" | "seconds" | "percent" | "per_second" | "times" | "count";

interface Metric {
  word: string;
  unit: Unit;
  /** Whether too little is the matter. */
  isFloor?: boolean;
  /** Whether the bound itself is past it. */
  isFrom?: boolean;
  /** Whether it is looked at endpoint by endpoint. */
  ofEndpoints?: boolean;
}

/** What a rule can look at, what is of endpoints first. */
export const METRICS: Readonly<Record<AlertMetric, Metric>> = {
  response_time: { word: "Response time", unit: "milliseconds", ofEndpoints: true },
  errors: { word: "Failing requests", unit: "percent", ofEndpoints: true },
  exceptions: { word: "Requests with an exception", unit: "percent", ofEndpoints: true },
  throughput: { word: "Throughput", unit: "per_second", isFloor: true, ofEndpoints: true },
  traffic: { word: "Requests, against the usual", unit: "percent", isFloor: true, ofEndpoints: true },
  connection_wait: { word: "Share of waiting for a connection", unit: "percent", ofEndpoints: true },
  in_flight: { word: "Requests under way, against the usual", unit: "times" },
  loop_lag: { word: "Lag of the event loop", unit: "milliseconds" },
  loop_blocked: { word: "Event loop blocked", unit: "percent" },
  thread_pool: { word: "Calls that wait for each thread", unit: "count" },
  process_cpu: { word: "CPU of a process", unit: "percent" },
  memory_growth: { word: "Growth of memory in an hour", unit: "percent" },
  dropped: { word: "Measurements lost", unit: "count", isFrom: true },
  own_error: { word: "Trouble of the monitor", unit: "count", isFrom: true },
  no_data: { word: "Silence of a service", unit: "seconds", isFrom: true },
  store: { word: "Trouble of the store", unit: "count", isFrom: true },
  unfolded: { word: "Batches that nobody folds", unit: "count", isFrom: true },
};

const FACTORS: Record<Unit, number> = { milliseconds: 1000, seconds: 1, percent: 100, per_second: 1, times: 1, count: 1 };

export const UNIT_WORDS: Record<Unit, string> = {
  milliseconds: "ms", seconds: "s", percent: "%", per_second: "/s", times: "×", count: "",
};

/** “p95 above 500 ms: warning, above 1 s: critical; for 2 min”. */
export function ruleWords(rule: AlertRuleShown): string {
  const { word, isFloor = false } = METRICS[rule.metric];
  const side = isFloor ? "below" : METRICS[rule.metric].isFrom ? "from" : "above";
  const bounds = [
    rule.warning !== null && `${side} ${boundText(rule.metric, rule.warning)} warning`,
    rule.critical !== null && `${side} ${boundText(rule.metric, rule.critical)} critical`,
  ].filter(Boolean).join(", ");
  const what = rule.metric === "response_time" ? `${word}, p${Number(((1 - rule.share) * 100).toFixed(2))}` : word;
  return `${what}: ${bounds}, for ${format.span(rule.keep_seconds)}`;
}

function boundText(metric: AlertMetric, bound: number): string {
  const { unit } = METRICS[metric];
  if (unit === "milliseconds" || unit === "seconds") return format.duration(bound);
  if (unit === "per_second") return format.rate(bound);
  if (unit === "count") return Number.isInteger(bound) ? format.count(bound) : String(bound);
  return `${Number((bound * FACTORS[unit]).toPrecision(6))}${unit === "times" ? "×" : "\u00a0%"}`;
}

/** What it looks at. */
export function ruleScope({ metric, applies_to: pattern, priority }: AlertRuleShown): string {
  return METRICS[metric].ofEndpoints ? scopeWords({ pattern, priority }) : SUBJECTS[metric] ?? "every process";
}

const SUBJECTS: Partial<Record<AlertMetric, string>> = { no_data: "every service", store: "the store", unfolded: "the store" };

export const RULE_SOURCE_WORDS: Record<string, string> = { page: "This page", settings: "Settings", default: "Default" };

/** Which of several with one id holds. */
export function rulePlace({ source, overrides, is_in_force: isInForce, enabled }: AlertRuleShown): string {
  if (!enabled) return "switched off";
  if (!isInForce) return "changed by another place";
  return source === "page" && overrides ? "holds, in place of the settings’" : "holds";
}

/** Those that somebody chose, and those that are as they came. */
export function dividedRules(rules: readonly AlertRuleShown[]): { chosen: AlertRuleShown[]; usual: AlertRuleShown[] } {
  const changed = new Set(rules.filter(({ source }) => source !== "default").map(({ id }) => id));
  return {
    chosen: rules.filter((rule) => changed.has(rule.id)),
    usual: rules.filter((rule) => !changed.has(rule.id)),
  };
}

export interface RuleDraft {
  /** Null: it is new, and is called after its name. */
  id: string | null;
  name: string;
  metric: AlertMetric;
  /** In the metric's unit; empty for none. */
  warning: string;
  critical: string;
  appliesTo: string;
  priority: Priority | null;
  /** The percentile that the bounds are of. */
  percentile: string;
  keepSeconds: string;
  windowSeconds: string;
  clearSeconds: string;
  minimumSamples: string;
  enabled: boolean;
}

export const RULE_FIELDS = [
  "id", "name", "metric", "warning", "critical", "applies_to", "priority", "share", "keep_seconds", "window_seconds",
  "clear_seconds", "minimum_samples",
] as const;
export type RuleField = (typeof RULE_FIELDS)[number];

export const NEW_RULE: RuleDraft = {
  id: null, name: "", metric: "response_time", warning: "", critical: "", appliesTo: "", priority: null, percentile: "95",
  keepSeconds: "60", windowSeconds: "300", clearSeconds: "120", minimumSamples: "10", enabled: true,
};

export function ruleDraftOf(rule: AlertRuleShown): RuleDraft {
  const { id, name, metric, priority, enabled } = rule;
  const bound = (value: number | null) => (value === null ? "" : String(Number((value * FACTORS[METRICS[metric].unit]).toPrecision(9))));
  return {
    id, name, metric, warning: bound(rule.warning), critical: bound(rule.critical), appliesTo: rule.applies_to, priority,
    percentile: String(Number(((1 - rule.share) * 100).toFixed(6))), keepSeconds: String(rule.keep_seconds),
    windowSeconds: String(rule.window_seconds), clearSeconds: String(rule.clear_seconds),
    minimumSamples: String(rule.minimum_samples), enabled,
  };
}

/**
 * As the server takes it: what is as in `below`, the rule that it changes, is left to that. `taken` are
 * the ids of others. Refused where a number is none.
 */
export function ruleOf(draft: RuleDraft, below: AlertRuleShown | null, taken: readonly string[]): AlertRule {
  const { metric, priority, enabled } = draft;
  const { unit, ofEndpoints = false } = METRICS[metric];
  const bound = (field: RuleField, text: string) => (text.trim() === "" ? null : Number((asNumber(field, text) / FACTORS[unit]).toPrecision(12)));
  const name = draft.name.trim() || METRICS[metric].word;
  const whole = {
    name, warning: bound("warning", draft.warning), critical: bound("critical", draft.critical),
    window_seconds: asNumber("window_seconds", draft.windowSeconds), keep_seconds: asNumber("keep_seconds", draft.keepSeconds),
    clear_seconds: asNumber("clear_seconds", draft.clearSeconds), minimum_samples: asNumber("minimum_samples", draft.minimumSamples),
    ...(ofEndpoints ? { applies_to: draft.appliesTo.trim() || null, priority } : {}),
    ...(metric === "response_time" ? { share: Number((1 - asNumber("share", draft.percentile) / 100).toFixed(9)) } : {}),
  };
  const id = draft.id ?? freeId(name, taken);
  return { id, metric, enabled, ...(below ? changed(whole, below) : whole) };
}

/** The bounds go together: the server lets go of one that the other passes, and would refuse both. */
function changed(whole: Partial<AlertRule>, below: AlertRuleShown): Partial<AlertRule> {
  const before = { ...below, applies_to: below.applies_to || null } as Record<string, unknown>;
  const isOther = (name: string) => whole[name as keyof AlertRule] !== before[name];
  const areBoundsOther = ["warning", "critical"].some(isOther);
  return Object.fromEntries(Object.entries(whole).filter(([name, value]) =>
    (name === "warning" || name === "critical" ? areBoundsOther && value !== null : isOther(name))));
}

/** The rule that one of the page changes: the settings' or the default of its id; null for one of its own. */
export function ruleBelow(rules: readonly AlertRuleShown[], id: string | null): AlertRuleShown | null {
  return rules.find((rule) => rule.id === id && rule.source !== "page") ?? null;
}
