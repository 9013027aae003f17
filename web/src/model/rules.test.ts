import { describe, expect, test } from "vitest";
import type { AlertRuleShown } from "../api/client";
import { dividedRules, NEW_RULE, ruleBelow, ruleDraftOf, ruleOf, rulePlace, ruleScope, ruleWords } from "./rules";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

const SLOW: AlertRuleShown = {
  id: "response_time-high", name: "Slow responses, priority high", metric: "response_time", warning: 1, critical: 2, applies_to: "",
  priority: "high", window_seconds: 300, keep_seconds: 120, clear_seconds: 120, clear_ratio: 0.8, minimum_samples: 10, share: 0.05,
  while_saturated: false, enabled: true, reason: "", source: "default", overrides: false, is_in_force: true,
};
const LAG: AlertRuleShown = { ...SLOW, id: "loop_lag", metric: "loop_lag", warning: 0.1, critical: null, priority: null, keep_seconds: 60 };

describe("a rule in words", () => {
  test("says what is looked at, the bounds, and for how long", () => {
    expect(plain(ruleWords(SLOW))).toBe("Response time, p95: above 1.00 s warning, above 2.00 s critical, for 2 min");
    expect(plain(ruleWords(LAG))).toBe("Lag of the event loop: above 100 ms warning, for 1 min");
    expect(plain(ruleWords({ ...SLOW, metric: "traffic", warning: 0.5, critical: 0.1 }))).toContain("below 50 % warning, below 10 % critical");
  });

  test("and where, and which place holds", () => {
    expect([ruleScope(SLOW), ruleScope(LAG), ruleScope({ ...LAG, metric: "store" })]).toEqual(["HIGH endpoints", "every process", "the store"]);
    expect(rulePlace({ ...SLOW, enabled: false, is_in_force: false })).toBe("switched off");
    expect(rulePlace({ ...SLOW, is_in_force: false })).toBe("changed by another place");
  });
});

describe("a rule in a form", () => {
  test("that changes nothing of the one below leaves all to that", () => {
    expect(ruleOf(ruleDraftOf(SLOW), SLOW, [])).toEqual({ id: SLOW.id, metric: "response_time", enabled: true });
    expect(ruleOf(ruleDraftOf(LAG), LAG, [])).toEqual({ id: "loop_lag", metric: "loop_lag", enabled: true });
  });

  test("names what it changes, in the server's units", () => {
    const draft = { ...ruleDraftOf(SLOW), warning: "800", percentile: "99", enabled: false };
    expect(ruleOf(draft, SLOW, [])).toEqual({ id: SLOW.id, metric: "response_time", enabled: false, warning: 0.8, critical: 2, share: 0.01 });
  });

  test("that is new is whole, and is called after what it looks at", () => {
    const rule = ruleOf({ ...NEW_RULE, metric: "errors", critical: "5", appliesTo: "POST /api/*" }, null, ["failing-requests"]);
    expect(rule).toMatchObject({ id: "failing-requests-2", name: "Failing requests", warning: null, critical: 0.05, applies_to: "POST /api/*" });
    expect(rule).not.toHaveProperty("share");
    expect(() => ruleOf({ ...NEW_RULE, warning: "slow" }, null, [])).toThrow("warning = 'slow' is refused");
  });

  test("of a process has no pattern and no priority", () => {
    expect(ruleOf({ ...NEW_RULE, metric: "loop_lag", warning: "50", appliesTo: "/x" }, null, [])).not.toHaveProperty("applies_to");
  });
});

test("those that somebody chose stand apart, with what they stand in place of", () => {
  const own = { ...SLOW, source: "page", overrides: false, warning: 0.8 };
  const rules = [own, LAG, { ...SLOW, is_in_force: false }];
  const { chosen, usual } = dividedRules(rules);
  expect([chosen.length, usual.map(({ id }) => id)]).toEqual([2, ["loop_lag"]]);
  expect(ruleBelow(rules, SLOW.id)?.source).toBe("default");
  expect(ruleBelow(rules, "other")).toBeNull();
});
