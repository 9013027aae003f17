// The story's alerts: a slow statement behind two endpoints, somebody at work on a third, a silence.

import type { AlertHistory, AlertPage, AlertRow, AlertsAsked, AlertState, IncidentRow, SilenceRow } from "../api/client";
import { ALERT_STATES } from "../model/alerts";

const STATEMENT = "operation:SELECT … FROM order_items";

interface Told extends Partial<AlertRow> {
  id: string;
  endpoint: string;
  minutesAgo: number;
}

const TOLD: readonly Told[] = [
  {
    id: "a1", endpoint: "POST /api/checkout", minutesAgo: 42, rule: "latency-critical", metric_type: "response_time", unit: "seconds",
    current_value: 1.55, threshold: 0.5, severity: "critical", priority: "critical", state: "firing", incident: "i1", sample_count: 5412,
    window_seconds: 300, causes: [STATEMENT],
    message: "POST /api/checkout answers in 1.55 s at p95, more than its 500 ms (5,412 requests in 5 min). Users wait or give up.",
  },
  {
    id: "a2", endpoint: "GET /api/orders/{order_id}", minutesAgo: 40, rule: "latency-high", metric_type: "response_time", unit: "seconds",
    current_value: 2.31, threshold: 1, severity: "warning", priority: "high", state: "firing", incident: "i1", sample_count: 1830,
    window_seconds: 300, causes: [STATEMENT],
    message: "GET /api/orders/{order_id} answers in 2.31 s at p95, more than its 1 s (1,830 requests in 5 min).",
  },
  {
    id: "a3", endpoint: "GET /api/search", minutesAgo: 130, rule: "errors", metric_type: "error_rate", unit: "ratio",
    current_value: 0.031, threshold: 0.01, severity: "warning", priority: "high", state: "acknowledged", incident: "i2", sample_count: 9120,
    window_seconds: 300, causes: ["status:502"], acknowledged_by: "Mina", author: "Mina", reason: "The search cluster lost a node; it is being replaced",
    message: "3.10 % of GET /api/search fail, more than 1.00 % (9,120 requests in 5 min), most of them with status 502.",
  },
  {
    id: "a4", endpoint: "GET /api/reports/{report_id}", minutesAgo: 200, rule: "latency-low", metric_type: "response_time", unit: "seconds",
    current_value: 11.2, threshold: 5, severity: "warning", priority: "low", state: "silenced", incident: "i3", sample_count: 210,
    window_seconds: 300, author: "Jonas", reason: "The year's reports are made today",
    message: "GET /api/reports/{report_id} answers in 11.2 s at p95, more than its 5 s (210 requests in 5 min).",
  },
  {
    id: "a5", endpoint: "shop-1:4712 (shop-api)", minutesAgo: 2, rule: "loop_lag", metric_type: "loop_lag", unit: "seconds",
    current_value: 0.36, threshold: 0.25, severity: "warning", priority: "medium", state: "pending", sample_count: 1, window_seconds: 60,
    message: "The event loop of shop-1:4712 is late by 360 ms at p99: every request it serves waits as long.",
  },
  {
    id: "a6", endpoint: "POST /api/payments", minutesAgo: 1500, rule: "errors", metric_type: "error_rate", unit: "ratio",
    current_value: 0.0004, threshold: 0.001, severity: "critical", priority: "critical", state: "resolved", incident: "i4", sample_count: 4100,
    window_seconds: 300, message: "0.90 % of POST /api/payments failed, more than 0.10 % (4,100 requests in 5 min).",
  },
];

/** A store in trouble, and all that it takes with it. */
const STORM: readonly Told[] = Array.from({ length: 24 }, (_, index) => ({
  ...TOLD[index % 2]!, id: `storm${index}`, minutesAgo: 12, incident: `i${index < 18 ? 1 : index}`,
  endpoint: `GET /api/catalogue/shelf-${index}`, message: `GET /api/catalogue/shelf-${index} answers in 2.31 s at p95, more than its 1 s (1,830 requests in 5 min).`,
  state: index % 7 === 6 ? "resolved" as const : "firing" as const,
}));

