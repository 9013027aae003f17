import { expect, test } from "vitest";
import type { Advice, AdvicePage } from "../api/client";
import { actsOn, actualWords, adviceSentence, endpointOf, evidenceText, savedWords, savingOf, waitingWords } from "./advice";

function advice(changes: Partial<Advice>): Advice {
  return {
    mean_seconds: 0.4, estimated_improvement: 0.25, improvement_low: 0.2, improvement_high: 0.3, state: "open",
    endpoint: "GET /a/{b}", title: "Do it", saved_seconds_per_day: 7200, actual_improvement: null, ...changes,
  } as Advice;
}

test("what is saved is told as time, with its interval", () => {
  const saving = savingOf(advice({}))!;
  expect(saving.expected).toBeCloseTo(0.3);
  expect(savedWords(saving)).toEqual({ mean: "−100\u00a0ms", interval: "80.0\u00a0ms to 120\u00a0ms" });
  expect(savingOf(advice({ mean_seconds: 0 }))).toBeNull();
});

test("waiting a day has the unit that fits", () => {
  expect([7200, 90, 12].map(waitingWords)).toEqual(["2.00\u00a0h", "1.50\u00a0min", "12.0\u00a0s"]);
});

test("evidence has its unit", () => {
  expect(evidenceText({ name: "", value: 48, unit: "count" })).toBe("48");
  expect(evidenceText({ name: "", value: 7.5, unit: "count" })).toBe("7.50");
  expect(evidenceText({ name: "", value: 0.5, unit: "ratio" })).toBe("50.0\u00a0%");
});

test("what it did stands beside the estimate", () => {
  expect(actualWords(advice({}))).toBeNull();
  const verified = advice({ actual_improvement: 0.22, actual_low: 0.2, actual_high: 0.24 });
  expect(actualWords(verified)).toBe("saved 22\u00a0% (20 to 24), the estimate was 25\u00a0%");
});

test("the sentence counts what is to do, and names the first", () => {
  const page = { counts: { open: 1, accepted: 1 }, recommendations: [advice({})] } as unknown as AdvicePage;
  expect(adviceSentence(page)).toMatchObject({ title: "2 things to do" });
  expect(adviceSentence(page).detail).toContain("2.00\u00a0h of waiting a day: Do it.");
  expect(adviceSentence({ ...page, counts: {} }).state).toBe("ok");
});

test("what may be done follows from how it stands", () => {
  expect(actsOn({ state: "open" })).toEqual(["accept", "apply", "dismiss"]);
  expect(actsOn({ state: "dismissed" })).toEqual(["reopen"]);
  expect(endpointOf(advice({}))).toEqual({ method: "GET", template: "/a/{b}" });
  expect(endpointOf(advice({ endpoint: "" }))).toBeNull();
});
