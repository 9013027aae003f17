import { expect, test } from "vitest";
import { distanceWords, folded, longestWaits, misses, mostErrors, priorityGroups, restWords, withoutError } from "./overview";
import { answer, endpoint, SETTINGS } from "./samples";

test("each priority has its worst endpoint first, and what is too few to judge last", () => {
  const rows = [
    endpoint("/fast", { priority: "critical", p95: 0.1 }),
    endpoint("/few", { priority: "critical", p95: 9, count: 20 }),
    endpoint("/slow", { priority: "critical", p95: 0.75 }),
    endpoint("/never", { priority: "critical", last_called_at: null }),
    endpoint("(unmatched)", { priority: "critical" }),
  ];
  const [group, ...rest] = priorityGroups(rows, SETTINGS);
  expect(rest).toEqual([]);
  expect(group?.distances.map(({ row }) => row.template)).toEqual(["/slow", "/fast", "/few"]);
  expect(group?.distances.map(({ overshoot }) => overshoot)).toEqual([1.5, 0.2, null]);
  expect(group?.silentCount).toBe(1);
});

test("what fails too often misses its target however fast it is, and stands first", () => {
  const rows = [
    endpoint("/fast", { priority: "critical", p95: 0.3 }),
    endpoint("/failing", { priority: "critical", p95: 0.1, error_ratio: 0.2 }),
  ];
  const distances = priorityGroups(rows, SETTINGS)[0]?.distances ?? [];
  expect(distances.map(({ row }) => row.template)).toEqual(["/failing", "/fast"]);
  expect(distances.map(misses)).toEqual([true, false]);
});

test("of a priority three stand open and all that miss; the rest says how well it is", () => {
  const rows = (p95s: number[], wanted = {}) =>
    p95s.map((p95, index) => endpoint(`/${index}`, { priority: "critical", p95, ...wanted }));
  const of = (p95s: number[], failing: number[] = []) =>
    folded(priorityGroups([...rows(p95s), ...rows(failing, { error_ratio: 0.2 })], SETTINGS)[0]?.distances ?? []);
  expect(of([0.1, 0.2, 0.3, 0.4]).rest).toEqual([]); // one would save nothing
  const { shown, rest } = of([0.05, 0.1, 0.2, 0.3, 0.4]);
  expect(shown).toHaveLength(3);
  expect(restWords(rest)).toBe("2 more, 80\u00a0% or further under target");
  expect(of([0.1, 0.1], [0.1, 0.1, 0.1, 0.1]).shown).toHaveLength(4);
  const few = { ...rest[0]!, overshoot: null };
  expect(restWords([...rest, few])).toContain("target, 1 with too few requests");
  expect(restWords([few, few])).toBe("2 more with too few requests");
});

test("a distance says over, under, or on target", () => {
  expect([1.55, 0.61, 1.001].map(distanceWords)).toEqual([
    "55\u00a0% over", "39\u00a0% under", "on target",
  ]);
  expect([0.005, 0.0001, 1.007].map(distanceWords)).toEqual([
    "99.5\u00a0% under", ">99.9\u00a0% under", "0.7\u00a0% over",
  ]);
});

test("the parts of a wait add up to its share, in the one order", () => {
  const row = endpoint("/a", {
    share_of_time_ratio: 0.4, latency_seconds: { network: 1, database: 3, cache: 0 },
  });
  const [wait] = longestWaits([endpoint("/idle", { share_of_time_ratio: 0 }), row]);
  expect(wait?.parts.map(({ type }) => type)).toEqual(["database", "network"]);
  expect(wait?.parts.reduce((sum, part) => sum + part.shareOfTime, 0)).toBeCloseTo(0.4);
});

test("errors rank by their number, and who has none is left out", () => {
  const rows = [
    endpoint("/a", { error_count: 2 }), endpoint("/b"), endpoint("/c", { error_count: 7 }),
  ];
  expect(mostErrors(rows).map((row) => row.template)).toEqual(["/c", "/a"]);
});

test("what clients got wrong does not count against the service", () => {
  const { summary } = answer([]);
  expect(withoutError({ ...summary, success_ratio: 0.95, error_ratio: 0.01 })).toBeCloseTo(0.99);
  expect(withoutError({ ...summary, error_ratio: null })).toBeNull();
});
