import { afterEach, expect, test } from "vitest";
import { instantOf, setTimeZone, zonedTime } from "../format";
import { parseAddress } from "./address";
import { changesOf, pointsChange, ratioChange, withoutErrorChange } from "./comparison";
import { crumbsOf } from "./crumbs";
import { instanceName, instanceWords, ownLists, statusChoices } from "./filterChoices";
import { DEFAULT_PREFERENCES, feedSettings, parsePreferences } from "./preferences";
import { beforePhrase, firstRange, isPast, periodWords, rangeBetween, RANGES, shortLabel } from "./ranges";
import { answer, endpoint, series } from "./samples";
import { ALL_TRAFFIC, isNarrowed, toggled, trafficPairs, without } from "./traffic";

const plain = (text: string | null) => text?.replaceAll("\u00a0", " ") ?? null;

const NONE = { rate_change_ratio: null, p95_change_ratio: null, error_ratio_change: null };
const PREVIOUS = {
  start: 0, end: 1, request_count: 1, rate_change_ratio: 1, p95_change_ratio: 1,
  error_ratio_change: 1, user_change_ratio: 1, series: series([]),
  endpoints: [
    { id: "a", request_count: 4, rate_change_ratio: 0.5, p95_change_ratio: null, error_ratio_change: 0 },
    { id: "new", request_count: 0, ...NONE },
  ],
};

afterEach(() => setTimeZone("local"));

test("a range between two instants is of whole seconds, in either order", () => {
  expect(rangeBetween(100.7, 40.2)?.span).toEqual({ start: 40, end: 101 });
  expect(rangeBetween(100, 101)).toBeNull();
  expect(rangeBetween(NaN, 101)).toBeNull();
});

test.each([
  [3600, 0, "5m"], [3600, 300, "5m"], [3600, 301, "15m"], [3600, 901, "1h"], [3600, 1e6, "1h"],
  [604_800, 4000, "6h"], [120, 0, ""], [1200, 1000, ""],
])("of a history of %i s the first look after %i s is at %s", (history, measured, name) => {
  expect(firstRange(history, measured).name).toBe(name);
  expect(firstRange(history, measured).seconds).toBeLessThanOrEqual(history);
});

test("only a range with an end of its own is ever past", () => {
  expect(isPast(rangeBetween(0, 60)!, 60)).toBe(true);
  expect(isPast(rangeBetween(0, 60)!, 59)).toBe(false);
  expect(isPast(RANGES[0]!, 1e12)).toBe(false);
});

test("a period names its days where today does not go without saying", () => {
  setTimeZone("utc");
  const noon = Date.UTC(2026, 10, 5, 12) / 1000;
  expect(periodWords({ start: noon, end: noon + 3600 }, noon)).toBe("12:00 – 13:00");
  expect(periodWords({ start: noon, end: noon + 60 }, noon)).toBe("12:00:00 – 12:01:00");
  expect(periodWords({ start: noon, end: noon + 3600 }, noon + 86_400)).toBe("5 Nov, 12:00 – 13:00");
  expect(periodWords({ start: noon, end: noon + 86_400 }, noon)).toBe("5 Nov 12:00 – 6 Nov 12:00");
});

test("a short label and what is before are of the range's length", () => {
  expect(RANGES.map(shortLabel).map(plain)).toEqual(["5 min", "15 min", "1 h", "6 h", "1 d", "7 d"]);
  expect(plain(beforePhrase(rangeBetween(0, 1500)!))).toBe("the 25 min before");
});

test.each(["local", "utc"] as const)("a field's time is read as it was written, in %s", (zone) => {
  setTimeZone(zone);
  expect(instantOf(zonedTime(1_700_000_000))).toBe(1_700_000_000);
});

test("in UTC a field's time is UTC", () => {
  setTimeZone("utc");
  expect(zonedTime(1_700_000_000.9)).toBe("2023-11-14T22:13:20");
});

test("a change has its sign, its unit, its direction and whether it is good", () => {
  const slower = ratioChange(0.064, true);
  expect({ ...slower, words: plain(slower.words) }).toEqual({ words: "+6 %", direction: "up", tone: "worse" });
  expect(ratioChange(-0.12, true)).toMatchObject({ direction: "down", tone: "better" });
  expect(ratioChange(-0.12, false)).toMatchObject({ direction: "down", tone: "neutral" });
  expect(ratioChange(4.8, true)).toMatchObject({ words: "5.8×", tone: "worse" });
  expect(plain(pointsChange(-0.0002).words)).toBe("−0.02 points");
});

test("what did not move is neither up nor down, and what cannot be told has no number", () => {
  expect(ratioChange(0.001, true)).toMatchObject({ direction: null, tone: "neutral" });
  expect(plain(ratioChange(-0.004, true).words)).toBe("±0 %");
  expect(ratioChange(null, true)).toEqual({ words: null, direction: null, tone: "neutral" });
});

