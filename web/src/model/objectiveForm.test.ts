import { describe, expect, test } from "vitest";
import type { ObjectiveShown } from "../api/client";
import { draftOf, freeId, isMeant, NEW_OBJECTIVE, objectiveOf } from "./objectiveForm";

const shown: ObjectiveShown = {
  id: "checkout", name: "Checkout", kind: "latency", target: 0.999, bound: 0.35, pattern: "POST /checkout", priority: null,
  period_days: 28, errors: { "5xx": "bad", "4xx": "good", "429": "ignored", "499": "ignored" }, minimum_events: 5, alerts: true, enabled: true, source: "page", overrides: false,
  is_in_force: true, never_fires: "",
};

describe("an objective in a form", () => {
  test("is shown in percent and milliseconds, and means the same again", () => {
    const draft = draftOf(shown);
    expect([draft.target, draft.bound, draft.bad, draft.ignored]).toEqual(["99.9", "350", "5xx", "429, 499"]);
    const { source, overrides, is_in_force, never_fires, errors, ...asked } = shown;
    expect(objectiveOf(draft, [])).toEqual({ ...asked, errors: {} });
  });

  test("is called after what it promises where nobody named it", () => {
    const objective = objectiveOf({ ...NEW_OBJECTIVE, pattern: "/api/*" }, []);
    expect(objective).toMatchObject({ name: "95 % within 500 ms, /api/*", id: "95-within-500-ms-api", target: 0.95, bound: 0.5 });
  });

  test("of availability has no bound, and says which answers are bad", () => {
    const objective = objectiveOf({ ...NEW_OBJECTIVE, kind: "availability", target: "99,9", bound: "", bad: "5xx 404", ignored: "" }, []);
    expect(objective).toMatchObject({ target: 0.999, bound: null });
    expect(objective.errors).toEqual({ "5xx": "bad", "404": "bad", "4xx": "good", "429": "good", "499": "good" });
  });

  test("with a number that is none is refused by its field", () => {
    expect(() => objectiveOf({ ...NEW_OBJECTIVE, target: "most" }, [])).toThrow("target = 'most' is refused: give a number");
    expect(() => objectiveOf({ ...NEW_OBJECTIVE, bound: "" }, [])).toThrow("bound = '' is refused");
  });

  test("takes no id that another has", () => {
    expect(freeId("Checkout, fast!", [])).toBe("checkout-fast");
    expect(freeId("Checkout, fast!", ["checkout-fast", "checkout-fast-2"])).toBe("checkout-fast-3");
    expect(freeId("…", [])).toBe("own");
  });
});

test.each([
  ["", true], ["/api/*", true], ["GET /api/*", false], ["post /api/orders/{id}", true], ["*", true], ["/api/orders/?id}", true], ["/api/orders", false],
])("the pattern “%s” means POST /api/orders/{id}: %s", (pattern, isTrue) => {
  expect(isMeant(pattern, "POST /api/orders/{id}")).toBe(isTrue);
});