export function alertAt(now: number, id: string): AlertRow {
  return alertsAt(now).find((alert) => alert.id === id)!;
}

function alertsAt(now: number, isStorm = false): AlertRow[] {
  return (isStorm ? [...TOLD, ...STORM] : TOLD).map(({ minutesAgo, ...told }) => {
    const began = now - minutesAgo * 60;
    const isOver = told.state === "resolved";
    return {
      rule: "", metric_type: "", unit: "seconds", current_value: 0, threshold: 0, severity: "warning", priority: "medium",
      state: "firing", message: "", window_seconds: 300, sample_count: 0, causes: [], author: "", reason: "",
      acknowledged_by: "", incident: "", ...told,
      subject: told.endpoint.replace(/\W+/g, "-").toLowerCase(), at: isOver ? began + 1320 : began + 120,
      began_at: began, fired_at: told.state === "pending" ? null : began + 120, ended_at: isOver ? began + 1320 : null,
    };
  });
}

/** An alert as somebody's acts here left it. */
export type Acted = ReadonlyMap<string, Partial<AlertRow>>;

export function alertPageAt(now: number, { search, priority, states }: AlertsAsked, acted: Acted, isStorm: boolean): AlertPage {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = alertsAt(now, isStorm).map((alert) => ({ ...alert, ...acted.get(alert.id) }))
    .filter((alert) => (priority === null || alert.priority === priority) && words.every((word) => alert.endpoint.toLowerCase().includes(word)));
  const alerts = kept.filter(({ state }) => states.length === 0 || states.includes(state))
    .sort((a, b) => ALERT_STATES.indexOf(a.state) - ALERT_STATES.indexOf(b.state));
  const counts = Object.fromEntries(ALERT_STATES.map((state) => [state, kept.filter((alert) => alert.state === state).length]));
  const names = [...new Set(alerts.map(({ incident }) => incident).filter(Boolean))];
  return {
    as_of: now, counts, total: alerts.length, offset: 0, limit: 200, alerts,
    incidents: names.map((name) => incidentOf(name, kept.filter(({ incident }) => incident === name))),
  };
}

function incidentOf(id: string, alerts: AlertRow[]): IncidentRow {
  const root = alerts[0]!;
  const isShared = alerts.length > 1;
  const isOver = alerts.every(({ state }) => state === "resolved");
  const cause = isShared ? "the operation SELECT … FROM order_items" : root.message;
  return {
    id, cause, evidence: isShared ? [`${cause} goes with 2 of 2 alerts`, ...alerts.map(({ message }) => message)] : [],
    severity: root.severity, priority: root.priority, state: root.state, began_at: root.began_at,
    ended_at: isOver ? root.at : null, alerts: alerts.map((alert) => alert.id),
  };
}

export function historyAt(now: number, id: string, acted: Acted): AlertHistory {
  const alert = { ...alertAt(now, id), ...acted.get(id) };
  const steps: [number, AlertState, string, string][] = [
    [alert.began_at, "pending", "judge", "past its bound"],
    ...(alert.fired_at === null ? [] : [[alert.fired_at, "firing", "judge", "past its bound for 2 min"] as [number, AlertState, string, string]]),
    ...(["firing", "pending"].includes(alert.state) ? []
      : [[alert.at + 60, alert.state, alert.author || "judge", alert.reason] as [number, AlertState, string, string]]),
  ];
  return {
    as_of: now, alert,
    transitions: steps.map(([at, state, author, reason], index) => ({
      id: index + 1, at, state, severity: alert.severity, current_value: alert.current_value, author, reason, is_command: false,
    })),
  };
}

export function silencesAt(now: number): SilenceRow[] {
  const none = { alert: "", rule: "", severity: null, instance: "" };
  return [
    { ...none, id: "s1", endpoint: "GET /api/reports/*", starts_at: now - 7200, ends_at: now + 5400, author: "Jonas", reason: "The year's reports are made today", is_active: true },
    { ...none, id: "s2", endpoint: "*", starts_at: now + 20_000, ends_at: now + 27_200, author: "Mina", reason: "The database moves", is_active: false },
  ];
}