test("a small change has its sign and no colour", () => {
  expect(ratioChange(0.03, true)).toMatchObject({ direction: "up", tone: "neutral" });
  expect(pointsChange(-0.0005)).toMatchObject({ direction: "down", tone: "neutral" });
  expect(pointsChange(-0.002)).toMatchObject({ direction: "down", tone: "better" });
});

test("the share without error rises where errors fall", () => {
  expect(withoutErrorChange(-0.002)).toMatchObject({ direction: "up", tone: "better" });
  expect(plain(withoutErrorChange(0.002).words)).toBe("−0.20 points");
  expect(withoutErrorChange(null).words).toBeNull();
});

test("more users are no fault, more errors are", () => {
  const tones = changesOf(PREVIOUS, null)?.map(({ change }) => change.tone);
  expect(tones).toEqual(["neutral", "worse", "worse", "neutral"]);
});

test("one endpoint has its own changes, and none where it was not called before", () => {
  expect(changesOf(PREVIOUS, "a")?.map(({ name, change }) => [name, plain(change.words)])).toEqual([
    ["Requests", "+50 %"], ["p95", null], ["Errors", "±0 points"],
  ]);
  expect(changesOf(PREVIOUS, "new")).toBeNull();
  expect(changesOf(PREVIOUS, "gone")).toBeNull();
  expect(changesOf({ ...PREVIOUS, request_count: 0 }, null)).toBeNull();
});

test("each part of the filter can be set and taken back by itself", () => {
  const both = toggled({ ...ALL_TRAFFIC, search: "cart", status: "5xx" }, "method", "GET");
  expect(trafficPairs(both)).toEqual([["search", "cart"], ["status", "5xx"], ["method", "GET"]]);
  const none = trafficPairs(both).reduce((left, [name, value]) => without(left, name, value), both);
  expect(isNarrowed(none)).toBe(false);
});

test("the filter offers what was seen, and what is chosen though it was not", () => {
  const shop = { ...answer([endpoint("/a")]) };
  shop.summary.status_counts = { "500": 2, "200": 9 };
  expect(statusChoices(shop, "418")).toEqual(["2xx", "3xx", "4xx", "5xx", "200", "418", "500"]);
  const rows = [{ id: "a", pid: 1 }, { id: "b", pid: 2 }].map((own) => ({
    service: "shop", version: "1", environment: "test", host: "h", ...own,
  }));
  const lists = { ...ALL_TRAFFIC.lists, environment: ["gone"] };
  expect(ownLists(rows, { ...ALL_TRAFFIC, lists })).toEqual([
    { name: "environment", values: ["gone", "test"] },
    { name: "instance", values: ["a", "b"] },
  ]);
  expect([instanceName(rows, "b"), instanceName(rows, "c")]).toEqual(["h 2", "c"]);
  expect([instanceWords(rows, "b"), instanceWords(rows, "c")]).toEqual(["shop on h, pid 2", "c"]);
});

test("the way leads from the Overview to the endpoint, with filters kept", () => {
  const address = parseAddress("#/endpoints?endpoint=GET+%2Fa&status=5xx");
  expect(crumbsOf(address, [endpoint("/a")])).toEqual([
    { words: "Overview", href: "#/overview?status=5xx" },
    { words: "Endpoints", href: "#/endpoints?status=5xx" },
    { words: "GET /a", href: null },
  ]);
  expect(crumbsOf(parseAddress(""), [])).toEqual([{ words: "Overview", href: null }]);
});

test("preferences that are not ours are as usual", () => {
  expect(parsePreferences(null)).toEqual(DEFAULT_PREFERENCES);
  expect(parsePreferences('"x"')).toEqual(DEFAULT_PREFERENCES);
  expect(parsePreferences('{"theme":"dark","updates":"yearly","timeZone":"utc"}')).toEqual({
    theme: "dark", updates: "live", timeZone: "utc", author: "",
  });
  expect(parsePreferences(`{"author":"${"x".repeat(101)}"}`).author).toHaveLength(100);
});

test("the reader may ask for fewer updates than the installation pushes, never for a push it has not", () => {
  const pushing = { refresh_interval: 5, enable_real_time: true };
  expect(feedSettings(pushing, "live")).toEqual({ refreshSeconds: 5, isRealTime: true, isOnce: false });
  expect(feedSettings(pushing, "60s")).toEqual({ refreshSeconds: 60, isRealTime: false, isOnce: false });
  expect(feedSettings(pushing, "paused").isOnce).toBe(true);
  expect(feedSettings({ ...pushing, enable_real_time: false }, "live").isRealTime).toBe(false);
});
