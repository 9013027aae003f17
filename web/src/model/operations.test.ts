import { expect, test } from "vitest";
import type { OperationRow } from "../api/client";
import { sortAfter, sortedOperations, tagsOf, waitedWords } from "./operations";

function row(fields: Partial<OperationRow>): OperationRow {
  return {
    id: "1", latency_type: "database", system: "sqlite", text: "SELECT ?", source: "",
    request_count: 10, call_count: 140, calls_per_request: 14, seconds_per_request: 0.1,
    most_calls: 20, repeat_count: 130, exact_repeat_count: 0, failure_count: 0, work_seconds: 1,
    exclusive_seconds: 1, between_seconds: 0, share_of_time_ratio: 0.5, parallelism: 1, pattern: "", sequence_length: null, is_estimated: false,
    duration: {
      count: 140, mean_seconds: 0.01, min_seconds: 0.01, max_seconds: 0.01, p50_seconds: 0.01,
      p95_seconds: 0.01, p99_seconds: 0.01, p999_seconds: 0.01, unsupported: [],
    },
    ...fields,
  };
}

test("an N+1 says how many calls follow one another", () => {
  expect(tagsOf(row({ pattern: "n_plus_one", sequence_length: 14 }))[0]?.words).toBe("N+1, 14 in sequence");
  expect(tagsOf(row({ pattern: "n_plus_one", request_count: 10, between_seconds: 0.04 }))[0]?.meaning).toContain("lie 4");
  expect(tagsOf(row({ pattern: "n_plus_one", between_seconds: 0 }))[0]?.meaning).not.toContain("Between");
});

test("failures are told as a share of the calls", () => {
  expect(tagsOf(row({ failure_count: 14 })).map(({ words }) => words)).toEqual(["10.00\u00a0% fail"]);
});

test("what is not remarkable has no tag", () => {
  expect(tagsOf(row({}))).toEqual([]);
});

test("a click sorts figures from the greatest on and names from A on, a second turns round", () => {
  const first = sortAfter({ column: "total", isDescending: true }, "text");
  expect(first).toEqual({ column: "text", isDescending: false });
  expect(sortAfter(first, "text").isDescending).toBe(true);
  const rows = [row({ id: "a", calls_per_request: 1 }), row({ id: "b", calls_per_request: 3 })];
  expect(sortedOperations(rows, { column: "calls", isDescending: true }).map(({ id }) => id)).toEqual(["b", "a"]);
});

test("those who waited for the event loop are named with their number", () => {
  const waiting = [{ name: "GET /products", request_count: 3, seconds: 1 }, { name: "GET /cart", request_count: 1, seconds: 0.2 }];
  expect(waitedWords({ waiting })).toBe("waited: GET /products (3), GET /cart (1)");
});

test("what was estimated from a share of the requests says so", () => {
  expect(tagsOf(row({ is_estimated: true })).map(({ words }) => words)).toEqual(["estimate"]);
});
