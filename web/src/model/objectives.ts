// What the Objectives screen says: where each endpoint stands, in words and by one of few states.

import type { ObjectivePage, ObjectiveRow, ObjectiveShown } from "../api/client";
import * as format from "../format";
import type { Sentence } from "./sentence";

/** An endpoint under one of its objectives. */
export interface Goal {
  /** Names it in the address. */
  id: string;
  row: ObjectiveRow;
  objective: ObjectiveShown;
  standing: Standing;
}

export interface Standing {
  state: "ok" | "pending" | "firing" | "unjudged";
  word: string;
}

const LITTLE_LEFT = 0.25; // of the budget, as the meter turns amber

/** The rows of a page with what is promised, in the server's order: the least budget first. */
export function goalsOf({ rows, objectives }: ObjectivePage): Goal[] {
  const inForce = new Map(objectives.filter((each) => each.is_in_force).map((each) => [each.id, each]));
  return rows.flatMap((row) => {
    const objective = inForce.get(row.objective_id);
    return objective ? [{ id: goalId(row), row, objective, standing: standingOf(row) }] : [];
  });
}

export function goalId(row: Pick<ObjectiveRow, "objective_id" | "endpoint_id">): string {
  return `${row.objective_id}/${row.endpoint_id}`;
}

export function standingOf({ budget_left_ratio: left, burns }: ObjectiveRow): Standing {
  if (left === null) return { state: "unjudged", word: "No events" };
  if (left <= 0) return { state: "firing", word: "Missed" };
  const breached = burns.filter((burn) => burn.is_breached);
  if (breached.some(({ severity }) => severity === "critical")) return { state: "firing", word: "Burns fast" };
  if (breached.length > 0) return { state: "pending", word: "Burns" };
  return left < LITTLE_LEFT ? { state: "pending", word: "Little left" } : { state: "ok", word: "Kept" };
}

/** A target as people say it: 99.9 %, 95 %, never rounded to all. */
export function targetWords(target: number): string {
  return format.joined({ number: String(Number((target * 100).toFixed(4))), unit: "%" });
}

/** “95 % under 500 ms”. */
export function promiseWords({ kind, target, bound }: Pick<ObjectiveShown, "kind" | "target" | "bound">): string {
  const share = targetWords(target);
  if (kind === "latency") return `${share} within ${format.duration(bound)}`;
  if (kind === "throughput") return `${share} of minutes with at least ${format.rate(bound ?? 0)}`;
  return `${share} without error`;
}

/** Which endpoints it is of. */
export function scopeWords({ pattern, priority }: Pick<ObjectiveShown, "pattern" | "priority">): string {
  if (pattern) return priority ? `${pattern}, where ${priority.toUpperCase()}` : pattern;
  return priority ? `${priority.toUpperCase()} endpoints` : "all endpoints";
}

export const SOURCE_WORDS: Record<ObjectiveShown["source"], string> = {
  page: "This page", settings: "Settings", default: "By priority",
};

/** Which of several with one id holds. */
export function placeWords({ source, overrides, is_in_force: isInForce, enabled }: ObjectiveShown): string {
  if (!isInForce) return enabled ? "Another of this id holds" : "Switched off";
  if (overrides) return source === "page" ? "Holds, in place of the one elsewhere" : "Holds, in place of the default";
  return "Holds";
}

/** “62 % left”, “used up, 3.2× over”. */
export function leftWords(left: number | null): string {
  if (left === null) return "–";
  if (left > 0) return `${format.roundShare(left)} left`;
  return left === 0 ? "used up" : `${format.significant(1 - left)}× used`;
}

/** “61 %”, whole and never more than there is; “none” where it is used up. */
export function budgetText(left: number): string {
  if (left <= 0) return "none";
  return left < 0.01 ? "<1\u00a0%" : `${Math.floor(left * 100)}\u00a0%`;
}

