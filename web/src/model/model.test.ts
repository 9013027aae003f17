import { expect, test } from "vitest";
import { formatAddress, loginToken, parseAddress } from "./address";
import { healthSentence, healthWords, poolWords } from "./health";
import { spread } from "./labels";
import { stairs } from "./percentiles";
import { rangeAfter, rangeNamed, rangeOf, rangePhrase, RANGES } from "./ranges";
import { answer, endpoint, SETTINGS } from "./samples";
import { sentenceFor } from "./sentence";
import { sampled, sparklineScale } from "./sparkline";
import { middleCut, templateParts, visible } from "./template";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

test.each([
  "#/endpoints",
  "#/endpoints?range=1h&endpoint=abc&search=cart&priority=high&starred=1&sort=-p95&view=table",
  "#/overview?from=1700000000&to=1700003600&compare=previous",
  "#/overview?status=5xx&method=GET&method=POST&service=shop&environment=test&version=2&instance=a",
  "#/settings",
  "#/endpoints?never-called=1&sort=endpoint",
  "#/alerts?range=24h",
])("an address is read and written again as %s", (address) => {
  expect(formatAddress(parseAddress(address))).toBe(address);
});

test("what an address says and we do not know is left out", () => {
  expect(formatAddress(parseAddress("#/nowhere?range=9y&sort=x&priority=huge&status=9xx&from=1"))).toBe(
    "#/overview",
  );
});

test("only a login address has a token", () => {
  expect(loginToken("#token=view-a_b-c")).toBe("view-a_b-c");
  expect(loginToken("#/endpoints?search=token")).toBeNull();
});

test("ranges go round, and one that is not ours has a name too", () => {
  expect(rangeAfter(RANGES.at(-1)!)).toBe(RANGES[0]);
  expect(rangeNamed("1h")).toBe(rangeOf(3600));
  expect(plain(rangeOf(7200).label)).toBe("Last 2 h");
  expect(rangePhrase(rangeOf(900))).toBe("last 15 min");
});

test("parameters of a template stand apart", () => {
  expect(templateParts("/cart/{cart_id}/items")).toEqual([
    { text: "/cart/", isParameter: false },
    { text: "{cart_id}", isParameter: true },
    { text: "/items", isParameter: false },
  ]);
});

test.each([
  ["/api/users", 20, "/api/users"],
  ["/api/catalogue/products/{product_id}/price", 30, "/api/…/{product_id}/price"],
  ["/api/recommendations", 14, "/api/…ndations"],
])("%s in %s characters is %s", (template, room, shown) => {
  expect(middleCut(template, room)).toBe(shown);
});

test.each([
  ["/api/users/{id}", "/api/users/{id}"],
  ["/سلام/世界/é", "/سلام/世界/é"],
  ["/a\u202Egnp.exe", "/a‹U+202E›gnp.exe"],
  ["/a\u0000\n\u2028\u{E0001}", "/a‹U+0000›‹U+000A›‹U+2028›‹U+E0001›"],
])("what cannot be seen of a name is named: %j", (name, shown) => {
  expect(visible(name)).toBe(shown);
});

test("labels that are apart stay where they are", () => {
  expect(spread([10, 50, 90], 14, 0, 100)).toEqual([10, 50, 90]);
});

test("labels are pushed apart, inside the plot, and keep their order", () => {
  const places = spread([98, 100, 97, 10], 14, 0, 100);
  expect(places[3]).toBe(10);
  const [a, b, c] = [places[2]!, places[0]!, places[1]!];
  expect(c).toBeLessThanOrEqual(100);
  expect(b - a).toBeGreaterThanOrEqual(14 - 1e-6);
  expect(c - b).toBeGreaterThanOrEqual(14 - 1e-6);
});

test("a sparkline of many values keeps some of them, and the newest", () => {
  expect(sampled([1, 2, 3])).toEqual([1, 2, 3]);
  const some = sampled(Array.from({ length: 100 }, (_, index) => index));
  expect(some).toHaveLength(34);
  expect(some.slice(-2)).toEqual([96, 99]);
});

test("noise in a sparkline stays flat", () => {
  expect(sparklineScale([100, 101, null, 99])).toEqual({ low: 50, high: 140 });
  expect(sparklineScale([null])).toBeNull();
});

test("a stair goes on over steps without requests, up to the next stair", () => {
  expect(stairs([null, 2, null, null, 2, null, 3, null])).toEqual([null, 2, 2, 2, 2, 2, 3, null]);
});

test("as long as a stair, a gap stays a gap, and without stairs every gap does", () => {
  expect(stairs([2, 2, null, null, 3, 3])).toEqual([2, 2, null, null, 3, 3]);
  expect(stairs([1, null, 2])).toEqual([1, null, 2]);
});

test("a calm service is said to be so", () => {
  const { state, title, detail } = sentenceFor(answer([endpoint("/a")]), SETTINGS);
  expect(state).toBe("ok");
  expect(title).toBe("Every endpoint answers within its target.");
  expect(plain(detail)).toBe("18.4 requests a second; 95 % of them take at most 200 ms, and 0.10 % fail.");
});

test("few requests are not judged", () => {
  const few = endpoint("/a", { count: 20, response_time_grade: null });
  const { state, title } = sentenceFor(answer([few]), SETTINGS);
  expect(title).toBe("Too few requests yet to judge any endpoint.");
  expect(state).toBe("unjudged");
});

test("the sentence names the most important endpoint that misses its target", () => {
  const slow = endpoint("/slow", { p95: 9, response_time_grade: "critical" });
  const failing = endpoint("/pay", { priority: "critical", error_ratio: 0.06 });
  const both = sentenceFor(answer([slow, failing]), SETTINGS);
  expect(both.title).toBe("GET /pay and one other endpoint miss their targets.");
  expect(plain(both.detail)).toBe(
    "6.00 % of its requests fail; 0.1 % are allowed. It takes 10.0 % of all response time.",
  );
  const one = sentenceFor(answer([slow]), SETTINGS);
  expect(one.title).toBe("GET /slow is slower than its target.");
  expect(plain(one.detail)).toContain("Its p95 is 9.00 s; a MEDIUM endpoint should stay under 2 s.");
});

test("the health line counts on while it waits, and names what was lost", () => {
  const { health } = answer([]);
  expect(plain(Object.values(healthWords(health, 3)).slice(1).join(", "))).toBe(
    "Nothing dropped, 0.4 % CPU · 212 MB of 1 GiB, Newest window 4 s ago",
  );
  const lossy = { ...health, is_ok: false, dropped_requests: 1200 };
  expect(healthWords(lossy, 0)).toMatchObject({ isOk: false, state: "1,200 requests dropped" });
  const away = { ...health, is_ok: false, dropped_windows: 3, requests_in_dropped_windows: 40 };
  expect(healthWords(away, 0)).toMatchObject({ isOk: false, state: "40 requests dropped" });
});

test("a store's pool of connections is told of where it has one", () => {
  const { health } = answer([]);
  expect(poolWords(health)).toBe("");
  expect(poolWords({ ...health, connections_in_use: 3, max_connections: 16 })).toBe("3 of 16 connections in use");
});

test("the health sentence is calm only where nothing was lost, and names every problem", () => {
  const { health } = answer([]);
  expect(healthSentence(health)).toMatchObject({ state: "ok" });
  const problems = ["The store is full.", "The clock went back."];
  const ill = healthSentence({ ...health, is_ok: false, dropped_windows: 2, problems });
  expect(ill).toEqual({
    state: "firing", title: "2 windows dropped.", detail: "The store is full. The clock went back.",
  });
});
