// An objective as a form has it: texts that people type, and the objective that they mean.

import type { Objective, ObjectiveShown, Priority, Verdict } from "../api/client";
import { promiseWords, scopeWords } from "./objectives";
import { Refused } from "./refusals";

export interface ObjectiveDraft {
  /** Null: it is new, and is called after its name. */
  id: string | null;
  name: string;
  kind: Objective["kind"];
  /** In percent. */
  target: string;
  /** In milliseconds, or requests per second of throughput. */
  bound: string;
  pattern: string;
  priority: Priority | null;
  periodDays: string;
  minimumEvents: string;
  /** Status codes and classes, with spaces or commas between. */
  bad: string;
  ignored: string;
  alerts: boolean;
  enabled: boolean;
}

export const OBJECTIVE_FIELDS = [
  "id", "name", "kind", "target", "bound", "pattern", "priority", "period_days", "minimum_events", "errors",
] as const;
export type ObjectiveField = (typeof OBJECTIVE_FIELDS)[number];

const USUAL_ERRORS: Readonly<Record<string, Verdict>> = { "5xx": "bad", "4xx": "good", "429": "ignored", "499": "ignored" };

export const NEW_OBJECTIVE: ObjectiveDraft = {
  id: null, name: "", kind: "latency", target: "95", bound: "500", pattern: "", priority: null, periodDays: "30",
  minimumEvents: "5", bad: "5xx", ignored: "429, 499", alerts: true, enabled: true,
};

export function draftOf(objective: ObjectiveShown): ObjectiveDraft {
  const { id, name, kind, target, bound, pattern, priority, period_days, minimum_events, errors, alerts, enabled } = objective;
  const said = Object.keys(errors).length > 0 ? errors : USUAL_ERRORS;
  const which = (verdict: Verdict) => Object.keys(said).filter((status) => said[status] === verdict).join(", ");
  return {
    id, name, kind, target: String(Number((target * 100).toFixed(6))), bound: bound === null ? "" : String(shownBound(kind, bound)),
    pattern, priority, periodDays: String(period_days), minimumEvents: String(minimum_events), bad: which("bad"), ignored: which("ignored"),
    alerts, enabled,
  };
}

function shownBound(kind: Objective["kind"], bound: number): number {
  return kind === "latency" ? Number((bound * 1000).toPrecision(9)) : bound;
}

/** As the server takes it; `taken` are the ids of others. Refused where a number is none. */
export function objectiveOf(draft: ObjectiveDraft, taken: readonly string[]): Objective {
  const { kind, pattern, priority, alerts, enabled } = draft;
  const objective = {
    kind, target: Number((asNumber("target", draft.target) / 100).toFixed(9)), bound: boundOf(draft),
    pattern: pattern.trim(), priority, period_days: asNumber("period_days", draft.periodDays),
    minimum_events: asNumber("minimum_events", draft.minimumEvents), errors: errorsOf(draft), alerts, enabled,
  };
  const name = draft.name.trim() || nameOf(objective);
  return { ...objective, name, id: draft.id ?? freeId(name, taken) };
}

function boundOf({ kind, bound }: ObjectiveDraft): number | null {
  if (kind === "availability") return null;
  return kind === "latency" ? Number((asNumber("bound", bound) / 1000).toPrecision(12)) : asNumber("bound", bound);
}

/** A number as people type it: “0,5” too. */
export function asNumber(field: string, text: string): number {
  const plain = text.trim().replace(",", ".");
  if (plain === "" || !Number.isFinite(Number(plain))) throw new Refused(`${field} = '${text}' is refused: give a number`);
  return Number(plain);
}

function errorsOf({ kind, bad, ignored }: ObjectiveDraft): Record<string, Verdict> {
  if (kind !== "availability") return {};
  const listed = (text: string, verdict: Verdict) => text.split(/[\s,]+/).filter(Boolean).map((status): [string, Verdict] => [status.toLowerCase(), verdict]);
  const good = Object.keys(USUAL_ERRORS).map((status): [string, Verdict] => [status, "good"]);
  return Object.fromEntries([...good, ...listed(ignored, "ignored"), ...listed(bad, "bad")]);
}

function nameOf({ kind, target, bound, pattern, priority }: Omit<Objective, "id">): string {
  const promise = promiseWords({ kind, target, bound: bound ?? null });
  return `${promise}, ${scopeWords({ pattern: pattern ?? "", priority: priority ?? null })}`.replaceAll("\u00a0", " ").slice(0, LONGEST_NAME);
}

const LONGEST_NAME = 200;
const LONGEST_ID = 60;

/** What a name is called by in addresses and settings; another with that id gets no second meaning. */
export function freeId(name: string, taken: readonly string[]): string {
  const id = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, LONGEST_ID) || "own";
  if (!taken.includes(id)) return id;
  let count = 2;
  while (taken.includes(`${id}-${count}`)) count += 1;
  return `${id}-${count}`;
}

/** Whether a pattern, as the server reads it, may mean an endpoint: to choose one to try an objective on. */
export function isMeant(pattern: string, endpoint: string): boolean {
  const words = pattern.trim();
  if (words === "") return true;
  const [method, template] = words.includes(" ") ? words.split(/ +/, 2) as [string, string] : ["*", words];
  const [itsMethod = "", itsTemplate = ""] = endpoint.split(" ", 2);
  return glob(method.toUpperCase()).test(itsMethod) && glob(template).test(itsTemplate);
}

function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${escaped}$`, "s");
}