/** “15.2×”: how many times as fast as the budget lasts. */
export function burnWords(rate: number | null): string {
  if (rate === null) return "–";
  if (rate > 0 && rate < 0.005) return "<0.01×";
  return `${rate >= 10 ? format.significant(rate) : rate.toFixed(rate === 0 ? 0 : 2)}×`;
}

/** When the budget ends, and how sure that is: “5 Nov 13:51”, “4 Nov 09:00 to 9 Nov 18:30”. */
export function endParts({ exhaustion, budget_left_ratio: left }: Pick<ObjectiveRow, "exhaustion" | "budget_left_ratio">, now: number): { at: string; interval: string } {
  if (left !== null && left <= 0) return { at: "gone", interval: "" };
  if (exhaustion === null) return { at: "–", interval: "" };
  const { at, earliest, latest } = exhaustion;
  const said = (instant: number) => format.moment(instant, now);
  if (at === null) return { at: earliest === null ? "not within its period" : `not before ${said(earliest)}`, interval: "" };
  return { at: said(at), interval: `${earliest === null ? "–" : said(earliest)} ${latest === null ? "or much later" : `to ${said(latest)}`}` };
}

/** Both in one line: “5 Nov 13:51 (4 Nov 09:00 to 9 Nov 18:30)”. */
export function endWords(row: Pick<ObjectiveRow, "exhaustion" | "budget_left_ratio">, now: number): string {
  const { at, interval } = endParts(row, now);
  return interval ? `${at} (${interval})` : at;
}

/** “burn 5.8× in 1 h”: of the window that tells soonest. */
export function paceWords({ burns: [soonest] }: Pick<ObjectiveRow, "burns">): string {
  return soonest && soonest.long_rate !== null ? `burn ${burnWords(soonest.long_rate)} in ${format.span(soonest.long_seconds)}` : "";
}

const SHOWN = 8; // of those that are kept, where nothing else is the matter

/** What stands open, and what is kept and waits to be opened; a single one is no longer than the words. */
export function foldedGoals(goals: readonly Goal[], opened: string | null): { shown: Goal[]; rest: Goal[] } {
  const isOpen = ({ id, standing }: Goal, index: number) => index < SHOWN || standing.state === "firing" || standing.state === "pending" || id === opened;
  const [shown, rest] = [goals.filter(isOpen), goals.filter((goal, index) => !isOpen(goal, index))];
  return rest.length > 1 ? { shown, rest } : { shown: [...goals], rest: [] };
}

/** What the matter is, in words. */
export function objectivesSentence(goals: readonly Goal[]): Sentence {
  const of = (state: Standing["state"]) => goals.filter(({ standing }) => standing.state === state);
  const [missed, burning] = [of("firing"), of("pending")];
  const [worst] = missed.length > 0 ? missed : burning;
  if (!worst) return calmSentence(goals);
  const { row, objective, standing } = worst;
  const count = missed.length > 0 ? missed.length : burning.length;
  const title = missed.length > 0
    ? `${format.count(count)} ${count === 1 ? "objective is" : "objectives are"} missed, or about to be.`
    : `${format.count(count)} ${count === 1 ? "budget needs" : "budgets need"} watching.`;
  return {
    state: missed.length > 0 ? "firing" : "pending", title,
    detail: `First ${row.endpoint}, ${promiseWords(objective)}: ${standing.word.toLowerCase()}, ${leftWords(row.budget_left_ratio)}.`,
  };
}

function calmSentence(goals: readonly Goal[]): Sentence {
  const judged = goals.filter(({ standing }) => standing.state === "ok").length;
  if (judged === 0) return { state: "unjudged", title: "Nothing to judge objectives by yet.", detail: "They count what was measured in the last days." };
  return { state: "ok", title: "Every objective is kept.", detail: `${format.count(judged)} error budgets have enough left.` };
}

const MOST_WORST = 4;

/** The missed and the burning, the least budget first. */
export function worstGoals(goals: readonly Goal[]): Goal[] {
  return goals.filter(({ standing: { state } }) => state === "firing" || state === "pending").slice(0, MOST_WORST);
}
