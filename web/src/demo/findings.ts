// The story's findings: the checkout since 13:42, its tail, and a page that became faster.

import type { Distribution, EndpointSummary, FindingDetail, FindingPage, FindingRow, MovedShown } from "../api/client";
import { nameOf } from "../model/rows";

const DAY = 86_400;

interface Told {
  endpoint: string;
  metric: string;
  ago: number;
  ratio: number;
  spread: number;
  after: number;
  requestsADay: number;
  version?: string;
  closedAgo?: number;
  moved?: MovedShown[];
}

const STORY: readonly Told[] = [
  {
    endpoint: "POST /api/checkout", metric: "response_time", ago: 1450, ratio: 1.71, spread: 0.06, after: 0.402, requestsADay: 18.4 * DAY, version: "v2.31.0",
    moved: [
      { kind: "operation", name: "SELECT id, sku, available FROM stock WHERE product_id = ?", before: 0.021, after: 0.118, share: 0.58 },
      { kind: "operation", name: "POST payments.internal/v1/charges", before: 0.131, after: 0.172, share: 0.25 },
      { kind: "latency_type", name: "database", before: 0.081, after: 0.205, share: 0.74 },
      { kind: "latency_type", name: "external_api", before: 0.163, after: 0.207, share: 0.26 },
      { kind: "status", name: "504", before: 0.0001, after: 0.0062, share: 0.0061 },
    ],
  },
  { endpoint: "GET /api/search", metric: "response_time_tail", ago: 5 * 3600, ratio: 1.22, spread: 0.07, after: 0.9, requestsADay: 6 * DAY },
  {
    endpoint: "GET /api/products/{product_id}", metric: "response_time", ago: 26 * 3600, ratio: 0.78, spread: 0.03, after: 0.0214, requestsADay: 131 * DAY, version: "v2.30.1",
    moved: [{ kind: "latency_type", name: "cache", before: 0.009, after: 0.003, share: 0.9 }],
  },
  { endpoint: "GET /api/products", metric: "bytes_out", ago: 8 * 3600, ratio: 1.46, spread: 0.05, after: 26_400, requestsADay: 60 * DAY },
  { endpoint: "GET /api/recommendations", metric: "error_ratio", ago: 40 * 3600, ratio: 6.1, spread: 0.5, after: 0.056, requestsADay: 24 * DAY, closedAgo: 38 * 3600 },
];

export function findingsAt(now: number, endpoints: readonly EndpointSummary[], endpointId: string | null): FindingPage {
  const all = STORY.flatMap((told, index) => {
    const row = endpoints.find((each) => nameOf(each) === told.endpoint);
    return row ? [findingOf(now, told, row, index)] : [];
  });
  const findings = endpointId === null ? all : all.filter(({ endpoint_id: id }) => id === endpointId);
  const open = all.filter(({ closed_at: closed }) => closed === null).length;
  return { as_of: now, total: findings.length, open_count: open, offset: 0, limit: 100, reason: "", findings };
}

function findingOf(now: number, told: Told, row: EndpointSummary, index: number): FindingRow {
  const began = Math.floor((now - told.ago) / 60) * 60;
  const isTimed = told.metric.startsWith("response_time");
  const cost = (ratio: number) => (!isTimed ? null : told.after * told.requestsADay * (1 - 1 / ratio));
  const [low, high] = [told.ratio - told.spread, told.ratio + told.spread];
  return {
    id: `f${index}`, sentence: "", endpoint_id: row.id, endpoint: nameOf(row), service: row.service, priority: row.priority,
    metric: told.metric, effect: told.metric === "bytes_out" ? "neither" : told.ratio > 1 ? "worse" : "better", began_at: began, began_from: began - 60, began_until: began + 60,
    found_at: began + 300, closed_at: told.closedAgo ? now - told.closedAgo : null, ratio: told.ratio, ratio_low: low, ratio_high: high,
    before: told.after / told.ratio, after: told.after, unit: isTimed ? "seconds" : told.metric === "bytes_out" ? "bytes" : "ratio", confidence: 0.999, version: told.version ?? "", deploy_at: told.version ? began : null,
    requests_a_day: told.requestsADay, cost_seconds: cost(told.ratio), cost_low: cost(low), cost_high: cost(high), rank: Math.abs(cost(told.ratio) ?? 0),
    moved: told.moved ?? [], related: [],
  };
}

export function detailOf(now: number, finding: FindingRow): FindingDetail {
  const { began_at: began, before, after } = finding;
  return {
    as_of: now, finding,
    before: distribution(began - 3600, began, before), after: distribution(began, Math.min(now, began + 3600), after),
  };
}

const BARS = 28;
const FIRST = -6; // a power of two, in seconds

function distribution(start: number, end: number, middle: number): Distribution {
  const bounds = Array.from({ length: BARS + 1 }, (_, index) => 2 ** (FIRST + index / 4));
  const weights = Array.from({ length: BARS }, (_, index) => Math.exp(-(((FIRST + (index + 0.5) / 4 - Math.log2(middle)) / 0.7) ** 2)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { start, end, request_count: 66_240, bounds, shares: weights.map((weight) => weight / sum), p50_seconds: middle, p95_seconds: middle * 2.3 };
}
