import { expect, test } from "vitest";
import type { AlertPage, AlertRow, AlertState, ObjectivePage } from "../api/client";
import { setTimeZone } from "../format";
import { alertChip, judgedById, judgedOf } from "./judged";

const NOW = 1_700_000_000; // 22:13:20 UTC

function alerts(...told: [subject: string, state: AlertState][]): AlertPage {
  const rows = told.map(([subject, state]) => ({ subject, state, id: `${subject} ${state}` }));
  return { as_of: NOW, alerts: rows as AlertRow[] } as AlertPage;
}

function objectives(...left: [endpoint: string, objective: string, left: number][]): ObjectivePage {
  const rows = left.map(([endpoint_id, objective_id, budget_left_ratio]) => ({ endpoint_id, objective_id, budget_left_ratio, burns: [] }));
  return { rows, objectives: [{ id: "slow", is_in_force: true }, { id: "fails", is_in_force: true }] } as unknown as ObjectivePage;
}

test("of several alerts of an endpoint the one that needs somebody most stands beside its name", () => {
  const judged = judgedById(alerts(["a", "pending"], ["a", "firing"], ["b", "acknowledged"], ["c", "resolved"]), null);
  expect(["a", "b", "c", "d"].map((id) => judgedOf(judged, id).alert?.state)).toEqual(["firing", "acknowledged", undefined, undefined]);
});

test("of several objectives that with the least budget left counts", () => {
  const judged = judgedById(null, objectives(["a", "fails", -0.5], ["b", "slow", 0.2], ["a", "slow", 0.9]));
  expect(judgedOf(judged, "a").goal?.objective.id).toBe("fails");
  expect(judgedOf(judged, "b").goal?.row.budget_left_ratio).toBe(0.2);
  expect(judgedOf(judged, "c").goal).toBeNull();
});

test("a chip says since when an alert fires, or waits to", () => {
  setTimeZone("utc");
  expect(alertChip({ state: "firing", began_at: NOW - 600, fired_at: NOW - 300 })).toBe("Firing since 22:08");
  expect(alertChip({ state: "pending", began_at: NOW - 600, fired_at: null })).toBe("Pending since 22:03");
});
