// What ECharts draws of a chart: grid, axes, lines and cells. Words at line ends are HTML beside it.

import * as format from "../format";
import { type Chart, type HeatChart, isStacked, type Line, type TimeChart } from "../model/chart";
import { rowAt } from "../model/heat";
import { timeTicks } from "../model/scale";
import type { Axis } from "./axis";
import type { ChartOption, SeriesOption } from "./echarts";
import { type Frame, plotWidth } from "./frame";
import { heatSeries } from "./heatSeries";
import type { Palette } from "./palette";

const TICK_SPACE = { wide: 76, small: 56 }; // px that a clock time needs to stand apart
const FONT = "Inter Variable, system-ui";
const LONG_SECONDS = 36 * 3600; // in a longer range midnight says the day

export interface Drawing {
  chart: Chart;
  axis: Axis;
  frame: Frame;
  palette: Palette;
}

export function chartOption({ chart, axis, frame, palette }: Drawing): ChartOption {
  const label = { color: palette.text, fontSize: 11, fontFamily: FONT };
  return {
    animation: false,
    grid: {
      left: frame.left, right: frame.right, top: frame.top, height: frame.plotHeight,
      outerBoundsMode: "none",
    },
    xAxis: timeAxis(chart, frame, palette, label),
    yAxis: {
      type: "value", min: 0, max: axis.top,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { show: chart.kind !== "heatmap", lineStyle: { color: palette.grid } },
      axisLabel: {
        ...label, customValues: axis.ticks.map(({ value }) => value), margin: 8,
        formatter: (value: number) => axis.ticks.find((tick) => tick.value === value)?.text ?? "",
      },
      ...(axis.ticks[1] ? { interval: axis.ticks[1].value - (axis.ticks[0]?.value ?? 0) } : {}),
    },
    series: chart.kind === "heatmap" ? heatLayers(chart, frame, palette) : seriesOf(chart, axis, frame, palette),
  };
}

function timeAxis(
  { start, end }: Chart, frame: Frame, palette: Palette, label: object,
): NonNullable<ChartOption["xAxis"]> {
  const width = plotWidth(frame);
  const space = width < 400 ? TICK_SPACE.small : TICK_SPACE.wide;
  const ticks = timeTicks(start, end, Math.max(2, Math.floor(width / space)));
  const withSeconds = ticks.some((tick) => tick % 60 !== 0);
  const isLong = end - start > LONG_SECONDS;
  return {
    type: "value", min: start, max: end,
    axisLine: { lineStyle: { color: palette.axis } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      ...label, customValues: ticks, margin: 10, hideOverlap: false,
      formatter: (instant: number) => {
        const clock = format.clock(instant, withSeconds);
        return isLong && clock === "00:00" ? format.day(instant) : clock;
      },
    },
  };
}

function seriesOf(chart: TimeChart, axis: Axis, frame: Frame, palette: Palette): SeriesOption[] {
  const { lines, target, start, end } = chart;
  const bottomUp = isStacked(chart) ? [...lines].reverse() : lines;
  return [
    ...lines.flatMap((line) => (line.previous ? [previousLine(chart, line.previous, palette)] : [])),
    ...bottomUp.flatMap((line) => (line.band ? bandOf(chart, line, line.band, palette) : [])),
    ...bottomUp.map((line) => seriesFor(chart, line, frame, palette)),
    ...(target === null || target > axis.top ? [] : [targetLine(target, start, end, palette)]),
  ];
}

/** The target stands out of the darkest and the palest cells alike, by a rim of the card's colour. */
function heatLayers(chart: HeatChart, frame: Frame, palette: Palette): SeriesOption[] {
  const row = chart.target === null ? null : rowAt(chart, chart.target);
  const cells = heatSeries(chart, frame, palette);
  if (row === null) return [cells];
  const line = targetLine(row, chart.start, chart.end, palette);
  const rim = { ...line, name: "rim", lineStyle: { color: palette.card, width: 3 } };
  return [cells, rim, { ...line, lineStyle: { color: palette.target, width: 1 } }];
}

function seriesFor(chart: TimeChart, line: Line, frame: Frame, palette: Palette): SeriesOption {
  if (chart.kind === "bars") return barsOf(chart, line, frame, palette);
  return chart.kind === "stack" ? layerOf(chart, line, palette) : lineOf(chart, line, palette);
}

