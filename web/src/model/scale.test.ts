import { expect, test } from "vitest";
import { gridValues, nextScale, roundScale, type Scale, timeTicks } from "./scale";

const demand = (peak: number, now: number, isPointerInside = false) => ({
  peak, lines: 5, now, isPointerInside,
});

test.each([
  [2.41, 5, 2.5, 0.5],
  [0.402, 5, 0.5, 0.1],
  [0.0312, 4, 0.04, 0.01],
  [3, 6, 3, 0.5],
  [1, 5, 1, 0.2],
])("up to %s in %s lines goes to %s in steps of %s", (peak, lines, top, step) => {
  expect(roundScale(peak, lines)).toMatchObject({ top, step });
});

test("without data the scale is still one", () => {
  expect(roundScale(0, 5).top).toBe(1);
});

test("grid lines are round, to the last digit", () => {
  expect(gridValues({ top: 0.3, step: 0.1, roomySince: null })).toEqual([0, 0.1, 0.2, 0.3]);
});

test("the scale grows at once", () => {
  const small = nextScale(null, demand(0.4, 0));
  expect(nextScale(small, demand(2, 1)).top).toBe(2);
});

test("the scale shrinks only after a minute below half", () => {
  let scale: Scale = nextScale(null, demand(2, 0));
  scale = nextScale(scale, demand(0.4, 1));
  expect(scale.top).toBe(2);
  scale = nextScale(scale, demand(0.4, 60));
  expect(scale.top).toBe(2);
  expect(nextScale(scale, demand(0.4, 61)).top).toBe(0.4);
});

test("a peak in between starts the minute anew", () => {
  let scale = nextScale(nextScale(null, demand(2, 0)), demand(0.4, 1));
  scale = nextScale(scale, demand(1.5, 30));
  scale = nextScale(scale, demand(0.4, 31));
  expect(nextScale(scale, demand(0.4, 62)).top).toBe(2);
  expect(nextScale(scale, demand(0.4, 91)).top).toBe(0.4);
});

test("the scale never shrinks under the pointer", () => {
  const scale = nextScale(nextScale(null, demand(2, 0)), demand(0.4, 1));
  expect(nextScale(scale, demand(0.4, 500, true)).top).toBe(2);
});

test("time ticks stand on round clock times of the reader", () => {
  const start = new Date(2026, 2, 3, 12, 6).getTime() / 1000;
  const ticks = timeTicks(start, start + 7200, 8);
  expect(ticks).toHaveLength(8);
  for (const tick of ticks) expect(new Date(tick * 1000).getMinutes() % 15).toBe(0);
});
