// What a silence is about, in words and as the server takes it.

import type { AlertRow, NewSilence, SilenceRow } from "../api/client";
import * as format from "../format";
import { Refused } from "./refusals";

export const SILENCE_SPANS: readonly (readonly [seconds: number, words: string])[] = [
  [3600, "1\u00a0h"], [4 * 3600, "4\u00a0h"], [86_400, "1\u00a0day"], [7 * 86_400, "1\u00a0week"],
];

export interface SilenceScope {
  name: "alert" | "endpoint" | "rule";
  word: string;
  means: string;
  matcher: Pick<NewSilence, "alert" | "endpoint" | "rule">;
}

/** What can be silenced at an alert, the least first. */
export function silenceScopes({ id, endpoint, rule }: Pick<AlertRow, "id" | "endpoint" | "rule">): SilenceScope[] {
  const scopes: SilenceScope[] = [
    { name: "alert", word: "This alert", means: "Nobody is told of this one alert.", matcher: { alert: id } },
    { name: "endpoint", word: "Its endpoint", means: `Nobody is told of any alert of ${endpoint}.`, matcher: { endpoint } },
    { name: "rule", ...ruleScope(rule) },
  ];
  return scopes.filter(({ name }) => name !== "endpoint" || TEMPLATE.test(endpoint)); // a service or process has none
}

const HALF = /\/(page|ticket)$/;

/** An objective tells by a page and by a ticket: silenced is the objective, which is both. */
function ruleScope(rule: string): Omit<SilenceScope, "name"> {
  if (!HALF.test(rule)) return { word: "Its rule", means: `Nobody is told of any alert of the rule “${rule}”.`, matcher: { rule } };
  const objective = rule.replace(HALF, "");
  return { word: "Its objective", means: `Nobody is told of the objective “${objective}”, by page or by ticket.`, matcher: { rule: objective } };
}

const TEMPLATE = /^(\S+ )?\//;

/** The rules and objectives that can be silenced by their ids. */
export function silenceableRules(alerts: readonly AlertRow[], rules: readonly { id: string }[]): string[] {
  const told = alerts.map(({ rule }) => rule.replace(HALF, ""));
  return [...new Set([...told, ...rules.map(({ id }) => id)])].filter(Boolean);
}

/** “GET /api/*, rule latency”; an alert by what it says, where that is known. */
export function silenceWords(silence: SilenceRow, messageOf: (id: string) => string | null): string {
  const { alert, endpoint, rule, severity, instance } = silence;
  return [
    alert && (messageOf(alert) ?? `alert ${alert}`),
    endpoint === "*" ? "every alert" : endpoint,
    rule && `rule ${rule}`,
    severity && `severity ${severity}`,
    instance && `process ${instance}`,
  ].filter(Boolean).join(", ");
}

export interface SilenceDraft {
  what: "endpoint" | "rule" | "all";
  endpoint: string;
  rule: string;
  /** As a field of day and clock has them; an empty beginning is now. */
  from: string;
  until: string;
}

export const SILENCE_FIELDS = ["endpoint", "rule", "starts_at", "ends_at"] as const;

/** An hour from now on, as fields show it. */
export function newSilence(now: number): SilenceDraft {
  return { what: "endpoint", endpoint: "", rule: "", from: "", until: fieldTime(now + 3600) };
}

/** Day and clock to the minute. */
export function fieldTime(instant: number): string {
  return format.zonedTime(instant).slice(0, 16);
}

/** As long from the beginning on, which is now where none is told. */
export function lasting(draft: SilenceDraft, seconds: number, now: number): SilenceDraft {
  const start = draft.from === "" ? now : format.instantOf(draft.from);
  return Number.isFinite(start) ? { ...draft, until: fieldTime(start + seconds) } : draft;
}

/** As the server takes it; Refused for instants that are none. */
export function asSilence({ what, endpoint, rule, from, until }: SilenceDraft): NewSilence {
  const ends = format.instantOf(until);
  const starts = from === "" ? null : format.instantOf(from);
  if (what === "endpoint" && endpoint.trim() === "") throw new Refused("endpoint = '' is refused: name one, or a pattern such as GET /api/*");
  if (what === "rule" && rule.trim() === "") throw new Refused("rule = '' is refused: name an alert rule or an objective");
  if (Number.isNaN(starts)) throw new Refused("starts_at is refused: give a day and a time, or neither for now");
  if (Number.isNaN(ends)) throw new Refused("ends_at is refused: give a day and a time");
  if (starts !== null && ends <= starts) throw new Refused("ends_at is refused: it lies before the beginning");
  const matcher = what === "endpoint" ? { endpoint: endpoint.trim() } : what === "rule" ? { rule: rule.trim() } : { endpoint: "*" };
  return { ...matcher, starts_at: starts, ends_at: ends };
}

/** “ends 14:51, in 42 min”, “begins 18:00, ends 20:00”. */
export function silenceTime({ starts_at: start, ends_at: end, is_active: isActive }: SilenceRow, now: number): string {
  if (!isActive) return `begins ${format.moment(start, now)}, ends ${format.moment(end, now)}`;
  return `ends ${format.moment(end, now)}, in ${format.age(end - now)}`;
}
