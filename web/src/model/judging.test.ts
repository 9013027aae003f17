import { expect, test } from "vitest";
import { judgingWords } from "./judging";

const judged = {
  at: 1000, since: 880, pid: 42, fencing: 7, request_count: 5, endpoint_count: 1,
  cpu_seconds: 0.5, resident_bytes: 45e6,
};

test("of a process that only measures it says nothing", () => {
  expect(judgingWords({ pid: 41, judged: null }, 1000)).toBe("");
});

test("of the one that judges it says since when, and what a process of its own takes", () => {
  expect(judgingWords({ pid: 41, judged }, 1000)).toBe("Judges for 2\u00a0min in pid 42: 45.0\u00a0MB, 500\u00a0ms of CPU");
});

test("a judge in the same thread is part of the row's own figures", () => {
  expect(judgingWords({ pid: 42, judged }, 1000)).toBe("Judges for 2\u00a0min");
});
