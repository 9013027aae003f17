import { expect, test } from "vitest";
import type { RequestPage, RequestRow } from "../api/client";
import { setTimeZone } from "../format";
import {
  caughtUp, MOST_ROWS, NO_STREAM, received, statusClass, streamWords, targetShare,
} from "./stream";

function row(number: number): RequestRow {
  return {
    id: `a/${number}`, ended_at: number, endpoint_id: "e", service: "shop", method: "GET",
    template: "/orders", priority: "high", status: 200, seconds: 0.1, target_seconds: 1,
    grade: "good", latency_seconds: { processing: 0.1 }, why: "chance", instance: "a", trace_id: "",
  };
}

function page(...numbers: number[]): RequestPage {
  const end = Math.max(0, ...numbers);
  return {
    start: end - 10, end, as_of: end, seen_count: 380, shown_count: numbers.length,
    requests: numbers.map(row),
  };
}

const numbersOf = (rows: readonly RequestRow[]) => rows.map(({ ended_at }) => ended_at);

test("a request that comes again is one row, and the newest stand on top", () => {
  const first = received(NO_STREAM, page(2, 1), "", false);
  const second = received(first, page(4, 3, 2), "", false);
  expect(numbersOf(second.shown)).toEqual([4, 3, 2, 1]);
  expect(second.shown[2]).toBe(first.shown[0]); // so that its row is not drawn again
});

test("what came late stands where it belongs", () => {
  const first = received(NO_STREAM, page(5, 1), "", false);
  expect(numbersOf(received(first, page(5, 3), "", false).shown)).toEqual([5, 3, 1]);
});

test("no more than so many rows are kept", () => {
  const numbers = Array.from({ length: MOST_ROWS }, (_, index) => index + 1);
  const full = received(NO_STREAM, page(...numbers), "", false);
  const next = received(full, page(MOST_ROWS + 1), "", false);
  expect(next.shown).toHaveLength(MOST_ROWS);
  expect(next.shown[0]!.ended_at).toBe(MOST_ROWS + 1);
});

test("while held the rows stay, and what comes is counted once", () => {
  const first = page(2, 1);
  const begun = received(NO_STREAM, first, "", false);
  const held = [page(3, 2), page(5, 4, 3)].reduce((stream, each) => received(stream, each, "", true), begun);
  expect(numbersOf(held.shown)).toEqual([2, 1]);
  expect(held.shownPage).toBe(first);
  expect(held.newCount).toBe(3);
  const caught = caughtUp(held);
  expect(numbersOf(caught.shown)).toEqual([5, 4, 3, 2, 1]);
  expect(caught.newCount).toBe(0);
});

test("another traffic begins anew, held or not, with the first answer of its own", () => {
  const old = page(2, 1);
  const begun = received(NO_STREAM, old, "", false);
  const waiting = received(begun, old, "priority", true);
  expect(numbersOf(waiting.shown)).toEqual([2, 1]);
  expect(numbersOf(received(waiting, page(9), "priority", true).shown)).toEqual([9]);
});

test("the words say how much is shown of what, and until when where it is older", () => {
  setTimeZone("utc");
  const recent = { ...page(60, 59), seen_count: 1380 };
  expect(streamWords(recent, false)).toBe("Showing 2 of 1,380 requests of the last 10\u00a0s");
  expect(streamWords(recent, true)).toBe("Showing 2 of 1,380 requests of the 10\u00a0s until 00:01:00");
  expect(streamWords({ ...recent, as_of: 90 }, false)).toContain("until 00:01:00");
  expect(streamWords({ ...recent, seen_count: 1 }, false)).toContain("of 1 request of");
  expect(streamWords({ ...recent, seen_count: 0 }, false)).toBe("No request in the last 10\u00a0s");
});

test("a status has a class, and a time a place beside its target", () => {
  expect([101, 200, 304, 499, 503].map(statusClass)).toEqual(["1xx", "2xx", "3xx", "4xx", "5xx"]);
  expect(targetShare({ ...row(1), seconds: 1 })).toBe(0.5);
  expect(targetShare({ ...row(1), seconds: 30 })).toBe(1);
});
