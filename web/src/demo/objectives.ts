// The story's objectives: each priority's own, and one of the page for the checkout.

import type { Backtest, BacktestAsked, BudgetSeries, EndpointSummary, ObjectivePage, ObjectiveRow, ObjectiveShown, Priority } from "../api/client";
import { hasRoute, nameOf, PRIORITIES } from "../model/rows";
import { noise } from "./noise";

const DAY = 86_400;
const BOUNDS: Record<Priority, number> = { critical: 0.5, high: 1, medium: 2, low: 5 };
const RULES = [[3600, 300, 14.4, "critical"], [21_600, 1800, 6, "critical"], [3 * DAY, 21_600, 1, "warning"]] as const;

function shown(part: Partial<ObjectiveShown> & Pick<ObjectiveShown, "id" | "name" | "kind" | "target">): ObjectiveShown {
  return {
    bound: null, pattern: "", priority: null, period_days: 30, errors: {}, minimum_events: 5, alerts: true, enabled: true,
    source: "default", overrides: false, is_in_force: true, never_fires: "", ...part,
  };
}

const OWN = shown({
  id: "checkout", name: "Checkout, as agreed with the shop", kind: "latency", target: 0.99, bound: 1, pattern: "POST /api/checkout",
  source: "page", overrides: true,
});
const ALL: readonly ObjectiveShown[] = [
  OWN,
  { ...OWN, target: 0.95, source: "settings", overrides: false, is_in_force: false },
  ...PRIORITIES.flatMap((priority) => [
    shown({ id: `${priority}-latency`, name: `Latency of ${priority} endpoints`, kind: "latency", target: 0.95, bound: BOUNDS[priority], priority }),
    shown({ id: `${priority}-availability`, name: `Availability of ${priority} endpoints`, kind: "availability", target: priority === "critical" ? 0.999 : 0.99, priority }),
  ]),
];

export function objectivesAt(now: number, endpoints: readonly EndpointSummary[]): ObjectivePage {
  const rows = endpoints.filter((row) => hasRoute(row) && row.kind === "http" && row.response_time.count > 0)
    .flatMap((endpoint) => ofEndpoint(endpoint).map((objective) => rowOf(endpoint, objective, now)))
    .sort((a, b) => (a.budget_left_ratio ?? 9) - (b.budget_left_ratio ?? 9));
  return {
    as_of: now, is_whole: true, objectives: [...ALL], total: rows.length, offset: 0, limit: 2000, rows,
    method: "the last 24 h go on; 80 % interval, widened by how much the hours differ",
    source: "the SRE workbook, chapter 5",
  };
}

function ofEndpoint(row: EndpointSummary): ObjectiveShown[] {
  const byPriority = ALL.filter(({ source, priority }) => source === "default" && priority === row.priority);
  return nameOf(row) === OWN.pattern ? [OWN, ...byPriority.filter(({ kind }) => kind !== OWN.kind)] : byPriority;
}

function rowOf(row: EndpointSummary, objective: ObjectiveShown, now: number): ObjectiveRow {
  const bad = objective.kind === "latency" ? slowShare(row, objective.bound!) : (row.error_ratio ?? 0) * 0.6;
  const used = bad / (1 - objective.target);
  const left = 1 - used;
  const count = Math.round((row.rate_per_second ?? 0) * 30 * DAY);
  const end = now + (left * 30 * DAY) / Math.max(used, 0.01);
  return {
    objective_id: objective.id, endpoint_id: row.id, endpoint: nameOf(row), service: row.service, priority: row.priority,
    event_count: count, bad_count: Math.round(count * bad), covered_seconds: 30 * DAY, good_ratio: 1 - bad, budget_left_ratio: left,
    is_met: left >= 0,
    burns: RULES.map(([long, short, factor, severity], index) => {
      const rate = used * [3.1, 1.6, 1.1][index]!;
      return {
        long_seconds: long, short_seconds: short, factor, severity, long_rate: rate, short_rate: rate * 1.05,
        is_breached: rate > factor, can_fire: factor < 1 / (1 - objective.target), is_known: true,
      };
    }),
    exhaustion: left <= 0 ? { at: now, earliest: now, latest: now, burn_rate: used }
      : { at: end < now + 30 * DAY ? end : null, earliest: end < now + 60 * DAY ? now + (end - now) * 0.5 : null, latest: end < now + 20 * DAY ? now + (end - now) * 1.6 : null, burn_rate: used },
  };
}

/** How many take longer than the bound: as if durations were log-normal. */
function slowShare({ response_time: { p50_seconds: p50, p95_seconds: p95 } }: EndpointSummary, bound: number): number {
  const deviations = (1.64 * Math.log(bound / p50!)) / Math.log(p95! / p50!);
  return 1 / (1 + Math.exp(1.7 * deviations));
}

export function budgetAt(now: number, row: ObjectiveRow): BudgetSeries {
  const times = Array.from({ length: 720 }, (_, hour) => now - (719 - hour) * 3600);
  return {
    objective_id: row.objective_id, endpoint_id: row.endpoint_id, endpoint: row.endpoint, start: now - 30 * DAY, end: now, as_of: now,
    event_count: row.event_count, bad_count: row.bad_count, good_ratio: row.good_ratio, budget_left_ratio: row.budget_left_ratio,
    times, left_ratio: fallTo(row.budget_left_ratio ?? 1, times.length),
  };
}

function fallTo(left: number, steps: number): number[] {
  return Array.from({ length: steps }, (_, step) => 1 - (1 - left) * ((step + 1) / steps) ** 1.4 * (1 + 0.02 * noise("budget", step)));
}

export function backtestAt(now: number, { objective, days = 7 }: BacktestAsked, endpoint: EndpointSummary): Backtest {
  const bad = objective.kind === "latency" ? slowShare(endpoint, objective.bound!) : (endpoint.error_ratio ?? 0) * 0.6;
  const left = 1 - bad / (1 - objective.target);
  const times = Array.from({ length: 168 }, (_, step) => now - ((167 - step) * days * DAY) / 168);
  const count = Math.round((endpoint.rate_per_second ?? 0) * days * DAY);
  const alertCount = left > 0.5 ? 0 : left > -1 ? 2 : 5;
  return {
    endpoint_id: endpoint.id, endpoint: nameOf(endpoint), start: now - days * DAY, end: now, as_of: now, event_count: count,
    bad_count: Math.round(count * bad), good_ratio: 1 - bad, budget_left_ratio: left, is_met: left >= 0, times,
    left_ratio: fallTo(left, times.length),
    alerts: Array.from({ length: alertCount }, (_, index) => {
      const start = now - ((alertCount - index) * days * DAY) / (alertCount + 1);
      return { start, end: start + 1800 + 600 * index, severity: index % 2 ? "warning" : "critical", burn_rate: (1 - left) * (2 + index) };
    }),
    never_fires: objective.target >= 0.9305 ? ""
      : `A burn rate of 14.4 can never be passed with a target of ${objective.target * 100} %: if everything is bad it is ${(1 / (1 - objective.target)).toPrecision(3)}. Raise the target, or have other rules watch for outages.`,
  };
}
