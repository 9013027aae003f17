// The value axis of a chart: how high it goes, and what is written beside which line.

import { useRef } from "react";
import { type Chart, peakOf, type TimeChart, UNITS } from "../model/chart";
import { rowTicks } from "../model/heat";
import { gridValues, nextScale, roundScale, type Scale } from "../model/scale";

export interface Axis {
  top: number;
  ticks: { value: number; text: string }[];
}

const LINE_SPACE = 40; // px between two grid lines
const ROW_SPACE = 22; // px between two labels of a heatmap

function linesIn(plotHeight: number): number {
  return Math.max(2, Math.floor(plotHeight / LINE_SPACE));
}

/** The axis for what is shown once, as in a picture. */
export function axisFor(chart: Chart, plotHeight: number): Axis {
  if (chart.kind === "heatmap") return rowAxis(chart, plotHeight);
  return valueAxis(chart, roundScale(peakOf(chart), linesIn(plotHeight)));
}

/** The axis for what moves: it grows at once and shrinks late, never under the pointer. */
export function useSteadyAxis(chart: Chart, plotHeight: number, isPointerInside: boolean): Axis {
  const last = useRef<{ subject: string; scale: Scale }>(null);
  if (chart.kind === "heatmap") return rowAxis(chart, plotHeight);
  const subject = `${chart.of} ${chart.kind} ${Math.round(chart.end - chart.start)}`;
  const scale = nextScale(last.current?.subject === subject ? last.current.scale : null, {
    peak: peakOf(chart),
    lines: linesIn(plotHeight),
    now: chart.asOf,
    isPointerInside,
  });
  last.current = { subject, scale };
  return valueAxis(chart, scale);
}

function valueAxis({ unit }: TimeChart, scale: Scale): Axis {
  const ticks = gridValues(scale).map((value) => ({ value, text: UNITS[unit].axis(value) }));
  const isWhole = unit !== "count" || Number.isInteger(scale.step);
  return { top: scale.top, ticks: isWhole ? ticks : ticks.filter(({ value }) => Number.isInteger(value)) };
}

function rowAxis(chart: Extract<Chart, { kind: "heatmap" }>, plotHeight: number): Axis {
  const ticks = rowTicks(chart, Math.floor(plotHeight / ROW_SPACE));
  return {
    top: Math.max(1, chart.bounds.length - 1),
    ticks: ticks.map(({ row, text }) => ({ value: row, text })),
  };
}
