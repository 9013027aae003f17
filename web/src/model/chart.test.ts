import { expect, test } from "vitest";
import type { Heatmap, Series } from "../api/client";
import { columnsOf, endLabels, hasPoints, peakOf, stepAt, tooltipRows } from "./chart";
import { breakdownChart, errorChart, heatChart, responseTimeChart, throughputChart } from "./charts";
import { heatRows, mixed, rowAt, rowTicks, shadeOf } from "./heat";
import { endpoint, series } from "./samples";
import { splitOf } from "./split";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

const HEATMAP: Heatmap = {
  endpoint_id: "a", name: "GET /a", start: 0, end: 3, step_seconds: 1, as_of: 3, times: [0, 1, 2],
  rows_per_doubling: 2, bounds_seconds: [0.25, 2 ** -1.5, 0.5, 2 ** -0.5, 1],
  counts: [[1, 0, 0, 0], [0, 0, 0, 0], [2, 8, 0, 1]],
};

function called(wanted: Partial<Series>): Series {
  return series([0.1, 0.1, 0.1, 0.1], { request_count: [10, 10, 0, 10], ...wanted });
}

test("a target far above the lines does not flatten them", () => {
  expect(peakOf(responseTimeChart(series([0.02, null]), 1))).toBe(0.02);
  expect(peakOf(responseTimeChart(series([0.6]), 1))).toBe(1);
});

test("the period before has room on the axis, its own row and its own column", () => {
  const now = called({ rate_per_second: [10, 10, 10, 10] });
  const before = called({ rate_per_second: [40, 10, 10, 10] });
  const chart = throughputChart(now, before);
  expect(peakOf(chart)).toBe(40);
  expect(plain(tooltipRows(chart, 0)[0]!.previous!)).toBe("40.0 /s");
  expect(columnsOf(chart).map(({ label }) => label)).toEqual(["Requests", "Requests", "Requests before"]);
});

test("the period before is laid over by time, for its steps may be longer", () => {
  const before = series([1, 2], { step_seconds: 2, end: -6, times: [-10, -8], rate_per_second: [1, 2] });
  const chart = throughputChart(called({}), before);
  expect(chart.lines[0]!.previous).toEqual([1, 1, 2, 2]);
});

test("a rate's label is that of the newest step that is over", () => {
  const chart = throughputChart(called({ as_of: 4, rate_per_second: [10, 20, 30, 0] }));
  expect(endLabels(chart, 40).map(({ text, value }) => [plain(text), value])).toEqual([["30.0 /s", 30]]);
});

test("a line that ended minutes ago has no label at the end, one between two stairs has", () => {
  const labelsOf = (values: (number | null)[]) =>
    endLabels(responseTimeChart(series(values, { as_of: 99 }), null), 1).map(({ name }) => name);
  const gone = Array<null>(5).fill(null);
  expect(labelsOf([0.1, 0.2, 0.3, ...gone])).toEqual([]);
  expect(labelsOf([0.1, 0.2, 0.3, ...gone.slice(2)])).toHaveLength(4);
  expect(labelsOf([...Array<number>(6).fill(0.2), ...gone])).toHaveLength(4); // as long as its stairs
});

test("a breakdown that ended minutes ago has no labels", () => {
  const means = [0.1, 0.2, 0.1, 0.2, ...Array<null>(5).fill(null)];
  const parts = { database: means, processing: means };
  const chart = breakdownChart(series(means, { as_of: 99, latency_mean_seconds: parts }));
  expect(endLabels({ ...chart, kind: "stack" }, 1)).toEqual([]);
});

test("a tooltip reads percentiles worst first, the table best first", () => {
  const chart = responseTimeChart(series([0.1]), null);
  expect(tooltipRows(chart, 0).map(({ label }) => label)).toEqual(["p99.9", "p99", "p95", "p50"]);
  expect(columnsOf(chart).slice(1, 3).map(({ label }) => label)).toEqual(["p50", "p95"]);
});

test("errors are shares of a step's requests, the service's own lowest in the stack", () => {
  const chart = errorChart(called({
    status_counts: { 200: [8, 9, 0, 9], 404: [1, 0, 0, 0], 500: [0, 1, 0, 0], 503: [1, 0, 0, 1] },
  }));
  expect(chart.lines.map(({ key, endText }) => `${key}: ${plain(endText!)}`)).toEqual(["404: 3.33 %", "503: 6.67 %", "500: 3.33 %"]);
  expect(chart.lines[1]!.values).toEqual([0.1, 0, null, 0.1]);
  expect(new Set(chart.lines.map(({ colour }) => colour)).size).toBe(3);
  expect(peakOf(chart)).toBeCloseTo(0.2);
});

