// What ECharts draws of a response-time chart: grid, axes and lines. Words are HTML beside it.

import type { Series } from "../api/client";
import * as format from "../format";
import { type Percentile, PERCENTILES, stairs } from "../model/percentiles";
import { gridValues, type Scale, timeTicks } from "../model/scale";
import type { ChartOption } from "./echarts";

export interface Frame {
  width: number;
  left: number;
  right: number;
  top: number;
  plotHeight: number;
}

export interface Palette {
  grid: string;
  axis: string;
  text: string;
  previous: string;
  target: string;
  lines: Record<Percentile["key"], string>;
}

const WIDTHS: Record<Percentile["key"], number> = { p50: 1.8, p95: 1.8, p99: 2, p999: 1.3 };
const TICK_SPACE = { wide: 76, small: 56 }; // px that a clock time needs to stand apart

export interface Drawing {
  series: Series;
  previous: Series | null;
  scale: Scale;
  frame: Frame;
  palette: Palette;
  target: number | null;
}

export function responseTimeOption({ series, previous, scale, frame, palette, target }: Drawing): ChartOption {
  const [start, end] = [series.times[0] ?? series.start, series.times.at(-1) ?? series.end];
  const plotWidth = frame.width - frame.left - frame.right;
  const space = plotWidth < 400 ? TICK_SPACE.small : TICK_SPACE.wide;
  const ticks = timeTicks(start, end, Math.max(2, Math.floor(plotWidth / space)));
  const label = { color: palette.text, fontSize: 11, fontFamily: "Inter Variable, system-ui" };
  const withSeconds = ticks.some((tick) => tick % 60 !== 0);
  return {
    animation: false,
    grid: {
      left: frame.left, right: frame.right, top: frame.top, height: frame.plotHeight,
      outerBoundsMode: "none",
    },
    xAxis: {
      type: "value", min: start, max: end,
      axisLine: { lineStyle: { color: palette.axis } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: {
        ...label, customValues: ticks, margin: 10, hideOverlap: false,
        formatter: (instant: number) => format.clock(instant, withSeconds),
      },
    },
    yAxis: {
      type: "value", min: 0, max: scale.top, interval: scale.step,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: palette.grid } },
      axisLabel: {
        ...label, customValues: gridValues(scale), margin: 8,
        formatter: (seconds: number) => format.axisDuration(seconds),
      },
    },
    series: [
      ...(previous === null ? [] : [previousLine(previous, start, palette)]),
      ...PERCENTILES.map((percentile) => lineOf(series, percentile, palette)),
      ...(target === null ? [] : [targetLine(target, start, end, palette)]),
    ],
  };
}

function lineOf(series: Series, { key, label, field }: Percentile, palette: Palette) {
  const isDashed = key === "p999";
  return {
    type: "line" as const,
    name: label,
    silent: true,
    ...(isDashed ? { step: "end" as const } : {}),
    symbol: "none",
    data: pointsOf(series.times, stairs(series[field])),
    lineStyle: {
      color: palette.lines[key], width: WIDTHS[key], join: "round" as const,
      ...(isDashed ? { type: [4, 2] } : {}),
    },
    itemStyle: { color: palette.lines[key] },
  };
}

/** The p95 of the period before, each point as long after its start as the range's own. */
function previousLine(previous: Series, start: number, palette: Palette) {
  const shift = start - (previous.times[0] ?? previous.start);
  return {
    type: "line" as const,
    name: "p95 before",
    silent: true,
    symbol: "none",
    data: pointsOf(previous.times.map((time) => time + shift), previous.p95_seconds),
    lineStyle: { color: palette.previous, width: 1 },
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

function targetLine(target: number, start: number, end: number, palette: Palette) {
  return {
    type: "line" as const,
    name: "target",
    silent: true,
    symbol: "none",
    data: [[start, target], [end, target]],
    lineStyle: { color: palette.target, width: 1.3, type: [1.5, 3], cap: "butt" as const },
  };
}