function lineOf(chart: TimeChart, line: Line, palette: Palette): SeriesOption {
  const color = palette.line(line.colour);
  return {
    type: "line",
    name: line.label,
    silent: true,
    ...(line.isStairs ? { step: "end" as const } : {}),
    symbol: "none",
    data: line.isStairs ? stairPoints(chart, line.values) : pointsOf(chart.times, line.values),
    lineStyle: {
      color, width: line.width ?? 1.8, join: "round", ...(line.isDashed ? { type: [4, 2] } : {}),
    },
    itemStyle: { color },
    ...(chart.kind === "area" ? { areaStyle: { color, opacity: 0.08 } } : {}),
  };
}

/** The lower end unseen, and what lies between it and the upper one stacked upon it. */
function bandOf(
  { times }: TimeChart, line: Line, { lower, upper }: NonNullable<Line["band"]>, palette: Palette,
): SeriesOption[] {
  const layer = (values: readonly number[]) => ({
    type: "line" as const,
    silent: true,
    stack: `range of ${line.key}`,
    symbol: "none",
    data: times.map((time, index) => [time, values[index] ?? "-"]),
    lineStyle: { width: 0 },
  });
  const heights = upper.map((top, index) => top - (lower[index] ?? 0));
  const area = { color: palette.line(line.colour), opacity: 0.16 };
  return [{ ...layer(lower), name: "lower" }, { ...layer(heights), name: "upper", areaStyle: area }];
}

/** A seam of the card's colour parts it from the layer below. */
function layerOf(chart: TimeChart, line: Line, palette: Palette): SeriesOption {
  return {
    type: "line",
    name: line.label,
    silent: true,
    stack: "all",
    ...(line.isStairs ? { step: "end" as const } : {}),
    symbol: "none",
    data: [...pointsOf(chart.times, line.values), ...(line.isStairs ? [endOf(chart, line.values)] : [])],
    lineStyle: { color: palette.card, width: 1 },
    areaStyle: { color: palette.line(line.colour), opacity: 1 },
  };
}

/** As wide as its step, less a seam where there is room for one; else they overlap, for soft edges would be stripes. */
function barsOf(chart: TimeChart, line: Line, frame: Frame, palette: Palette): SeriesOption {
  const { times, stepSeconds, start, end } = chart;
  const step = (plotWidth(frame) * stepSeconds) / (end - start);
  return {
    type: "bar",
    name: line.label,
    silent: true,
    stack: "all",
    barWidth: Math.max(1, step >= 4 ? step - 1 : step + 1),
    data: times.map((time, index) => [time + stepSeconds / 2, line.values[index] || "-"]),
    itemStyle: { color: palette.line(line.colour) },
  };
}

/** A value without neighbours makes no line, so it is drawn as a dot. */
function pointsOf(times: readonly number[], values: readonly (number | null)[]) {
  const isKnown = (index: number) => (values[index] ?? null) !== null;
  return times.map((time, index) => {
    const isAlone = isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1);
    const dot = isAlone ? { symbol: "circle", symbolSize: 3 } : {};
    return { value: [time, values[index] ?? "-"], ...dot };
  });
}

/** A stair lasts until its last step is over, where a line ends at its beginning. */
function stairPoints({ times, stepSeconds }: TimeChart, values: readonly (number | null)[]) {
  return times.flatMap((time, index) => {
    const value = values[index] ?? null;
    const isLast = value !== null && (values[index + 1] ?? null) === null;
    return [[time, value ?? "-"], ...(isLast ? [[time + stepSeconds, value]] : [])];
  });
}

/** Layers are stacked point by point, so all of them have this one more. */
function endOf({ times, stepSeconds }: TimeChart, values: readonly (number | null)[]) {
  return { value: [(times.at(-1) ?? 0) + stepSeconds, values.at(-1) ?? "-"] };
}

function previousLine(
  chart: TimeChart, values: readonly (number | null)[], palette: Palette,
): SeriesOption {
  return {
    type: "line",
    name: "previous period",
    silent: true,
    symbol: "none",
    data: chart.times.map((time, index) => [time, values[index] ?? "-"]),
    lineStyle: { color: palette.text, width: 1, type: [3, 3] },
  };
}

function targetLine(target: number, start: number, end: number, palette: Palette): SeriesOption {
  return {
    type: "line",
    name: "target",
    silent: true,
    symbol: "none",
    data: [[start, target], [end, target]],
    lineStyle: { color: palette.target, width: 1.3, type: [1.5, 3], cap: "butt" },
  };
}
