// What alerts and objectives say of each endpoint, beside its numbers.

import type { AlertPage, AlertRow, ObjectivePage } from "../api/client";
import * as format from "../format";
import { ALERT_STATE_WORDS, ALERT_STATES, holds } from "./alerts";
import { type Goal, goalsOf } from "./objectives";

export interface Judged {
  /** The one that needs somebody most; null where all is well. */
  alert: AlertRow | null;
  /** The objective of which the least is left; null where none holds for it. */
  goal: Goal | null;
}

const UNJUDGED: Judged = { alert: null, goal: null };

export type JudgedById = ReadonlyMap<string, Judged>;

/** Null stands for what was not answered yet, or is switched off. */
export function judgedById(alerts: AlertPage | null, objectives: ObjectivePage | null): JudgedById {
  const found = new Map<string, Judged>();
  for (const alert of [...(alerts?.alerts ?? [])].sort(byUrgency)) {
    const known = judgedOf(found, alert.subject);
    if (known.alert === null && isStanding(alert)) found.set(alert.subject, { ...known, alert });
  }
  for (const goal of objectives ? goalsOf(objectives) : []) { // the least budget first
    const known = judgedOf(found, goal.row.endpoint_id);
    if (known.goal === null) found.set(goal.row.endpoint_id, { ...known, goal });
  }
  return found;
}

export function judgedOf(judged: JudgedById, endpointId: string): Judged {
  return judged.get(endpointId) ?? UNJUDGED;
}

/** “Firing since 13:47”. */
export function alertChip({ state, began_at, fired_at }: Pick<AlertRow, "state" | "began_at" | "fired_at">): string {
  return `${ALERT_STATE_WORDS[state].word} since ${format.clock(fired_at ?? began_at)}`;
}

function isStanding(alert: AlertRow): boolean {
  return holds(alert) || alert.state === "pending";
}

function byUrgency(a: AlertRow, b: AlertRow): number {
  return ALERT_STATES.indexOf(a.state) - ALERT_STATES.indexOf(b.state);
}
