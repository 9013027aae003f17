import { expect, test } from "vitest";
import { boundsOf, factsOf, standingOf } from "./endpoint";
import { endpoint, SETTINGS } from "./samples";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

test("an endpoint within its target is said to be so, with its share of requests", () => {
  const row = endpoint("/a", { within_thresholds: { good: 0.984 } });
  const { state, chip, sentence } = standingOf(row, SETTINGS);
  expect([state, chip]).toEqual(["ok", "Within its target"]);
  expect(plain(sentence)).toBe(
    "p95 is 200 ms; a MEDIUM endpoint should stay under 2 s, and 98.4 % of requests did. 0.00 % of requests fail.",
  );
});

test("a slow endpoint and a failing one are told apart", () => {
  const slow = endpoint("/a", { response_time_grade: "critical" });
  expect(standingOf(slow, SETTINGS).chip).toBe("Slower than its target");
  const failing = endpoint("/a", { error_ratio: 0.5 });
  expect(standingOf(failing, SETTINGS)).toMatchObject({ state: "firing", chip: "Fails too often" });
  expect(standingOf({ ...slow, error_ratio: 0.5 }, SETTINGS).chip).toBe("Slow, and fails too often");
});

test("few requests, streams and what was never called are not judged", () => {
  expect(standingOf(endpoint("/a", { count: 1, error_ratio: 1 }), SETTINGS)).toMatchObject({
    state: null, chip: "n = 1",
  });
  const stream = endpoint("/a", { kind: "event_stream", count: 0, open_connections: 3 });
  expect(standingOf(stream, SETTINGS)).toMatchObject({ state: null, chip: "Stream" });
  expect(factsOf(stream)[0]).toEqual({ label: "Open at once, at most", text: "3" });
  const never = endpoint("/a", { count: 0, last_called_at: null });
  expect(standingOf(never, SETTINGS).chip).toBe("Never called");
});

test("bounds are those of the priority that the server measured", () => {
  const row = endpoint("/a", { within_thresholds: { good: 0.9, warning: 1 } });
  expect(boundsOf(row, SETTINGS)).toEqual([
    { grade: "good", label: "Good", seconds: 2, within: 0.9, isTarget: true },
  ]);
});
