import { expect, test } from "vitest";
import type { Exemplar, ExemplarPage, Step } from "../api/client";
import { chosenOf, partsOf, ticksOf, waterfallOf } from "./waterfall";

function step(id: string, began: number[], inside: string | null = null): Step {
  return {
    operation_id: id, latency_type: "database", system: "sqlite", text: `SELECT ${id}`, source: "",
    inside, call_count: began.length, failure_count: 0, seconds: began.length * 0.01,
    began_seconds: began, durations_seconds: began.map(() => 0.01),
  };
}

function exemplar(seconds: number, steps: Step[], why = "typical"): Exemplar {
  return {
    why, ended_at: 1, seconds, status: 200, steps, more_calls: 0, trace_id: "",
    latency_seconds: { processing: seconds / 2, database: seconds / 2 },
  };
}

test("a step that only one of the requests makes stands where that one makes it", () => {
  const rows = waterfallOf([
    exemplar(0.4, [step("a", [0]), step("c", [0.2])]),
    exemplar(1.5, [step("a", [0]), step("b", [0.1, 0.2]), step("c", [0.9])]),
  ]);
  expect(rows.map(({ text }) => text)).toEqual(["SELECT a", "SELECT b", "SELECT c"]);
  expect(rows[1]!.lanes.map((lane) => lane?.count ?? null)).toEqual([null, 2]);
});

test("the same operation inside of another is a row of its own", () => {
  const rows = waterfallOf([exemplar(1, [step("a", [0]), step("a", [0.1], "b")])]);
  expect(rows.map(({ isInside }) => isInside)).toEqual([false, true]);
});

test("without percentiles the typical and the slowest are shown", () => {
  const [slow, usual] = [exemplar(2, [], "slowest"), exemplar(1, [])];
  const page = { near_p50: null, near_p99: null, exemplars: [slow, usual] } as unknown as ExemplarPage;
  expect(chosenOf(page).map(({ label }) => label)).toEqual(["typical", "slowest"]);
  const known = { ...page, near_p50: 1, near_p99: 0 };
  expect(chosenOf(known).map(({ label }) => label)).toEqual(["p50", "p99"]);
  expect(chosenOf({ ...page, exemplars: [] })).toEqual([]);
  expect(chosenOf({ ...known, near_p99: 1 })).toHaveLength(1);
});

test("all five parts come in their order", () => {
  expect(partsOf(exemplar(1, [])).map(({ seconds }) => seconds).reduce((a, b) => a + b)).toBe(1);
});

test("an axis has round instants within the request", () => {
  expect(ticksOf(0.402, 0.2)).toEqual([0]);
  expect(ticksOf(1.55, 0.8).at(-1)).toBeLessThan(1.55);
});
