// What the Alerts screen says of alerts: their states in one order, and incidents as chains.

import type { AlertPage, AlertRow, AlertsAsked, AlertState, Grade, IncidentRow } from "../api/client";
import * as format from "../format";
import type { Sentence } from "./sentence";
import type { Traffic } from "./traffic";

const MOST_ALERTS = 200; // on the screen; the server gives more as a file

/** Alerts are of all processes together: words, one method and the priority keep some, the other filters do not. */
export function alertsAsked({ search, priority, lists }: Traffic, state: AlertState | null): AlertsAsked {
  const method = lists.method.length === 1 ? lists.method[0] : "";
  return { search: [method, search].filter(Boolean).join(" "), priority, states: state ? [state] : [], limit: MOST_ALERTS };
}

/** The one that needs somebody most first; it never follows the counts. */
export const ALERT_STATES: readonly AlertState[] = [
  "firing", "flapping", "acknowledged", "silenced", "pending", "resolved", "ok",
];

/** Those of the tiles: what is well is no alert. */
export const TILE_STATES: readonly AlertState[] = ALERT_STATES.filter((state) => state !== "ok");

export const ALERT_STATE_WORDS: Record<AlertState, { word: string; means: string }> = {
  firing: { word: "Firing", means: "past its bound for long enough to tell people" },
  flapping: { word: "Flapping", means: "fires and ends again and again" },
  acknowledged: { word: "Acknowledged", means: "somebody looks after it" },
  silenced: { word: "Silenced", means: "holds, and a silence tells nobody of it" },
  pending: { word: "Pending", means: "past its bound, not for long enough yet" },
  resolved: { word: "Resolved", means: "over" },
  ok: { word: "OK", means: "well" },
};

export const SEVERITY_WORDS: Record<Grade, string> = {
  critical: "Critical", warning: "Warning", good: "Minor", excellent: "Note",
};

const NEED_SOMEBODY: ReadonlySet<AlertState> = new Set(["firing", "flapping", "silenced"]);
const HOLD: ReadonlySet<AlertState> = new Set([...NEED_SOMEBODY, "acknowledged"]);

export type Act = "acknowledge" | "resolve";

/** Whether an act changes anything of an alert in that state. */
export function canAct(act: Act, { state }: Pick<AlertRow, "state">): boolean {
  return (act === "acknowledge" ? NEED_SOMEBODY : HOLD).has(state);
}

export function holds({ state }: Pick<AlertRow, "state">): boolean {
  return HOLD.has(state);
}

const VALUE_TEXTS: Record<string, (value: number) => string> = {
  seconds: format.duration, ratio: format.errorShare, per_second: format.rate, bytes: format.size, count: format.count,
};

/** “1.55 s” in the alert's own unit. */
export function valueText(value: number, unit: string): string {
  return (VALUE_TEXTS[unit] ?? format.significant)(value);
}

/** “1.55 s, bound 1 s”; of what has no bound, the value alone. */
export function measureWords({ current_value: value, threshold, unit }: AlertRow): string {
  return `${valueText(value, unit)}, bound ${valueText(threshold, unit)}`;
}

/** “of 1,204 in 5 min”: what the value was made of; empty where the alert does not tell. */
export function sampleWords({ sample_count: count, window_seconds: seconds }: AlertRow): string {
  if (count === 0) return "";
  return seconds > 0 ? `n = ${format.count(count)} in ${format.span(Math.round(seconds))}` : `n = ${format.count(count)}`;
}

/** An incident with its alerts, the one that explains the others first. */
export interface Chain {
  incident: IncidentRow;
  alerts: AlertRow[];
  /** Alerts of it that the filters leave out. */
  leftOut: number;
  /** Why the cause is believed, without what the alerts themselves say below. */
  evidence: string[];
}

export interface Chains {
  open: Chain[];
  /** Alerts of no incident: pending, or handed in and not told of yet. */
  loose: AlertRow[];
  over: Chain[];
}

/** The alerts of a page under their incidents, in the server's order. */
export function chainsOf({ alerts, incidents }: AlertPage): Chains {
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  const chains = incidents.map((incident) => chainOf(incident, byId)).filter((chain) => chain.alerts.length > 0);
  const open = chains.filter(({ incident }) => incident.ended_at === null);
  const over = chains.filter(({ incident }) => incident.ended_at !== null);
  const chained = new Set(chains.flatMap((chain) => chain.alerts.map(({ id }) => id)));
  return {
    open: open.sort((a, b) => urgency(a) - urgency(b)), // those alike stay by time, the newest first
    loose: alerts.filter(({ id }) => !chained.has(id)),
    over,
  };
}

