// What a chart shows, as data: its drawing, tooltip, table and end labels all read the same.

import * as format from "../format";
import { lastKnown, longestStair } from "./percentiles";

/** The name of a colour in styles/tokens.css. */
export type Token = string;

export interface Line {
  key: string;
  label: string;
  /** Its name where there is little room. */
  short?: string;
  values: readonly (number | null)[];
  /** The same steps of the period before; drawn behind it, dashed. */
  previous?: readonly (number | null)[];
  colour: Token;
  /** Of its words, where the line's own is too pale to read. */
  wordColour?: Token;
  width?: number;
  isDashed?: boolean;
  /** Its steps share values, so it is drawn as stairs. */
  isStairs?: boolean;
  /** The range around it, step by step; filled, pale. */
  band?: { lower: readonly number[]; upper: readonly number[] };
  /** Said at its end instead of the last value. */
  endText?: string;
}

/** What a step has to say beside the lines: in the tooltip's foot, and a column of the table. */
export interface Remark {
  label: string;
  text(index: number): string;
}

interface Base {
  /** “Response time”. */
  name: string;
  /** Whose: “GET /api/users”, “all endpoints”. */
  of: string;
  /** [start, end) of the time axis, in Unix seconds; charts above each other share it. */
  start: number;
  end: number;
  asOf: number;
  times: readonly number[];
  stepSeconds: number;
  requestCounts: readonly number[];
  /** How many steps, the oldest first, are over; of the others nothing is counted yet. */
  finishedCount: number;
}

export type Unit = "seconds" | "per-second" | "ratio" | "bytes-per-second" | "count";

export interface TimeChart extends Base {
  kind: "lines" | "area" | "stack" | "bars";
  unit: Unit;
  /** In their fixed order: from the best line up, and from the top of a stack down. */
  lines: readonly Line[];
  target: number | null;
  remarks: readonly Remark[];
  /** What is usual at each hour, laid under the lines. */
  usual?: readonly UsualHour[];
}

/** [start, end) in Unix seconds, and the band's bounds in the chart's unit. */
export interface UsualHour {
  start: number;
  end: number;
  low: number;
  high: number;
}

/** Cells `counts[step][row]`; a row's durations lie in (bounds[row], bounds[row + 1]] seconds. */
export interface HeatChart extends Base {
  kind: "heatmap";
  bounds: readonly number[];
  rowsPerDoubling: number;
  counts: readonly (readonly number[])[];
  /** In seconds; null where there is none. */
  target: number | null;
}

export type Chart = TimeChart | HeatChart;

export interface UnitWords {
  text(value: number): string;
  axis(value: number): string;
}

const perSecond = (text: string) => `${text}/s`;

export const UNITS: Record<Unit, UnitWords> = {
  seconds: { text: format.duration, axis: format.axisDuration },
  "per-second": { text: format.rate, axis: format.axisNumber },
  ratio: { text: format.errorShare, axis: format.axisPercent },
  "bytes-per-second": {
    text: (bytes) => perSecond(format.size(bytes)),
    axis: (bytes) => (bytes === 0 ? "0" : format.axisSize(bytes)), // “100 kB/s” has no room on a phone
  },
  count: { text: format.count, axis: format.axisNumber },
};

export function valueText(value: number | null | undefined, unit: Unit): string {
  return value === null || value === undefined ? "–" : UNITS[unit].text(value);
}

/** Whether there is anything to draw. */
export function hasPoints(chart: Chart): boolean {
  if (chart.kind === "heatmap") return chart.bounds.length > 1;
  const isCalled = chart.requestCounts.some((count) => count > 0);
  if (chart.kind === "bars") return chart.lines.some(({ values }) => values.some((value) => (value ?? 0) > 0));
  if (chart.kind === "lines") return isCalled && chart.lines.some((line) => lastKnown(line.values) !== null);
  return isCalled;
}

