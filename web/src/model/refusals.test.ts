import { expect, test } from "vitest";
import { refusalsOf } from "./refusals";

const FIELDS = ["id", "target", "bound", "pattern", "warning", "critical", "window_seconds", "metric"] as const;

test.each([
  ["target = 1.2 is refused: give a ratio such as 0.999, below 1.", "target", "1.2 is refused: give a ratio such as 0.999, below 1."],
  ["objective: bound = None is refused: give seconds.", "bound", "None is refused: give seconds."],
  ["rule.window_seconds = 5 is refused: input should be greater than or equal to 60", "window_seconds", "5 is refused: input should be greater than or equal to 60"],
  ["rule is refused: warning = 5 must lie below critical = 3", "warning", "5 must lie below critical = 3"],
  ["rule is refused: 'mine' has no bound: give warning, critical or both", "bound", "'mine' has no bound: give warning, critical or both"],
])("“%s” stands beside its field", (sentence, field, words) => {
  expect(refusalsOf(sentence, FIELDS)).toEqual({ of: { [field]: words }, rest: "" });
});

test("several are told apart, and what names no field is of the form", () => {
  const { of, rest } = refusalsOf("target = 2 is refused: below 1; the store is full; pattern = 'x' is refused: one like /a", FIELDS);
  expect(of).toEqual({ target: "2 is refused: below 1", pattern: "'x' is refused: one like /a" });
  expect(rest).toBe("the store is full");
  expect(refusalsOf(null, FIELDS)).toEqual({ of: {}, rest: "" });
});

test("a word that only contains a field's name is not the field", () => {
  expect(refusalsOf("the identity of retargeting is unknown", FIELDS).rest).toBe("the identity of retargeting is unknown");
});
