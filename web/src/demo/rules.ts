// The story's alert rules: those by priority, a few of processes, and two of the page.

import type { AlertRuleShown, Priority } from "../api/client";
import { PRIORITIES } from "../model/rows";

function shown(part: Partial<AlertRuleShown> & Pick<AlertRuleShown, "id" | "name" | "metric">): AlertRuleShown {
  return {
    warning: null, critical: null, applies_to: "", priority: null, window_seconds: 300, keep_seconds: 60, clear_seconds: 120,
    clear_ratio: 0.8, minimum_samples: 10, share: 0.05, while_saturated: false, enabled: true, reason: "", source: "default",
    overrides: false, is_in_force: true, ...part,
  };
}

const BOUNDS: Record<Priority, [warning: number, critical: number]> = {
  critical: [0.5, 1], high: [1, 2], medium: [2, 5], low: [5, 10],
};
const SLOW = PRIORITIES.map((priority) => shown({
  id: `response_time-${priority}`, name: `Slow responses, priority ${priority}`, metric: "response_time", priority,
  warning: BOUNDS[priority][0], critical: BOUNDS[priority][1], keep_seconds: 120,
}));

export const RULES: readonly AlertRuleShown[] = [
  shown({ id: "reports", name: "Reports may take their time", metric: "response_time", applies_to: "GET /api/reports/*", warning: 20, source: "page" }),
  shown({ ...SLOW[1]!, warning: 0.8, source: "page" }),
  ...SLOW.map((rule, index) => (index === 1 ? { ...rule, is_in_force: false } : rule)),
  ...PRIORITIES.map((priority) => shown({
    id: `errors-${priority}`, name: `Failing requests, priority ${priority}`, metric: "errors", priority, keep_seconds: 30,
    warning: priority === "critical" ? 0.001 : 0.01, critical: priority === "critical" ? 0.05 : 0.1,
  })),
  shown({ id: "traffic", name: "Fewer requests than usual", metric: "traffic", warning: 0.5, critical: 0.1, window_seconds: 600, keep_seconds: 120 }),
  shown({ id: "loop_lag", name: "The event loop is late", metric: "loop_lag", warning: 0.1, critical: 0.5 }),
  shown({ id: "no_data", name: "A service is silent", metric: "no_data", warning: 30, critical: 60, keep_seconds: 20 }),
];