/** The highest value drawn, for the scale; 0 where there is none. A near target is kept in sight. */
export function peakOf(chart: TimeChart): number {
  const drawn = chart.lines.flatMap((line) => [...line.values, ...(line.previous ?? []), ...(line.band?.upper ?? [])]);
  const heights = isStacked(chart)
    ? chart.times.map((_, index) => sumAt(chart, index))
    : drawn.filter((value) => value !== null);
  const peak = heights.reduce((highest, value) => Math.max(highest, value), 0);
  const { target } = chart;
  return target !== null && target > peak && target < peak * 2 ? target : peak;
}

function sumAt(chart: TimeChart, index: number): number {
  return chart.lines.reduce((sum, line) => sum + (line.values[index] ?? 0), 0);
}

export interface EndLabel {
  key: string;
  name: string;
  short: string;
  text: string;
  /** Where it would stand on the value axis. */
  value: number;
  colour: Token;
}

/** What stands at the right end of each line: its name and its newest value. */
export function endLabels(chart: TimeChart, top: number): EndLabel[] {
  const labels = chart.kind === "stack" ? stackLabels(chart) : lineLabels(chart);
  const { target } = chart;
  const isDrawn = chart.lines.some(({ values }) => lastKnown(values) !== null);
  if (target !== null && isDrawn) {
    const text = UNITS[chart.unit].text(target) + (target > top ? " ↑" : "");
    labels.push(targetLabel(text, target));
  }
  return labels;
}

/** `value`: where it would stand on the value axis. */
export function targetLabel(text: string, value: number): EndLabel {
  return { key: "target", name: "target", short: "target", text, value, colour: "text-2" };
}

function lineLabels(chart: TimeChart): EndLabel[] {
  const { kind, lines, unit } = chart;
  return lines.flatMap((line) => {
    const last = endValue(chart, line);
    const isNothing = kind === "bars" && !line.values.some((value) => (value ?? 0) > 0);
    if (last === null || isNothing) return [];
    const value = kind === "bars" ? 0 : last;
    return [{ ...wordsOf(line), text: line.endText ?? valueText(last, unit), value }];
  });
}

const STALE_STEPS = 3; // older than so many steps is stale (the design's rule for all states)

/** What stands at the end of a line; null where it ended so long ago that it tells nothing of now. */
function endValue(chart: TimeChart, { values }: Line): number | null {
  return chart.kind === "lines" && hasEnded(chart, values) ? null : lastKnown(values);
}

/** Another stair would have begun by now; a step that is not over may know nothing yet. */
function hasEnded({ finishedCount }: TimeChart, values: Line["values"]): boolean {
  const newest = values.findLastIndex((value) => value !== null);
  return newest < finishedCount - 1 - Math.max(STALE_STEPS, longestStair(values));
}

/** In the middle of each layer of the newest step; none where the last request is long ago. */
function stackLabels(chart: TimeChart): EndLabel[] {
  const newest = chart.times.findLastIndex((_, index) => sumAt(chart, index) > 0);
  if (chart.lines.every(({ values }) => hasEnded(chart, values))) return [];
  let height = sumAt(chart, newest);
  return chart.lines.flatMap((line) => {
    const value = line.values[newest] ?? 0;
    height -= value;
    if (value === 0) return [];
    return [{ ...wordsOf(line), text: textAt(chart, line, newest), value: height + value / 2 }];
  });
}

/** What must add up has the resolution of the sum. */
function textAt(chart: TimeChart, line: Line, index: number): string {
  const value = line.values[index] ?? null;
  const isPart = isStacked(chart) && chart.unit === "seconds" && value !== null;
  return isPart ? format.durationWithin(value, sumAt(chart, index)) : valueText(value, chart.unit);
}

export function isStacked({ kind }: TimeChart): boolean {
  return kind === "stack" || kind === "bars";
}

function wordsOf({ key, label, short = label, colour, wordColour }: Line) {
  return { key, name: label, short, colour: wordColour ?? colour };
}

