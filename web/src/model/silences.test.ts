import { describe, expect, test } from "vitest";
import { asSilence, lasting, newSilence, silenceScopes } from "./silences";

const NOW = Date.parse("2026-11-05T12:00:00Z") / 1000;

test("of an objective both its page and its ticket are silenced", () => {
  for (const half of ["page", "ticket"]) {
    const [, , rule] = silenceScopes({ id: "a", endpoint: "GET /x", rule: `high-latency/${half}` });
    expect(rule).toMatchObject({ word: "Its objective", matcher: { rule: "high-latency" } });
  }
  expect(silenceScopes({ id: "a", endpoint: "vm:1", rule: "loop_lag" }).at(-1)).toMatchObject({ word: "Its rule", matcher: { rule: "loop_lag" } });
});

describe("a planned silence", () => {
  const draft = { ...newSilence(NOW), endpoint: " GET /api/* " };

  test("begins now and lasts an hour unless told otherwise", () => {
    expect(asSilence(draft)).toEqual({ endpoint: "GET /api/*", starts_at: null, ends_at: NOW + 3600 });
  });

  test("ends as long after its beginning as is chosen", () => {
    const later = lasting({ ...draft, from: newSilence(NOW).until }, 4 * 3600, NOW);
    expect(asSilence(later)).toMatchObject({ starts_at: NOW + 3600, ends_at: NOW + 5 * 3600 });
  });

  test("is of a rule, or of every alert", () => {
    expect(asSilence({ ...draft, what: "rule", rule: "errors" })).toMatchObject({ rule: "errors" });
    expect(asSilence({ ...draft, what: "all" })).toMatchObject({ endpoint: "*" });
  });

  test.each([
    [{ endpoint: "" }, "endpoint = ''"], [{ what: "rule" as const }, "rule = ''"], [{ until: "" }, "ends_at is refused"],
    [{ from: newSilence(NOW).until }, "ends_at is refused: it lies before the beginning"],
  ])("without sense is refused by its field", (part, words) => {
    expect(() => asSilence({ ...draft, ...part })).toThrow(words);
  });
});