function chainOf(incident: IncidentRow, byId: ReadonlyMap<string, AlertRow>): Chain {
  const alerts = incident.alerts.flatMap((id) => byId.get(id) ?? []);
  const said = new Set(alerts.map(({ message }) => message));
  return {
    incident, alerts, leftOut: incident.alerts.length - alerts.length,
    evidence: incident.evidence.filter((sentence) => !said.has(sentence)),
  };
}

function urgency({ incident }: Chain): number {
  return ALERT_STATES.indexOf(incident.state);
}

const SHOWN = 4; // of those that go with another

/** What stands open of many alerts, and what waits to be opened; a single one is no longer than the words. */
export function foldedAlerts(alerts: readonly AlertRow[], opened: string | null): { shown: AlertRow[]; rest: AlertRow[] } {
  const isOpen = ({ id }: AlertRow, index: number) => index < SHOWN || id === opened;
  const rest = alerts.filter((alert, index) => !isOpen(alert, index));
  return rest.length > 1 ? { shown: alerts.filter(isOpen), rest } : { shown: [...alerts], rest: [] };
}

/** “30 firing, 8 resolved”, those that need somebody most first. */
export function stateCounts(alerts: readonly AlertRow[]): string {
  return ALERT_STATES.map((state) => ({ state, count: alerts.filter((alert) => alert.state === state).length }))
    .filter(({ count }) => count > 0).map(({ state, count }) => `${format.count(count)} ${ALERT_STATE_WORDS[state].word.toLowerCase()}`).join(", ");
}

/** Whether the incident says nothing that its only alert does not. */
export function isSingle({ alerts, incident }: Chain): boolean {
  return alerts.length === 1 && incident.alerts.length === 1;
}

/** What the matter is, since when, in words. `isJudged`: a process judges now; null where that is not known. */
export function alertsSentence(page: AlertPage, isJudged: boolean | null): Sentence {
  const count = (state: AlertState) => page.counts[state] ?? 0;
  const unattended = count("firing") + count("flapping");
  const rest = [
    ...(count("acknowledged") ? [`${count("acknowledged")} looked after`] : []),
    ...(count("silenced") ? [`${count("silenced")} silenced`] : []),
    ...(count("pending") ? [`${count("pending")} past ${count("pending") === 1 ? "its bound" : "their bounds"}, not for long enough yet`] : []),
  ].join(", ");
  if (unattended === 0 && isJudged === false) return { state: "unjudged", title: "Nobody judges what is measured.", detail: JUDGE_WORDS };
  if (unattended === 0) {
    const title = rest ? "Nothing fires that nobody looks after." : "No alert fires.";
    return { state: "ok", title, detail: rest ? sentenceOf(rest) : restDetail(count("resolved")) };
  }
  const title = `${format.count(unattended)} ${unattended === 1 ? "alert needs" : "alerts need"} somebody.`;
  return { state: "firing", title, detail: [causeDetail(page), rest && sentenceOf(rest)].filter(Boolean).join(" ") };
}

/** What has it judged. */
export const JUDGE_WORDS = "No process that reports judges: the setting analysis, “thread” or “process”, has one do it.";

function restDetail(resolved: number): string {
  return resolved === 0 ? "Nothing was past its bound in the last thirty days."
    : `${format.count(resolved)} resolved lately ${resolved === 1 ? "is" : "are"} below.`;
}

/** Of the gravest incident that is open. */
function causeDetail(page: AlertPage): string {
  const [first] = chainsOf(page).open;
  if (!first) return "";
  const since = format.clock(first.incident.began_at);
  return isSingle(first) ? `Since ${since}.` : `Since ${since}. Likely cause: ${asPart(first.incident.cause)}.`;
}

function asPart(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

function sentenceOf(words: string): string {
  return `${capitalised(words)}.`;
}

/** As a sentence begins. */
export function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How many need somebody, for the navigation; null where nothing is known. */
export function firingCount(counts: Readonly<Record<string, number>> | null): number | null {
  return counts && (counts["firing"] ?? 0) + (counts["flapping"] ?? 0);
}

const HOUR = 3600;
const MOST_LATELY = 5;

/** The alerts that changed their state in the last hour, the newest first. */
export function lastHour({ alerts, as_of: asOf }: AlertPage): AlertRow[] {
  return alerts.filter(({ at }) => at > asOf - HOUR).sort((a, b) => b.at - a.at).slice(0, MOST_LATELY);
}