export interface TooltipRow {
  key: string;
  label: string;
  text: string;
  previous: string | null;
  colour: Token;
  isDashed: boolean;
}

/** The lines at one step, worst first: the last of lines, the top of a stack. */
export function tooltipRows(chart: TimeChart, index: number): TooltipRow[] {
  const rows = chart.lines.map((line) => ({
    key: line.key,
    label: line.label,
    text: textAt(chart, line, index),
    previous: line.previous ? valueText(line.previous[index], chart.unit) : null,
    colour: line.colour,
    isDashed: line.isDashed ?? false,
  }));
  return chart.kind === "lines" ? rows.reverse() : rows;
}

export interface Column {
  label: string;
  text(index: number): string;
}

/** The chart in numbers: a column per line, or of a heatmap per doubling of the duration. */
export function columnsOf(chart: Chart): Column[] {
  const requests = { label: "Requests", text: (index: number) => requestWords(chart, index) };
  if (chart.kind === "heatmap") return [requests, ...doublings(chart)];
  return [requests, ...chart.lines.flatMap((line) => lineColumns(chart, line)), ...chart.remarks];
}

/** How many requests a step has; nothing is said of one that is not over. */
export function requestWords({ requestCounts, finishedCount }: Chart, index: number): string {
  return index < finishedCount ? format.count(requestCounts[index] ?? 0) : "–";
}

/** The period before is drawn behind a line of it. */
export function isCompared(chart: Chart): boolean {
  return chart.kind !== "heatmap"
    && chart.lines.some(({ previous = [] }) => previous.some((value) => value !== null));
}

function lineColumns(chart: TimeChart, line: Line): Column[] {
  const { label, previous } = line;
  const own = { label, text: (index: number) => textAt(chart, line, index) };
  if (!previous) return [own];
  return [own, { label: `${label} before`, text: (index) => valueText(previous[index], chart.unit) }];
}

/** Forty rows would be too wide a table: those up to the same power of two are added. */
function doublings({ bounds, counts }: HeatChart): Column[] {
  const groups = new Map<number, number[]>();
  bounds.slice(1).forEach((bound, row) => {
    const power = Math.ceil(Number(Math.log2(bound).toFixed(6)));
    groups.set(power, [...(groups.get(power) ?? []), row]);
  });
  return [...groups].map(([power, rows]) => ({
    label: `to ${format.axisDuration(2 ** power)}`,
    text: (index) => format.count(rows.reduce((sum, row) => sum + (counts[index]?.[row] ?? 0), 0)),
  }));
}

/** For who cannot see the chart: what it is of, and where its lines stand now. */
export function summaryOf(chart: Chart): string {
  const keys = "Arrow keys read each step.";
  if (chart.kind === "heatmap") {
    const [low, high] = [chart.bounds[0] ?? 0, chart.bounds.at(-1) ?? 0];
    return `${chart.name} of ${chart.of}, ${format.duration(low)} to ${format.duration(high)}. ${keys}`;
  }
  const values = chart.lines.map((line) =>
    `${line.label} ${line.endText ?? valueText(endValue(chart, line), chart.unit)}`);
  return `${chart.name} of ${chart.of}, newest: ${values.join(", ")}. ${keys}`;
}

/** Lines stand at the begin of a step; bars and cells fill it. */
export function anchorOf(chart: Chart): number {
  return chart.kind === "bars" || chart.kind === "heatmap" ? chart.stepSeconds / 2 : 0;
}

/** The step nearest to an instant; null where there is none near it. */
export function stepAt(chart: Chart, instant: number): number | null {
  const first = chart.times[0];
  if (first === undefined) return null;
  const index = Math.round((instant - anchorOf(chart) - first) / chart.stepSeconds);
  const last = chart.times.length - 1;
  if (index < -1 || index > last + 1) return null;
  return Math.min(last, Math.max(0, index));
}
