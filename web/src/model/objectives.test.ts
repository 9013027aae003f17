import { expect, test } from "vitest";
import type { Backtest, ObjectiveRow, ObjectiveShown } from "../api/client";
import { setTimeZone } from "../format";
import {
  budgetText, burnWords, endWords, foldedGoals, type Goal, goalsOf, leftWords, objectivesSentence, paceWords, placeWords, promiseWords, scopeWords, standingOf,
  targetWords, worstGoals,
} from "./objectives";
import { asObjective, backtestWords, boundsFor, forEndpoint, targetsFor } from "./whatif";

const NOW = 1_700_000_000; // 14 Nov 22:13 UTC
const DAY = 86_400;

function objective(part: Partial<ObjectiveShown> = {}): ObjectiveShown {
  return {
    id: "o", name: "O", kind: "latency", target: 0.95, bound: 0.5, pattern: "", priority: "critical", period_days: 30, errors: {},
    minimum_events: 5, alerts: true, enabled: true, source: "default", overrides: false, is_in_force: true, never_fires: "", ...part,
  };
}

function row(part: Partial<ObjectiveRow> = {}): ObjectiveRow {
  return {
    objective_id: "o", endpoint_id: "e", endpoint: "GET /a", service: "shop", priority: "critical", event_count: 1000, bad_count: 10,
    covered_seconds: DAY, good_ratio: 0.99, budget_left_ratio: 0.8, is_met: true, burns: [], exhaustion: null, ...part,
  };
}

const BURN: ObjectiveRow["burns"][number] = {
  long_seconds: 3600, short_seconds: 300, factor: 14.4, severity: "critical", long_rate: 20, short_rate: 20, is_breached: true,
  can_fire: true, is_known: true,
};

function goal(id: string, part: Partial<ObjectiveRow> = {}): Goal {
  const own = row(part);
  return { id, row: own, objective: objective(), standing: standingOf(own) };
}

test("what is left of a budget is told in whole percents, never as more than there is", () => {
  expect([1, 0.9996, 0.612, 0.004, 0, -5.5].map(budgetText)).toEqual(["100\u00a0%", "99\u00a0%", "61\u00a0%", "<1\u00a0%", "none", "none"]);
});

test("a standing is by the budget, and by how fast it burns", () => {
  const word = (part: Partial<ObjectiveRow>) => standingOf(row(part)).word;
  expect(word({})).toBe("Kept");
  expect(word({ budget_left_ratio: 0.2 })).toBe("Little left");
  expect(word({ budget_left_ratio: 0 })).toBe("Missed");
  expect(word({ budget_left_ratio: null })).toBe("No events");
  expect(word({ burns: [BURN] })).toBe("Burns fast");
  expect(standingOf(row({ burns: [{ ...BURN, severity: "warning" }] }))).toEqual({ state: "pending", word: "Burns" });
});

test("a row is under the objective that is in force", () => {
  const [own, other] = [objective({ source: "page", overrides: true }), objective({ source: "settings", is_in_force: false, target: 0.5 })];
  const page = { as_of: NOW, is_whole: true, objectives: [other, own], total: 1, offset: 0, limit: 1, rows: [row(), row({ objective_id: "gone" })], method: "", source: "" };
  expect(goalsOf(page).map(({ id, objective: { target } }) => [id, target])).toEqual([["o/e", 0.95]]);
  expect([placeWords(own), placeWords(other)]).toEqual(["Holds, in place of the one elsewhere", "Another of this id holds"]);
});

test("promises, scopes and targets are said in words", () => {
  expect(promiseWords(objective())).toBe("95\u00a0% within 500\u00a0ms");
  expect(promiseWords(objective({ kind: "availability", target: 0.9995, bound: null }))).toBe("99.95\u00a0% without error");
  expect(promiseWords(objective({ kind: "throughput", bound: 2 }))).toBe("95\u00a0% of minutes with at least 2.00\u00a0/s");
  expect(targetWords(0.999999)).toBe("99.9999\u00a0%");
  expect([scopeWords(objective()), scopeWords({ pattern: "/a/*", priority: null }), scopeWords({ pattern: "", priority: null })])
    .toEqual(["CRITICAL endpoints", "/a/*", "all endpoints"]);
});

