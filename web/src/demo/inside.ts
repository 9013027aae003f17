// The story of what one request calls: its operations, and two requests step by step.

import type { Exemplar, ExemplarPage, OperationPage, OperationRow, Series, Step } from "../api/client";

type Kind = OperationRow["latency_type"];

/** Of a request at p50: what is called, so many times, with so many milliseconds each. */
const CALLS: { type: Kind; system: string; text: string; calls: number; each: number; slow: number }[] = [
  { type: "cache", system: "redis", text: "GET session", calls: 1, each: 2, slow: 3 },
  { type: "cache", system: "redis", text: "GET cart", calls: 1, each: 2, slow: 4 },
  { type: "database", system: "postgresql", text: "wait for a connection", calls: 0.31, each: 12, slow: 148 },
  { type: "database", system: "postgresql", text: "SELECT id, product_id, quantity FROM cart_items WHERE cart_id = ?", calls: 1, each: 11, slow: 27 },
  { type: "database", system: "postgresql", text: "SELECT id, sku, available FROM stock WHERE product_id = ?", calls: 14, each: 8.43, slow: 25.4 },
  { type: "external_api", system: "http", text: "POST payments.internal/v1/charges", calls: 1, each: 172, slow: 801 },
  { type: "database", system: "postgresql", text: "INSERT INTO orders (user_id, total) VALUES (?, ?)", calls: 1, each: 19.6, slow: 31 },
  { type: "database", system: "postgresql", text: "COMMIT", calls: 1, each: 14.8, slow: 41 },
];
const PROCESSING_SECONDS = 0.046;
const STOCK_SOURCE = "shop/checkout.py:88 in reserve";

function totalSeconds(): number {
  return CALLS.reduce((sum, { calls, each }) => sum + (calls * each) / 1000, PROCESSING_SECONDS);
}

function idOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z]+/g, "-").slice(0, 24);
}

function sourceOf(text: string): string {
  return text.includes("stock") ? STOCK_SOURCE : "";
}

export function operationsOf(series: Series): OperationPage {
  const count = series.request_count.reduce((sum, each) => sum + each, 0);
  const operations = CALLS.map((call): OperationRow => {
    const each = call.each / 1000;
    const isLoop = call.calls > 3;
    return {
      id: idOf(call.text), latency_type: call.type, system: call.system, text: call.text,
      source: sourceOf(call.text),
      request_count: Math.ceil(count * Math.min(1, call.calls)), call_count: Math.ceil(count * call.calls),
      calls_per_request: call.calls, seconds_per_request: call.calls * each, most_calls: Math.ceil(call.calls * 2.2),
      repeat_count: isLoop ? Math.round(count * (call.calls - 1)) : 0, exact_repeat_count: 0, failure_count: 0,
      work_seconds: count * call.calls * each, exclusive_seconds: count * call.calls * each, between_seconds: 0,
      share_of_time_ratio: (call.calls * each) / totalSeconds(), parallelism: 1,
      duration: {
        count: Math.ceil(count * call.calls), mean_seconds: each, min_seconds: each / 3, max_seconds: each * 9,
        p50_seconds: each * 0.9, p95_seconds: each * 2.4, p99_seconds: each * 4, p999_seconds: each * 7,
        unsupported: [],
      },
      pattern: isLoop ? "n_plus_one" : "", is_estimated: false, sequence_length: isLoop ? call.calls : null,
    };
  });
  operations.sort((a, b) => b.seconds_per_request - a.seconds_per_request);
  return {
    endpoint_id: series.endpoint_id ?? "", name: series.name, start: series.start, end: series.end,
    as_of: series.as_of, request_count: count, response_seconds: count * totalSeconds(), operations,
    blocks: [],
  };
}

export function exemplarsOf(series: Series): ExemplarPage {
  const exemplars = [exemplar(series, true), exemplar(series, false)];
  return {
    endpoint_id: series.endpoint_id ?? "", name: series.name, start: series.start, end: series.end,
    as_of: series.as_of, near_p50: 1, near_p99: 0, exemplars,
  };
}

function exemplar(series: Series, isSlow: boolean): Exemplar {
  let at = 0.014;
  const parts: Record<string, number> = { network: 0.009, processing: isSlow ? 0.118 : PROCESSING_SECONDS, cache: 0, database: 0, external_api: 0 };
  const steps = CALLS.filter(({ calls }) => isSlow || calls >= 1).map((call): Step => {
    const each = (isSlow ? call.slow : call.each) / 1000;
    const count = Math.max(1, Math.round(call.calls));
    const began = Array.from({ length: count }, (_, index) => at + index * each * 1.02);
    at = began.at(-1)! + each + 0.004;
    parts[call.type] = parts[call.type]! + count * each;
    return {
      operation_id: idOf(call.text), latency_type: call.type, system: call.system, text: call.text,
      source: sourceOf(call.text), inside: null, call_count: count, failure_count: 0, seconds: count * each,
      began_seconds: began, durations_seconds: began.map(() => each),
    };
  });
  return {
    why: isSlow ? "slowest" : "typical", ended_at: series.end - 60, status: 200, steps, more_calls: 0,
    seconds: Object.values(parts).reduce((sum, each) => sum + each, 0),
    latency_seconds: parts, trace_id: isSlow ? "0af7651916cd43dd8448eb211c80319c" : "",
  };
}
