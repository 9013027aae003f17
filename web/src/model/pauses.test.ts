import { expect, test } from "vitest";
import { lagSeconds, pauseWords } from "./pauses";

const block = { at: 1000, seconds: 0.38, place: "shop/orders.py:41 in list_orders", endpoint: "GET /orders" };
const pauses = {
  loop_count: 1, lag_p99_seconds: 0.02, lag_max_seconds: 0.4, blocked_count: 3, blocked_seconds: 0.9,
  longest_block: block, pools: [], collections: [],
};

test("a block is told with its place and its endpoint", () => {
  expect(pauseWords({ pauses })).toEqual([
    "Blocked for 380\u00a0ms or more at shop/orders.py:41 in list_orders, in GET /orders",
  ]);
});

test("what is not known of a block is left out", () => {
  const longest_block = { ...block, place: "", endpoint: "" };
  expect(pauseWords({ pauses: { ...pauses, longest_block } })).toEqual(["Blocked for 380\u00a0ms or more"]);
});

test("a pool is told while calls wait for one of its threads", () => {
  const pools = [
    { name: "anyio", busy: 40, size: 40, waiting: 7 },
    { name: "asyncio", busy: 8, size: 8, waiting: 0 },
  ];
  expect(pauseWords({ pauses: { ...pauses, longest_block: null, pools } })).toEqual([
    "anyio: 40 of 40 threads busy, 7 waiting",
  ]);
});

test("nothing is told, and no lag, where no loop is watched", () => {
  expect(pauseWords({ pauses: null })).toEqual([]);
  expect(lagSeconds({ pauses: null })).toBeNull();
  expect(lagSeconds({ pauses: { ...pauses, lag_p99_seconds: null } })).toBeNull();
  expect(lagSeconds({ pauses })).toBe(0.02);
});