test("a breakdown of steps that mostly have no request is drawn as bars", () => {
  const lone = { database: [0.2, 0.1, null, 0.1], processing: [0.5, 0.4, null, 0.3] };
  expect(breakdownChart(called({ latency_mean_seconds: lone })).kind).toBe("bars");
});

test("a breakdown of steps that share their means is an area, without a gap where none was called", () => {
  const parts = { database: [0.1, 0.1, null, 0.1], processing: [0.3, 0.3, null, 0.3] };
  const dense = breakdownChart(called({ latency_mean_seconds: parts }));
  expect(dense.lines.find(({ key }) => key === "database")).toMatchObject({
    values: [0.1, 0.1, 0.1, 0.1], isStairs: true,
  });
  expect(dense.kind).toBe("stack");
  const labels = endLabels(dense, 0.4);
  expect(labels.map(({ name }) => name)).toEqual(["Database", "Processing"]); // top to bottom
  expect(labels[0]!.value).toBeCloseTo(0.35);
  expect(labels[1]!.value).toBeCloseTo(0.15);
});

test("the step under the pointer is the nearest, and none is far from all", () => {
  const chart = responseTimeChart(series([0.1, 0.1, 0.1]), null);
  expect([0.4, 0.6, 3.4, -5, 9].map((instant) => stepAt(chart, instant))).toEqual([0, 1, 2, null, null]);
});

test("a heatmap's table adds rows up to the same power of two", () => {
  const chart = heatChart(HEATMAP, { start: 0, end: 3 });
  const columns = columnsOf(chart);
  expect(columns.map(({ label }) => plain(label))).toEqual(["Requests", "to 500 ms", "to 1 s"]);
  expect(columns.map(({ text }) => text(2))).toEqual(["11", "10", "1"]);
});

test("a heatmap's step names its slowest and its fullest band", () => {
  const chart = heatChart(HEATMAP, { start: 0, end: 3 });
  const rows = heatRows(chart, 2, 0).map(({ label, count }) => `${plain(label)}: ${count}`);
  expect(rows).toEqual([
    "here, 250 ms to 354 ms: 2", "slowest, 707 ms to 1.00 s: 1", "most, 354 ms to 500 ms: 8",
  ]);
  expect(heatRows(chart, 1, null)).toEqual([]);
  expect(hasPoints({ ...chart, bounds: [] })).toBe(false);
});

test("labels of a heatmap are powers of two, and fewer where there is less room", () => {
  const chart = heatChart(HEATMAP, { start: 0, end: 3 });
  expect(rowTicks(chart, 9).map(({ row, text }) => `${row} ${plain(text)}`)).toEqual(["0 250 ms", "2 500 ms", "4 1 s"]);
  expect(rowTicks(chart, 2).map(({ row }) => row)).toEqual([0, 4]);
});

test("a heatmap's target lies among its rows, or is not drawn", () => {
  const chart = heatChart(HEATMAP, { start: 0, end: 3 });
  expect(rowAt(chart, 0.5)).toBeCloseTo(2);
  expect([0.1, 0.25, 1, 4].map((seconds) => rowAt(chart, seconds))).toEqual([null, null, null, null]);
});

test("cells are coloured by the logarithm of their count", () => {
  expect([1, 10, 100].map((count) => shadeOf(count, 100))).toEqual([0, 2, 4]);
  expect(shadeOf(1, 1)).toBe(2); // where all cells hold one, none may be lost on the card
  expect([1, 2].map((count) => shadeOf(count, 2))).toEqual([1.6, 2.08].map((shade) => expect.closeTo(shade)));
  expect([1, 32].map((count) => shadeOf(count, 32))).toEqual([0, 4]);
  const shades = [[0, 0, 0], [100, 0, 0], [200, 100, 0]] as const;
  expect(mixed(shades, 1.5)).toBe("rgb(150, 50, 0)");
  expect(mixed(shades, 2)).toBe("rgb(200, 100, 0)");
});

test("the parts of a request have the total's resolution, and nothing is shown as something", () => {
  const row = endpoint("/a", {
    count: 10, latency_seconds: { database: 4, processing: 0.5, cache: 0.0001, network: 0 },
  });
  const split = splitOf(row, { start: 0, end: 1 })!;
  expect(plain(split.total)).toBe("450 ms");
  expect(split.parts.map(({ text }) => plain(text))).toEqual(["400 ms", "0", "50 ms", "<1 ms", "0"]);
  expect(splitOf(endpoint("/b"), { start: 0, end: 1 })).toBeNull();
});
