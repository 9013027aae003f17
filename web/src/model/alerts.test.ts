import { expect, test } from "vitest";
import type { AlertPage, AlertRow, IncidentRow } from "../api/client";
import { setTimeZone } from "../format";
import { formatAddress, OWN_TO_A_SCREEN, parseAddress } from "./address";
import {
  alertsSentence, canAct, chainsOf, firingCount, foldedAlerts, holds, isSingle, lastHour, measureWords, sampleWords, stateCounts, valueText,
} from "./alerts";
import { silenceScopes, silenceTime, silenceWords } from "./silences";

const NOW = 1_700_000_000; // 22:13:20 UTC

function alert(id: string, part: Partial<AlertRow> = {}): AlertRow {
  return {
    id, rule: "latency", subject: "e1", endpoint: "GET /a", metric_type: "response_time", unit: "seconds", current_value: 1.55,
    threshold: 1, severity: "critical", priority: "high", state: "firing", message: `message of ${id}`, at: NOW, began_at: NOW - 600,
    fired_at: NOW - 500, ended_at: null, window_seconds: 300, sample_count: 1204, causes: [], author: "judge", reason: "",
    acknowledged_by: "", incident: "", ...part,
  };
}

function incident(id: string, alerts: string[], part: Partial<IncidentRow> = {}): IncidentRow {
  return {
    id, cause: "the operation SELECT 1", evidence: ["it goes with 2 of 2 alerts", ...alerts.map((each) => `message of ${each}`)],
    severity: "critical", priority: "high", state: "firing", began_at: NOW - 600, ended_at: null, alerts, ...part,
  };
}

function page(alerts: AlertRow[], incidents: IncidentRow[], counts: Record<string, number> = {}): AlertPage {
  return { as_of: NOW, counts, total: alerts.length, offset: 0, limit: 200, alerts, incidents };
}

