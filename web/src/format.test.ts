import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as format from "./format";

type Case = [number | null, string];

// units.py is held to the same table.
const CASES = JSON.parse(
  readFileSync(new URL("../../tests/units_cases.json", import.meta.url), "utf8"),
) as Record<string, Case[]>;

const FUNCTIONS: Record<string, (value: number) => string> = {
  duration: (value) => format.duration(value as number | null),
  rate: format.rate,
  error_share: (value) => format.errorShare(value as number | null),
  share: (value) => format.share(value as number | null),
  count: format.count,
  size: format.size,
  size_limit: format.sizeLimit,
  age: format.age,
  span: format.span,
};

const everyCase = Object.entries(CASES).flatMap(([name, pairs]) =>
  pairs.map(([value, text]) => [name, value, text] as const),
);

test.each(everyCase)("%s of %s reads %s", (name, value, text) => {
  const write = FUNCTIONS[name];
  expect(write, `format.ts has no ${name}`).toBeDefined();
  expect(write!(value as number)).toBe(text);
});

test.each([
  [0, "0"],
  [0.5, "500 ms"],
  [1, "1 s"],
  [1.5, "1.5 s"],
  [0.0000025, "2.5 µs"],
])("an axis writes %s as %s", (seconds, text) => {
  expect(format.axisDuration(seconds)).toBe(text.replace(" ", "\u00a0"));
});

test("the reader's clock has two digits everywhere", () => {
  const instant = new Date(2026, 0, 2, 9, 5, 7).getTime() / 1000;
  expect(format.clock(instant)).toBe("09:05");
  expect(format.clock(instant, true)).toBe("09:05:07");
  expect(format.fineClock(instant + 0.041)).toBe("09:05:07.041");
});
