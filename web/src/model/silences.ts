// What a silence is about, in words and as the server takes it.

import type { AlertRow, NewSilence, SilenceRow } from "../api/client";
import * as format from "../format";

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
    { name: "rule", word: "Its rule", means: `Nobody is told of any alert of the rule “${rule}”.`, matcher: { rule } },
  ];
  return scopes.filter(({ name }) => name !== "endpoint" || TEMPLATE.test(endpoint)); // a service or process has none
}

const TEMPLATE = /^(\S+ )?\//;

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

/** “ends 14:51, in 42 min”, “begins 18:00, ends 20:00”. */
export function silenceTime({ starts_at: start, ends_at: end, is_active: isActive }: SilenceRow, now: number): string {
  if (!isActive) return `begins ${format.moment(start, now)}, ends ${format.moment(end, now)}`;
  return `ends ${format.moment(end, now)}, in ${format.age(end - now)}`;
}