test("an incident's alerts stand in the order of its chain, and its evidence repeats none of them", () => {
  const { open, loose } = chainsOf(page([alert("b"), alert("a"), alert("c", { state: "pending" })], [incident("i", ["a", "b", "gone"])]));
  expect(open[0]!.alerts.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(open[0]!.evidence).toEqual(["it goes with 2 of 2 alerts", "message of gone"]);
  expect(open[0]!.leftOut).toBe(1);
  expect(loose.map(({ id }) => id)).toEqual(["c"]);
});

test("what needs somebody stands before what somebody looks after, and what is over apart", () => {
  const found = chainsOf(page(
    [alert("a", { state: "acknowledged" }), alert("b"), alert("c", { state: "resolved" })],
    [incident("1", ["a"], { state: "acknowledged" }), incident("2", ["b"]), incident("3", ["c"], { state: "resolved", ended_at: NOW })],
  ));
  expect(found.open.map((chain) => chain.incident.id)).toEqual(["2", "1"]);
  expect(found.over.map((chain) => chain.incident.id)).toEqual(["3"]);
  expect(isSingle(found.over[0]!)).toBe(true);
});

test("of a storm the first few stand open, with the one that is looked at", () => {
  const storm = ["a", "b", "c", "d", "e", "f", "g"].map((id) => alert(id, id > "e" ? { state: "resolved" } : {}));
  const { shown, rest } = foldedAlerts(storm, "g");
  expect([shown.map(({ id }) => id), rest.map(({ id }) => id)]).toEqual([["a", "b", "c", "d", "g"], ["e", "f"]]);
  expect(stateCounts(rest)).toBe("1 firing, 1 resolved");
  expect(foldedAlerts(storm.slice(0, 5), null).rest).toEqual([]);
});

test("an act is offered where it changes something", () => {
  const states = ["firing", "flapping", "acknowledged", "silenced", "pending", "resolved", "ok"] as const;
  expect(states.filter((state) => canAct("acknowledge", { state }))).toEqual(["firing", "flapping", "silenced"]);
  expect(states.filter((state) => canAct("resolve", { state }))).toEqual(states.slice(0, 4));
  expect(states.filter((state) => holds({ state }))).toEqual(states.slice(0, 4));
});

test("values are told in the alert's own unit, with bound and sample", () => {
  expect(measureWords(alert("a"))).toBe("1.55\u00a0s, bound 1.00\u00a0s");
  expect([valueText(0.031, "ratio"), valueText(3, "count"), valueText(2e6, "bytes"), valueText(12, "furlongs")])
    .toEqual(["3.10\u00a0%", "3", "2.00\u00a0MB", "12.0"]);
  expect(sampleWords(alert("a", { window_seconds: 84.7 }))).toBe("n = 1,204 in 85\u00a0s");
  expect(sampleWords(alert("a", { sample_count: 0 }))).toBe("");
});

test("the sentence says how many need somebody, since when and why", () => {
  setTimeZone("utc");
  const shared = page([alert("a"), alert("b")], [incident("i", ["a", "b"])], { firing: 2, acknowledged: 1 });
  expect(alertsSentence(shared, true)).toEqual({
    state: "firing", title: "2 alerts need somebody.",
    detail: "Since 22:03. Likely cause: the operation SELECT 1. 1 looked after.",
  });
  expect(alertsSentence(page([], [], { acknowledged: 1, pending: 2 }), true)).toMatchObject({
    state: "ok", title: "Nothing fires that nobody looks after.",
    detail: "1 looked after, 2 past their bounds, not for long enough yet.",
  });
  expect(alertsSentence(page([], []), null).title).toBe("No alert fires.");
  expect(alertsSentence(page([], []), false)).toMatchObject({ state: "unjudged", title: "Nobody judges what is measured." });
  expect(alertsSentence(page([], [], { firing: 1 }), false).title).toBe("1 alert needs somebody.");
  expect([firingCount(null), firingCount({}), firingCount({ firing: 1, flapping: 2, silenced: 4 })]).toEqual([null, 0, 3]);
});

test("the last hour holds what changed in it, the newest first", () => {
  const alerts = [alert("old", { at: NOW - 3601 }), alert("older", { at: NOW - 300 }), alert("new", { at: NOW - 5 })];
  expect(lastHour(page(alerts, [])).map(({ id }) => id)).toEqual(["new", "older"]);
});

test("a silence says what it is about, and until when", () => {
  setTimeZone("utc");
  const silence = {
    id: "s", alert: "a", endpoint: "", rule: "", severity: null, instance: "", starts_at: NOW, ends_at: NOW + 3600, author: "Mina",
    reason: "", is_active: true,
  };
  expect(silenceWords(silence, () => "it is slow")).toBe("it is slow");
  expect(silenceWords({ ...silence, alert: "", endpoint: "*", rule: "latency" }, () => null)).toBe("every alert, rule latency");
  expect(silenceTime(silence, NOW)).toBe("ends 23:13, in 1\u00a0h");
  expect(silenceTime({ ...silence, is_active: false, starts_at: NOW + 7200, ends_at: NOW + 9000 }, NOW))
    .toBe("begins 15 Nov 00:13, ends 15 Nov 00:43");
  expect(silenceScopes(alert("a")).map(({ name }) => name)).toEqual(["alert", "endpoint", "rule"]);
  expect(silenceScopes(alert("a", { endpoint: "shop-1:4711 (shop-api)" })).map(({ name }) => name)).toEqual(["alert", "rule"]);
});

test("state and what is unfolded are in the address, and stay behind on another screen", () => {
  const address = parseAddress("#/alerts?state=silenced&open=a1&search=cart");
  expect([address.alertState, address.opened]).toEqual(["silenced", "a1"]);
  expect(formatAddress(address)).toBe("#/alerts?search=cart&state=silenced&open=a1");
  expect(formatAddress({ ...address, ...OWN_TO_A_SCREEN, screen: "overview" })).toBe("#/overview?search=cart");
  expect(parseAddress("#/alerts?state=angry").alertState).toBeNull();
});