test("budgets and burns are told however far they are gone", () => {
  expect([leftWords(0.62), leftWords(0), leftWords(-2.2), leftWords(null)]).toEqual(["62\u00a0% left", "used up", "3.20× used", "–"]);
  expect([burnWords(14.42), burnWords(1.5), burnWords(0.001), burnWords(0), burnWords(null)]).toEqual(["14.4×", "1.50×", "<0.01×", "0×", "–"]);
});

test("the end of a budget comes with its interval", () => {
  setTimeZone("utc");
  const end = (at: number | null, earliest: number | null, latest: number | null, left = 0.5) =>
    endWords(row({ budget_left_ratio: left, exhaustion: { at, earliest, latest, burn_rate: 1 } }), NOW);
  expect(end(NOW + DAY, NOW + DAY / 2, NOW + 2 * DAY)).toBe("15 Nov 22:13 (15 Nov 10:13 to 16 Nov 22:13)");
  expect(end(NOW + DAY, NOW + DAY / 2, null)).toBe("15 Nov 22:13 (15 Nov 10:13 or much later)");
  expect(end(null, NOW + DAY, null)).toBe("not before 15 Nov 22:13");
  expect(end(null, null, null)).toBe("not within its period");
  expect(end(NOW, NOW, NOW, -1)).toBe("gone");
  expect(endWords(row(), NOW)).toBe("–");
  expect(paceWords({ burns: [] })).toBe("");
});

test("what is kept folds after some, what is not never does", () => {
  const goals = [...Array.from({ length: 12 }, (_, index) => goal(`k${index}`)), goal("bad", { budget_left_ratio: -1 })];
  const { shown, rest } = foldedGoals(goals, "k11");
  expect(shown.map(({ id }) => id).slice(-2)).toEqual(["k11", "bad"]);
  expect(rest.map(({ id }) => id)).toEqual(["k8", "k9", "k10"]);
  expect(foldedGoals(goals.slice(0, 9), null).rest).toEqual([]);
  expect(worstGoals(goals).map(({ id }) => id)).toEqual(["bad"]);
});

test("the sentence names the worst", () => {
  expect(objectivesSentence([goal("a", { budget_left_ratio: -1 }), goal("b")])).toEqual({
    state: "firing", title: "1 objective is missed, or about to be.",
    detail: "First GET /a, 95\u00a0% within 500\u00a0ms: missed, 2.00× used.",
  });
  expect(objectivesSentence([goal("a", { budget_left_ratio: 0.1 })]).state).toBe("pending");
  expect(objectivesSentence([goal("a")]).title).toBe("Every objective is kept.");
  expect(objectivesSentence([goal("a", { budget_left_ratio: null })]).state).toBe("unjudged");
});

test("what can be tried holds the objective's own, and one for an endpoint outranks it", () => {
  expect(targetsFor({ target: 0.97 })).toContain(0.97);
  expect(boundsFor({ bound: 0.5 })).toContain(0.5);
  expect(boundsFor({ bound: null })).toEqual([]);
  expect(forEndpoint(asObjective(objective()), "e", "GET /a")).toMatchObject({
    id: "latency-e", pattern: "GET /a", priority: null, name: "Latency of GET /a", target: 0.95,
  });
});

test("a backtest says what would have been", () => {
  const found: Backtest = {
    endpoint_id: "e", endpoint: "GET /a", start: 0, end: 1, as_of: 1, event_count: 12345, bad_count: 1, good_ratio: 0.982,
    budget_left_ratio: 0.35, is_met: true, times: [], left_ratio: [], never_fires: "",
    alerts: [{ start: 0, end: 1, severity: "critical", burn_rate: 20 }],
  };
  const tried = asObjective(objective());
  expect(backtestWords(found, tried)).toBe(
    "98.20\u00a0% of 12,345 requests were well; 95\u00a0% are wanted. Of the budget: 35\u00a0% left. It would have alerted once.",
  );
  expect(backtestWords({ ...found, alerts: [] }, tried)).toContain("It would have alerted nobody.");
  expect(backtestWords({ ...found, good_ratio: null }, tried)).toBe("No requests in that time.");
});
