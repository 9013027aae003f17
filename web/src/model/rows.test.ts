import { expect, test } from "vitest";
import type { EndpointSummary } from "../api/client";
import {
  DEFAULT_SORT, filteredRows, foundRows, heldRows, nameOf, priorityCounts, rowKind, sortAfterClick, sortedRows,
} from "./rows";
import { endpoint } from "./samples";

const names = (rows: readonly EndpointSummary[]) => rows.map(nameOf);
const NO_FILTER = { isStarredOnly: false, isNeverCalledOnly: false };
const NEVER = endpoint("/never", { last_called_at: null, count: 0 });

test("a row is what its traffic makes it", () => {
  expect(rowKind(endpoint("/a"))).toBe("measured");
  expect(rowKind(endpoint("/a", { kind: "event_stream" }))).toBe("stream");
  const firstStillOpen = { last_called_at: null, open_connections: 1 };
  expect(rowKind(endpoint("/a", { kind: "websocket", ...firstStillOpen }))).toBe("stream");
  expect(rowKind(endpoint("/a", { count: 0, last_called_at: 5 }))).toBe("silent");
  expect(rowKind(NEVER)).toBe("never-called");
  expect(rowKind(endpoint("/a", { is_monitored: false }))).toBe("not-monitored");
});

test("the worst is on top, and never-called rows are last under any sort", () => {
  const rows = [NEVER, endpoint("/fast", { p95: 0.1 }), endpoint("/slow", { p95: 2 })];
  const down = sortedRows(rows, { column: "p95", isAscending: false });
  expect(names(down)).toEqual(["GET /slow", "GET /fast", "GET /never"]);
  const up = sortedRows(rows, { column: "p95", isAscending: true });
  expect(names(up)).toEqual(["GET /fast", "GET /slow", "GET /never"]);
});

test("equal rows are in the order of their names, so that they do not flicker", () => {
  const rows = [endpoint("/b"), endpoint("/a")];
  expect(names(sortedRows(rows, DEFAULT_SORT))).toEqual(["GET /a", "GET /b"]);
  expect(names(sortedRows([...rows].reverse(), DEFAULT_SORT))).toEqual(["GET /a", "GET /b"]);
});

test("a second click turns the order round", () => {
  const once = sortAfterClick(DEFAULT_SORT, "p99");
  expect(once).toEqual({ column: "p99", isAscending: false });
  expect(sortAfterClick(once, "p99")).toEqual({ column: "p99", isAscending: true });
  expect(sortAfterClick(once, "endpoint")).toEqual({ column: "endpoint", isAscending: true });
});

test("requests without a route belong to no priority", () => {
  const rows = [endpoint("/a", { priority: "low" }), endpoint("(unmatched)", { priority: "low" })];
  expect(priorityCounts(rows).low).toBe(1);
});

test("only the starred, only the never called", () => {
  const rows = [endpoint("/a"), endpoint("/b"), NEVER];
  const stars = new Set([rows[1]!.id]);
  expect(names(filteredRows(rows, { ...NO_FILTER, isStarredOnly: true }, stars))).toEqual(["GET /b"]);
  expect(filteredRows(rows, { ...NO_FILTER, isNeverCalledOnly: true }, stars)).toEqual([NEVER]);
});

test("held rows take new values and keep their places; new rows come last", () => {
  const [a, b, c] = [endpoint("/a"), endpoint("/b"), endpoint("/c")];
  const held = heldRows([a.id, b.id], [c, b, a]);
  expect(held.rows).toEqual([a, b, c]);
  expect(held.isOrderChanged).toBe(true);
  expect(heldRows([a.id, b.id], [a, b]).isOrderChanged).toBe(false);
});

test("what is typed finds rows as the server does: all its words, in any case, in method and template", () => {
  const rows = [endpoint("/api/users"), endpoint("/api/orders")];
  expect(names(foundRows(rows, " USERS  get "))).toEqual(["GET /api/users"]);
  expect(foundRows(rows, "post users")).toEqual([]);
  expect(foundRows(rows, " ")).toBe(rows);
});
