import { describe, expect, it } from "vitest";
import type { DeployRow } from "../api/client";
import { deploysOfService, deploysOfStep, deployWords, marksOf } from "./deploys";

function deploy(at: number, version = "2", service = "shop"): DeployRow {
  return { at, service, version, environment: "live", previous: "1", author: "ann", note: "", source: "operator" };
}

const SPAN = { start: 0, end: 1000 };
const xOf = (instant: number) => instant / 2;

describe("deploys on a chart", () => {
  it("stand where they happened, with their version", () => {
    expect(marksOf([deploy(400, "2.4")], SPAN, xOf)).toEqual([{ lines: [200], x: 200, text: "▲ 2.4" }]);
  });

  it("are counted where they stand too close to be told apart", () => {
    const marks = marksOf([deploy(420), deploy(400), deploy(410), deploy(800, "3")], SPAN, xOf);
    expect(marks.map(({ text }) => text)).toEqual(["▲3", "▲ 3"]);
    expect(marks[0]!.lines).toEqual([200, 205, 210]);
  });

  it("are left out outside of the chart", () => {
    expect(marksOf([deploy(-1), deploy(1000)], SPAN, xOf)).toEqual([]);
  });

  it("keep both ends of a long version", () => {
    expect(marksOf([deploy(1, "9f8e7d6c5b4a39281706")], SPAN, xOf)[0]!.text).toBe("▲ 9f8e7d6…1706");
  });

  it("belong to the step that they fell into, and to their service", () => {
    const all = [deploy(10), deploy(70, "3", "mail")];
    expect(deploysOfStep(all, 60, 60)).toEqual([all[1]]);
    expect(deploysOfService(all, "shop")).toEqual([all[0]]);
  });

  it("say what was in them", () => {
    expect(deployWords({ ...deploy(10), note: "new search" }, 20)).toMatch(/^2 deployed \d\d:\d\d, new search$/);
  });
});
