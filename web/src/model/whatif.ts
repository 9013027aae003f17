// What another objective would have said: which targets and bounds can be tried, and how one is kept.

import type { Backtest, Objective, ObjectiveShown } from "../api/client";
import * as format from "../format";
import { leftWords, targetWords } from "./objectives";

const TARGETS = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999];
const FACTORS = [0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10];

/** How much of the past an objective is tried on. */
export const TRIED_DAYS: readonly { value: number; content: string }[] = [
  { value: 1, content: "1 day" }, { value: 7, content: "7 days" }, { value: 14, content: "14 days" },
];

/** The targets to choose from, the objective's own among them. */
export function targetsFor({ target }: Pick<ObjectiveShown, "target">): number[] {
  return [...new Set([...TARGETS, target])].sort((a, b) => a - b);
}

/** The bounds to choose from, around the objective's own; none for one without. */
export function boundsFor({ bound }: Pick<ObjectiveShown, "bound">): number[] {
  return bound === null ? [] : FACTORS.map((factor) => Number((bound * factor).toPrecision(3)));
}

export function boundWords({ kind }: Pick<ObjectiveShown, "kind">, bound: number): string {
  return kind === "throughput" ? format.rate(bound) : format.duration(bound);
}

/** As the server takes it. */
export function asObjective(
  { id, name, kind, target, bound, pattern, priority, period_days, errors, minimum_events, alerts, enabled }: ObjectiveShown,
): Objective {
  return { id, name, kind, target, bound, pattern, priority, period_days, errors, minimum_events, alerts, enabled };
}

/** The same for one endpoint alone: it outranks what holds by priority. */
export function forEndpoint(objective: Objective, endpointId: string, endpoint: string): Objective {
  const { kind } = objective;
  return {
    ...objective, id: `${kind}-${endpointId}`, pattern: endpoint, priority: null,
    name: `${kind[0]!.toUpperCase()}${kind.slice(1)} of ${endpoint}`.slice(0, LONGEST_NAME),
  };
}

const LONGEST_NAME = 200; // as the server takes it

/** “98.2 % of 12,345 requests were well, 95 % are wanted. 35 % left. It would have alerted 3 times.” */
export function backtestWords({ good_ratio: good, event_count: count, budget_left_ratio: left, alerts }: Backtest, objective: Objective): string {
  const what = objective.kind === "throughput" ? "minutes" : "requests";
  if (good === null) return `No ${what} in that time.`;
  const wanted = `${format.errorShare(good)} of ${format.count(count)} ${what} were well; ${targetWords(objective.target)} are wanted`;
  return `${wanted}. Of the budget: ${leftWords(left)}. ${alertedWords(alerts.length)}`;
}

function alertedWords(count: number): string {
  if (count === 0) return "It would have alerted nobody.";
  return `It would have alerted ${count === 1 ? "once" : `${format.count(count)} times`}.`;
}
