import { expect, test } from "vitest";
import type { PredictionPage } from "../api/client";
import { peakOf, tooltipRows } from "./chart";
import { forecastChart, forecastWords } from "./forecast";

const PAGE: PredictionPage = {
  endpoint_id: "a", name: "GET /a", as_of: 3700, hours_ahead: 2, history_hours: 400, times: [3600, 7200],
  metrics: [
    { name: "response_time", unit: "seconds", predicted: [0.2, 0.3], lower: [0.1, 0.2], upper: [0.3, 0.6], is_reliable: true, reason: "", method: "profile 100%" },
    { name: "response_time_p50", unit: "seconds", predicted: [0.1, 0.1], lower: [0.1, 0.1], upper: [0.1, 0.1], is_reliable: true, reason: "", method: "level 100%" },
  ],
  bound: { bound_seconds: 0.5, at: 7200, earliest: 3600, latest: null, text: "At this growth it reaches its bound" },
  capacity: null,
};

const unreliable: PredictionPage = {
  ...PAGE, metrics: [{ ...PAGE.metrics[0]!, is_reliable: false, reason: "the history is too short" }],
};

test("the coming hours have a line with its range, which has room on the axis", () => {
  const chart = forecastChart(PAGE, 0.5)!;
  expect([chart.start, chart.end, chart.stepSeconds]).toEqual([3600, 10800, 3600]);
  expect(chart.lines.map(({ key }) => key)).toEqual(["p50", "p95"]);
  expect(peakOf(chart)).toBe(0.6);
  expect(tooltipRows(chart, 1)).toHaveLength(2);
  expect(chart.remarks[0]!.text(0).replaceAll("\u00a0", " ")).toBe("100 ms to 300 ms");
});

test("without a response time there is no chart", () => {
  expect(forecastChart({ ...PAGE, metrics: [] }, null)).toBeNull();
});

test("what is said under it is what is worth saying", () => {
  expect(forecastWords(PAGE)).toEqual(["At this growth it reaches its bound."]);
  expect(forecastWords(unreliable)).toEqual(["Not to be relied on: the history is too short."]);
});
